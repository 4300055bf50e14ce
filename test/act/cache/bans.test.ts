/** Bans over real tiers: what they concern is gone, in both, and also after a restart. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openBans, passingBans, type Bans } from '../../../src/act/cache/bans.ts'
import { createCache, type Cache } from '../../../src/act/cache/cache.ts'
import { createLurker, type Lurker } from '../../../src/act/cache/lurker.ts'
import { openMemory } from '../../../src/act/cache/memory.ts'
import { BANS, CHUNK_BYTES } from '../../../src/limits.ts'
import type { BanAbout } from '../../../src/model/ban.ts'
import type { Entry } from '../../../src/model/entry.ts'
import { openSound } from '../../support/disk.ts'
import { bytesOf, chunksOf, entryOf, EVERYWHERE } from '../../support/entries.ts'

type Scene = {
  readonly cache: Cache
  readonly bans: Bans
  readonly lurker: Lurker
  /** Stores a body of so many bytes under a key, and waits until it is on disk. */
  store(key: string, parts?: Partial<Entry>, bytes?: number): Promise<Entry>
  found(entry: Entry): Entry | null
}

const everywhere = () => EVERYWHERE

async function open(t: Test, path: string): Promise<Scene & { close(): Promise<void> }> {
  const disk = await openSound({ path })
  const tiers = { memory: openMemory(8 * 1024 * 1024), disk }
  const bans = await openBans(join(path, 'haulout.bans'), (text) => t.fail(text))
  const cache = createCache(tiers, bans)
  const log = { info() {}, error: (_kind: string, text: string) => { t.fail(text) } }
  const lurker = createLurker({ tiers, bans, cache, log })
  async function close(): Promise<void> {
    lurker.close()
    await cache.close()
  }
  t.teardown(close)
  return {
    cache, bans, lurker, close,
    store: (key, parts, bytes = 100) => store(cache, { key, parts, bytes }),
    found: ({ key }) => cache.inMemory(key) ?? cache.onDisk(key, everywhere),
  }
}

type Wish = { readonly key: string; readonly parts: Partial<Entry> | undefined; bytes: number }

function store(cache: Cache, { key, parts, bytes }: Wish): Promise<Entry> {
  const body = bytesOf(bytes)
  const entry = {
    ...entryOf(key, cache.newBodyId(), body), bansSeen: cache.newestBan(), ...parts,
  }
  return new Promise((resolve) => {
    // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- no array
    const filling = cache.fill(entry, everywhere)
    chunksOf(body).forEach((chunk, i) => filling.chunk(i, chunk, () => {}))
    filling.keep(entry, () => resolve(entry))
  })
}

const KINDS: ReadonlyArray<readonly [name: string, about: BanAbout]> = [
  ['a tag', { kind: 'tag', tag: 'release-3.1' }],
  ['its key', { kind: 'key', key: 'walrus:bucket/3.1/x' }],
  ['a prefix of its key', { kind: 'prefix', prefix: 'walrus:bucket/3.1/' }],
  ['an expression', { kind: 'expression', text: 'object ~ b/3.1/* and status = 200' }],
  ['everything', { kind: 'all' }],
]

for (const [name, about] of KINDS) {
  t.test(`what is banned by ${name} is gone, and stays gone`, async (t) => {
    const path = t.testdir()
    const scene = await open(t, path)
    const small = await scene.store('3.1/x')
    const large = await scene.store('3.1/x/large', {}, 2 * CHUNK_BYTES)
    const other = await scene.store('3.2/x', { tags: ['release-3.2'] })
    await scene.cache.ban(about, false)
    t.equal(scene.found(small), null)
    const kept = about.kind === 'all' ? null : other.key
    const isKey = about.kind === 'key'
    t.equal(scene.found(large)?.key, isKey ? large.key : undefined)
    t.equal(scene.found(other)?.key ?? null, kept)
    await scene.close()
    const again = await open(t, path)
    t.equal(again.found(small), null, 'also after a restart')
    t.equal(again.found(large)?.key, isKey ? large.key : undefined)
    t.equal(again.found(other)?.key ?? null, kept)
    const anew = await again.store('3.1/x')
    t.equal(again.found(anew)?.bodyId, anew.bodyId, 'what is fetched afterwards is not concerned')
  })
}

