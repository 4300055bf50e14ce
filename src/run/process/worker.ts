/**
 * The worker: the one place where things are made. It builds the house from the settings, hands the
 * parts to the line, and takes everything down again in the opposite order.
 */
import { createAdmin, type Admin } from '../admin/admin.ts'
import { listen, type Listener } from '../../act/accept/accept.ts'
import { createCache, type Cache } from '../../act/cache/cache.ts'
import { openDisk } from '../../act/cache/disk.ts'
import { openMemory } from '../../act/cache/memory.ts'
import { createFlights } from '../../act/collapse/flights.ts'
import { openAccessLog } from '../../act/observe/access-log.ts'
import type { Log } from '../../act/observe/log.ts'
import { createMetrics, type Metrics } from '../../act/observe/metrics.ts'
import { createRecorder } from '../../act/observe/record.ts'
import { createOrigin } from '../../act/origin/origin.ts'
import { compile } from '../../decide/rules/compile.ts'
import { assert } from '../../lib/assert.ts'
import type { Origin } from '../../model/origin.ts'
import type { Address, OriginSettings, Settings, StorageSettings } from '../../model/settings.ts'
import { serve, settle, type Parts } from '../../serve.ts'

export type Worker = {
  readonly httpAddress: Address
  /** Null when the settings want no admin listener. */
  readonly adminAddress: Address | null
  /** For SIGHUP, after log files were rotated. */
  reopenLogs(): void
  /** Stops accepting, lets downloads finish for as long as the settings allow, then closes. */
  drain(): Promise<void>
  /** Ends everything at once. */
  close(): Promise<void>
}

type Options = { readonly version: string; readonly log: Log }

/** At the end, what has not closed by then is left to the end of the process. */
const CLOSE_MS = 5000

/**
 * Starts serving. Throws HauloutError `listen`, `disk` or `config`; then nothing is listened on and
 * nothing is left open.
 */
export async function startWorker(settings: Settings, options: Options): Promise<Worker> {
  const house = build(settings, options)
  let listener: Listener | null = null
  let admin: Admin | null = null
  try {
    admin = await openAdmin(settings, house.metrics)
    listener = await openMain(settings, house.parts)
  } catch (error) {
    await admin?.close()
    await house.close()
    throw error
  }
  return workerOf({ settings, house, listener, admin })
}

/** Everything but the listeners. */
type House = {
  readonly parts: Parts
  readonly metrics: Metrics
  reopenLogs(): void
  close(): Promise<void>
}

function build(settings: Settings, { version, log }: Options): House {
  const { compiled, problems } = compile(settings.rules)
  assert(problems.length === 0, 'a configuration with problems reached the worker')
  const accessLog = openAccessLog(settings.log.access, (text) => log.warn('access-log', text))
  const cache = openCache(settings.storage, log)
  const metrics = createMetrics({
    version,
    tiers: () => cache.states(),
    flights: () => flights.state(),
    corruptChunks: () => cache.corruptChunks(),
    droppedLogLines: () => accessLog.dropped,
  })
  const origins = openOrigins(settings.origins, metrics)
  const flights = createFlights(cache, (name) => origins.get(name)!)
  const { record } = createRecorder({ metrics, accessLog })
  const { chunk, isCold, prefetch } = cache
  const source = { chunk, isCold, prefetch, resume: flights.resume }
  const { healthPath } = settings.listen
  return {
    parts: { rules: compiled, cache, flights, source, healthPath, record },
    metrics,
    reopenLogs: () => accessLog.reopen(),
    async close() {
      const closing = [...origins.values()].map((origin) => origin.close())
      await within(CLOSE_MS, Promise.all(closing))
      await within(CLOSE_MS, cache.close())
      await accessLog.close()
      metrics.close()
    },
  }
}

function openCache({ memory, disk }: StorageSettings, log: Log): Cache {
  return createCache({
    memory: openMemory(memory.sizeBytes),
    disk: disk === null ? null : openDisk(disk, (error) => log.error('disk', error.message)),
  })
}

function openOrigins(all: readonly OriginSettings[], metrics: Metrics): Map<string, Origin> {
  const observe = {
    onResponse: (name: string, status: number, waitMs: number) =>
      metrics.originResponse(name, status, waitMs),
  }
  return new Map(all.map((settings) => [settings.name, createOrigin(settings, observe)]))
}

async function openAdmin({ listen }: Settings, metrics: Metrics): Promise<Admin | null> {
  return listen.admin === null ? null : await createAdmin({ address: listen.admin, metrics })
}

function openMain(settings: Settings, parts: Parts): Promise<Listener> {
  return listen(settings.listen.http, settings.listen.maxConnections, {
    serve: (x) => serve(parts, x),
    settled: (x, complete) => settle(parts, x, complete),
  })
}

type Running = {
  readonly settings: Settings
  readonly house: House
  readonly listener: Listener
  readonly admin: Admin | null
}

function workerOf({ settings, house, listener, admin }: Running): Worker {
  async function close(): Promise<void> {
    listener.cut()
    await admin?.close()
    await house.close()
  }
  return {
    httpAddress: listener.address,
    adminAddress: admin?.address ?? null,
    reopenLogs: house.reopenLogs,
    async drain() {
      await within(settings.drainMs, listener.drain())
      await close()
    },
    close,
  }
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
