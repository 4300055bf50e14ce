/** PURGE by clients, over real sockets: who may, what goes, and what is in the air at the time. */
import t, { type Test } from 'tap'
import { passed } from '../support/clock.ts'
import type { Answered } from '../support/client.ts'
import { openHouse, type House, type HouseOptions } from '../support/house.ts'

const HERE = { acls: { here: ['127.0.0.0/8'], nobody: ['192.0.2.1'] } }

async function open(t: Test, options: HouseOptions = {}): Promise<House> {
  const rules = { ...HERE, purge: { client: ['here'] }, ...options.rules }
  const house = await openHouse({ ...options, rules })
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', 'first', { etag: 'md5' })
  return house
}

function outcomeOf({ headers }: Answered): string {
  return /detail=([\w-]+)/.exec(String(headers['cache-status']))![1]!
}

t.test('what is purged is fetched again, and nothing else is', async (t) => {
  const house = await open(t)
  await house.pocket.put('bucket', 'b', 'other', { etag: 'md5' })
  for (const path of ['/get/a', '/get/b']) await house.get(path)
  await house.pocket.put('bucket', 'a', 'second', { etag: 'md5' })
  t.equal((await house.get('/get/a')).body.toString(), 'first', 'before the purge it is a hit')
  const purged = await house.get('/get/a', { method: 'PURGE' })
  t.same([purged.status, purged.body.toString().trim()], [200, '200 OK: purged'])
  const after = await house.get('/get/a')
  t.same([after.body.toString(), outcomeOf(after)], ['second', 'miss'])
  t.equal(outcomeOf(await house.get('/get/b')), 'hit-memory')
})

t.test('a remembered absence goes as well', async (t) => {
  const house = await open(t, { cache: { notFoundMs: 60_000 } })
  t.equal((await house.get('/get/new')).status, 404)
  await house.pocket.put('bucket', 'new', 'here it is', { etag: 'md5' })
  t.equal((await house.get('/get/new')).status, 404)
  await house.get('/get/new', { method: 'PURGE' })
  t.equal((await house.get('/get/new')).body.toString(), 'here it is')
})

t.test('that it is done is told in plain text, whatever the route delivers', async (t) => {
  const house = await open(t, {
    routes: [{
      name: 'get', match: { path: '/get/{key**}' }, to: 'files/{key}',
      deliver: { set: { 'content-type': 'application/gzip' } },
    }],
  })
  const { status, headers } = await house.get('/get/a', { method: 'PURGE' })
  t.same([status, headers['content-type']], [200, 'text/plain; charset=utf-8'])
})

t.test('who may not purge does not', async (t) => {
  const house = await open(t, { rules: { purge: { client: ['nobody'] } } })
  await house.get('/get/a')
  t.equal((await house.get('/get/a', { method: 'PURGE' })).status, 403)
  t.equal(outcomeOf(await house.get('/get/a')), 'hit-memory')
})

t.test('without `purge` it is a method like any other', async (t) => {
  const house = await openHouse()
  t.teardown(() => house.close())
  t.equal((await house.get('/get/a', { method: 'PURGE' })).status, 405)
})

t.test('whether a route may be read has no say in it, nor the other way round', async (t) => {
  const house = await open(t, {
    routes: [
      { name: 'closed', match: { path: '/get/{key**}' }, to: 'files/{key}',
        access: { client: ['nobody'] } },
      { name: 'open', match: { path: '/open/{key**}' }, to: 'files/{key}' },
      { name: 'elsewhere', match: { path: '/moved' }, redirect: { to: '/open/a', status: 302 } },
    ],
  })
  await house.get('/open/a')
  t.equal((await house.get('/get/a')).status, 403)
  t.equal((await house.get('/get/a', { method: 'PURGE' })).status, 200)
  t.equal(outcomeOf(await house.get('/open/a')), 'miss', 'it is the same object')
  t.equal((await house.get('/moved', { method: 'PURGE' })).status, 404)
  t.equal((await house.get('/nowhere', { method: 'PURGE' })).status, 404)
  t.equal((await house.get('/open/..%2fx', { method: 'PURGE' })).status, 400)
})

t.test('what is in the air when it is purged never reaches a later request', async (t) => {
  const house = await open(t, { disk: { path: t.testdir() } })
  const { pocket } = house
  await pocket.put('bucket', 'big', { sizeBytes: 3_000_000, seed: 'old' }, { etag: 'md5' })
  pocket.behave({ fault: { kind: 'stall', afterBytes: 1_000_000 }, times: 1 })
  const early = house.get('/get/big')
  await pocket.held()
  await pocket.put('bucket', 'big', { sizeBytes: 3_000_000, seed: 'new' }, { etag: 'md5' })
  t.equal((await house.get('/get/big', { method: 'PURGE' })).status, 200)
  const later = await house.get('/get/big')
  t.equal(outcomeOf(later), 'miss', 'it does not board the flight that was there before')
  pocket.release()
  const first = await early
  t.ok(first.complete && !first.body.equals(later.body), 'who was aboard gets what it asked for')
  const last = await house.get('/get/big')
  t.equal(outcomeOf(last).slice(0, 3), 'hit')
  t.ok(last.body.equals(later.body), 'and what comes late does not take the place of the new')
  t.equal(pocket.requests.length, 2)
})

t.test('a revalidation that was under way cannot bring back what has been purged', async (t) => {
  const house = await open(t, { cache: { ttlMs: 1, graceMs: 0 } })
  const { pocket } = house
  await house.get('/get/a')
  await passed(2)
  pocket.behave({ fault: { kind: 'hold-head' }, times: 1 })
  const early = house.get('/get/a')
  await pocket.held()
  t.equal((await house.get('/get/a', { method: 'PURGE' })).status, 200)
  pocket.release()
  t.equal(outcomeOf(await early), 'revalidated')
  pocket.behave(null)
  await house.get('/get/a')
  t.equal(pocket.requests.at(-1)!.status, 200, 'it is fetched whole, not asked about')
})
