/**
 * The metrics, in Prometheus' text format. What is hard about it: counting happens on every hit and
 * has to cost nanoseconds, while prom-client takes 0.3 µs for an update. So hot counters are plain
 * numbers here and are handed to prom-client when somebody scrapes. Labels are bounded: routes,
 * buckets and origins come from the configuration; a path or a key never becomes a label.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import type { ExchangeRecord } from '../../model/outcome.ts'
import type { DiskHealth, TierState } from '../../model/tier.ts'
import { createHistogram, type Histogram } from './histogram.ts'
import { createTally, type Fill, type Put, type Tally } from './tally.ts'

/** What is read from elsewhere when somebody scrapes. */
export type Gauges = {
  /** The version of haulout, for `haulout_build_info`. */
  readonly version: string
  tiers(): readonly TierState[]
  flights(): { readonly running: number; readonly passengers: number }
  corruptChunks(): number
  /** Null when there is no disk tier. */
  disk(): DiskHealth | null
  /** Lines that the access log could not write. */
  droppedLogLines(): number
  /** The number of the generation that new exchanges begin under. */
  generation(): number
  reloads(): { readonly applied: number; readonly refused: number }
  /** What probes think of endpoints. */
  endpoints(): ReadonlyArray<{
    readonly origin: string; readonly endpoint: string; readonly up: boolean
  }>
  /** What became of checks of passwords, by result, and how many wait for a thread. */
  passwords(): {
    readonly checks: Readonly<Record<string, number>>
    readonly waiting: number
  }
}

export type Metrics = {
  /** Counts one exchange; called exactly once for each. */
  count(record: ExchangeRecord): void
  /**
   * Counts one answer of an origin. `status` 0 means that none came, and `waitMs`, the time from
   * asking to the head, is then not observed.
   */
  originResponse(origin: string, status: number, waitMs: number): void
  /** The text of a scrape. */
  render(): Promise<string>
  readonly contentType: string
  /** Stops measuring the event loop. */
  close(): void
}

type LoopDelay = ReturnType<typeof monitorEventLoopDelay>
type Family = readonly [name: string, help: string, labels: readonly string[], fill: Fill]

/** From a memory hit, tens of microseconds, to a large download over a slow line. */
const REQUEST_BOUNDS_MS = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 60_000, 600_000,
]

/** An origin is a network away, and its first byte is waited for no longer than a minute. */
const ORIGIN_BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 60_000]

const LOOP_RESOLUTION_MS = 20

/** Makes the metrics, with a registry of their own. */
export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry()
  const tally = createTally()
  const histograms = createHistograms()
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  loop.enable()

  registerProcess(registry)
  for (const family of counters(tally, gauges)) registerCounter(registry, family)
  for (const family of gaugesOf(gauges, loop)) registerGauge(registry, family)

  return {
    count(record) {
      tally.count(record)
      histograms.request.observe(record.outcome.name, record.durationMs)
      if (record.firstByteMs > 0) {
        histograms.firstByte.observe(record.outcome.name, record.firstByteMs)
      }
    },
    originResponse(origin, status, waitMs) {
      tally.countOrigin(origin, status)
      if (status > 0) histograms.origin.observe(origin, waitMs)
    },
    async render() {
      const text = await registry.metrics()
      return text + Object.values(histograms).map((each) => `\n${each.render()}`).join('')
    },
    contentType: registry.contentType,
    close() {
      loop.disable()
    },
  }
}

function createHistograms(): Record<'request' | 'firstByte' | 'origin', Histogram> {
  return {
    request: createHistogram({
      name: 'haulout_request_seconds',
      help: 'Time from the request to the end of its response.',
      label: 'outcome',
      boundsMs: REQUEST_BOUNDS_MS,
    }),
    firstByte: createHistogram({
      name: 'haulout_first_byte_seconds',
      help: 'Time from the request to the first byte of its response.',
      label: 'outcome',
      boundsMs: REQUEST_BOUNDS_MS,
    }),
    origin: createHistogram({
      name: 'haulout_origin_wait_seconds',
      help: 'Time from asking an origin to the head of its response.',
      label: 'origin',
      boundsMs: ORIGIN_BOUNDS_MS,
    }),
  }
}

