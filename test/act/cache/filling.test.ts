/** A response on its way into the tiers: what stays when it does not get there. */
import t, { type Test } from 'tap'
import type { Disk } from '../../../src/act/cache/disk.ts'
import { fill } from '../../../src/act/cache/filling.ts'
import { openMemory, type Memory } from '../../../src/act/cache/memory.ts'
import { CHUNK_BYTES } from '../../../src/limits.ts'
import type { Entry } from '../../../src/model/entry.ts'
import type { Done } from '../../../src/model/tier.ts'
import { openSound } from '../../support/disk.ts'
import { bytesOf, chunksOf, entryOf, EVERYWHERE } from '../../support/entries.ts'

const MIB = 1024 * 1024

type Scene = { readonly memory: Memory; readonly disk: Disk }

async function open(t: Test, sizeBytes = 8 * MIB): Promise<Scene> {
  const memory = openMemory(16 * MIB)
  const disk = await openSound({ path: t.testdir(), sizeBytes })
  t.teardown(() => disk.close())
  return { memory, disk }
}

/** Resolves when all that was queued for the disk before is committed. */
function committed({ disk }: Scene): Promise<unknown> {
  return new Promise((done) => disk.keepChunk(9999, 1, bytesOf(1), done))
}

function give(filling: ReturnType<typeof fill>, body: Buffer, count: number): Promise<boolean[]> {
  return Promise.all(chunksOf(body).slice(0, count).map((chunk, index) =>
    new Promise<boolean>((done) => filling.chunk(index, chunk, done))))
}

function isThere({ memory, disk }: Scene, entry: Entry, count: number): boolean {
  return Array.from({ length: count }, (_, i) => i).some((i) =>
    memory.chunk(entry.bodyId, i) !== null || disk.chunk(entry.bodyId, i) !== null)
}

for (const lengthBytes of [5 * CHUNK_BYTES, null]) {
  t.test(`what is abandoned is gone from both tiers, of length ${lengthBytes}`, async (t) => {
    const scene = await open(t)
    const body = bytesOf(5 * CHUNK_BYTES)
    // So often that the room would not last if it were not given back.
    for (let bodyId = 1; bodyId <= 8; bodyId += 1) {
      const entry = { ...entryOf('x', bodyId, body), lengthBytes }
      const filling = fill(scene, entry, () => EVERYWHERE)
      t.same(await give(filling, body, 4), [true, true, true, true])
      t.ok(isThere(scene, entry, 4))
      filling.abandon()
      await committed(scene)
      t.notOk(isThere(scene, entry, 4))
      t.equal(scene.memory.state().bytes, 0)
    }
    const entry = { ...entryOf('x', 9, body), lengthBytes }
    const filling = fill(scene, entry, () => EVERYWHERE)
    await give(filling, body, 5)
    t.ok(await new Promise((done) => filling.keep(entryOf('x', 9, body), done)))
    t.equal(scene.disk.find(entry.key)?.bodyId, 9)
  })
}

t.test('nothing that is still queued stays behind a body that is abandoned', async (t) => {
  const scene = await open(t)
  const body = bytesOf(5 * CHUNK_BYTES)
  const entry = entryOf('x', 1, body)
  const filling = fill(scene, entry, () => EVERYWHERE)
  const given = give(filling, body, 5)
  filling.abandon()
  await given
  await committed(scene)
  t.notOk(isThere(scene, entry, 5))
})

t.test('a write that fails is the end of the disk for this body, and of all it had', (t) => {
  const dropped: Array<number | null> = []
  const queued: Done[] = []
  const disk = {
    reserve: () => true,
    keepChunk(_id: number, _index: number, _bytes: Buffer, done: Done) { queued.push(done) },
    drop(entry: Entry) { dropped.push(entry.lengthBytes) },
    keep() { t.fail('nothing is kept') },
  } as unknown as Disk
  const body = bytesOf(5 * CHUNK_BYTES)
  // Too large for memory, so that the disk is all it has.
  const tiers = { memory: openMemory(MIB), disk }
  const filling = fill(tiers, entryOf('x', 1, body), () => EVERYWHERE)
  const told: boolean[] = []
  for (const [i, chunk] of chunksOf(body).slice(0, 3).entries()) {
    filling.chunk(i, chunk, (kept) => told.push(kept))
  }
  t.equal(filling.reason, null)
  queued[0]!(false)
  t.equal(filling.reason, 'disk-trouble')
  t.same(dropped, [3 * CHUNK_BYTES], 'those queued behind it too')
  for (const done of queued.slice(1)) done(false)
  filling.chunk(3, bytesOf(1), (kept) => told.push(kept))
  filling.keep(entryOf('x', 1, body), (kept) => told.push(kept))
  t.same(told, [false, false, false, false, false])
  t.same(dropped, [3 * CHUNK_BYTES], 'once')
  t.end()
})

