/**
 * The clients of large objects, as a process of their own: so many connections, each asking again
 * and again, reading into one small buffer that stays in the processor's cache. Bytes are counted
 * always and compared when asked. The answer, a line of JSON, goes to standard output.
 *
 * What is hard about it: the clients share a core with nobody but each other, so whatever they do
 * per byte decides how fast the server is asked; hence no parser but a search for the head's end.
 */
import { connect, type Socket } from 'node:net'
import { matchesPattern } from './pattern.ts'

export type LoadOrder = {
  readonly port: number
  readonly path: string
  readonly connections: number
  readonly requests: number
  /** Bytes that every body must have. */
  readonly bodyBytes: number
  /** A pattern that every head must match, case ignored: that it was a hit. */
  readonly head: string
  /** Whether every byte is compared with what the origin sends. */
  readonly compare: boolean
  /** Connections that read 1 MiB and then nothing until all others are done. */
  readonly stalled: number
}

export type LoadReport = {
  readonly complete: number
  readonly bytes: number
  readonly seconds: number
  /** Epoch ms at which all but the stalled were done. */
  readonly doneAt: number
  /** The head of the last response. */
  readonly head: string
  /** What became of each stalled client: `complete`, or `cut at N bytes`. */
  readonly stalled: readonly string[]
}

const READ_BYTES = 256 * 1024
const STALL_AFTER_BYTES = 1024 * 1024

/** Runs the order; throws when a head or a body is not what it must be. */
export async function load(order: LoadOrder): Promise<LoadReport> {
  const startedMs = performance.now()
  const tally = { left: order.requests, complete: 0, bytes: 0, head: '' }
  const stalled = Array.from({ length: order.stalled }, () => stallingClient(order))
  const clients = Array.from({ length: order.connections }, () => client(order, tally))
  await Promise.all(clients)
  const seconds = (performance.now() - startedMs) / 1000
  const doneAt = Date.now()
  const fates = await Promise.all(stalled.map((one) => one.resume()))
  const { complete, bytes, head } = tally
  return { complete, bytes, seconds, doneAt, head, stalled: fates }
}

type Tally = { left: number; complete: number; bytes: number; head: string }

function client(order: LoadOrder, tally: Tally): Promise<void> {
  return new Promise((resolve, reject) => {
    let body: Body | null = null
    const socket = open(order.port, (bytes) => {
      try {
        body ??= startOfBody(order)
        const rest = body.take(bytes)
        if (body.left !== 0) return
        if (rest !== 0) throw new Error(`${rest} bytes behind the body`)
        tally.complete++
        tally.bytes += order.bodyBytes
        tally.head = body.head
        ask()
      } catch (error) {
        reject(error)
        socket.destroy()
      }
    })
    const ask = (): void => {
      body = null
      if (tally.left-- <= 0) socket.end()
      else socket.write(`GET ${order.path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    }
    socket.once('connect', ask).once('error', reject)
    socket.once('close', () => {
      if (body === null) resolve()
      else reject(new Error(`cut after ${order.bodyBytes - body.left} bytes: ${body.head}`))
    })
  })
}

function stallingClient(order: LoadOrder): { resume(): Promise<string> } {
  const body = startOfBody(order)
  let isStalled = false
  const socket = open(order.port, (bytes) => {
    body.take(bytes)
    if (!isStalled && order.bodyBytes - body.left >= STALL_AFTER_BYTES) {
      isStalled = true
      socket.pause()
    }
    if (body.left === 0) socket.end()
  })
  const fate = new Promise<string>((resolve) => {
    socket.once('error', () => undefined)
    socket.once('close', () => resolve(
      body.left === 0 ? 'complete' : `cut at ${order.bodyBytes - body.left} bytes`))
  })
  socket.write(`GET ${order.path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  return {
    resume() {
      socket.resume()
      return fate
    },
  }
}

function open(port: number, onBytes: (bytes: Buffer) => void): Socket {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  const callback = (count: number): boolean => {
    onBytes(buffer.subarray(0, count))
    return true
  }
  return connect({ port, host: '127.0.0.1', onread: { buffer, callback } })
}

type Body = {
  head: string
  left: number
  /** Takes its part of the bytes and says how many are beyond the body. */
  take(bytes: Buffer): number
}

function startOfBody(order: LoadOrder): Body {
  const wanted = new RegExp(order.head, 'im')
  let inHead = true
  const body: Body = {
    head: '',
    left: order.bodyBytes,
    take(bytes) {
      let piece = bytes
      if (inHead) {
        const before = body.head.length
        body.head += bytes.toString('latin1')
        const end = body.head.indexOf('\r\n\r\n')
        if (end === -1) return 0
        body.head = body.head.slice(0, end + 2)
        if (!body.head.startsWith('HTTP/1.1 200')) throw new Error(body.head)
        if (!wanted.test(body.head)) throw new Error(`${wanted} not in ${body.head}`)
        inHead = false
        piece = bytes.subarray(end + 4 - before)
      }
      const taken = piece.subarray(0, body.left)
      if (order.compare && !matchesPattern(order.bodyBytes - body.left, taken)) {
        throw new Error(`wrong bytes behind byte ${order.bodyBytes - body.left}`)
      }
      body.left -= taken.length
      return piece.length - taken.length
    },
  }
  return body
}

if (import.meta.main) {
  console.log(JSON.stringify(await load(JSON.parse(process.argv[2]!) as LoadOrder)))
}
