/**
 * Bodies that one tier cannot hold, or neither: they stream at the speed of those who read, in
 * bounded memory, and whoever cannot keep up finds another way to the same bytes.
 */
import { crc32 } from 'node:zlib'
import t, { type Test } from 'tap'
import { generatedBytes } from '../../src/pocket/generated.ts'
import type { PutOptions } from '../../src/pocket/objects.ts'
import { gauge, landedAll } from '../support/gauges.ts'
import { openHouse, type House, type HouseOptions } from '../support/house.ts'
import { startReading, type Reading } from '../support/slow-reader.ts'

const MIB = 1024 * 1024
const SIZE = 24 * MIB + 7
const SMALL_TIERS = { memoryBytes: 4 * MIB }

function crcOf(seed: string, sizeBytes: number): number {
  let crc = 0
  for (let at = 0; at < sizeBytes; at += MIB) {
    crc = crc32(generatedBytes(seed, at, Math.min(MIB, sizeBytes - at)), crc)
  }
  return crc
}

const TRUTH = crcOf('v1', SIZE)

type Options = HouseOptions & { readonly put?: PutOptions; readonly sizeBytes?: number }

/** A house in front of a store with one large object `big`. */
async function open(t: Test, options: Options): Promise<House> {
  const house = await openHouse({ ...SMALL_TIERS, ...options })
  t.teardown(async () => {
    house.pocket.behave(null)
    house.pocket.release()
    await house.close()
  })
  const content = { sizeBytes: options.sizeBytes ?? SIZE, seed: 'v1' }
  await house.pocket.put('bucket', 'big', content, options.put)
  return house
}

function read(house: House): Reading {
  return startReading(house.worker.httpAddress, '/get/big')
}

async function isRight(t: Test, reading: Reading, name: string): Promise<void> {
  const { bytes, crc, whole } = await reading.ended
  t.ok(whole, `${name}: whole`)
  t.equal(bytes, SIZE, `${name}: every byte`)
  t.equal(crc, TRUTH, `${name}: the right ones`)
}

t.test('a body larger than memory lives on disk, and memory stays within its size', async (t) => {
  const house = await open(t, { disk: { path: t.testdir() } })
  await isRight(t, read(house), 'miss')
  await landedAll(house)
  await Promise.all([1, 2, 3].map((i) => isRight(t, read(house), `hit ${i}`)))
  t.match((await house.get('/get/big', { method: 'HEAD' })).headers['cache-status'], /hit-disk/)
  t.equal(house.pocket.requests.length, 1)
  t.ok(await gauge(house, 'haulout_tier_bytes', 'memory') <= 4 * MIB)
  t.ok(await gauge(house, 'haulout_tier_bytes', 'disk') >= SIZE)
})

t.test('a body larger than both tiers is shared while it flies, and not stored', async (t) => {
  const disk = { path: t.testdir(), sizeBytes: 16 * MIB }
  const house = await open(t, { disk })
  house.pocket.behave({ fault: { kind: 'stall', afterBytes: MIB } })
  const readings = [read(house), read(house), read(house)]
  await Promise.all(readings.map((reading) => reading.has(MIB)))
  house.pocket.release()
  for (const reading of readings) await isRight(t, reading, 'passenger')
  t.equal(house.pocket.requests.length, 1, 'three clients within the window cost one request')
  await landedAll(house)
  t.equal(await gauge(house, 'haulout_tier_entries'), 0)
  await isRight(t, read(house), 'the next')
  t.equal(house.pocket.requests.length, 2)
})

for (const era of ['walrus3', 's3'] as const) {
  t.test(`${era}: who stalls is left behind, and finds the rest by itself`, async (t) => {
    const house = await open(t, { era })
    const fast = read(house)
    const stalled = read(house)
    await Promise.all([fast.has(1), stalled.has(1)])
    stalled.hold()
    await isRight(t, fast, 'the fast one')
    stalled.goOn()
    await isRight(t, stalled, 'the stalled one')
    const { requests } = house.pocket
    t.equal(requests.length, 2)
    const rest = requests[1]!.fields.filter(([name]) => /^(range|if-match)$/i.test(name))
    if (era === 's3') t.match(rest, [['If-Match', /./], ['Range', /^bytes=\d+-$/]])
    else t.same(rest, [], 'a store that is bad at ranges is asked for the whole')
    await landedAll(house)
  })
}