t.test('on disk alone it is gone as well', async (t) => {
  const path = t.testdir()
  const before = await open(t, path)
  const entry = await before.store('3.1/x')
  await before.close()
  const scene = await open(t, path)
  await scene.cache.ban({ kind: 'tag', tag: 'release-3.1' }, false)
  t.equal(scene.found(entry), null)
})

t.test('a soft ban spends what it concerns, whole, and also after a restart', async (t) => {
  const path = t.testdir()
  const scene = await open(t, path)
  const entry = await scene.store('3.1/x')
  const cold = await scene.store('3.1/cold')
  await scene.cache.ban({ kind: 'tag', tag: 'release-3.1' }, true)
  const spent = scene.found(entry)
  t.match(spent, { spent: true, bodyId: entry.bodyId })
  t.same(spent?.body, entry.body, 'its body is still there')
  await scene.lurker.lurk()
  t.same(scene.bans.list(), [])
  t.equal(scene.found(entry)?.spent, true, 'when the ban is forgotten it is not')
  t.same(scene.found(cold)?.body, cold.body, 'what was looked at behind has its body, too')
  await scene.close()
  const again = await open(t, path)
  t.equal(again.found(entry)?.spent, true)
  t.equal(again.found(cold)?.spent, true)
  await again.cache.ban({ kind: 'all' }, true)
  t.equal(again.found(entry)?.spent, true, 'it cannot be more so')
  await again.cache.ban({ kind: 'all' }, false)
  t.equal(again.found(entry), null, 'a hard ban still removes it')
})

t.test('a hard ban outdoes a soft one, in any order', async (t) => {
  for (const softFirst of [true, false]) {
    for (const about of [{ kind: 'tag', tag: 'release-3.1' }, { kind: 'all' }] as const) {
      const scene = await open(t, t.testdir({ [`${softFirst} ${about.kind}`]: {} }))
      const entry = await scene.store('x')
      await scene.cache.ban(about, softFirst)
      await scene.cache.ban(about, !softFirst)
      t.equal(scene.found(entry), null, `${about.kind}, soft first: ${softFirst}`)
      await scene.close()
    }
  }
})

t.test('what was asked for before a ban and comes after it is not stored', async (t) => {
  const scene = await open(t, t.testdir())
  const bansSeen = scene.cache.newestBan()
  await scene.cache.ban({ kind: 'tag', tag: 'release-3.1' }, false)
  const late = await scene.store('3.1/x', { bansSeen })
  t.equal(scene.found(late), null)
  const head = { ...late, status: 404, lengthBytes: 0, body: Buffer.alloc(0) }
  scene.cache.keepHead(head, EVERYWHERE)
  t.equal(scene.found(late), null, 'nor a head')
  const other = await scene.store('3.2/x', { bansSeen, tags: [] })
  t.equal(scene.found(other)?.key, other.key)
})

t.test('all variants under a key go with it', async (t) => {
  const scene = await open(t, t.testdir())
  const variant = await scene.store('x', { key: 'walrus:bucket/x\n[["a"],["1"]]' })
  await scene.cache.ban({ kind: 'key', key: 'walrus:bucket/x' }, false)
  t.equal(scene.found(variant), null)
})

t.test('what is in the air may be concerned as long as nobody knows better', (t) => {
  const bans = passingBans()
  void bans.add({ kind: 'expression', text: 'status = 404' }, false)
  void bans.add({ kind: 'tag', tag: 'a' }, true)
  const since = bans.newest - 2
  const unknown = { status: null, fields: null, storedAt: null }
  const air = { ...entryOf('x', 1, bytesOf(1)), ...unknown, tags: [] }
  t.equal(bans.mayConcern(air, since), true, 'its status may be 404')
  t.equal(bans.mayConcern({ ...air, status: 200 }, 0), false)
  t.equal(bans.mayConcern({ ...air, status: 200, tags: ['a'] }, 0), true, 'soft ones count')
  t.equal(bans.mayConcern(air, bans.newest), false, 'those it was asked for after do not')
  t.end()
})

