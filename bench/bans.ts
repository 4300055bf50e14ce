/**
 * What do bans cost? Three questions: a hit with many of them in force, how long the purge of a tag
 * takes until it is acknowledged, and the first look at an entry after many new ones. Run it alone:
 * `node bench/bans.ts`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { openBans } from '../src/act/cache/bans.ts'
import { createCache, type Cache } from '../src/act/cache/cache.ts'
import { openDisk } from '../src/act/cache/disk.ts'
import { openMemory } from '../src/act/cache/memory.ts'
import { judge } from '../src/decide/http/judge.ts'
import type { Entry } from '../src/model/entry.ts'
import { entry, NOW, policy } from '../test/decide/nouns.ts'
import { EVERYWHERE } from '../test/support/entries.ts'

const MIB = 1024 * 1024
const ROUNDS = 2_000_000
const SAMPLES = 9
const ENTRIES = 200_000
const TAGGED = 10_000
const HOT = 1000

const everywhere = () => EVERYWHERE
const BODY = Buffer.alloc(100, 'x')

function stored(cache: Cache, i: number): Entry {
  const key = `walrus:bucket/${i}`
  const tags = [`group-${i % 100}`, ...i % (ENTRIES / TAGGED) === 0 ? ['release-3.1'] : []]
  return entry({
    key, bodyId: cache.newBodyId(), lengthBytes: BODY.length, body: BODY, tags,
    object: { origin: 'walrus', bucket: 'files', bucketName: 'bucket', key: `${i}` },
    bansSeen: cache.newestBan(),
  })
}

/** One that has not the tag. */
function hotKey(i: number): string {
  return `walrus:bucket/${i * (ENTRIES / TAGGED) % ENTRIES + 1}`
}

function store(cache: Cache, i: number): Promise<void> {
  return new Promise((resolve) => {
    const one = stored(cache, i)
    const filling = cache.fill(one, everywhere)
    filling.chunk(0, BODY, () => {})
    filling.keep(one, () => resolve())
  })
}

/** The look-up and the judgement of a hit, in ns; the median of several samples. */
function hitNs(cache: Cache): number {
  const keys = Array.from({ length: HOT }, (_, i) => hotKey(i))
  const rules = policy()
  const samples = Array.from({ length: SAMPLES }, () => {
    let hits = 0
    const began = performance.now()
    for (let i = 0; i < ROUNDS; i++) {
      if (judge(cache.inMemory(keys[i % HOT]!), rules, NOW) === 'hit') hits += 1
    }
    if (hits !== ROUNDS) throw new Error(`${hits} of ${ROUNDS} are hits`)
    return (performance.now() - began) * 1e6 / ROUNDS
  })
  return samples.sort((one, other) => one - other)[SAMPLES >> 1]!
}

function say(what: string, value: string): void {
  console.log(`${what.padEnd(60)} ${value.padStart(12)}`)
}

async function hits(cache: Cache): Promise<void> {
  let before = 0
  for (const count of [0, 100, 10_000]) {
    const more = Array.from({ length: count - before }, (_, i) =>
      cache.ban({ kind: 'expression', text: `path ~ "/none/${i}/*" and status = 404` }, false))
    await Promise.all(more)
    before = count
    const began = performance.now()
    cache.inMemory(hotKey(0))
    say(`first look after ${more.length} new bans`,
      `${((performance.now() - began) * 1000).toFixed(0)} µs`)
    for (let i = 0; i < HOT; i++) cache.inMemory(hotKey(i))
    say(`a hit, ${count} bans in force`, `${hitNs(cache).toFixed(0)} ns`)
  }
}

async function tag(cache: Cache): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const began = performance.now()
  await cache.ban({ kind: 'tag', tag: 'release-3.1' }, false)
  const ms = performance.now() - began
  delay.disable()
  say(`purge of a tag, ${TAGGED} of ${ENTRIES}, until acknowledged`, `${ms.toFixed(1)} ms`)
  say('the loop was held up meanwhile by at most', `${(delay.max / 1e6 || 0).toFixed(1)} ms`)
  let gone = 0
  for (let i = 0; i < ENTRIES; i += ENTRIES / TAGGED) {
    const key = `walrus:bucket/${i}`
    if ((cache.inMemory(key) ?? cache.onDisk(key, everywhere)) === null) gone += 1
  }
  say('of them gone', `${gone}`)
}

const folder = mkdtempSync(join(tmpdir(), 'haulout-bans-'))
const log = { info() {}, error(_kind: string, text: string) { throw new Error(text) } }
const settings = { path: folder, sizeBytes: 8192 * MIB, reserveBytes: 0 }
const tiers = { memory: openMemory(512 * MIB), disk: await openDisk(settings, { log }) }
const bans = await openBans(join(folder, 'haulout.bans'), console.error)
const cache = createCache(tiers, bans)
try {
  for (let i = 0; i < ENTRIES; i += 1000) {
    await Promise.all(Array.from({ length: 1000 }, (_, j) => store(cache, i + j)))
  }
  const [memory, disk] = cache.states()
  say('entries in memory, on disk', `${memory!.entries}, ${disk!.entries}`)
  await tag(cache)
  await hits(cache)
} finally {
  await cache.close()
  rmSync(folder, { recursive: true })
}
