/** What every tier owes: one suite for memory and disk. */
import t from 'tap'
import { openMemory } from '../../../src/act/cache/memory.ts'
import { CHUNK_BYTES } from '../../../src/limits.ts'
import type { Entry } from '../../../src/model/entry.ts'
import type { Tier } from '../../../src/model/tier.ts'
import { openSound } from '../../support/disk.ts'
import { bytesOf, chunksOf, entryOf } from '../../support/entries.ts'

const MIB = 1024 * 1024

type Open = (path: string) => Promise<{ tier: Tier; close: () => Promise<void> }>

const TIERS: Readonly<Record<string, Open>> = {
  memory: async () => ({ tier: openMemory(64 * MIB), close: () => Promise.resolve() }),
  disk: async (path) => {
    const disk = await openSound({ path })
    return { tier: disk, close: () => disk.close() }
  },
}

/** Stores a whole response, chunks first, and waits until it can be read. */
async function store(tier: Tier, entry: Entry, body: Buffer): Promise<void> {
  for (const [index, chunk] of chunksOf(body).entries()) {
    await new Promise((done) => tier.keepChunk(entry.bodyId, index, chunk, done))
  }
  await new Promise((done) => tier.keep(entry, done))
}

function read(tier: Tier, entry: Entry): Buffer {
  const chunks: Buffer[] = []
  for (let index = 0; index * CHUNK_BYTES < entry.lengthBytes!; index += 1) {
    chunks.push(tier.chunk(entry.bodyId, index) ?? Buffer.from('missing'))
  }
  return Buffer.concat(chunks)
}

for (const [name, open] of Object.entries(TIERS)) {
  t.test(name, async (t) => {
    const { tier, close } = await open(t.testdir())
    t.teardown(close)

    for (const length of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]) {
      t.test(`a body of ${length} bytes comes back as it went in`, async (t) => {
        const body = bytesOf(length)
        const entry = entryOf(`size ${length} +ü`, 1000 + length, body)
        await store(tier, entry, body)
        const found = tier.find(entry.key)
        t.same({ ...found, body: null }, { ...entry, body: null })
        if (length > CHUNK_BYTES) t.equal(found?.body, null)
        t.ok(read(tier, entry).equals(body))
      })
    }

    t.test('chunks without their entry are not found', async (t) => {
      const entry = entryOf('invisible', 1, bytesOf(10))
      await new Promise((done) => tier.keepChunk(1, 0, entry.body!, done))
      t.equal(tier.find(entry.key), null)
    })

    t.test('an entry takes the place of the one before it, and its chunks go', async (t) => {
      const old = bytesOf(2 * CHUNK_BYTES)
      const body = bytesOf(2 * CHUNK_BYTES + 5)
      const before = entryOf('replaced', 11, old)
      const after = entryOf('replaced', 12, body)
      await store(tier, before, old)
      await store(tier, after, body)
      await new Promise((done) => tier.keepChunk(99, 0, bytesOf(1), done))
      t.equal(tier.find(after.key)?.bodyId, 12)
      t.ok(read(tier, after).equals(body))
      t.equal(tier.chunk(11, 0), null)
      t.equal(tier.chunk(11, 1), null)
    })

    t.test('dropping an entry leaves the one that has taken its place', async (t) => {
      const old = bytesOf(5)
      const body = bytesOf(6)
      const before = entryOf('dropped', 21, old)
      const after = entryOf('dropped', 22, body)
      await store(tier, before, old)
      await store(tier, after, body)
      tier.drop(before)
      await new Promise((done) => tier.keepChunk(98, 0, bytesOf(1), done))
      t.equal(tier.find(after.key)?.bodyId, 22)
      tier.drop(after)
      await new Promise((done) => tier.keepChunk(97, 0, bytesOf(1), done))
      t.equal(tier.find(after.key), null)
      t.equal(tier.chunk(22, 0), null)
    })
  })
}