function counters(tally: Tally, gauges: Gauges): readonly Family[] {
  const byLine = ['bucket', 'route', 'outcome']
  return [
    ['haulout_requests_total', 'Requests.', byLine, tally.requests],
    ['haulout_response_bytes_total', 'Body bytes sent to clients.', byLine, tally.bytes],
    ['haulout_bytes_saved_total', 'Body bytes sent without fetching them from an origin.',
      ['bucket'], tally.saved],
    ['haulout_responses_total', 'Responses by class of status; none: the client left before it.',
      ['class'], tally.classes],
    ['haulout_origin_requests_total', 'Requests to origins by status; none: no answer came.',
      ['origin', 'status'], tally.origins],
    ['haulout_responses_not_stored_total', 'Fetched responses that were not stored, by reason.',
      ['reason'], tally.unstored],
    ['haulout_tier_evictions_total', 'Entries evicted to make room.', ['tier'], (put) => {
      for (const { tier, evictions } of gauges.tiers()) put({ tier }, evictions)
    }],
    ['haulout_corrupt_chunks_total', 'Stored chunks that failed their checksum.', [], (put) => {
      put({}, gauges.corruptChunks())
    }],
    ['haulout_disk_dropped_writes_total', 'Writes given up because the disk was too slow.', [],
      (put) => put({}, gauges.disk()?.droppedWrites ?? 0)],
    ['haulout_disk_put_aside_total', 'Damaged databases that were put aside.', [],
      (put) => put({}, gauges.disk()?.putAside ?? 0)],
    ['haulout_access_log_dropped_lines_total', 'Lines the access log could not write.', [],
      (put) => put({}, gauges.droppedLogLines())],
    ['haulout_reloads_total', 'Reloads of the configuration; refused: nothing was changed.',
      ['result'], (put) => {
        for (const [result, count] of Object.entries(gauges.reloads())) put({ result }, count)
      }],
    ['haulout_password_checks_total', 'Passwords that had to be checked, by what came of it.',
      ['result'], (put) => {
        const { checks } = gauges.passwords()
        for (const [result, count] of Object.entries(checks)) put({ result }, count)
      }],
  ]
}

function gaugesOf(gauges: Gauges, loop: LoopDelay): readonly Family[] {
  return [
    ['haulout_tier_bytes', 'Bytes held by a tier.', ['tier'], (put) => {
      for (const { tier, bytes } of gauges.tiers()) put({ tier }, bytes)
    }],
    ['haulout_tier_limit_bytes', 'Bytes a tier may hold.', ['tier'], (put) => {
      for (const { tier, limitBytes } of gauges.tiers()) put({ tier }, limitBytes)
    }],
    ['haulout_tier_entries', 'Entries held by a tier.', ['tier'], (put) => {
      for (const { tier, entries } of gauges.tiers()) put({ tier }, entries)
    }],
    ['haulout_disk_degraded', '1 while the disk tier has trouble and takes nothing new.', [],
      (put) => put({}, gauges.disk()?.trouble == null ? 0 : 1)],
    ['haulout_disk_file_bytes', "Bytes of the disk tier's file.", [],
      (put) => put({}, gauges.disk()?.fileBytes ?? 0)],
    ['haulout_flights_running', 'Origin fetches under way.', [], (put) => {
      put({}, gauges.flights().running)
    }],
    ['haulout_flight_passengers', 'Exchanges served by running flights.', [], (put) => {
      put({}, gauges.flights().passengers)
    }],
    ['haulout_origin_endpoint_up', 'Whether probes think that an endpoint is up: 1, or 0.',
      ['origin', 'endpoint'], (put) => {
        for (const { origin, endpoint, up } of gauges.endpoints()) {
          put({ origin, endpoint }, up ? 1 : 0)
        }
      }],
    ['haulout_password_queue', 'Passwords that wait for a thread.', [], (put) => {
      put({}, gauges.passwords().waiting)
    }],
    ['haulout_event_loop_delay_seconds', 'Event loop delay since the last scrape, by quantile.',
      ['quantile'], (put) => putLoopDelay(loop, put)],
    ['haulout_generation', 'The generation of the configuration, counted from the start.', [],
      (put) => put({}, gauges.generation())],
    ['haulout_build_info', 'Always 1; the labels tell the versions.', ['version', 'node'],
      (put) => put({ version: gauges.version, node: process.version }, 1)],
  ]
}

/** Node measures the time between two samples; what exceeds their distance is the delay. */
function putLoopDelay(loop: LoopDelay, put: Put): void {
  const seen = loop.count > 0
  for (const quantile of [0.5, 0.99, 1]) {
    const delayMs = loop.percentile(quantile * 100) / 1e6 - LOOP_RESOLUTION_MS
    put({ quantile: String(quantile) }, seen ? Math.max(0, delayMs / 1000) : 0)
  }
  loop.reset()
}

/**
 * prom-client's `process_*` and `nodejs_*` metrics, less its event loop lag: that includes the
 * sampling period, so that an idle process seems to lag by 10 ms. Its sampler cannot be left out,
 * so it is told to sample once an hour.
 */
function registerProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 3_600_000 })
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith('nodejs_eventloop_lag')) registry.removeSingleMetric(name)
  }
}

function registerCounter(registry: Registry, [name, help, labelNames, fill]: Family): void {
  const counter: Counter = new Counter({
    name, help, labelNames, registers: [registry],
    collect() {
      counter.reset()
      fill((labels, value) => counter.inc(labels, value))
    },
  })
}

function registerGauge(registry: Registry, [name, help, labelNames, fill]: Family): void {
  const gauge: Gauge = new Gauge({
    name, help, labelNames, registers: [registry],
    collect() {
      gauge.reset()
      fill((labels, value) => gauge.set(labels, value))
    },
  })
}
