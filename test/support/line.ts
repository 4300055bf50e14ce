/** The straight line without sockets: parts on tiers in memory, exchanges on wires of the test. */
import type { Passwords } from '../../src/act/access/passwords.ts'
import { passingBans } from '../../src/act/cache/bans.ts'
import { createCache, type Cache } from '../../src/act/cache/cache.ts'
import { openMemory } from '../../src/act/cache/memory.ts'
import { createFlights } from '../../src/act/collapse/flights.ts'
import { compile } from '../../src/decide/rules/compile.ts'
import type { Exchange } from '../../src/model/exchange.ts'
import type { Origin } from '../../src/model/origin.ts'
import type { Wire } from '../../src/model/wire.ts'
import type { Parts } from '../../src/serve.ts'
import { cachePolicy, exchange } from '../decide/nouns.ts'

const DAY_MS = 86_400_000

/** Passwords that nobody is to ask for. */
export const NO_PASSWORDS: Passwords = {
  proof() { throw new Error('asked for a proof') },
  secret() { throw new Error('asked for a secret') },
  check() { throw new Error('asked to check') },
}

/** Network and password, for `/eng/{key**}`. */
const BOTH = { all: [{ client: ['office'] }, { basic: { users: 'staff', realm: 'Staff' } }] }

/** Parts whose only tier is memory; the route for everybody is `/get/{key**}`. */
export function partsInMemory(memoryBytes: number, origin: Origin): Parts & { cache: Cache } {
  const memory = openMemory(memoryBytes)
  return partsOn(createCache({ memory, disk: null }, passingBans()), origin)
}

/** The same on tiers of the test's own. */
export function partsOn(cache: Cache, origin: Origin): Parts & { cache: Cache } {
  const { compiled } = compile({
    origins: ['walrus'], httpOrigins: [],
    trustedProxies: ['10.0.0.5'],
    acls: { office: ['10.0.0.0/8', '!10.66.0.0/16'] },
    users: ['staff'],
    access: {},
    policies: {},
    buckets: { b: { origin: 'walrus', name: 'bucket' } },
    defaults: {
      methods: ['GET', 'HEAD'],
      cache: cachePolicy({
        ttlMs: DAY_MS, graceMs: 0, keepMs: 0, notFoundMs: DAY_MS, forbiddenMs: 0,
      }),
      deliver: { unset: ['x-amz-*'], cacheStatus: true },
    },
    routes: [
      { name: 'get', match: { path: '/get/{key**}' }, to: 'b/{key}' },
      { name: 'eng', match: { path: '/eng/{key**}' }, to: 'b/{key}', access: BOTH },
    ],
    default: { deny: 404 },
  })
  const flights = createFlights(cache)
  const { chunk, isCold, prefetch } = cache
  const resume: Parts['source']['resume'] = (rest, landed) =>
    flights.resume({ ...rest, origin, forwarded: null }, landed)
  return {
    rules: compiled, origins: new Map([['walrus', origin]]), passwords: NO_PASSWORDS, cache,
    flights,
    source: { chunk, isCold, prefetch, resume }, healthPath: '/healthz', record: () => {},
  }
}

export type Wanted = {
  readonly url: string
  readonly method?: string
  readonly fields?: readonly string[]
  /** Epoch ms. */
  readonly arrivedAt?: number
}

/** An exchange that has just arrived, through a proxy that is believed. */
export function arrive(wire: Wire, wanted: Wanted): Exchange {
  const { url, method = 'GET', fields = [], arrivedAt = Date.now() } = wanted
  const received = ['Host', 'dl', 'Accept', '*/*', ...fields]
  return exchange({ wire, method, url, arrivedAt, client: '10.0.0.5', fields: received })
}

/** A wire of the test, and what has gone over it. */
export type Watched = {
  readonly wire: Wire
  readonly fields: string[]
  readonly body: Buffer[]
  ends: number
  cuts: number
  /** Whether it takes one write at a time, until `ready`. */
  slow: boolean
  ready(): void
  /** The client goes away. */
  leave(): void
}

/** A wire that holds its caller to the contract. */
export function watchWire(): Watched {
  let full = false
  const onlyOpen = (what: string): void => {
    if (watched.ends + watched.cuts > 0) throw new Error(`${what} after the end`)
    if (full) throw new Error(`${what} before onReady`)
  }
  const state = { status: 0, sentBytes: 0, gone: false }
  const wire: Wire = {
    batchBytes: 0, closing: false, firstByteMs: 0, onReady: null, onGone: null,
    get status() { return state.status },
    get sentBytes() { return state.sentBytes },
    get gone() { return state.gone },
    head(status, fields) {
      if (state.status !== 0) throw new Error('a second head')
      state.status = status
      watched.fields.push(...fields)
    },
    interim() {},
    body: () => { throw new Error('a request without a body') },
    write(bytes) {
      onlyOpen('write')
      watched.body.push(bytes)
      state.sentBytes += bytes.length
      full = watched.slow
      return !full
    },
    end(bytes) {
      onlyOpen('end')
      if (bytes !== null) watched.body.push(bytes)
      watched.ends += 1
    },
    cut() {
      watched.cuts += 1
      state.gone = true
    },
  }
  const watched: Watched = {
    wire, fields: [], body: [], ends: 0, cuts: 0, slow: false,
    ready() {
      full = false
      wire.onReady?.()
    },
    leave() {
      if (watched.ends > 0 || state.gone) return
      state.gone = true
      wire.onGone?.()
    },
  }
  return watched
}
