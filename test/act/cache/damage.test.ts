/** Databases that are not what they should be: put aside, and never the end of the process. */
import { execFileSync } from 'node:child_process'
import {
  copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { writeMark } from '../../../src/act/cache/mark.ts'
import { CHUNK_BYTES } from '../../../src/limits.ts'
import { openSound, openTalkative } from '../../support/disk.ts'
import { bytesOf, chunksOf, entryOf } from '../../support/entries.ts'

const MIB = 1024 * 1024
const BODY = bytesOf(5 * CHUNK_BYTES + 1)
const ENTRY = entryOf('kept', 7, BODY)

/** A folder with one entry in it, closed properly. */
async function filled(t: Test): Promise<string> {
  const path = t.testdir()
  const disk = await openSound({ path })
  disk.reserve(ENTRY, BODY.length)
  for (const [index, chunk] of chunksOf(BODY).entries()) {
    disk.keepChunk(ENTRY.bodyId, index, chunk, () => {})
  }
  await new Promise((done) => disk.keep(ENTRY, done))
  await disk.close()
  return path
}

const asides = (path: string): string[] =>
  readdirSync(path).filter((name) => /^data\.mdb\.damaged-\d{8}T\d{6}Z(-\d+)?$/.test(name))

type Harm = (file: string) => void

function overwrite(from: number, bytes: Buffer): Harm {
  return (file) => {
    const whole = readFileSync(file)
    bytes.copy(whole, from)
    writeFileSync(file, whole)
  }
}

function invert(from: number, end: number): Harm {
  return (file) => {
    const whole = readFileSync(file)
    for (const start of [0, 4096]) {
      for (let at = start + from; at < start + end; at += 1) whole[at]! ^= 0xff
    }
    writeFileSync(file, whole)
  }
}

function instead(make: (file: string) => void): Harm {
  return (file) => {
    rmSync(file)
    make(file)
  }
}

/** What happens to the file, and what the log says of it. */
const HARMS: ReadonlyArray<readonly [name: string, harm: Harm, said: RegExp]> = [
  ['random bytes', (file) => writeFileSync(file, bytesOf(100_000)), /put aside as .*: /],
  ['inverted meta pages', invert(16, 32), /put aside as .*: /],
  ['a text file', (file) => writeFileSync(file, 'hello\n'.repeat(5000)), /put aside as .*: /],
  ['a few bytes', (file) => writeFileSync(file, 'short'), /put aside as .*: /],
  ['a file of zeros', (file) => writeFileSync(file, Buffer.alloc(MIB)), /put aside as .*: /],
  ['a truncated file', (file) => truncateSync(file, Math.floor(statSync(file).size * 0.43)),
    /: (truncated: \d+ bytes of \d+|reading it ends with \w+)/],
  ['a file without its last page', (file) => truncateSync(file, statSync(file).size - 4096),
    /: truncated: \d+ bytes of \d+/],
  ['zeros over its trees', overwrite(8192, Buffer.alloc(64 * 4096)), /put aside as .*: /],
  ['a folder', instead((file) => mkdirSync(file)), /: data\.mdb is not a file/],
  ['a pipe', instead((file) => { execFileSync('mkfifo', [file]) }), /: data\.mdb is not a file/],
]

for (const [name, harm, expected] of HARMS) {
  t.test(`${name} instead of a database is put aside, and the tier begins anew`, async (t) => {
    const path = await filled(t)
    harm(join(path, 'data.mdb'))
    const { disk, said } = await openTalkative({ path })
    t.equal(disk.find(ENTRY.key), null)
    t.match(said.join('\n'), expected)
    t.equal(asides(path).length, 1)
    t.equal(disk.health().putAside, 1)
    t.equal(disk.health().trouble, null)
    t.ok(await new Promise((done) => disk.keep(entryOf('next', 9, bytesOf(0)), done)))
    await disk.close()
    const again = await openSound({ path })
    t.ok(again.find(entryOf('next', 9, bytesOf(0)).key), 'and goes on')
    await again.close()
  })
}

t.test('an empty file is an empty database', async (t) => {
  const path = await filled(t)
  writeFileSync(join(path, 'data.mdb'), '')
  const disk = await openSound({ path })
  t.equal(disk.find(ENTRY.key), null)
  await disk.close()
})

for (const [name, format] of [['another program', null], ['another version', 'haulout 1']]) {
  t.test(`a sound database of ${name} is put aside unchanged`, async (t) => {
    const path = await filled(t)
    const file = join(path, 'data.mdb')
    rmSync(file)
    const { open } = await import('lmdb')
    const other = open({ path, noSubdir: false, maxDbs: 3 })
    await other.openDB({ name: format === null ? 'theirs' : 'about', encoding: 'json' })
      .put('format', format)
    await other.close()
    const before = readFileSync(file)
    const { disk, said } = await openTalkative({ path })
    const why = format === null ? /not a database of haulout/ : /format haulout 1, not/
    t.match(said.join('\n'), why)
    t.ok(readFileSync(join(path, asides(path)[0]!)).equals(before))
    await disk.close()
  })
}

t.test('a dirty start keeps what is sound', async (t) => {
  const path = await filled(t)
  writeMark(path, { closed: null, deaths: 1, damage: null })
  const disk = await openSound({ path })
  t.same(disk.find(ENTRY.key), { ...ENTRY, body: null })
  await disk.close()
})

t.test('a clean start is not tried out, a file that was touched is', async (t) => {
  const path = await filled(t)
  const file = join(path, 'data.mdb')
  const startedMs = performance.now()
  await (await openSound({ path })).close()
  const cleanMs = performance.now() - startedMs
  t.ok(cleanMs < 100, `${cleanMs.toFixed(0)} ms are less than a process needs to start`)

  // The same bytes with the same length, but somebody has had them in between.
  copyFileSync(file, `${file}.new`)
  utimesSync(file, new Date(), new Date())
  invert(16, 32)(file)
  const { disk } = await openTalkative({ path })
  t.equal(disk.health().putAside, 1)
  await disk.close()
})

t.test('what a process has found damaged is put aside by the next one, untried', async (t) => {
  const path = await filled(t)
  writeMark(path, { closed: null, deaths: 0, damage: 'MDB_CORRUPTED' })
  const { disk, said } = await openTalkative({ path })
  t.match(said.join('\n'), /put aside as .*: MDB_CORRUPTED/)
  await disk.close()
})

t.test('only a few damaged databases stay, and they count as part of the size', async (t) => {
  const path = await filled(t)
  for (let i = 0; i < 6; i += 1) {
    writeFileSync(join(path, 'data.mdb'), bytesOf(MIB))
    await (await openTalkative({ path })).disk.close()
  }
  t.equal(asides(path).length, 3)
  const { disk } = await openTalkative({ path })
  t.ok(disk.state().limitBytes <= 61 * MIB, `${disk.state().limitBytes} of ${64 * MIB}`)
  await disk.close()
  writeFileSync(join(path, 'data.mdb'), bytesOf(10 * MIB))
  await (await openTalkative({ path })).disk.close()
  t.equal(asides(path).length, 0, 'one that is larger than their share does not stay')
})

t.test('a file that is much larger than its size is begun anew', async (t) => {
  const path = await filled(t)
  const disk = await openSound({ path, sizeBytes: MIB })
  t.ok(statSync(join(path, 'data.mdb')).size <= MIB)
  t.equal(disk.find(ENTRY.key), null)
  await disk.close()
})
