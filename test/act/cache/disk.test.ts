import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Disk } from '../../../src/act/cache/disk.ts'
import { diskBytes } from '../../../src/act/cache/ledger.ts'
import { CHUNK_BYTES } from '../../../src/limits.ts'
import type { Entry } from '../../../src/model/entry.ts'
import { openSound } from '../../support/disk.ts'
import { bytesOf, chunksOf, entryOf } from '../../support/entries.ts'

const MIB = 1024 * 1024

function open(path: string, sizeBytes = 64 * MIB): Promise<Disk> {
  return openSound({ path, sizeBytes })
}

async function store(disk: Disk, entry: Entry, body: Buffer): Promise<boolean> {
  if (!disk.reserve(entry, body.length)) return false
  for (const [index, chunk] of chunksOf(body).entries()) {
    disk.keepChunk(entry.bodyId, index, chunk, () => {})
  }
  return new Promise((done) => disk.keep(entry, done))
}

function bodyOf(disk: Disk, entry: Entry): Buffer {
  const count = Math.ceil(entry.lengthBytes! / CHUNK_BYTES)
  return Buffer.concat(Array.from({ length: count }, (_, i) => disk.chunk(entry.bodyId, i)!))
}

t.test('what was stored is there after a restart, and so are its accounts', async (t) => {
  const path = t.testdir()
  const body = bytesOf(3 * CHUNK_BYTES + 7)
  const entry = entryOf('survivor', 5, body)
  const first = await open(path)
  await store(first, entry, body)
  const before = first.state()
  await first.close()

  const second = await open(path)
  t.teardown(() => second.close())
  t.same(second.find(entry.key), entry)
  t.ok(bodyOf(second, entry).equals(body))
  t.same(second.state(), before)
  t.equal(second.state().entries, 1)
  t.equal(second.state().bytes, diskBytes(body.length))
  t.ok(second.nextBodyId > 5)
})

t.test('chunks whose entry was never kept are gone after a restart', async (t) => {
  const path = t.testdir()
  const first = await open(path)
  const chunks = chunksOf(bytesOf(4 * CHUNK_BYTES))
  const kept = chunks.map((chunk, index) =>
    new Promise((done) => first.keepChunk(7, index, chunk, done)))
  await Promise.all(kept)
  t.ok(first.chunk(7, 3))
  await first.close()

  const second = await open(path)
  t.teardown(() => second.close())
  await new Promise((done) => second.keepChunk(8, 0, bytesOf(1), done))
  for (let index = 0; index < 4; index += 1) t.equal(second.chunk(7, index), null)
  t.ok(second.nextBodyId > 8)
})

t.test('a flipped bit in a chunk makes it a miss, counted, and never wrong bytes', async (t) => {
  const path = t.testdir()
  const marker = bytesOf(64)
  const body = bytesOf(2 * CHUNK_BYTES)
  marker.copy(body, CHUNK_BYTES + 1000)
  const entry = entryOf('flipped', 9, body)
  const first = await open(path)
  await store(first, entry, body)
  await first.close()
  const file = join(path, 'data.mdb')
  const bytes = readFileSync(file)
  const at = bytes.indexOf(marker)
  t.ok(at > 0)
  bytes[at + 3]! ^= 0x10
  writeFileSync(file, bytes)

  const second = await open(path)
  t.teardown(() => second.close())
  t.ok(second.chunk(9, 0)?.equals(body.subarray(0, CHUNK_BYTES)))
  t.equal(second.chunk(9, 1), null)
  t.equal(second.corrupt(), 1)
})

t.test('a chunk under another place than its own is no chunk', async (t) => {
  const path = t.testdir()
  const disk = await open(path)
  t.teardown(() => disk.close())
  const { decodeChunk, encodeChunk } = await import('../../../src/act/cache/codec.ts')
  const record = encodeChunk(3, 4, Buffer.from('bytes'))
  t.same(decodeChunk(record, 3, 4), Buffer.from('bytes'))
  t.equal(decodeChunk(record, 3, 5), null)
  t.equal(decodeChunk(record, 4, 4), null)
  t.equal(decodeChunk(record.subarray(0, 3), 3, 4), null)
})

t.test('the oldest goes first, what was used stays, and the file keeps its size', async (t) => {
  const path = t.testdir()
  const sizeBytes = 32 * MIB
  const disk = await open(path, sizeBytes)
  t.teardown(() => disk.close())
  const bodies = new Map<Entry, Buffer>()
  for (let i = 0; i < 100; i += 1) {
    const body = bytesOf(2 * MIB + i)
    const entry = entryOf(`object ${i}`, 100 + i, body)
    bodies.set(entry, body)
    t.ok(await store(disk, entry, body), 'room was made')
    const { bytes } = disk.state()
    if (bytes > sizeBytes) t.fail(`${bytes} bytes are more than ${sizeBytes}`)
  }
  const there = [...bodies].filter(([entry]) => disk.find(entry.key) !== null)
  t.ok(there.length >= 10, `${there.length} of about 12 that fit are there`)
  t.equal(there.at(-1)![0].bodyId, 199)
  for (const [entry, body] of there) t.ok(bodyOf(disk, entry).equals(body))
  t.equal(disk.state().entries, there.length)
  t.ok(disk.state().evictions >= 85)
  const fileBytes = statSync(join(path, 'data.mdb')).size
  t.ok(fileBytes <= sizeBytes, `the file has ${fileBytes} bytes of ${sizeBytes}`)
})

t.test('a body larger than the tier is refused and evicts nothing', async (t) => {
  const disk = await open(t.testdir(), 4 * MIB)
  t.teardown(() => disk.close())
  const body = bytesOf(1000)
  const entry = entryOf('small', 1, body)
  await store(disk, entry, body)
  t.equal(disk.reserve(entryOf('huge', 2, body), 5 * MIB), false)
  t.ok(disk.find(entry.key))
})

t.test('room that was reserved and given back can be used again', async (t) => {
  const disk = await open(t.testdir(), 4 * MIB)
  t.teardown(() => disk.close())
  for (let i = 0; i < 10; i += 1) {
    const entry = { ...entryOf('given back', 10 + i, bytesOf(1)), lengthBytes: 3 * MIB }
    t.ok(disk.reserve(entry, 3 * MIB))
    t.equal(disk.reserve(entryOf('other', 50 + i, bytesOf(1)), 3 * MIB), false)
    disk.drop(entry)
  }
})

t.test('a folder that cannot be used is an error that names it', async (t) => {
  const file = join(t.testdir({ file: 'text' }), 'file')
  for (const path of [file, join(file, 'below'), '/proc/no-such-folder/below']) {
    await t.rejects(open(path), { code: 'disk', message: /storage\.disk\.path/ }, path)
  }
})

t.test('a folder is one process\'s alone, and a dead one\'s lock is no lock', async (t) => {
  const path = t.testdir()
  const first = await open(path)
  await t.rejects(open(path), { code: 'disk', message: /held by process \d+/ })
  await first.close()
  for (const left of ['999999999 1', `${process.pid} 1`, 'nonsense']) {
    writeFileSync(join(path, 'haulout.lock'), left)
    await (await open(path)).close()
  }
})
