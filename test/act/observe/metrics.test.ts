import t from 'tap'
import { createMetrics, type Gauges } from '../../../src/act/observe/metrics.ts'
import { sampleRecord } from './sample.ts'

const GAUGES: Gauges = {
  version: '1.2.3',
  tiers: () => [
    { tier: 'memory', bytes: 10, entries: 2, limitBytes: 100, evictions: 3 },
    { tier: 'disk', bytes: 20, entries: 4, limitBytes: 200, evictions: 5 },
  ],
  flights: () => ({ running: 6, passengers: 70 }),
  corruptChunks: () => 8, disk: () => null,
  droppedLogLines: () => 9,
  generation: () => 3,
  reloads: () => ({ applied: 2, refused: 1 }),
  endpoints: () => [{ origin: 'walrus', endpoint: 'http://a', up: false }],
  passwords: () => ({ checks: { right: 11, wrong: 12 }, waiting: 13 }),
}

/** Reads the text format strictly: every line is a HELP, a TYPE, a sample or empty. */
function parse(text: string): { samples: Map<string, number>; types: Map<string, string> } {
  const samples = new Map<string, number>()
  const types = new Map<string, string>()
  for (const line of text.split('\n')) {
    if (line === '' || /^# HELP [a-z_]+ .+$/.test(line)) continue
    const type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line)
    const sample = /^([a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})?) (\S+)$/.exec(line)
    if (type !== null) types.set(type[1]!, type[2]!)
    else if (sample !== null) samples.set(sample[1]!, Number(sample[2]))
    else throw new Error(`not the text format: ${line}`)
  }
  return { samples, types }
}

async function scrape(parts: Partial<Gauges>, act: (m: ReturnType<typeof createMetrics>) => void) {
  const metrics = createMetrics({ ...GAUGES, ...parts })
  act(metrics)
  const text = await metrics.render()
  metrics.close()
  return { text, ...parse(text) }
}

t.test('requests and bytes are counted by bucket, route and outcome', async (t) => {
  const { samples } = await scrape({}, (metrics) => {
    metrics.count(sampleRecord({ bytes: 100 }))
    metrics.count(sampleRecord({ bytes: 20 }))
    metrics.count(sampleRecord({ bytes: 3 }, { name: 'miss' }))
    metrics.count(sampleRecord({ bytes: 4, route: 'other' }))
    metrics.count(sampleRecord({ bytes: 5, bucket: 'images' }))
  })
  for (const [bucket, route, outcome, requests, bytes] of [
    ['releases', 'euca-tarballs', 'hit-memory', 2, 120],
    ['releases', 'euca-tarballs', 'miss', 1, 3],
    ['releases', 'other', 'hit-memory', 1, 4],
    ['images', 'euca-tarballs', 'hit-memory', 1, 5],
  ] as const) {
    const where = `{bucket="${bucket}",route="${route}",outcome="${outcome}"}`
    t.equal(samples.get(`haulout_requests_total${where}`), requests, where)
    t.equal(samples.get(`haulout_response_bytes_total${where}`), bytes, where)
  }
})

t.test('bytes are saved by every outcome that needed no bytes of the origin', async (t) => {
  const { samples } = await scrape({}, (metrics) => {
    const names = [
      'hit-memory', 'hit-disk', 'stale', 'revalidated', 'joined', 'negative-hit',
      'partial', 'miss', 'pass', 'denied', 'synth', 'error',
    ] as const
    names.forEach((name, at) => metrics.count(sampleRecord({ bytes: 2 ** at }, { name })))
    metrics.count(sampleRecord({ bucket: '-', bytes: 5 }, { name: 'synth' }))
  })
  t.equal(samples.get('haulout_bytes_saved_total{bucket="releases"}'), 0b111111)
  t.notOk(samples.has('haulout_bytes_saved_total{bucket="-"}'), 'no bucket, nothing to save')
})

t.test('responses are counted by class, also those whose client left first', async (t) => {
  const { samples } = await scrape({}, (metrics) => {
    for (const status of [200, 206, 304, 404, 502, 0]) metrics.count(sampleRecord({ status }))
  })
  const counts = ['none', '1xx', '2xx', '3xx', '4xx', '5xx']
    .map((name) => samples.get(`haulout_responses_total{class="${name}"}`))
  t.same(counts, [1, 0, 2, 1, 1, 1])
})

t.test('origin answers are counted by status, and their waiting observed', async (t) => {
  const { samples } = await scrape({}, (metrics) => {
    metrics.originResponse('walrus', 200, 40)
    metrics.originResponse('walrus', 200, 60)
    metrics.originResponse('walrus', 0, 15_000)
    metrics.originResponse('s3', 999, 1)
  })
  t.equal(samples.get('haulout_origin_requests_total{origin="walrus",status="200"}'), 2)
  t.equal(samples.get('haulout_origin_requests_total{origin="walrus",status="none"}'), 1)
  t.equal(samples.get('haulout_origin_requests_total{origin="s3",status="other"}'), 1)
  t.equal(samples.get('haulout_origin_wait_seconds_bucket{origin="walrus",le="0.05"}'), 1)
  t.equal(samples.get('haulout_origin_wait_seconds_bucket{origin="walrus",le="0.1"}'), 2)
  t.equal(samples.get('haulout_origin_wait_seconds_count{origin="walrus"}'), 2,
    'an answer that never came has no waiting time')
})

