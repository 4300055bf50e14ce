/**
 * What does a hit cost, compared with nginx and Varnish, and how much memory does a huge object
 * take? One run, the same cores for all, the caches in turns so that the machine's moods meet all
 * of them. `--quick` for a first look, `--record` to put the tables into README.md.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fetchAll, wrk } from './clients.ts'
import {
  CACHES, missingPackages, startCache, versions,
  type Bench, type CacheName, type Competitor, type Place,
} from './competitors.ts'
import type { LoadOrder } from './load.ts'
import { measureMemory, memoryTable } from './memory.ts'
import { startOrigin } from './origin.ts'
import { coreSeconds, type Running } from './process.ts'
import { comparisonTable, type Question, type Sample } from './table.ts'

const LOAD_CORE = 1
const SERVER_CORE = 0
const SMALL_BYTES = 1024
const LARGE_BYTES = 64 * 1024 * 1024
const TMPFS = 0x01021994

type HitQuestion = Question & {
  readonly place: Place
  readonly bodyBytes: number
}

const QUESTIONS: readonly HitQuestion[] = [
  { name: '1 KiB in memory', unit: 'µs', perCore: 1e6, place: 'memory', bodyBytes: SMALL_BYTES },
  { name: '64 MiB in memory', unit: 'ms', perCore: 1e3, place: 'memory', bodyBytes: LARGE_BYTES },
  { name: '64 MiB on disk', unit: 'ms', perCore: 1e3, place: 'disk', bodyBytes: LARGE_BYTES },
]

type Effort = {
  readonly rounds: number
  readonly smallSeconds: number
  readonly largeRequests: number
}

const THOROUGH: Effort = { rounds: 7, smallSeconds: 4, largeRequests: 64 }
const QUICK: Effort = { rounds: 3, smallSeconds: 2, largeRequests: 24 }
const SMALL_CONNECTIONS = 64
const LARGE_CONNECTIONS = 4
/** A sample is taken again, so often, when others had more than this share of either core. */
const PEACE = 0.05
const TRIES = 4

