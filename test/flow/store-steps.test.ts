/** How answers are kept, by rules about the answers, on real tiers: asked anew on every read. */
import t, { type Test } from 'tap'
import type { StoreRule } from '../../src/model/steps.ts'
import { bytesOf } from '../support/entries.ts'
import { gauge, landedAll } from '../support/gauges.ts'
import { openHouse, type HouseOptions } from '../support/house.ts'

const MIB = 1024 * 1024
const DAY_MS = 86_400_000

async function open(t: Test, store: readonly StoreRule[], options: HouseOptions = {}) {
  const house = await openHouse({
    era: 's3', disk: { path: t.testdir() }, rules: { store }, ...options,
  })
  t.teardown(() => house.close())
  return house
}

/** The outcome, as Cache-Status tells it. */
function outcomeOf(headers: NodeJS.Dict<string | string[]>): string {
  return /detail=([a-z-]+)/.exec(String(headers['cache-status']))![1]!
}

t.test('a ttl by size that a reload changes applies to what is stored', async (t) => {
  const large = { sizeOver: 1000 }
  const house = await open(t, [{ when: large, set: { ttlMs: DAY_MS } }])
  await house.pocket.put('bucket', 'small', bytesOf(1000))
  await house.pocket.put('bucket', 'large', bytesOf(1001))
  for (const key of ['small', 'large']) await house.get(`/get/${key}`)
  await landedAll(house)
  t.equal(house.pocket.requests.length, 2)
  const ttl = async (key: string): Promise<[string, number]> => {
    const { headers } = await house.get(`/get/${key}`)
    const found = /; ttl=(-?\d+)/.exec(String(headers['cache-status']))
    return [outcomeOf(headers), Math.round(Number(found?.[1] ?? 0) / 3600)]
  }
  t.same(await ttl('large'), ['hit-memory', 24])
  await house.reload({ rules: { store: [{ when: large, set: { ttlMs: 2 * DAY_MS } }] } })
  t.same([await ttl('large'), await ttl('small')], [['hit-memory', 48], ['hit-memory', 24]])
  await house.reload({ rules: { store: [{ when: large, set: { ttlMs: 0 } }] } })
  t.same([await ttl('large'), await ttl('small')], [['revalidated', 0], ['hit-memory', 24]])
  t.equal(house.pocket.requests.length, 3)
  await house.reload({ rules: { store: [{ when: large, set: { cacheable: false } }] } })
  t.same([await ttl('large'), await ttl('small')], [['miss', 0], ['hit-memory', 24]])
  await house.reload({ rules: {} })
  t.same(await ttl('large'), ['hit-memory', 24], 'what was stored before is good again')
})

for (const sizeBytes of [100, 3 * MIB]) {
  t.test(`memory: false leaves the memory tier empty, with ${sizeBytes} bytes`, async (t) => {
    const body = bytesOf(sizeBytes)
    const house = await open(t, [{ when: { key: ['x/**'] }, set: { memory: false } }])
    await house.pocket.put('bucket', 'x/a', body)
    t.ok((await house.get('/get/x/a')).body.equals(body))
    await landedAll(house)
    for (let i = 0; i < 3; i += 1) {
      const { headers, body: again } = await house.get('/get/x/a')
      t.equal(outcomeOf(headers), 'hit-disk')
      t.ok(again.equals(body))
      t.equal(await gauge(house, 'haulout_tier_bytes', 'tier="memory"'), 0)
      t.equal(await gauge(house, 'haulout_tier_entries', 'tier="memory"'), 0)
    }
    t.ok(await gauge(house, 'haulout_tier_bytes', 'tier="disk"') >= sizeBytes)
    await house.reload({ cache: { ttlMs: 0 } })
    t.equal(outcomeOf((await house.get('/get/x/a')).headers), 'revalidated')
    t.equal(await gauge(house, 'haulout_tier_bytes', 'tier="memory"'), 0, 'nor a renewed head')
    const after = await house.restart()
    t.teardown(() => after.close())
    t.ok((await after.get('/get/x/a')).body.equals(body))
    t.equal(await gauge(after, 'haulout_tier_bytes', 'tier="memory"'), 0, 'after a restart too')
  })
}

t.test('disk: false keeps it in memory alone', async (t) => {
  const house = await open(t, [{ when: { key: ['x'] }, set: { disk: false } }])
  await house.pocket.put('bucket', 'x', 'bytes')
  await house.get('/get/x')
  await landedAll(house)
  t.equal(outcomeOf((await house.get('/get/x')).headers), 'hit-memory')
  t.equal(await gauge(house, 'haulout_tier_bytes', 'tier="disk"'), 0)
})

t.test('cacheable: false stores nothing, and those aboard at once share the flight', async (t) => {
  const house = await open(t, [{ when: { type: ['text/*'] }, set: { cacheable: false } }])
  await house.pocket.put('bucket', 'page', 'words', { contentType: 'text/html' })
  house.pocket.behave({ fault: { kind: 'hold-head' }, times: 1 })
  const all = [1, 2, 3].map(() => house.get('/get/page'))
  await house.pocket.held()
  while (await gauge(house, 'haulout_flight_passengers') < 3);
  house.pocket.release()
  const answers = await Promise.all(all)
  t.same(answers.map(({ body }) => body.toString()), ['words', 'words', 'words'])
  t.same(answers.map(({ headers }) => outcomeOf(headers)).toSorted(), ['joined', 'joined', 'miss'])
  t.equal(house.pocket.requests.length, 1)
  for (const tier of ['memory', 'disk']) {
    t.equal(await gauge(house, 'haulout_tier_bytes', `tier="${tier}"`), 0)
  }
  const not = await gauge(house, 'haulout_responses_not_stored_total', 'reason="not-cacheable"')
  t.equal(not, 1)
  t.equal(outcomeOf((await house.get('/get/page')).headers), 'miss')
  t.equal(house.pocket.requests.length, 2)
})

t.test('an absence has the ttl that is said of it', async (t) => {
  const store = [
    { when: { status: [{ from: 404, to: 404 }], key: ['soon/**'] }, set: { ttlMs: DAY_MS } },
    { set: { ttlMs: 1 } },
  ]
  const house = await open(t, store, { cache: { notFoundMs: 0 } })
  for (const key of ['soon/a', 'b']) {
    for (let i = 0; i < 2; i += 1) t.equal((await house.get(`/get/${key}`)).status, 404)
  }
  t.same(house.pocket.requests.map(({ path }) => path),
    ['/bucket/soon/a', '/bucket/b', '/bucket/b'])
})

t.test('fields that are unset are not stored, and rules by them hold all the same', async (t) => {
  const store = [
    { when: { answer: { 'x-life': ['long'] } }, set: { ttlMs: DAY_MS }, unset: ['X-Life'] },
  ]
  const house = await open(t, store, { cache: { ttlMs: 0 } })
  await house.pocket.put('bucket', 'a', 'bytes', { fields: [['X-Life', 'long'], ['X-Other', '1']] })
  await house.pocket.put('bucket', 'b', 'bytes', { fields: [['X-Life', 'short']] })
  for (const expected of ['miss', 'hit-memory']) {
    const { headers } = await house.get('/get/a')
    t.same([outcomeOf(headers), headers['x-life'], headers['x-other']],
      [expected, undefined, '1'])
    t.equal((await house.get('/get/b')).headers['x-life'], 'short')
    await landedAll(house)
  }
  const after = await house.restart()
  t.teardown(() => after.close())
  const { headers } = await after.get('/get/a')
  t.same([outcomeOf(headers), headers['x-life']], ['hit-disk', undefined])
})