t.test('a duration falls into the first bucket whose bound it does not exceed', async (t) => {
  const { samples } = await scrape({}, (metrics) => {
    metrics.count(sampleRecord({ durationMs: 1, firstByteMs: 0 }))
    metrics.count(sampleRecord({ durationMs: 1.5, firstByteMs: 0 }))
    metrics.count(sampleRecord({ durationMs: 3_600_000, firstByteMs: 2 }))
  })
  const bucket = (le: string): number | undefined =>
    samples.get(`haulout_request_seconds_bucket{outcome="hit-memory",le="${le}"}`)
  t.same(['0.0005', '0.001', '0.0025', '600', '+Inf'].map(bucket), [0, 1, 2, 2, 3])
  t.equal(samples.get('haulout_request_seconds_sum{outcome="hit-memory"}'), 3600.0025)
  t.equal(samples.get('haulout_first_byte_seconds_count{outcome="hit-memory"}'), 1,
    'a response without a byte has no first one')
})

t.test('gauges are read when somebody scrapes, not before', async (t) => {
  let running = 1
  const metrics = createMetrics({ ...GAUGES, flights: () => ({ running, passengers: 0 }) })
  t.teardown(() => metrics.close())
  for (const expected of [1, 2]) {
    running = expected
    t.equal(parse(await metrics.render()).samples.get('haulout_flights_running'), expected)
  }
})

t.test('tiers, flights, checksums, the log and the versions are all told', async (t) => {
  const { samples, types } = await scrape({}, () => {})
  for (const [name, value] of [
    ['haulout_tier_bytes{tier="memory"}', 10], ['haulout_tier_bytes{tier="disk"}', 20],
    ['haulout_tier_entries{tier="disk"}', 4], ['haulout_tier_limit_bytes{tier="disk"}', 200],
    ['haulout_tier_evictions_total{tier="memory"}', 3], ['haulout_flights_running', 6],
    ['haulout_flight_passengers', 70], ['haulout_corrupt_chunks_total', 8],
    ['haulout_access_log_dropped_lines_total', 9],
    ['haulout_password_checks_total{result="right"}', 11],
    ['haulout_password_checks_total{result="wrong"}', 12], ['haulout_password_queue', 13],
    ['haulout_origin_endpoint_up{origin="walrus",endpoint="http://a"}', 0],
    [`haulout_build_info{version="1.2.3",node="${process.version}"}`, 1],
  ] as const) t.equal(samples.get(name), value, name)
  t.equal(types.get('haulout_tier_evictions_total'), 'counter')
  t.ok(samples.get('process_resident_memory_bytes')! > 1e6)
  t.ok(samples.get('process_cpu_seconds_total')! > 0)
})

t.test('scraping twice counts nothing twice', async (t) => {
  const metrics = createMetrics(GAUGES)
  t.teardown(() => metrics.close())
  metrics.count(sampleRecord())
  const [first, second] = [parse(await metrics.render()), parse(await metrics.render())]
  for (const [name, value] of first.samples) {
    if (name.startsWith('haulout_') && !name.includes('event_loop')) {
      t.equal(second.samples.get(name), value, name)
    }
  }
})

t.test('the event loop delay has no share of the time between two samples', async (t) => {
  const metrics = createMetrics(GAUGES)
  t.teardown(() => metrics.close())
  const name = 'haulout_event_loop_delay_seconds{quantile="1"}'
  const blocked = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 40))
    const end = performance.now() + 150
    while (performance.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 40))
    return parse(await metrics.render()).samples.get(name)!
  }
  t.ok(await blocked() >= 0.1, 'a loop blocked for 150 ms is seen')
  const { samples, text } = await scrape({}, () => {})
  t.equal(samples.get(name), 0, 'nothing measured yet')
  t.notMatch(text, 'nodejs_eventloop_lag')
})

t.test('two sets of metrics share nothing', async (t) => {
  const { samples } = await scrape({}, () => createMetrics(GAUGES).count(sampleRecord()))
  t.notOk([...samples.keys()].some((name) => name.startsWith('haulout_requests_total')))
})

t.test('hostile label values stay inside their quotes', async (t) => {
  const { samples } = await scrape({}, (metrics) => {
    metrics.originResponse('a"b\\c\nd', 200, 1)
  })
  t.equal(samples.get('haulout_origin_wait_seconds_count{origin="a\\"b\\\\c\\nd"}'), 1)
})

t.test('counting an exchange costs less than a microsecond', async (t) => {
  const metrics = createMetrics(GAUGES)
  t.teardown(() => metrics.close())
  const records = Array.from({ length: 64 }, (_, at) => sampleRecord({ durationMs: at / 3 }))
  const run = (): number => {
    const before = process.cpuUsage()
    for (let round = 0; round < 2000; round++) for (const each of records) metrics.count(each)
    const { user } = process.cpuUsage(before)
    return user / (2000 * records.length)
  }
  // The best of several: other programs share the processor, and the first warms up.
  const best = Math.min(...Array.from({ length: 5 }, run))
  t.ok(best < 1, `${best.toFixed(3)} µs`)
})
