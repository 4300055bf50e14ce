/**
 * The hit path is synchronous: when `serve` returns, a memory hit has been answered, and neither a
 * promise nor a timer nor anything else asynchronous was made on the way.
 */
import { createHook } from 'node:async_hooks'
import { promiseHooks } from 'node:v8'
import t, { type Test } from 'tap'
import { createPasswordBooks } from '../../src/act/access/passwords.ts'
import { openUsers } from '../../src/act/access/users.ts'
import type { Cache } from '../../src/act/cache/cache.ts'
import type { Entry } from '../../src/model/entry.ts'
import type { Exchange } from '../../src/model/exchange.ts'
import { serve, type Parts } from '../../src/serve.ts'
import { lineOf } from '../decide/access/vectors.ts'
import { bytesOf, chunksOf, entryOf, EVERYWHERE } from '../support/entries.ts'
import { arrive, partsInMemory, watchWire, type Wanted, type Watched } from '../support/line.ts'
import { scriptOrigin } from '../support/scripted-origin.ts'

const MIB = 1024 * 1024
/** A while after the entries of the tests were stored. */
const NOW = 1_700_000_100_000

function store(cache: Cache, entry: Entry, body: Buffer): void {
  const filling = cache.fill(entry, () => EVERYWHERE)
  for (const [index, chunk] of chunksOf(body).entries()) filling.chunk(index, chunk, () => {})
  filling.keep(entry, () => {})
}

type Answered = { readonly said: Watched; readonly x: Exchange; readonly made: string[] }

/** Answers once while everything asynchronous that comes into being is counted. */
function watched(parts: Parts, wanted: Wanted): Answered {
  const said = watchWire()
  const x = arrive(said.wire, { ...wanted, arrivedAt: NOW })
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
  const truth = { body: small, etag: null, ranges: false, tellsLength: true }
  const parts = partsInMemory(16 * MIB, scriptOrigin(truth).origin)
  const { cache } = parts
  store(cache, entryOf('small', 1, small), small)
  store(cache, entryOf('large', 2, large), large)
  store(cache, entryOf('empty', 3, Buffer.alloc(0)), Buffer.alloc(0))
  cache.keepHead({ ...entryOf('absent', 4, Buffer.alloc(0)), status: 404 }, EVERYWHERE)
  return parts
}

for (const [name, wanted, status, body] of CASES) {
  t.test(`a memory hit has been answered when serve returns: ${name}`, (t: Test) => {
    const parts = warmed()
    // The first hit makes the head, as later ones need not.
    for (const which of ['first', 'second']) {
      const { said, x, made } = watched(parts, wanted)
      t.same(made, [], `${which}: no promise, no timer, no tick`)
      t.equal(said.ends, 1, `${which}: the wire has been told the end`)
      t.equal(said.wire.status, status)
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
    t.equal(said.wire.status, status)
    t.end()
  })
}

t.test('a hit behind a network and a proven password is as synchronous', async (t) => {
  const file = `${t.testdir({ htpasswd: lineOf('alice') })}/htpasswd`
  const users = new Map([['staff', openUsers(file, () => {})]])
  const books = createPasswordBooks()
  t.teardown(() => books.close())
  const passwords = books.open({ users, secret: () => Buffer.alloc(32) })
  const parts = { ...warmed(), passwords }
  const field = `Basic ${Buffer.from('alice:wonderland').toString('base64')}`
  const from = (address: string): Wanted => ({
    url: '/eng/small', fields: ['Authorization', field, 'X-Forwarded-For', `10.0.0.1, ${address}`],
  })
  const login = watched(parts, from('10.1.2.3'))
  t.equal(login.said.ends, 0, 'the password has to be checked first')
  while (login.said.ends === 0) await new Promise((resolve) => setImmediate(resolve))
  t.equal(login.said.wire.status, 200)
  for (const [address, status] of [['10.1.2.3', 200], ['10.66.1.1', 403]] as const) {
    const { said, x, made } = watched(parts, from(address))
    t.same(made, [])
    t.equal(said.ends, 1)
    t.equal(said.wire.status, status)
    t.equal(x.client, address)
    t.equal(x.user, status === 200 ? 'alice' : null)
  }
})

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