t.test('a chunk is only put back into a body that is kept', async (t) => {
  const scene = await open(t)
  const { disk } = scene
  const body = bytesOf(3 * CHUNK_BYTES)
  const entry = entryOf('x', 1, body)
  const filling = fill(scene, entry, () => EVERYWHERE)
  await give(filling, body, 3)
  await new Promise((done) => filling.keep(entry, done))
  const before = disk.state()
  disk.drop(entry)
  disk.mend(entry, 1, chunksOf(body)[1]!)
  await committed(scene)
  t.equal(disk.chunk(1, 1), null, 'an evicted body gets no chunks that nobody would remove')
  t.equal(disk.state().bytes, 0)

  const again = entryOf('x', 2, body)
  const second = fill(scene, again, () => EVERYWHERE)
  await give(second, body, 3)
  await new Promise((done) => second.keep(again, done))
  disk.mend(again, 0, chunksOf(body)[0]!)
  await committed(scene)
  t.ok(disk.chunk(2, 0)?.equals(chunksOf(body)[0]!))
  t.same(disk.state(), before, 'and costs nothing more')
})

t.test('a closed disk takes nothing and has nothing', async (t) => {
  const scene = await open(t)
  const { disk } = scene
  const body = bytesOf(100)
  const entry = entryOf('x', 1, body)
  await new Promise((done) => disk.keep(entry, done))
  await disk.close()
  t.equal(disk.find(entry.key), null)
  t.equal(disk.chunk(1, 0), null)
  t.equal(disk.reserve(entry, 100), false)
  t.equal(await new Promise((done) => disk.keepChunk(1, 0, body, done)), false)
  t.equal(await new Promise((done) => disk.keep(entry, done)), false)
  disk.drop(entry)
  await new Promise<void>((ready) => disk.prefetch(entry, 0, ready))
  await disk.close()
})

const NOWHERE = { cacheable: false, memory: true, disk: true }

t.test('a tier that the rules leave out gets nothing, and loses what it had', async (t) => {
  for (const count of [1, 3]) {
    for (const tier of ['memory', 'disk'] as const) {
      const scene = await open(t)
      const other = tier === 'memory' ? scene.disk : scene.memory
      const [old, body] = [bytesOf(count * CHUNK_BYTES), bytesOf(count * CHUNK_BYTES)]
      const before = fill(scene, entryOf('x', 1, old), () => EVERYWHERE)
      await give(before, old, count)
      await new Promise((done) => before.keep(entryOf('x', 1, old), done))
      const entry = entryOf('x', 2, body)
      const filling = fill(scene, entry, () => ({ ...EVERYWHERE, [tier]: false }))
      t.equal(filling.reason, null)
      t.same(await give(filling, body, count), Array.from({ length: count }, () => true))
      t.ok(await new Promise((done) => filling.keep(entry, done)))
      await committed(scene)
      t.equal(scene[tier].find(entry.key), null)
      t.equal(scene[tier].state().bytes, 0, 'also of the older version')
      t.equal(other.find(entry.key)?.bodyId, 2)
    }
  }
})

t.test('with no tier left, nothing is stored, and the reason is the rules', async (t) => {
  const scene = await open(t)
  const body = bytesOf(3 * CHUNK_BYTES)
  const filling = fill(scene, entryOf('x', 1, body), () => ({
    cacheable: true, memory: false, disk: false,
  }))
  t.equal(filling.reason, 'not-cacheable')
})

t.test('what is found to be too large at its end leaves where it may not be', async (t) => {
  const body = bytesOf(3 * CHUNK_BYTES)
  for (const place of [NOWHERE, { ...EVERYWHERE, memory: false }, { ...EVERYWHERE, disk: false }]) {
    const scene = await open(t)
    const entry = entryOf('x', 1, body)
    const growing = { ...entry, lengthBytes: null }
    const filling = fill(scene, growing, ({ lengthBytes }) => {
      return lengthBytes === null ? EVERYWHERE : place
    })
    await give(filling, body, 3)
    const kept = await new Promise((done) => filling.keep(entry, done))
    await committed(scene)
    const { cacheable, memory, disk } = place
    t.equal(kept, cacheable)
    t.equal(scene.memory.find(entry.key) !== null, cacheable && memory)
    t.equal(scene.memory.chunk(1, 1) !== null, cacheable && memory)
    t.equal(scene.disk.find(entry.key) !== null, cacheable && disk)
    t.equal(scene.disk.chunk(1, 1) !== null, cacheable && disk)
  }
})