/** What the object of this size is called at the origin and in all three caches. */
const pathOf = (bodyBytes: number): string => `/bench/${bodyBytes}`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      only: { type: 'string' },
      caches: { type: 'string', default: CACHES.join() },
      folder: { type: 'string', default: tmpdir() },
    },
  })
  const missing = missingPackages()
  if (missing.length > 0) throw new Error(`missing: apt-get install ${missing.join(' ')}`)
  if (availableParallelism() < 2) throw new Error('two cores are needed: one serves, one asks')
  mkdirSync(values.folder, { recursive: true })
  const folder = mkdtempSync(join(values.folder, 'haulout-bench-'))
  if (statfsSync(folder).type === TMPFS) {
    console.error(`${folder} is in memory; --folder must name a place on a disk`)
  }
  const origin = await startOrigin(LOAD_CORE)
  const bench = { folder, originPort: origin.port, serverCore: SERVER_CORE }
  try {
    const parts = [machine()]
    if (values.only !== 'memory') {
      const caches = CACHES.filter((cache) => values.caches.split(',').includes(cache))
      parts.push(await compare(bench, caches, values.quick ? QUICK : THOROUGH))
    }
    if (values.only !== 'hits') {
      parts.push(memoryTable(await measureMemory(bench, LOAD_CORE, values.quick)))
    }
    const report = parts.join('\n\n')
    console.log(report)
    if (values.record) record(report)
  } finally {
    await origin.running.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function machine(): string {
  const { haulout, nginx, varnish } = versions()
  const [cpu] = cpus()
  return `haulout ${haulout}, nginx ${nginx}, Varnish ${varnish}; Linux ${release()}, ` +
    `${cpu?.model.trim() ?? 'unknown'} × ${availableParallelism()}`
}

async function compare(
  bench: Bench, caches: readonly CacheName[], effort: Effort,
): Promise<string> {
  const competitors: Competitor[] = []
  try {
    for (const cache of caches) competitors.push(...await startCache(cache, bench))
    for (const one of competitors) await fillUp(one)
    const samples: Sample[] = []
    for (let round = 0; round < effort.rounds; round++) {
      for (const question of QUESTIONS) {
        for (const cache of caches) {
          const competitor = pick(competitors, cache, question.place)
          const sample = await askInPeace(question, competitor, effort)
          samples.push(sample)
          console.error(`round ${round + 1}: ${question.name}, ${cache}: ` +
            `${sample.cpu.toFixed(2)} ${question.unit}, ${sample.perSecond.toFixed(0)}/s, ` +
            `${(100 * sample.disturbed).toFixed(0)} % disturbed`)
        }
      }
    }
    return comparisonTable(QUESTIONS, samples)
  } finally {
    await Promise.all(competitors.map(({ running }) => running.stop()))
  }
}

function pick(competitors: readonly Competitor[], name: CacheName, place: Place): Competitor {
  return competitors.find((one) => one.name === name && one.places.includes(place))!
}

/** Asks for each object until it is stored; a miss may still be on its way to the disk. */
async function fillUp({ port }: Competitor): Promise<void> {
  for (const bodyBytes of [SMALL_BYTES, LARGE_BYTES]) {
    await fetchAll(LOAD_CORE, {
      port, path: pathOf(bodyBytes), bodyBytes, connections: 1, requests: 3, head: '',
      compare: true, stalled: 0,
    })
  }
}

/** A sample during which nobody else wanted the cores; else the least disturbed of a few. */
async function askInPeace(
  question: HitQuestion, competitor: Competitor, effort: Effort,
): Promise<Sample> {
  let best = await ask(question, competitor, effort)
  for (let tries = 1; best.disturbed > PEACE && tries < TRIES; tries++) {
    const sample = await ask(question, competitor, effort)
    if (sample.disturbed < best.disturbed) best = sample
  }
  return best
}

/**
 * One sample: a few requests that prove that this is a hit with the right bytes (and warm
 * everything up), then the measured ones, then the proof again.
 */
async function ask(
  question: HitQuestion, competitor: Competitor, effort: Effort,
): Promise<Sample> {
  const { port, running, name } = competitor
  const proof: LoadOrder = {
    port, path: pathOf(question.bodyBytes), bodyBytes: question.bodyBytes,
    head: competitor.hit(question.place), compare: true, stalled: 0,
    connections: LARGE_CONNECTIONS, requests: 2 * LARGE_CONNECTIONS,
  }
  await fetchAll(LOAD_CORE, proof)
  if (question.bodyBytes === SMALL_BYTES) await askSmall(proof, 1)
  const before = measure(running)
  const work = question.bodyBytes === SMALL_BYTES
    ? await askSmall(proof, effort.smallSeconds)
    : await askLarge(proof, effort.largeRequests)
  const after = measure(running)
  const cpuSeconds = after.own - before.own
  const others = Math.max(
    after.serverCore - before.serverCore - cpuSeconds,
    after.loadCore - before.loadCore - work.cpuSeconds)
  await fetchAll(LOAD_CORE, proof)
  return {
    question: question.name, cache: name,
    cpu: cpuSeconds * question.perCore / work.requests, perSecond: work.requests / work.seconds,
    disturbed: Math.max(0, others / (after.at - before.at)),
  }
}

/** Seconds of the clock, of the server's CPU, and of both cores whoever had them. */
function measure(running: Running) {
  return {
    at: performance.now() / 1000,
    own: running.cpuSeconds(),
    serverCore: coreSeconds(SERVER_CORE),
    loadCore: coreSeconds(LOAD_CORE),
  }
}

type Work = { readonly requests: number; readonly seconds: number; readonly cpuSeconds: number }

async function askSmall({ port, path }: LoadOrder, seconds: number): Promise<Work> {
  const order = { port, path, connections: SMALL_CONNECTIONS, seconds }
  return { ...await wrk(LOAD_CORE, order), seconds }
}

async function askLarge(proof: LoadOrder, requests: number): Promise<Work> {
  const order = { ...proof, requests, compare: false }
  const { complete, seconds, cpuSeconds } = await fetchAll(LOAD_CORE, order)
  return { requests: complete, seconds, cpuSeconds }
}

/** Puts the report between the two marks in README.md. */
function record(report: string): void {
  const path = join(import.meta.dirname, 'README.md')
  const text = readFileSync(path, 'utf8')
  const marks = /(<!-- last run -->\n)[\s\S]*?(\n<!-- end -->)/
  if (!marks.test(text)) throw new Error('README.md has no place for the last run')
  const day = new Date().toISOString().slice(0, 10)
  writeFileSync(path, text.replace(marks, (_, begin: string, end: string) =>
    `${begin}\n${day}: ${report}\n${end}`))
}

await main()
