/** What the disk tier keeps over a restart, and what becomes of it when the file is damaged. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { CHUNK_BYTES } from '../../src/limits.ts'
import { bytesOf } from '../support/entries.ts'
import { gauge, landedAll } from '../support/gauges.ts'
import { openHouse, type House, type HouseOptions } from '../support/house.ts'

const MIB = 1024 * 1024

async function open(t: Test, options: HouseOptions): Promise<House> {
  const house = await openHouse(options)
  t.teardown(() => house.close())
  return house
}

/** A second house on the same folder; `between` runs while it is nobody's. */
async function reopen(t: Test, house: House, between: () => void = () => {}): Promise<House> {
  await house.worker.close()
  between()
  const again = await house.restart()
  t.teardown(() => again.worker.close())
  return again
}

/** Turns over one bit wherever `marker` is in the file, old pages included. */
function damage(folder: string, marker: Buffer): void {
  const file = join(folder, 'data.mdb')
  const bytes = readFileSync(file)
  let at = bytes.indexOf(marker)
  if (at < 0) throw new Error('the marker is not in the file')
  for (; at >= 0; at = bytes.indexOf(marker, at)) bytes[at + 3]! ^= 0x10
  writeFileSync(file, bytes)
}

t.test('after a restart every size is a hit from disk, then from memory', async (t) => {
  const path = t.testdir()
  const first = await open(t, { disk: { path } })
  const sizes = [0, 1, 1000, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, MIB, 5 * MIB]
  const bodies = sizes.map((size) => bytesOf(size))
  for (const body of bodies) {
    await first.pocket.put('bucket', `${body.length}`, body)
    await first.get(`/get/${body.length}`)
  }
  await landedAll(first)
  const house = await reopen(t, first)
  house.pocket.requests.length = 0
  for (const name of ['hit-disk', 'hit-memory']) {
    for (const body of bodies) {
      const got = await house.get(`/get/${body.length}`)
      t.ok(got.complete && got.body.equals(body), `${body.length} bytes`)
      t.match(got.headers['cache-status'], new RegExp(`detail=${name}$`), `${body.length} bytes`)
    }
  }
  t.equal(house.pocket.requests.length, 0)
})

t.test('a damaged chunk is fetched again, once for all, and repaired', async (t) => {
  const path = t.testdir()
  const first = await open(t, { disk: { path } })
  const body = bytesOf(12 * CHUNK_BYTES)
  const marker = bytesOf(32)
  marker.copy(body, 5 * CHUNK_BYTES + 777)
  await first.pocket.put('bucket', 'x', body)
  await first.get('/get/x')
  await landedAll(first)
  const house = await reopen(t, first, () => damage(path, marker))
  house.pocket.requests.length = 0
  const early = await house.get('/get/x', { headers: { Range: `bytes=0-${5 * CHUNK_BYTES - 1}` } })
  t.ok(early.body.equals(body.subarray(0, 5 * CHUNK_BYTES)))
  t.equal(house.pocket.requests.length, 0, 'what is sound needs nobody')

  const many = await Promise.all(Array.from({ length: 12 }, () => house.get('/get/x')))
  t.ok(many.every((got) => got.complete && got.body.equals(body)), 'nobody got a wrong byte')
  t.equal(house.pocket.requests.length, 1, 'one request for all who met the damage')
  t.ok(await gauge(house, 'haulout_corrupt_chunks_total') >= 1)
  await landedAll(house)

  const repaired = await reopen(t, house)
  const got = await repaired.get('/get/x')
  t.ok(got.body.equals(body))
  t.match(got.headers['cache-status'], /detail=hit-disk/)
  t.equal(repaired.pocket.requests.length, 1, 'the disk has it again')
  t.equal(await gauge(repaired, 'haulout_corrupt_chunks_total'), 0)
})

t.test('a chunk that was repaired at the very start survives the next restart', async (t) => {
  const path = t.testdir()
  const first = await open(t, { disk: { path } })
  const body = bytesOf(3 * CHUNK_BYTES)
  await first.pocket.put('bucket', 'x', body)
  await first.get('/get/x')
  await landedAll(first)
  const house = await reopen(t, first, () => damage(path, body.subarray(50, 80)))
  t.ok((await house.get('/get/x')).body.equals(body))
  t.equal(house.pocket.requests.length, 2)
  await landedAll(house)
  const repaired = await reopen(t, house)
  t.ok((await repaired.get('/get/x')).body.equals(body))
  t.equal(repaired.pocket.requests.length, 2)
})

