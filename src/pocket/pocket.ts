/**
 * The pocket Walrus: buckets from a folder or from memory, served over real sockets the way Walrus
 * serves them, each era's quirks included. It is the demo's origin and the tests' scripted one; see
 * README.md for the eras.
 */
import type { Socket } from 'node:net'
import { serveConnection } from './connection.ts'
import { ERAS } from './eras.ts'
import type { EraName } from './eras.ts'
import { createScript } from './faults.ts'
import type { Rule } from './faults.ts'
import { joinShelves, openFolderShelf } from './folder.ts'
import { createGate } from './gate.ts'
import { startListener } from './listener.ts'
import { createRequestLog } from './log.ts'
import type { PocketRequest } from './log.ts'
import { createMemoryShelf, makeObject } from './objects.ts'
import type { Content, PutOptions, Shelf } from './objects.ts'
import type { Store } from './operations.ts'

/** Walrus drops a connection on which nothing moves for a minute, in either direction. */
const IDLE_MS = 60_000

export type PocketCredential = {
  readonly accessKey: string
  readonly secretKey: string
  readonly sessionToken?: string | null
}

export type PocketOptions = {
  readonly era: EraName
  /** `FOLDER/bucket/key…`; what is put goes before it. */
  readonly folder?: string
  /** 0, the default, lets the system choose. */
  readonly port?: number
  /** 127.0.0.1 when absent. */
  readonly host?: string
  /** Who owns everything. */
  readonly credentials?: readonly PocketCredential[]
  /** Buckets that the anonymous may list. */
  readonly listable?: readonly string[]
  readonly rateBytesPerSecond?: number
  readonly idleMs?: number
  /** The store's clock, epoch ms. */
  readonly now?: () => number
  /** PEM. With it TLS is answered on the same port as plain HTTP, and `endpoint` says https. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

export type Pocket = {
  readonly host: string
  readonly port: number
  /** Base URL, service path included. */
  readonly endpoint: string
  /** Every request in order of arrival; entries are filled in as answers go out. */
  readonly requests: PocketRequest[]
  /** Exceptions of the pocket's own; a test may want it empty. */
  readonly failures: unknown[]
  /** Connections accepted so far. */
  connectionCount(): number
  /** Resolves once `count` requests have come in. */
  asked(count: number): Promise<void>
  /** Puts rules in force in place of those before, whose waiters go on. Null: behaves. */
  behave(rules: Rule | readonly Rule[] | null): void
  /** Lets go what `hold-head` and `stall` hold, now and until the next `behave`. */
  release(): void
  /** Resolves once `count` connections are held at the same time. */
  held(count?: number): Promise<void>
  put(bucket: string, key: string, content: Content, options?: PutOptions): Promise<void>
  remove(bucket: string, key: string): Promise<void>
  /** Stops listening and drops all connections: connecting is refused until `listen`. */
  refuse(): Promise<void>
  /** Listens again, on the same port. */
  listen(): Promise<void>
  close(): Promise<void>
}

/** Starts one; `listen` error when the address cannot be had. */
export async function startPocket(options: PocketOptions): Promise<Pocket> {
  const memory = createMemoryShelf()
  const folder = options.folder === undefined ? [] : [openFolderShelf(options.folder)]
  const host = options.host ?? '127.0.0.1'
  const store = makeStore(options, host, joinShelves([memory, ...folder]))
  const gate = createGate()
  const log = createRequestLog()
  const failures: unknown[] = []
  let script = createScript([])
  let connections = 0

  function serve(socket: Socket): void {
    connections += 1
    socket.setTimeout(options.idleMs ?? IDLE_MS, () => socket.destroy())
    serveConnection({
      id: connections,
      socket,
      store,
      gate,
      rateBytesPerSecond: options.rateBytesPerSecond ?? null,
      script: () => script,
      onRequest: (request) => log.add(request),
      onFailure: (cause) => failures.push(cause),
    })
  }

  const listener = await startListener(
    { port: options.port ?? 0, host, tls: options.tls ?? null }, serve)
  return {
    host,
    port: listener.port,
    endpoint: endpointOf(options, host, listener.port),
    requests: log.requests,
    failures,
    connectionCount: () => connections,
    asked: (count) => log.asked(count),
    behave(rules) {
      script = createScript(rules === null ? [] : [rules].flat())
      gate.reset()
    },
    release: () => gate.release(),
    held: (count = 1) => gate.held(count),
    put(bucket, key, content, settings) {
      const lastModifiedAt = store.now()
      memory.put(makeObject({ bucket, key }, content, { lastModifiedAt, ...settings }))
      return Promise.resolve()
    },
    remove: (bucket, key) => Promise.resolve(memory.remove(bucket, key)),
    refuse: () => listener.refuse(),
    listen: () => listener.listen(),
    close: () => listener.refuse(),
  }
}

function makeStore(options: PocketOptions, host: string, shelf: Shelf): Store {
  return {
    era: ERAS[options.era],
    shelf,
    credentials: (options.credentials ?? []).map((one) => ({
      accessKey: one.accessKey,
      secretKey: one.secretKey,
      sessionToken: one.sessionToken ?? null,
    })),
    listable: new Set(options.listable),
    ownNames: ['localhost', host],
    now: options.now ?? Date.now,
  }
}

function endpointOf(options: PocketOptions, host: string, port: number): string {
  const scheme = options.tls === undefined ? 'http' : 'https'
  const name = host.includes(':') ? `[${host}]` : host
  return `${scheme}://${name}:${port}${ERAS[options.era].basePaths[0]!}`
}