t.test('bans are retired when all that is stored has been held against them', async (t) => {
  const path = t.testdir()
  const scene = await open(t, path)
  const dead = await scene.store('3.1/x')
  const alive = await scene.store('3.2/x', { tags: [] })
  for (let i = 0; i < 200; i++) await scene.store(`many/${i}`, { tags: [`tag-${i % 2}`] })
  for (const [, about] of KINDS.slice(0, 4)) await scene.cache.ban(about, false)
  await scene.cache.ban({ kind: 'tag', tag: 'tag-1' }, false)
  t.equal(scene.bans.list().length, 5)
  const { newest } = scene.bans
  await scene.lurker.lurk()
  t.same(scene.bans.list(), [])
  t.equal(scene.cache.states()[1]!.entries, 101, 'what they concerned is gone from disk')
  t.equal(scene.found(dead), null)
  t.equal(scene.found(alive)?.key, alive.key)
  await scene.close()
  const again = await open(t, path)
  t.equal(again.found(dead), null, 'it does not come back')
  t.equal(again.found(alive)?.key, alive.key)
  t.equal(again.bans.newest, newest, 'numbers go on')
  t.same(again.bans.list(), [])
})

t.test('a ban that comes while others are retired stays', async (t) => {
  const path = t.testdir()
  const scene = await open(t, path)
  const entry = await scene.store('3.1/x')
  await scene.cache.ban({ kind: 'tag', tag: 'none' }, false)
  const lurking = scene.lurker.lurk()
  await scene.cache.ban({ kind: 'prefix', prefix: 'walrus:bucket/' }, false)
  await lurking
  t.match(scene.bans.list(), [{ about: { kind: 'prefix' } }])
  await scene.close()
  const again = await open(t, path)
  t.match(again.bans.list(), [{ about: { kind: 'prefix' } }])
  t.equal(again.found(entry), null)
})

t.test('a damaged journal bans everything', async (t) => {
  const path = t.testdir()
  const scene = await open(t, path)
  const entry = await scene.store('3.1/x')
  await scene.cache.ban({ kind: 'tag', tag: 'other' }, false)
  await scene.close()
  const file = join(path, 'haulout.bans')
  writeFileSync(file, readFileSync(file, 'utf8').replace('other', 'rehto'))
  const warned: string[] = []
  const bans = await openBans(file, (text) => warned.push(text))
  t.match(warned, [/1 lines are damaged; everything that was stored is banned/])
  t.equal(bans.judge({ ...entry, bansSeen: 0 }), 'dead')
  await bans.close()
  const after = await openBans(file, (text) => warned.push(text))
  t.equal(after.judge({ ...entry, bansSeen: 0 }), 'dead', 'and goes on doing so')
  await after.close()
})

t.test('an expression that this version cannot read bans everything', async (t) => {
  const path = join(t.testdir(), 'bans')
  const bans = await openBans(path, () => {})
  await bans.add({ kind: 'expression', text: 'age > 1s' }, false)
  await bans.close()
  const { openJournal } = await import('../../../src/act/cache/journal.ts')
  const { journal, was } = await openJournal(path)
  await journal.rewrite(was.map((line) => line.replace('age > 1s', 'moon = full')))
  await journal.close()
  const again = await openBans(path, (text) => t.fail(text))
  t.match(again.list(), [{ about: { kind: 'all' } }])
  await again.close()
})

t.test('a ban that cannot be made durable says so, and holds until the end', async (t) => {
  const path = join(t.testdir(), 'no', 'such', 'folder', 'bans')
  const bans = await openBans(path, (text) => t.fail(text))
  const ban = bans.add({ kind: 'tag', tag: 'release-3.1' }, false)
  await t.rejects(ban, { code: 'ban', detail: /tag = release-3.1 holds until the process ends/ })
  t.equal(bans.judge(entryOf('x', 1, bytesOf(1))), 'dead')
})

t.test('there is an end to bans', async (t) => {
  const bans = passingBans()
  const about = { kind: 'prefix', prefix: 'x' } as const
  for (let i = 0; i < BANS; i++) void bans.add(about, false)
  await t.rejects(bans.add(about, false), { code: 'ban', detail: /are in force/ })
  await bans.retire(bans.list()[0]!.number)
  await bans.add(about, false)
  t.equal(bans.list().length, BANS)
})
