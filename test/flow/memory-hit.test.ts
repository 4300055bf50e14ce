/**
 * The hit path is synchronous: when `serve` returns, a memory hit has been answered, and neither a
 * promise nor a timer nor anything else asynchronous was made on the way.
 */
import { createHook } from 'node:async_hooks'
import { promiseHooks } from 'node:v8'
import t, { type Test } from 'tap'
import { createCache, type Cache } from '../../src/act/cache/cache.ts'
import { openMemory } from '../../src/act/cache/memory.ts'
import { createFlights } from '../../src/act/collapse/flights.ts'
import { compile } from '../../src/decide/rules/compile.ts'
import type { Entry } from '../../src/model/entry.ts'
import type { Exchange } from '../../src/model/exchange.ts'
import type { Wire } from '../../src/model/wire.ts'
import { serve, type Parts } from '../../src/serve.ts'
import { exchange } from '../decide/nouns.ts'
import { bytesOf, chunksOf, entryOf } from '../support/entries.ts'

const MIB = 1024 * 1024

/** What reached a wire, in order of the calls. */
type Said = { status: number; fields: string[]; body: Buffer[]; ends: number }

function newWire(said: Said): Wire {
  const wire: Wire = {
    batchBytes: 0, closing: false, status: 0, sentBytes: 0, firstByteMs: 0, gone: false,
    onReady: null, onGone: null,
    head(status, fields) {
      said.status = status
      said.fields = [...fields]
    },
    write(bytes) {
      said.body.push(bytes)
      return true
    },
    end(bytes) {
      if (bytes !== null) said.body.push(bytes)
      said.ends += 1
    },
    cut() { throw new Error('cut') },
  }
  return wire
}

type Wanted = { readonly url: string; readonly method?: string; readonly fields?: string[] }

function exchangeFor(wire: Wire, { url, method = 'GET', fields = [] }: Wanted): Exchange {
  const arrivedAt = 1_700_000_100_000
  const received = ['Host', 'dl', 'Accept', '*/*', ...fields]
  return exchange({ wire, method, url, arrivedAt, fields: received })
}

function partsWith(cache: Cache): Parts {
  const { compiled } = compile({
    origins: ['walrus'],
    policies: {},
    buckets: { b: { origin: 'walrus', name: 'bucket' } },
    defaults: {
      methods: ['GET', 'HEAD'],
      cache: {
        ttlMs: 86_400_000, graceMs: 0, keepMs: 0, notFoundMs: 86_400_000, forbiddenMs: 0,
        verify: 'md5',
      },
      deliver: { unset: ['x-amz-*'], cacheStatus: true },
    },
    routes: [{ name: 'get', match: { path: '/get/{key**}' }, to: 'b/{key}' }],
    default: { deny: 404 },
  })
  const flights = createFlights(cache, () => { throw new Error('the origin is not to be asked') })
  const { chunk, isCold, prefetch } = cache
  const source = { chunk, isCold, prefetch, resume: flights.resume }
  return { rules: compiled, cache, flights, source, healthPath: '/healthz', record: () => {} }
}

function store(cache: Cache, entry: Entry, body: Buffer): void {
  const filling = cache.fill(entry)
  for (const [index, chunk] of chunksOf(body).entries()) filling.chunk(index, chunk, () => {})
  filling.keep(entry, () => {})
}

/** Answers once while everything asynchronous that comes into being is counted. */
function watched(parts: Parts, wanted: Wanted): { said: Said; x: Exchange; made: string[] } {
  const said: Said = { status: 0, fields: [], body: [], ends: 0 }
  const x = exchangeFor(newWire(said), wanted)
  const made: string[] = []
  const hook = createHook({ init(_id, type) { made.push(type) } })
  const stop = promiseHooks.onInit(() => { made.push('promise') }) as () => void
  hook.enable()
  serve(parts, x)
  hook.disable()
  stop()
  return { said, x, made }
}

const small = bytesOf(1024)
const large = bytesOf(3 * MIB)
const etag = entryOf('small', 1, small).etag!

const CASES: ReadonlyArray<readonly [string, Wanted, number, Buffer]> = [
  ['a 1 KiB body', { url: '/get/small' }, 200, small],
  ['HEAD', { url: '/get/small', method: 'HEAD' }, 200, Buffer.alloc(0)],
  ['304', { url: '/get/small', fields: ['If-None-Match', etag] }, 304, Buffer.alloc(0)],
  ['a range', { url: '/get/small', fields: ['Range', 'bytes=100-199'] }, 206,
    small.subarray(100, 200)],
  ['a range of a large body', { url: '/get/large', fields: ['Range', 'bytes=300000-700000'] }, 206,
    large.subarray(300_000, 700_001)],
  ['a body of many chunks', { url: '/get/large' }, 200, large],
  ['nothing', { url: '/get/empty' }, 200, Buffer.alloc(0)],
]

function warmed(): Parts {
  const cache = createCache({ memory: openMemory(16 * MIB), disk: null })
  store(cache, entryOf('small', 1, small), small)
  store(cache, entryOf('large', 2, large), large)
  store(cache, entryOf('empty', 3, Buffer.alloc(0)), Buffer.alloc(0))
  cache.keepHead({ ...entryOf('absent', 4, Buffer.alloc(0)), status: 404 })
  return partsWith(cache)
}

for (const [name, wanted, status, body] of CASES) {
  t.test(`a memory hit has been answered when serve returns: ${name}`, (t: Test) => {
    const parts = warmed()
    // The first hit makes the head, as later ones need not.
    for (const which of ['first', 'second']) {
      const { said, x, made } = watched(parts, wanted)
      t.same(made, [], `${which}: no promise, no timer, no tick`)
      t.equal(said.ends, 1, `${which}: the wire has been told the end`)
      t.equal(said.status, status)
      t.ok(Buffer.concat(said.body).equals(body))
      t.equal(x.outcome.name, 'hit-memory')
      t.equal(x.outcome.errorCode, null)
    }
    t.end()
  })
}

const REFUSED: ReadonlyArray<readonly [string, Wanted, number]> = [
  ['a remembered absence', { url: '/get/absent' }, 404],
  ['412', { url: '/get/small', fields: ['If-Match', '"other"'] }, 412],
  ['416', { url: '/get/small', fields: ['Range', 'bytes=5000-'] }, 416],
  ['no route', { url: '/elsewhere' }, 404],
  ['a method', { url: '/get/small', method: 'DELETE' }, 405],
  ['a traversal', { url: '/get/../x' }, 400],
  ['the health check', { url: '/healthz' }, 200],
]

for (const [name, wanted, status] of REFUSED) {
  t.test(`what haulout words itself is as synchronous: ${name}`, (t) => {
    const { said, made } = watched(warmed(), wanted)
    t.same(made, [])
    t.equal(said.ends, 1)
    t.equal(said.status, status)
    t.end()
  })
}

t.test('the watch would see a promise, a timer and a tick', (t) => {
  const parts = warmed()
  const kinds: ReadonlyArray<readonly [string, () => unknown]> = [
    ['promise', () => Promise.resolve()],
    ['Timeout', () => clearTimeout(setTimeout(() => {}, 1))],
    ['TickObject', () => process.nextTick(() => {})],
  ]
  for (const [kind, make] of kinds) {
    const source = { ...parts.source, isCold: () => make() === null }
    const { made } = watched({ ...parts, source }, { url: '/get/large' })
    t.ok(made.includes(kind), kind)
  }
  t.end()
})
