/**
 * Fresh, stale in grace, kept: what a client gets and what the origin is asked, as a response ages.
 * A ttl of a millisecond stands for any; a day stands for ever.
 */
import t from 'tap'
import type { Test } from 'tap'
import { REFRESH_RETRY_MS } from '../../src/limits.ts'
import type { CachePolicy } from '../../src/model/policy.ts'
import type { RouteRule } from '../../src/model/rules.ts'
import { ask, type Answered } from '../support/client.ts'
import { passed } from '../support/clock.ts'
import { openHouse } from '../support/house.ts'
import type { House, HouseOptions } from '../support/house.ts'
import { askedFor } from '../support/origin-view.ts'

const DAY_MS = 86_400_000
const ONCE = { attempts: 1, backoffMs: 1 }

/** A house with an object `a` of `first bytes`, which a client has already got. */
async function openWarm(t: Test, cache: Partial<CachePolicy>, options: HouseOptions = {}) {
  const house = await openHouse({ era: 's3', cache, origin: { retry: ONCE }, ...options })
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', 'first bytes')
  const answer = await house.get('/get/a')
  t.equal(said(answer), '200 first bytes miss')
  await passed(2)
  return house
}

/** Status, body and outcome in one line. */
function said({ status, body, headers }: Answered): string {
  const detail = /detail=([a-z-]+)$/.exec(String(headers['cache-status']))?.[1] ?? '?'
  return status < 400 ? `${status} ${body.toString()} ${detail}` : `${status} ${detail}`
}

async function get(house: House, path = '/get/a'): Promise<string> {
  return said(await house.get(path))
}

/** How many exchanges wait for a flight or read from one. */
async function passengersOf({ worker }: House): Promise<number> {
  const { body } = await ask(worker.adminAddress!, { path: '/metrics' })
  return Number(/^haulout_flight_passengers (\d+)$/m.exec(body.toString())?.[1])
}

/** Asks until the answer is this one; the test's own time limit is the end of patience. */
async function getUntil(house: House, path: string, wanted: string): Promise<void> {
  while ((await get(house, path)) !== wanted) await passed(1)
}

t.test('within its ttl nothing is asked, though the object has changed', async (t) => {
  const house = await openWarm(t, { ttlMs: DAY_MS })
  await house.pocket.put('bucket', 'a', 'second bytes')
  for (let i = 0; i < 10; i++) t.equal(await get(house), '200 first bytes hit-memory')
  t.equal(house.pocket.requests.length, 1)
})

t.test('with a ttl of zero everything is asked for, and nothing stored', async (t) => {
  const house = await openHouse({ cache: { ttlMs: 0, graceMs: DAY_MS, keepMs: DAY_MS } })
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', 'bytes')
  for (let i = 1; i <= 3; i++) {
    const answer = await house.get('/get/a')
    t.equal(said(answer), '200 bytes miss')
    t.notMatch(answer.headers['cache-status'], /stored/)
    t.equal(house.pocket.requests.length, i)
  }
})

t.test('in grace all get what is stored at once, and one refresh runs behind them', async (t) => {
  const house = await openWarm(t, { ttlMs: 1, graceMs: DAY_MS })
  house.pocket.behave({ fault: { kind: 'hold-head' }, conditional: true })
  const crowd = await Promise.all(Array.from({ length: 50 }, () => house.get('/get/a')))
  for (const answer of crowd) {
    t.equal(said(answer), '200 first bytes stale')
    t.match(answer.headers['cache-status'], /^haulout; hit; ttl=(0|-\d); detail=stale$/)
  }
  await house.pocket.held()
  await passed(REFRESH_RETRY_MS)
  t.equal(await get(house), '200 first bytes stale', 'also while the refresh hangs')
  // A second refresh would have been sent before this.
  t.equal(await get(house, '/get/other'), '404 miss')
  t.equal(house.pocket.requests.length, 3)
  house.pocket.release()
})

t.test('a refresh brings what has changed, and vouches for what has not', async (t) => {
  const routes = [
    routeOf('get', { ttlMs: 1, graceMs: DAY_MS }), routeOf('look', { ttlMs: DAY_MS }),
  ]
  const house = await openWarm(t, {}, { routes })
  t.equal(await get(house), '200 first bytes stale')
  await house.pocket.asked(2)
  t.equal(await get(house, '/look/a'), '200 first bytes hit-memory')
  while (house.pocket.requests[1]!.status === 0) await passed(1)
  await house.pocket.put('bucket', 'a', 'second bytes')
  // Whichever refresh comes after the change; until then the first bytes are given.
  await getUntil(house, '/get/a', '200 second bytes stale')
  t.equal(await get(house, '/look/a'), '200 second bytes hit-memory')
  t.equal(askedFor(house)[1], 'GET 304')
})

