/**
 * The worker: the one place where things are made. It builds the house from the configuration,
 * hands the parts to the line, replaces what a reload changes, and takes everything down again in
 * the opposite order.
 */
import { isDeepStrictEqual } from 'node:util'
import { createAdmin, type Admin } from '../admin/admin.ts'
import { createBanControl } from '../admin/bans.ts'
import { createPasswordBooks, type PasswordBooks } from '../../act/access/passwords.ts'
import { openSources, type Sources } from '../../act/access/sources.ts'
import { listen, type Listener } from '../../act/accept/accept.ts'
import type { Cache } from '../../act/cache/cache.ts'
import { openCache } from '../../act/cache/open.ts'
import { createFlights } from '../../act/collapse/flights.ts'
import { createLogSwitch, openAccessLog, type LogSwitch } from '../../act/observe/access-log.ts'
import type { Log } from '../../act/observe/log.ts'
import { createMetrics, type Metrics } from '../../act/observe/metrics.ts'
import { createRecorder } from '../../act/observe/record.ts'
import type { OriginObserver } from '../../act/origin/fetch.ts'
import { createOrigin } from '../../act/origin/origin.ts'
import { secretRefs } from '../../decide/access/secret-refs.ts'
import { compile } from '../../decide/rules/compile.ts'
import { assert } from '../../lib/assert.ts'
import type { Origin } from '../../model/origin.ts'
import type { Address, OriginSettings, Settings } from '../../model/settings.ts'
import { serve, settle, type Parts } from '../../serve.ts'
import type { Checked, ConfigSource } from '../config/checked.ts'
import { markOf } from './config-watch.ts'
import { explainLive, type Question } from './explain.ts'
import {
  createGenerations, type Generation, type Generations, type MarkedOrigin,
} from './generation.ts'
import { createReloads, type Caller, type ReloadResult, type Reloads } from './reload.ts'
import { endpointsOf, statusOf } from './status.ts'
import { watchable, type WatchedSource } from './watched-source.ts'

export type Worker = {
  readonly httpAddress: Address
  /** Null when the settings want no admin listener. */
  readonly adminAddress: Address | null
  /** For SIGHUP, after log files were rotated. */
  reopenLogs(): void
  /** Reads the configuration again and serves from it, or changes nothing; never rejects. */
  reload(by: Caller): Promise<ReloadResult>
  /** Stops accepting, lets downloads finish for as long as the settings allow, then closes. */
  drain(): Promise<void>
  /** Ends everything at once. */
  close(): Promise<void>
}

type Options = { readonly version: string; readonly log: Log }

/** At the end, what has not closed by then is left to the end of the process. */
const CLOSE_MS = 5000

/**
 * Starts serving from what `source` gives. Throws HauloutError `listen`, `disk` or `config`; then
 * nothing is listened on and nothing is left open.
 */
export async function startWorker(source: ConfigSource, options: Options): Promise<Worker> {
  const watched = watchable(source)
  const house = await build(await watched.read(), watched, options)
  try {
    await openDoors(house, options)
  } catch (error) {
    await closeHouse(house)
    throw error
  }
  watchAsWanted(house, options.log)
  return workerOf(house)
}

/** What lives as long as the process, and what a reload replaces in it. */
type House = {
  readonly source: WatchedSource
  readonly startedMs: number
  readonly cache: Cache
  readonly metrics: Metrics
  readonly accessLog: LogSwitch
  readonly books: PasswordBooks
  readonly generations: Generations
  readonly reloads: Reloads
  /** Origins of generations that were, until they have closed. */
  readonly leaving: Set<Promise<void>>
  listener: Listener | null
  admin: Admin | null
  draining: boolean
}

async function build(
  first: Checked, source: WatchedSource, { version, log }: Options,
): Promise<House> {
  // What can fail comes before anything is open.
  openAccess(first.settings, log)
  const warn = (text: string): void => log.warn('access-log', text)
  const accessLog = createLogSwitch(openAccessLog(first.settings.log.access, warn), warn)
  const cache = await openCache(first.settings.storage, log)
  const metrics = createMetrics({
    version,
    tiers: () => cache.states(),
    flights: () => flights.state(),
    corruptChunks: () => cache.corruptChunks(),
    disk: () => cache.diskHealth(),
    droppedLogLines: () => accessLog.dropped,
    generation: () => generations.current.number,
    reloads: () => reloads.counts,
    endpoints: () => endpointsOf(generations.current),
    passwords: () => books.state(),
  })
  const flights = createFlights(cache)
  const { record } = createRecorder({ metrics, accessLog })
  const books = createPasswordBooks()
  const lasting = { cache, flights, record, metrics, books, log }
  const generations = createGenerations(generationOf(first, null, lasting))
  const reloads = createReloads({
    source, log, current: () => generations.current.settings,
    apply: (checked) => succeed(house, generationOf(checked, generations.current, lasting), log),
  })
  const house: House = {
    source, startedMs: performance.now(), cache, metrics, accessLog, books, generations,
    reloads,
    leaving: new Set(), listener: null, admin: null, draining: false,
  }
  return house
}

/** Lets `next` be what is served from. What can fail comes before anything is changed. */
function succeed(house: House, next: Generation, log: Log): Generation {
  const { generations, accessLog } = house
  const before = generations.current
  const { access } = next.settings.log
  const nextLog = isDeepStrictEqual(access, before.settings.log.access) ? null
    : openAccessLog(access, (text) => log.warn('access-log', text))
  generations.succeed(next)
  for (const { origin } of next.origins.values()) origin.probe()
  if (nextLog !== null) accessLog.switchTo(nextLog)
  house.listener?.limit(next.settings.listen.maxConnections)
  for (const [name, { origin }] of before.origins) {
    if (next.origins.get(name)?.origin !== origin) leave(house, origin)
  }
  watchAsWanted(house, log)
  return next
}