t.test('a small body that is damaged is a miss, and stored anew', async (t) => {
  const path = t.testdir()
  const first = await open(t, { disk: { path } })
  const body = bytesOf(20_000)
  await first.pocket.put('bucket', 'x', body)
  await first.get('/get/x')
  await landedAll(first)
  const house = await reopen(t, first, () => damage(path, body.subarray(9000, 9040)))
  const missed = await house.get('/get/x')
  t.ok(missed.body.equals(body))
  t.match(missed.headers['cache-status'], /detail=miss/)
  t.equal(await gauge(house, 'haulout_corrupt_chunks_total'), 1)
  await landedAll(house)
  const again = await reopen(t, house)
  t.match((await again.get('/get/x')).headers['cache-status'], /detail=hit-disk/)
})

t.test('a damaged head is a miss', async (t) => {
  const path = t.testdir()
  const first = await open(t, { disk: { path } })
  const body = bytesOf(20_000)
  await first.pocket.put('bucket', 'x', body, { contentType: 'application/x-marked' })
  await first.get('/get/x')
  await landedAll(first)
  const marker = Buffer.from('application/x-marked')
  const house = await reopen(t, first, () => damage(path, marker))
  const missed = await house.get('/get/x')
  t.ok(missed.body.equals(body))
  t.equal(missed.headers['content-type'], 'application/x-marked')
  t.match(missed.headers['cache-status'], /detail=miss/)
})

t.test('damaged lines of the book do not stop the house', async (t) => {
  const path = t.testdir()
  const disk = { path, sizeBytes: 8 * MIB }
  const first = await open(t, { disk, memoryBytes: MIB })
  const bodies = Array.from({ length: 12 }, (_, i) => bytesOf(MIB + i))
  for (const [i, body] of bodies.entries()) await first.pocket.put('bucket', `${i}`, body)
  for (let i = 0; i < 4; i += 1) await first.get(`/get/${i}`)
  await landedAll(first)
  const house = await reopen(t, first, () => {
    damage(path, Buffer.from('{"key":"walrus:bucket/1","bytes":'))
    damage(path, Buffer.from('"nextBodyId":'))
  })
  for (const i of [...bodies.keys(), ...bodies.keys()]) {
    t.ok((await house.get(`/get/${i}`)).body.equals(bodies[i]!))
  }
  await landedAll(house)
  t.ok(await gauge(house, 'haulout_tier_bytes', 'disk') <= 8 * MIB)
  t.ok(await gauge(house, 'haulout_tier_entries', 'disk') >= 3, 'and still it stores')
})

t.test('a folder that is removed meanwhile fails no download', async (t) => {
  const path = t.testdir()
  const house = await open(t, { disk: { path }, memoryBytes: MIB })
  const body = bytesOf(2 * MIB)
  await house.pocket.put('bucket', 'before', body)
  await house.pocket.put('bucket', 'after', body)
  t.ok((await house.get('/get/before')).body.equals(body))
  await landedAll(house)
  rmSync(path, { recursive: true, force: true })
  for (const key of ['after', 'before', 'after']) {
    t.ok((await house.get(`/get/${key}`)).body.equals(body))
  }
})

t.test('under churn both tiers keep their sizes, and readers their bytes', async (t) => {
  const house = await open(t, {
    disk: { path: t.testdir(), sizeBytes: 12 * MIB }, memoryBytes: 4 * MIB,
  })
  const bodies = Array.from({ length: 24 }, (_, i) => bytesOf(200_000 + i * 90_001))
  for (const [i, body] of bodies.entries()) await house.pocket.put('bucket', `${i}`, body)
  let wrong = 0
  let most = 0
  /** Walks over the objects with its own stride, so that evictions hit what others read. */
  async function walk(stride: number): Promise<void> {
    for (let i = 0; i < 24; i += 1) {
      const which = (i * stride) % 24
      const got = await house.get(`/get/${which}`)
      if (!got.complete || !got.body.equals(bodies[which]!)) wrong += 1
      const disk = await gauge(house, 'haulout_tier_bytes', 'disk') / (12 * MIB)
      const memory = await gauge(house, 'haulout_tier_bytes', 'memory') / (4 * MIB)
      most = Math.max(most, disk, memory)
    }
  }
  await Promise.all([1, 5, 7, 11, 13, 17].map((stride) => walk(stride)))
  t.equal(wrong, 0)
  t.ok(most <= 1, `at most ${most.toFixed(3)} of a tier was taken`)
  t.ok(await gauge(house, 'haulout_tier_evictions_total', 'disk') > 10)
  await landedAll(house)
})
