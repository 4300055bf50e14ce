/**
 * A crowd of clients on raw sockets, for stories in which many do different things to one object.
 * Each one checks its bytes as they come, so that nobody has to hold them.
 */
import { connect } from 'node:net'
import { crc32 } from 'node:zlib'
import type { Address } from '../../src/model/settings.ts'

export type Manner = {
  readonly path: string
  /** `[first, last]`, for a Range field. */
  readonly range?: readonly [number, number]
  /** Closes the connection after so many bytes of the body. */
  readonly abortAfterBytes?: number
  /** Pauses for so many ms after each piece. */
  readonly pauseMs?: number
}

export type Got = {
  readonly status: number
  readonly bytes: number
  readonly crc: number
  /** Whether as many bytes came as the head announced. */
  readonly whole: boolean
}

const END = '\r\n\r\n'

/** Sends one request and reads its answer to the end of the connection, or to the abort. */
export function visit(address: Address, manner: Manner): Promise<Got> {
  const { path, range, abortAfterBytes = Infinity, pauseMs = 0 } = manner
  return new Promise((resolve) => {
    const socket = connect(address.port, address.host)
    let head = ''
    let bytes = 0
    let crc = 0
    function take(piece: Buffer): void {
      bytes += piece.length
      crc = crc32(piece, crc)
      if (bytes >= abortAfterBytes) socket.destroy()
      else if (pauseMs > 0) {
        socket.pause()
        setTimeout(() => socket.resume(), pauseMs)
      }
    }
    socket.on('data', (piece: Buffer) => {
      if (head.endsWith(END)) return take(piece)
      const seen = head.length
      const text = head + piece.toString('latin1')
      const end = text.indexOf(END)
      head = end < 0 ? text : text.slice(0, end + END.length)
      if (end >= 0 && head.length - seen < piece.length) take(piece.subarray(head.length - seen))
    })
    // A reset is an end like any other; whether it was the right one is told by the count.
    socket.on('error', () => {})
    socket.on('close', () => {
      const announced = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? NaN)
      resolve({ status: Number(head.slice(9, 12)), bytes, crc, whole: bytes === announced })
    })
    const field = range === undefined ? '' : `Range: bytes=${range[0]}-${range[1]}\r\n`
    socket.write(`GET ${path} HTTP/1.1\r\nHost: dl\r\nConnection: close\r\n${field}\r\n`)
  })
}