t.test('many who stall at different places all get their bytes', async (t) => {
  const house = await open(t, { era: 's3' })
  house.pocket.behave({ fault: { kind: 'stall', afterBytes: 3 * MIB } })
  const fast = read(house)
  const stalled = [0, 1, 2, 3].map(() => read(house))
  for (const [i, reading] of stalled.entries()) {
    await reading.has(1 + (i * MIB) / 2)
    reading.hold()
  }
  house.pocket.release()
  await isRight(t, fast, 'the fast one')
  for (const reading of stalled) reading.goOn()
  for (const reading of stalled) await isRight(t, reading, 'a stalled one')
  t.ok(house.pocket.requests.length <= 1 + stalled.length)
  await landedAll(house)
})

t.test('a lone slow client paces the origin', async (t) => {
  // Larger than the window and all the buffers of the sockets between.
  const cache = { ttlMs: 0 }
  const house = await open(t, { sizeBytes: 64 * MIB, cache })
  const lone = read(house)
  await lone.has(MIB)
  lone.hold()
  const [request] = house.pocket.requests
  // Served meanwhile, through the same house and store: time enough for the rest, were it not held.
  await house.pocket.put('bucket', 'other', { sizeBytes: MIB, seed: 'other' })
  for (let i = 0; i < 64; i += 1) await house.get('/get/other')
  t.ok(request!.bodyBytes < 40 * MIB, `${request!.bodyBytes} bytes were taken in advance`)
  t.equal(request!.complete, false)
  lone.goOn()
  const { bytes, crc, whole } = await lone.ended
  t.ok(whole)
  t.equal(bytes, 64 * MIB)
  t.equal(crc, crcOf('v1', 64 * MIB))
  t.equal(house.pocket.requests.filter(({ path }) => path.endsWith('/big')).length, 1)
})

for (const era of ['walrus3', 's3'] as const) {
  t.test(`${era}: an object that changes under one left behind cuts it`, async (t) => {
    const house = await open(t, { era })
    const fast = read(house)
    const stalled = read(house)
    await Promise.all([fast.has(1), stalled.has(1)])
    stalled.hold()
    await isRight(t, fast, 'the fast one')
    const next = { sizeBytes: SIZE, seed: 'v2' }
    await house.pocket.put('bucket', 'big', next, { lastModifiedAt: 1e12 })
    stalled.goOn()
    const { whole, bytes, crc } = await stalled.ended
    t.equal(whole, false)
    t.ok(bytes < SIZE)
    t.equal(crc, crcOf('v1', bytes), 'what came is all of one version')
    await landedAll(house)
  })
}

for (const era of ['walrus3', 's3'] as const) {
  t.test(`${era}: chunks that memory has lost are fetched again, with no disk`, async (t) => {
    const house = await open(t, { era, sizeBytes: 3 * MIB, memoryBytes: 8 * MIB })
    const first = await house.get('/get/big')
    await landedAll(house)
    // Others push the first chunks out: the entry, which is used, stays.
    for (let i = 0; i < 3; i += 1) {
      await house.get('/get/big', { method: 'HEAD' })
      await house.pocket.put('bucket', `other ${i}`, { sizeBytes: 2 * MIB, seed: i })
      await house.get(`/get/other%20${i}`)
      await landedAll(house)
    }
    house.pocket.requests.length = 0
    const again = await house.get('/get/big')
    t.ok(again.complete && again.body.equals(first.body))
    t.equal(house.pocket.requests.length, 1, 'the rest came in one request')
    await landedAll(house)
    const mended = await house.get('/get/big')
    t.ok(mended.body.equals(first.body))
    t.equal(house.pocket.requests.length, 1, 'and what was fetched again was put back')
    t.match(mended.headers['cache-status'], /detail=hit-memory/)
  })
}

for (const framing of ['chunked', 'eof'] as const) {
  t.test(`a ${framing} body of unknown length outgrows both tiers on its way`, async (t) => {
    const disk = { path: t.testdir(), sizeBytes: 16 * MIB }
    const house = await open(t, { disk, put: { etag: 'md5' } })
    house.pocket.behave({ fault: { kind: 'framing', framing } })
    await Promise.all([isRight(t, read(house), 'one'), isRight(t, read(house), 'two')])
    await landedAll(house)
    t.equal(await gauge(house, 'haulout_tier_entries'), 0)
    t.ok(await gauge(house, 'haulout_tier_bytes', 'memory') < MIB, 'nothing of it stays')
    const before = house.pocket.requests.length
    const small = await house.get('/get/big', { headers: { Range: 'bytes=0-9' } })
    t.equal(small.status, 200, 'without a length there are no ranges')
    // The second is for a client that was behind when the tiers gave the body up.
    const asked = house.pocket.requests.length - before
    t.ok(asked === 1 || asked === 2, `${asked} requests`)
  })
}
