/** A client of large bodies that can stop reading and go on; it keeps a checksum, not the bytes. */
import { connect } from 'node:net'
import { crc32 } from 'node:zlib'
import type { Address } from '../../src/model/settings.ts'

export type Reading = {
  /** Resolves when so many bytes of the body have come, or the connection has ended. */
  has(bytes: number): Promise<void>
  /** Stops reading: what comes piles up in the buffers between. */
  hold(): void
  goOn(): void
  readonly ended: Promise<{
    readonly status: number
    readonly bytes: number
    readonly crc: number
    /** Whether the answer came to its own end. */
    readonly whole: boolean
  }>
}

const END = Buffer.from('\r\n\r\n')

/** Asks with HTTP/1.1; a body without a length comes in chunks, which are undone here. */
export function startReading(address: Address, path: string): Reading {
  const socket = connect(address.port, address.host)
  const watchers = new Set<() => void>()
  let head = Buffer.alloc(0)
  let headText = ''
  let bytes = 0
  let crc = 0
  let take = takeHead
  let lastChunk = false
  let rest = Buffer.alloc(0)
  let inChunk = 0

  function takeHead(piece: Buffer): void {
    head = Buffer.concat([head, piece])
    const at = head.indexOf(END)
    if (at < 0) return
    headText = head.toString('latin1', 0, at)
    take = /^transfer-encoding: chunked/im.test(headText) ? takeChunks : takeBody
    take(head.subarray(at + END.length))
  }

  function takeBody(piece: Buffer): void {
    bytes += piece.length
    crc = crc32(piece, crc)
    for (const watcher of watchers) watcher()
  }

  function takeChunks(piece: Buffer): void {
    rest = Buffer.concat([rest, piece])
    while (rest.length > 0 && !lastChunk) {
      if (inChunk === 0) {
        const line = /^(?:\r\n)?([0-9a-f]+)\r\n/i.exec(rest.toString('latin1', 0, 20))
        if (line === null) return
        inChunk = Number.parseInt(line[1]!, 16)
        lastChunk = inChunk === 0
        rest = rest.subarray(line[0].length)
      } else {
        const part = rest.subarray(0, inChunk)
        inChunk -= part.length
        rest = rest.subarray(part.length)
        takeBody(part)
      }
    }
  }

  socket.on('data', (piece: Buffer) => take(piece))
  socket.on('error', () => {})
  const ended = new Promise<Awaited<Reading['ended']>>((resolve) => {
    socket.on('close', () => {
      for (const watcher of watchers) watcher()
      const length = /^content-length: (\d+)/im.exec(headText)
      const whole = length === null ? lastChunk : bytes === Number(length[1])
      resolve({ status: Number(headText.slice(9, 12)), bytes, crc, whole })
    })
  })
  socket.write(`GET ${path} HTTP/1.1\r\nHost: dl\r\nConnection: close\r\n\r\n`)
  return {
    ended,
    hold: () => socket.pause(),
    goOn: () => socket.resume(),
    has: (count) => new Promise((resolve) => {
      const watcher = (): void => {
        if (bytes < count && !socket.destroyed) return
        watchers.delete(watcher)
        resolve()
      }
      watchers.add(watcher)
      watcher()
    }),
  }
}
