/**
 * An origin that says exactly the bytes a test gives it, on real sockets: what no HTTP server would
 * ever send is what has to be tested. It understands only as much of a request as to know its end.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import type { Test } from 'tap'
import { createOrigin } from '../../src/act/origin/origin.ts'
import type { HauloutError } from '../../src/errors.ts'
import type {
  ObjectRequest, Origin, OriginCall, OriginHead, OriginRequest,
} from '../../src/model/origin.ts'
import type { OriginSettings } from '../../src/model/settings.ts'

/** Called for each request; `number` counts from 1 over all connections, `nth` on this one. */
export type Script = (socket: Socket, request: RawRequest) => void

export type RawRequest = {
  /** The head as received, CRLFs and all but the last empty line. */
  readonly text: string
  readonly number: number
  readonly nth: number
}

export type RawOrigin = {
  readonly port: number
  readonly url: string
  readonly requests: readonly RawRequest[]
  readonly connections: ReadonlySet<Socket>
  /** Connections accepted so far. */
  readonly accepted: number
  /** Resolves when so many requests have come in all. */
  asked(count: number): Promise<void>
  /** Resolves when no connection is open. */
  quiet(): Promise<void>
  close(): Promise<void>
}

/** Listens on a free port of the loopback; `listener` may be a TLS server. */
export async function startRawOrigin(
  script: Script, listener?: (onSocket: (socket: Socket) => void) => Server,
): Promise<RawOrigin> {
  const requests: RawRequest[] = []
  const connections = new Set<Socket>()
  const watchers = new Set<() => void>()
  const changed = (): void => { for (const watcher of watchers) watcher() }
  let accepted = 0

  function onSocket(socket: Socket): void {
    accepted += 1
    connections.add(socket)
    socket.on('close', () => {
      connections.delete(socket)
      changed()
    })
    socket.on('error', () => {})
    let text = ''
    let nth = 0
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const request = { text: text.slice(0, end + 2), number: requests.length + 1, nth: nth += 1 }
        text = text.slice(end + 4)
        requests.push(request)
        script(socket, request)
        changed()
      }
    })
  }

  async function until(done: () => boolean): Promise<void> {
    while (!done()) {
      await new Promise<void>((resolve) => {
        watchers.add(function watcher() {
          watchers.delete(watcher)
          resolve()
        })
      })
    }
  }

  const server = listener === undefined ? createServer(onSocket) : listener(onSocket)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    connections,
    get accepted() { return accepted },
    asked: (count) => until(() => requests.length >= count),
    quiet: () => until(() => connections.size === 0),
    async close() {
      for (const socket of connections) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A proper answer with a body of ASCII. */
export function say(
  socket: Socket, status: number, body = '', fields: readonly string[] = [],
): void {
  const lines = [`HTTP/1.1 ${status} X`, `Content-Length: ${body.length}`, ...fields]
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

/** The value of a field of a request as it was sent, found by its exact name; null when absent. */
export function sentField(request: RawRequest | undefined, name: string): string | null {
  const line = request?.text.split('\r\n').find((one) => one.startsWith(`${name}: `))
  return line === undefined ? null : line.slice(name.length + 2)
}

/** What an origin told its observer, in order. */
export type Heard = { readonly statuses: number[]; readonly retries: string[] }
export type Scene = { readonly server: RawOrigin; readonly origin: Origin; readonly heard: Heard }

/** A scripted store and an origin in front of it; both are gone when the test is over. */
export async function startScene(
  t: Test, script: Script, changes: Partial<OriginSettings> = {},
): Promise<Scene> {
  const server = await startRawOrigin(script)
  const heard: Heard = { statuses: [], retries: [] }
  const origin = createOrigin(originSettings([server.url], changes), {
    onResponse: (name, status, waitMs) => {
      if (name === 'store' && waitMs >= 0) heard.statuses.push(status)
    },
    onRetry: (_name, code) => { heard.retries.push(code) },
  })
  t.teardown(async () => {
    // Cuts first what a test has left hanging, so that nothing can be waited for in vain.
    await server.close()
    await origin.close()
  })
  return { server, origin, heard }
}

/** Settings with short times, for an origin at these endpoints. */
export function originSettings(
  endpoints: readonly string[], changes: Partial<OriginSettings> = {},
): OriginSettings {
  return {
    name: 'store',
    dialect: 's3',
    endpoints,
    host: 'endpoint',
    signing: 'none',
    region: 'us-east-1',
    credentials: null,
    ca: null,
    timeouts: { connectMs: 2000, firstByteMs: 2000, idleMs: 2000 },
    choose: 'round_robin',
    probe: null,
    retry: { attempts: 1, backoffMs: 1 },
    limits: { connections: 8, queue: 8, queueWaitMs: 2000 },
    ...changes,
  }
}

/** A GET for the whole of `bucket/key`, without conditions. */
export function wanted(changes: Partial<ObjectRequest> = {}): ObjectRequest {
  const object = { origin: 'store', bucket: 'releases', bucketName: 'bucket', key: 'key' }
  return { kind: 'object', object, method: 'GET', fields: [], known: null, fromByte: 0, ...changes }
}

/** A fetch and all that its sink was told. */
export type Fetched = {
  readonly call: OriginCall
  /** What was called, in order: `head`, `bytes`, `end`, `error`. */
  readonly calls: string[]
  readonly head: OriginHead | null
  readonly error: HauloutError | null
  readonly body: Buffer
  /** Resolves when the head is there, or an error in its place. */
  readonly headed: Promise<void>
  /** Resolves at the end or at an error. */
  readonly done: Promise<void>
}

/** Fetches into memory. `onBytes` is called with each piece as it comes. */
export function fetchFrom(
  origin: Origin, request: OriginRequest = wanted(), onBytes: (bytes: Buffer) => void = () => {},
): Fetched {
  const pieces: Buffer[] = []
  const headed = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  const state: { head: OriginHead | null; error: HauloutError | null } = { head: null, error: null }
  const calls: string[] = []
  const call = origin.fetch(request, {
    onHead(head) {
      calls.push('head')
      state.head = head
      headed.resolve()
    },
    onBytes(bytes) {
      calls.push('bytes')
      pieces.push(bytes)
      onBytes(bytes)
    },
    onEnd() {
      calls.push('end')
      done.resolve()
    },
    onError(error) {
      calls.push('error')
      state.error = error
      headed.resolve()
      done.resolve()
    },
  })
  return {
    call,
    calls,
    get head() { return state.head },
    get error() { return state.error },
    get body() { return Buffer.concat(pieces) },
    headed: headed.promise,
    done: done.promise,
  }
}
