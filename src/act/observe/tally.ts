import {
  OUTCOMES, type ExchangeRecord, type OutcomeName, type Reason,
} from '../../model/outcome.ts'

/**
 * The hot counters as plain numbers. Finding a row is two Map lookups with strings that live as
 * long as the configuration, whose hashes V8 keeps; a key made by joining them would be hashed anew
 * for every request.
 */
export type Tally = {
  count(record: ExchangeRecord): void
  countOrigin(origin: string, status: number): void
  /** Each of these hands every number counted so far to `put`, with its labels. */
  readonly requests: Fill
  readonly bytes: Fill
  readonly saved: Fill
  readonly classes: Fill
  readonly origins: Fill
  readonly unstored: Fill
}

/** Takes one number with its labels. */
export type Put = (labels: Record<string, string>, value: number) => void

/** Hands over all the numbers of one metric. */
export type Fill = (put: Put) => void

/** One route and bucket; the arrays are indexed like `OUTCOMES`. */
type Row = {
  readonly route: string
  readonly bucket: string
  readonly requests: Float64Array
  readonly bytes: Float64Array
}

const SLOTS = Object.fromEntries(OUTCOMES.map((name, slot) => [name, slot])) as
  Record<OutcomeName, number>

/**
 * Outcomes whose bytes the origin did not have to send for this exchange. `partial` is not one:
 * some of its bytes were fetched.
 */
const SAVED: readonly OutcomeName[] = [
  'hit-memory', 'hit-disk', 'stale', 'revalidated', 'joined', 'negative-hit',
]

const CLASSES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const

/** Makes a tally that has counted nothing. */
export function createTally(): Tally {
  const byRoute = new Map<string, Map<string, Row>>()
  const byOrigin = new Map<string, Map<number, number>>()
  const classes = new Float64Array(CLASSES.length)
  const unstored = new Map<Reason, number>()

  function* rows(): Generator<Row> {
    for (const byBucket of byRoute.values()) yield* byBucket.values()
  }

  return {
    count(record) {
      const row = byRoute.get(record.route)?.get(record.bucket) ??
        addRow(byRoute, record.route, record.bucket)
      const slot = SLOTS[record.outcome.name]
      row.requests[slot]!++
      row.bytes[slot]! += record.bytes
      classes[Math.trunc(record.status / 100)]!++
      const { name, reason } = record.outcome
      if (name === 'miss' && reason !== null) unstored.set(reason, (unstored.get(reason) ?? 0) + 1)
    },
    countOrigin(origin, status) {
      const counts = byOrigin.get(origin) ?? new Map<number, number>()
      byOrigin.set(origin, counts.set(status, (counts.get(status) ?? 0) + 1))
    },
    unstored(put) {
      for (const [reason, count] of unstored) put({ reason }, count)
    },
    requests: (put) => putRows(rows(), 'requests', put),
    bytes: (put) => putRows(rows(), 'bytes', put),
    saved(put) {
      for (const [bucket, bytes] of savedBytes(rows())) put({ bucket }, bytes)
    },
    classes(put) {
      CLASSES.forEach((name, slot) => put({ class: name }, classes[slot]!))
    },
    origins(put) {
      for (const [origin, counts] of byOrigin) {
        for (const [status, count] of counts) put({ origin, status: statusLabel(status) }, count)
      }
    },
  }
}

function addRow(byRoute: Map<string, Map<string, Row>>, route: string, bucket: string): Row {
  const row = {
    route, bucket,
    requests: new Float64Array(OUTCOMES.length),
    bytes: new Float64Array(OUTCOMES.length),
  }
  const byBucket = byRoute.get(route) ?? new Map<string, Row>()
  byRoute.set(route, byBucket.set(bucket, row))
  return row
}

function putRows(rows: Iterable<Row>, which: 'requests' | 'bytes', put: Put): void {
  for (const row of rows) {
    OUTCOMES.forEach((outcome, slot) => {
      // A row has both numbers as soon as it has requests, so that rates can be compared.
      if (row.requests[slot] === 0) return
      put({ bucket: row.bucket, route: row.route, outcome }, row[which][slot]!)
    })
  }
}

function savedBytes(rows: Iterable<Row>): Map<string, number> {
  const totals = new Map<string, number>()
  for (const row of rows) {
    if (row.bucket === '-') continue
    const bytes = SAVED.reduce((sum, name) => sum + row.bytes[SLOTS[name]]!, 0)
    totals.set(row.bucket, (totals.get(row.bucket) ?? 0) + bytes)
  }
  return totals
}

/** Statuses are bounded by HTTP's three digits; what an origin makes up beyond is one label. */
function statusLabel(status: number): string {
  if (status === 0) return 'none'
  return status >= 100 && status <= 599 ? String(status) : 'other'
}
