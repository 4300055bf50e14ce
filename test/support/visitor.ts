/**
 * A client that can be watched and held while its answer comes: for stories about who is cut, when,
 * and how it shows. It reads the connection byte by byte, because how it ends is what matters.
 */
import { connect, type Socket } from 'node:net'
import type { Address } from '../../src/model/settings.ts'

export type Visiting = {
  readonly path: string
  readonly method?: string
  readonly version?: '1.0' | '1.1'
  /** Whole lines without their end, such as `Range: bytes=0-9`. */
  readonly fields?: readonly string[]
}

export type Visited = {
  readonly status: number
  /** Status line and fields. */
  readonly head: string
  /** The body with its chunks joined, as far as it came. */
  readonly body: Buffer
  /** Whether a client may take the body for all there is. */
  readonly whole: boolean
  /** `open`: the answer ended by itself on a connection that goes on. */
  readonly ending: 'open' | 'fin' | 'reset'
}

export type Visitor = {
  readonly socket: Socket
  /** Resolves when so many bytes have come after the head; rejects if that cannot be any more. */
  has(bytes: number): Promise<void>
  /** Resolves when the head is there. */
  readonly headed: Promise<unknown>
  /** Resolves at the end of the answer or of the connection. */
  readonly ended: Promise<Visited>
}

const END = '\r\n\r\n'

/** Sends one request. The connection is kept alive unless a field or the version says otherwise. */
export function sendVisitor(address: Address, visiting: Visiting): Visitor {
  const { path, method = 'GET', version = '1.1', fields = [] } = visiting
  const socket = connect(address.port, address.host)
  const pieces: Buffer[] = []
  let received = 0
  let ending: Visited['ending'] | null = null
  const watchers = new Set<() => void>()
  const tell = (): void => { for (const watcher of watchers) watcher() }

  function seen(): Visited | null {
    if (ending === null && mayGoOn()) return null
    return readAnswer(Buffer.concat(pieces), method, ending)
  }

  /** Cheap: whether it is sure that the answer has not come to its end. */
  function mayGoOn(): boolean {
    if (headBytes === 0) return true
    if (lengthBytes !== null && method !== 'HEAD') return received < headBytes + lengthBytes
    return pieces.at(-1)?.toString('latin1').endsWith(END) !== true
  }

  /** Resolves once `done` says so, rejects once the connection has ended without. */
  function until<T>(done: () => T | null): Promise<T> {
    return new Promise((resolve, reject) => {
      const watcher = (): void => {
        const value = done()
        if (value === null && ending === null) return
        watchers.delete(watcher)
        if (value === null) reject(new Error(`ended (${ending}) after ${received} bytes`))
        else resolve(value)
      }
      watchers.add(watcher)
    })
  }

  socket.on('data', (piece: Buffer) => {
    pieces.push(piece)
    received += piece.length
    tell()
  })
  socket.on('error', () => { ending = 'reset' })
  socket.on('close', () => {
    ending ??= 'fin'
    tell()
  })
  const lines = [`${method} ${path} HTTP/${version}`, 'Host: dl', ...fields]
  socket.write(`${lines.join('\r\n')}${END}`)

  let headBytes = 0
  let lengthBytes: number | null = null
  const headed = until(() => {
    const bytes = Buffer.concat(pieces)
    headBytes = headEnd(bytes)
    if (headBytes === 0) return null
    const length = /^content-length: (\d+)/im.exec(bytes.toString('latin1', 0, headBytes))
    lengthBytes = length === null ? null : Number(length[1])
    return headBytes
  })
  headed.catch(() => 0)
  const ended = until(() => {
    const answer = seen()
    return answer !== null && (answer.whole || ending !== null) ? answer : null
  })
  return {
    socket,
    headed,
    ended,
    async has(bytes) {
      await headed
      if (received - headBytes < bytes) {
        await until(() => received - headBytes >= bytes ? true : null)
      }
    },
  }
}

function headEnd(bytes: Buffer): number {
  const at = bytes.indexOf(END)
  return at < 0 ? 0 : at + END.length
}

function readAnswer(
  bytes: Buffer, method: string, ending: Visited['ending'] | null,
): Visited | null {
  const at = headEnd(bytes)
  if (at === 0) {
    const none = { status: 0, head: '', body: Buffer.alloc(0), whole: false }
    return ending === null ? null : { ...none, ending }
  }
  const head = bytes.toString('latin1', 0, at)
  const status = Number(head.slice(9, 12))
  const rest = bytes.subarray(at)
  const length = /^content-length: (\d+)/im.exec(head)
  const answer = { status, head, ending: ending ?? 'open' } as const
  if (method === 'HEAD' || status === 304) return { ...answer, body: rest, whole: true }
  if (/^transfer-encoding: chunked/im.test(head)) return { ...answer, ...joinChunks(rest) }
  if (length !== null) {
    // What comes behind it is the answer to another request.
    const body = rest.subarray(0, Number(length[1]))
    return { ...answer, body, whole: body.length === Number(length[1]) }
  }
  return { ...answer, body: rest, whole: ending === 'fin' }
}

/** Undoes chunked framing (RFC 9112 §7.1), as far as it goes. */
function joinChunks(framed: Buffer): { body: Buffer; whole: boolean } {
  const chunks: Buffer[] = []
  for (let at = 0; ;) {
    const line = framed.indexOf('\r\n', at)
    if (line < 0) return { body: Buffer.concat(chunks), whole: false }
    const size = Number.parseInt(framed.toString('latin1', at, line), 16)
    if (size === 0) return { body: Buffer.concat(chunks), whole: framed.length >= line + 4 }
    chunks.push(framed.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
    if (at > framed.length) return { body: Buffer.concat(chunks), whole: false }
  }
}