t.test('a removed object is served in grace once more, and then no longer', async (t) => {
  const house = await openWarm(t, { ttlMs: 1, graceMs: DAY_MS, notFoundMs: DAY_MS })
  await house.pocket.remove('bucket', 'a')
  t.equal(await get(house), '200 first bytes stale')
  await getUntil(house, '/get/a', '404 negative-hit')
  t.equal(house.pocket.requests.length, 2)
})

t.test('a refresh that failed is not tried again for a while', async (t) => {
  const house = await openWarm(t, { ttlMs: 1, graceMs: DAY_MS })
  house.pocket.behave({ fault: { kind: 'close-before-head' } })
  t.equal(await get(house), '200 first bytes stale')
  await house.pocket.asked(2)
  const failedAt = Date.now()
  // A break before the first byte may be the store's habit, so it is asked twice at once.
  const again = house.pocket.asked(4).then(() => Date.now())
  let answers = 0
  for (let over = false; !over; answers++) {
    t.equal(await get(house), '200 first bytes stale')
    over = await Promise.race([again.then(() => true), passed(5).then(() => false)])
  }
  t.ok((await again) - failedAt >= REFRESH_RETRY_MS)
  t.ok(answers > 10, 'and meanwhile everybody was served')
})

t.test('a response that is kept is asked about before it is given', async (t) => {
  const house = await openWarm(t, { ttlMs: 1, graceMs: 0, keepMs: DAY_MS })
  t.equal(await get(house), '200 first bytes revalidated')
  await house.pocket.put('bucket', 'a', 'second bytes')
  await passed(2)
  t.equal(await get(house), '200 second bytes miss')
  t.same(askedFor(house), ['GET 200', 'GET 304', 'GET 200'])
})

t.test('many who ask for a kept response share one question', async (t) => {
  const house = await openWarm(t, { ttlMs: 1, graceMs: 0, keepMs: DAY_MS })
  house.pocket.behave({ fault: { kind: 'hold-head' }, times: 1 })
  const first = get(house)
  await house.pocket.held()
  const others = Array.from({ length: 20 }, () => house.get('/get/a'))
  while ((await passengersOf(house)) < 21) await passed(1)
  house.pocket.release()
  t.equal(await first, '200 first bytes revalidated')
  for (const answer of await Promise.all(others)) {
    t.equal(said(answer), '200 first bytes revalidated')
    t.match(answer.headers['cache-status'], /fwd=stale; fwd-status=304; stored; collapsed/)
  }
  t.same(askedFor(house), ['GET 200', 'GET 304'])
})

type Failure = readonly [name: string, fail: (house: House) => void | Promise<void>]

/** Ways in which an origin can fail while something is kept. */
const FAILURES: readonly Failure[] = [
  ['answers 503', ({ pocket }) => pocket.behave({ fault: { kind: 'status', status: 503 } })],
  ['answers 500', ({ pocket }) => pocket.behave({ fault: { kind: 'status', status: 500 } })],
  ['breaks off', ({ pocket }) => pocket.behave({ fault: { kind: 'close-inside-head' } })],
  ['is not there', ({ pocket }) => pocket.refuse()],
  ['says nothing', ({ pocket }) => pocket.behave({ fault: { kind: 'hold-head' } })],
  ['talks nonsense', ({ pocket }) => pocket.behave({ fault: { kind: 'raw', bytes: 'hello\n' } })],
]

for (const [name, fail] of FAILURES) {
  t.test(`what is kept is the last resort when the origin ${name}`, async (t) => {
    const timeouts = { connectMs: 1000, firstByteMs: 100, idleMs: 1000 }
    const cache = { ttlMs: 1, graceMs: 0, keepMs: DAY_MS }
    const house = await openWarm(t, cache, { origin: { retry: ONCE, timeouts } })
    await fail(house)
    for (const method of ['GET', 'HEAD']) {
      const answer = await house.get('/get/a', { method })
      t.equal(answer.status, 200)
      t.equal(answer.body.toString(), method === 'GET' ? 'first bytes' : '')
      t.match(answer.headers['cache-status'], /^haulout; fwd=stale; ttl=(0|-\d+); detail=stale$/)
      t.equal(answer.headers['content-length'], '11')
    }
    const part = await house.get('/get/a', { headers: { Range: 'bytes=0-4' } })
    t.equal(said(part), '206 first stale')
    if (name === 'is not there') await house.pocket.listen()
    house.pocket.behave(null)
    t.equal(await get(house), '200 first bytes revalidated', 'and it is asked again')
  })
}