/** Closes an origin once the last of its fetches has ended. */
function leave({ leaving }: House, origin: Origin): void {
  const closed = origin.close().finally(() => leaving.delete(closed))
  leaving.add(closed)
}

function watchAsWanted({ generations, source, reloads }: House, log: Log): void {
  source.watch(generations.current.settings.watch, {
    onChange: () => void reloads.reload('watch'),
    warn: (text) => log.warn('watch', text),
  })
}

type Lasting = Pick<Parts, 'cache' | 'flights' | 'record'> & {
  readonly metrics: Metrics
  readonly books: PasswordBooks
  readonly log: Log
}

/** Compiles a configuration, and makes the origins that differ from those of the one before it. */
function generationOf(
  { settings, check, placeOf }: Checked, before: Generation | null,
  { metrics, books, log, ...lasting }: Lasting,
): Generation {
  const { compiled: rules, problems } = compile(settings.rules)
  assert(problems.length === 0, 'a configuration with problems reached the worker')
  const passwords = books.open(openAccess(settings, log))
  const marked = originsOf(settings.origins, before, { metrics, log })
  const origins = new Map([...marked].map(([name, { origin }]) => [name, origin]))
  const { cache, flights } = lasting
  const { chunk, isCold, prefetch } = cache
  const source: Parts['source'] = {
    chunk, isCold, prefetch,
    resume(rest, landed) {
      const origin = origins.get(rest.entry.object!.origin)!
      flights.resume({ ...rest, origin, forwarded: null }, landed)
    },
  }
  const { healthPath } = settings.listen
  return Object.freeze({
    number: (before?.number ?? 0) + 1,
    sinceAt: Date.now(),
    settings,
    check,
    placeOf: placeOf ?? null,
    origins: marked,
    parts: Object.freeze({ ...lasting, rules, passwords, origins, source, healthPath }),
  })
}

/** Origins whose settings have not changed are kept, with their connections and their queue. */
function originsOf(
  all: readonly OriginSettings[], before: Generation | null,
  { metrics, log }: Pick<Lasting, 'metrics' | 'log'>,
): Map<string, MarkedOrigin> {
  const observe: OriginObserver = {
    onResponse: (name, status, waitMs) => metrics.originResponse(name, status, waitMs),
    onHealth(name, { endpoint, up, detail }) {
      if (up) log.info(`${name}: ${endpoint} is up again`)
      else log.warn(`down ${endpoint}`, `${name}: ${endpoint} is down: ${detail}`)
    },
  }
  return new Map(all.map((settings) => {
    const kept = before?.origins.get(settings.name)
    const mark = markOfOrigin(settings)
    return [settings.name,
      kept?.mark === mark ? kept : { mark, origin: createOrigin(settings, observe) }]
  }))
}

/** The settings and what they refer to; not the credentials, which are read anew by themselves. */
function markOfOrigin(settings: OriginSettings): string {
  const authorities = settings.ca === null ? null : markOf(settings.ca)
  return JSON.stringify([settings, authorities])
}

function openAccess({ rules, users, admin }: Settings, log: Log): Sources {
  const refs = secretRefs(rules).map(({ ref }) => ref)
  if (admin.token !== null) refs.push(admin.token)
  return openSources(users, refs, (text) => log.error('access', text))
}

async function openDoors(house: House, { version }: Options): Promise<void> {
  const { generations, reloads, metrics, source } = house
  const { file } = source
  const { http, admin, maxConnections } = generations.current.settings.listen
  const control = {
    status: () => statusOf({ ...house, version, file, disk: house.cache.diskHealth() }),
    reload: () => reloads.reload('admin'),
    bans: createBanControl(house.cache, () => generations.current),
    explain: (question: Question) => explainLive(generations.current, question),
  }
  if (admin !== null) house.admin = await createAdmin({ address: admin, metrics, control })
  house.listener = await listen(http, maxConnections, {
    serve: (x) => serve(generations.enter(x), x),
    settled(x, complete) {
      settle(generations.current.parts, x, complete)
      generations.leave(x)
    },
  })
  for (const { origin } of generations.current.origins.values()) origin.probe()
}

function workerOf(house: House): Worker {
  const { generations, reloads, accessLog } = house
  const listener = house.listener!
  return {
    httpAddress: listener.address,
    adminAddress: house.admin?.address ?? null,
    reopenLogs: () => accessLog.reopen(),
    reload: (by) => reloads.reload(by),
    async drain() {
      house.draining = true
      void reloads.stop()
      await within(generations.current.settings.drainMs, listener.drain())
      await closeHouse(house)
    },
    close: () => closeHouse(house),
  }
}

async function closeHouse(house: House): Promise<void> {
  const { source, reloads, generations, leaving, books, cache, accessLog, metrics } = house
  house.draining = true
  await within(CLOSE_MS, reloads.stop())
  source.close()
  house.listener?.cut()
  await house.admin?.close()
  const origins = [...generations.current.origins.values()].map(({ origin }) => origin.close())
  await within(CLOSE_MS, Promise.all([...origins, ...leaving]))
  await within(CLOSE_MS, books.close())
  await within(CLOSE_MS, cache.close())
  await accessLog.close()
  metrics.close()
}

/** Waits for a promise, but not longer than so many ms. */
async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([promise, late])
  clearTimeout(timer)
}