t.test('beyond keep there is no last resort', async (t) => {
  const house = await openWarm(t, { ttlMs: 1, graceMs: 0, keepMs: 0 })
  house.pocket.behave({ fault: { kind: 'status', status: 503 } })
  t.equal(await get(house), '502 error')
  house.pocket.behave(null)
  t.equal(await get(house), '200 first bytes miss')
})

t.test('an absence is remembered for its own ttl', async (t) => {
  const house = await openHouse({ cache: { notFoundMs: DAY_MS } })
  t.teardown(() => house.close())
  const first = await house.get('/get/a')
  t.equal(said(first), '404 miss')
  t.match(first.headers['cache-status'], /fwd=uri-miss; fwd-status=404; stored; detail=miss/)
  await house.pocket.put('bucket', 'a', 'bytes')
  for (const method of ['GET', 'HEAD']) {
    const again = await house.get('/get/a', { method })
    t.equal(said(again), '404 negative-hit')
    t.match(again.headers['cache-status'], /^haulout; hit; (ttl=\d+; )?detail=negative-hit$/)
  }
  t.equal(house.pocket.requests.length, 1)
})

t.test('a forbidden object is remembered for a ttl that is not that of absence', async (t) => {
  const origin = { signing: 'none', credentials: null } as const
  const house = await openHouse({ origin, cache: { forbiddenMs: DAY_MS, notFoundMs: 0 } })
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', 'bytes', { private: true })
  t.equal(await get(house), '403 miss')
  await house.pocket.put('bucket', 'a', 'bytes')
  t.equal(await get(house), '403 negative-hit')
  t.equal(await get(house, '/get/none'), '404 miss')
  t.equal(await get(house, '/get/none'), '404 miss')
  t.equal(house.pocket.requests.length, 3)
})

t.test('without a ttl of its own a negative answer is asked for each time', async (t) => {
  const origin = { signing: 'none', credentials: null } as const
  const house = await openHouse({ origin, cache: { forbiddenMs: 0, notFoundMs: 0 } })
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', 'bytes', { private: true })
  for (const [path, answer] of [['/get/a', '403 miss'], ['/get/b', '404 miss']] as const) {
    for (let i = 0; i < 3; i++) t.equal(await get(house, path), answer)
  }
  t.equal(house.pocket.requests.length, 6)
  await house.pocket.put('bucket', 'b', 'now here')
  t.equal(await get(house, '/get/b'), '200 now here miss')
})

t.test('a negative answer has neither grace nor keep', async (t) => {
  const house = await openHouse({ cache: { notFoundMs: 1, graceMs: DAY_MS, keepMs: DAY_MS } })
  t.teardown(() => house.close())
  t.equal(await get(house), '404 miss')
  await passed(2)
  house.pocket.behave({ fault: { kind: 'status', status: 503 } })
  t.equal(await get(house), '502 error', 'an old absence is no last resort')
  house.pocket.behave(null)
  await house.pocket.put('bucket', 'a', 'bytes')
  t.equal(await get(house), '200 bytes miss')
})

function routeOf(name: string, cache: Partial<CachePolicy>): RouteRule {
  return { name, match: { path: `/${name}/{key}` }, to: 'files/{key}', cache }
}

t.test('one object ages by the policy of the route that asks for it', async (t) => {
  const house = await openWarm(t, {}, {
    routes: [
      routeOf('get', { ttlMs: DAY_MS }),
      routeOf('grace', { ttlMs: 1, graceMs: DAY_MS }),
      routeOf('keep', { ttlMs: 1, graceMs: 0, keepMs: DAY_MS }),
      routeOf('none', { ttlMs: 1, graceMs: 0, keepMs: 0 }),
    ],
  })
  t.equal(await get(house), '200 first bytes hit-memory')
  t.equal(house.pocket.requests.length, 1)
  t.equal(await get(house, '/keep/a'), '200 first bytes revalidated')
  t.equal(house.pocket.requests.length, 2)
  await passed(2)
  t.equal(await get(house, '/grace/a'), '200 first bytes stale')
  await house.pocket.asked(3)
  t.equal(await get(house), '200 first bytes hit-memory')
  await house.pocket.put('bucket', 'a', 'second bytes')
  await passed(2)
  await getUntil(house, '/none/a', '200 second bytes miss')
  t.equal(await get(house), '200 second bytes hit-memory')
})
