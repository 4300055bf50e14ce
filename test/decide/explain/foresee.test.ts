import t from 'tap'
import { answerOf, lookupOf } from '../../../src/decide/explain/foresee.ts'
import type { Decision } from '../../../src/decide/line.ts'
import type { Entry } from '../../../src/model/entry.ts'
import type { Exchange } from '../../../src/model/exchange.ts'
import type { Found, Sight, UnderWay } from '../../../src/model/look.ts'
import type { Landing } from '../../../src/model/landing.ts'
import type { AnswerTrace } from '../../../src/model/trace.ts'
import { HauloutError } from '../../../src/errors.ts'
import { CHUNK_BYTES } from '../../../src/limits.ts'
import { entry, exchange, NOW, policy, requestHead } from '../nouns.ts'

const LOOK_UP: Decision = { kind: 'look-up' }
const SMALL = Buffer.from('ten bytes!')

function asking(parts: Partial<Exchange> = {}): Exchange {
  return exchange({ policy: policy(), ...parts })
}

function found(parts: Partial<Entry> = {}, more: Partial<Found> = {}): Found {
  const one = entry({ body: SMALL, ...parts })
  const chunks = new Uint8Array([1])
  return { entry: one, tier: 'memory', ban: 'alive', isCold: false, chunks, ...more }
}

function flight(parts: Partial<UnderWay> = {}): UnderWay {
  return { boards: true, clients: 3, arrivedBytes: 0, lengthBytes: null, landing: null, ...parts }
}

function landing(parts: Partial<Entry> = {}): Landing {
  return {
    kind: 'head', entry: entry(parts), status: 200, waitMs: 1, stored: false,
    reason: 'too-large', code: null, names: [], own: null,
  }
}

/** Its policy: fresh for a minute, in grace for ten seconds, kept for a hundred. */
const CASES: ReadonlyArray<readonly [
  what: string, sight: Sight, expected: Partial<AnswerTrace>, asked?: Partial<Exchange>,
]> = [
  ['nothing there', { found: null, flight: null }, { outcome: 'miss', hangs_on: 'origin' }],
  ['a flight without head', { found: null, flight: flight() },
    { outcome: 'joined', hangs_on: 'origin', status: null }],
  ['a flight with its head', { found: null, flight: flight({ landing: landing() }) },
    { outcome: 'joined', hangs_on: null, status: 200, reason: 'too-large' }],
  ['a flight that failed', {
    found: null,
    flight: flight({ landing: { kind: 'failed', error: new HauloutError('origin-cut', 'x') } }),
  }, { outcome: 'joined', status: null }],
  ['a flight for a rest only', { found: null, flight: flight({ boards: false }) },
    { outcome: 'miss' }],
  ['fresh in memory', { found: found(), flight: null }, { outcome: 'hit-memory', status: 200 }],
  ['fresh on disk', { found: found({}, { tier: 'disk' }), flight: null }, { outcome: 'hit-disk' }],
  ['a head in memory, a body on disk',
    { found: found({ body: null }, { isCold: true, chunks: new Uint8Array([2]) }), flight: null },
    { outcome: 'hit-disk' }],
  ['a fresh absence', { found: found({ status: 404 }), flight: null },
    { outcome: 'negative-hit', status: 404 }],
  ['an old absence', { found: found({ status: 404, storedAt: NOW - 6000 }), flight: null },
    { outcome: 'miss' }],
  ['in grace', { found: found({ storedAt: NOW - 65_000 }), flight: null },
    { outcome: 'stale', status: 200, refresh: true }],
  ['in grace, being refreshed',
    { found: found({ storedAt: NOW - 65_000 }), flight: flight() },
    { outcome: 'stale', refresh: false }],
  ['in grace, the refresh has failed',
    { found: found({ storedAt: NOW - 65_000, retryAt: NOW + 1 }), flight: null },
    { outcome: 'stale', refresh: false }],
  ['kept', { found: found({ storedAt: NOW - 80_000 }), flight: null },
    { outcome: 'revalidated', otherwise: 'miss', hangs_on: 'origin', status: 200 }],
  ['kept, being asked about', { found: found({ storedAt: NOW - 80_000 }), flight: flight() },
    { outcome: 'revalidated', otherwise: 'joined' }],
  ['kept, a new one arriving',
    { found: found({ storedAt: NOW - 80_000 }), flight: flight({ landing: landing() }) },
    { outcome: 'joined', status: 200 }],
  ['kept no longer', { found: found({ storedAt: NOW - 1e9 }), flight: null }, { outcome: 'miss' }],
  ['known to the client', { found: found(), flight: null }, { status: 304 },
    { head: requestHead({ ifNoneMatch: '"abc"' }) }],
  ['another than the client wants', { found: found(), flight: null },
    { status: 412, reason: 'precondition-failed' }, { head: requestHead({ ifMatch: '"x"' }) }],
  ['a part', { found: found(), flight: null }, { status: 206 },
    { head: requestHead({ range: 'bytes=0-1' }) }],
  ['no such part', { found: found(), flight: null },
    { status: 416, reason: 'range-not-satisfiable' },
    { head: requestHead({ range: 'bytes=99-' }) }],
]

t.test('what is there and who is on the way decide what it is called', (t) => {
  for (const [what, sight, expected, asked] of CASES) {
    t.match(answerOf(asking(asked), LOOK_UP, sight), expected, what)
  }
  t.end()
})

t.test('a chunk that no tier has is fetched again, if it is wanted', (t) => {
  const lengthBytes = 3 * CHUNK_BYTES - 5
  const lost = found({ body: null, lengthBytes }, { chunks: new Uint8Array([3, 0, 1]) })
  for (const [head, method, chunk] of [
    [{}, 'GET', 1], [{}, 'HEAD', null],
    [{ range: 'bytes=0-9' }, 'GET', null],
    [{ range: `bytes=0-${CHUNK_BYTES}` }, 'GET', 1],
    [{ range: `bytes=${2 * CHUNK_BYTES}-` }, 'GET', null],
    [{ ifNoneMatch: '"abc"' }, 'GET', null],
  ] as const) {
    const x = asking({ method, head: requestHead(head) })
    const { outcome, refetch_from: from } = answerOf(x, LOOK_UP, { found: lost, flight: null })
    t.same([outcome, from], [chunk === null ? 'hit-memory' : 'partial', chunk])
  }
  const { stored } = lookupOf(asking(), { found: lost, flight: null })
  t.same(stored?.chunks, { all: 3, in_memory: 2, on_disk: 1, lost: 1 })
  t.end()
})

t.test('what never comes to a look-up is known at once, or hangs on a password', (t) => {
  const refusal = { status: 403, reason: 'access-denied', close: false } as const
  const page = { status: 200, type: 'text/plain', body: SMALL } as never
  for (const [decision, expected] of [
    [{ kind: 'health' }, { status: 200, outcome: 'synth' }],
    [{ kind: 'check', files: ['staff'] }, { outcome: null, hangs_on: 'password' }],
    [{ kind: 'pass' }, { outcome: 'pass', hangs_on: 'origin' }],
    [{ kind: 'synth', status: 410, page }, { status: 410, outcome: 'synth' }],
    [{ kind: 'redirect', status: 302, location: '/a' }, { status: 302, location: '/a' }],
    [{ kind: 'refuse', refusal, outcome: 'denied' },
      { status: 403, outcome: 'denied', reason: 'access-denied' }],
    [{ kind: 'preflight', fields: [], reason: null }, { status: 204, outcome: 'synth' }],
    [{ kind: 'preflight', fields: [], reason: 'access-denied' },
      { status: 204, outcome: 'denied' }],
    [LOOK_UP, { outcome: null, hangs_on: 'cache' }],
  ] as ReadonlyArray<readonly [Decision, Partial<AnswerTrace>]>) {
    t.match(answerOf(asking(), decision, null), expected)
  }
  t.same(lookupOf(asking(), null), { verdict: null, stored: null, flight: null })
  t.end()
})

function seconds(parts: Partial<Entry>, ttlMs = 60_000): number[] {
  const x = asking({ policy: policy({ ttlMs }) })
  const { stored } = lookupOf(x, { found: found(parts), flight: flight() })
  const { fresh_until, grace_until, keep_until } = stored!
  return [fresh_until, grace_until, keep_until].map((at) => (Date.parse(at) - NOW) / 1000)
}

t.test('the instants are those that the judge goes by', (t) => {
  t.same(seconds({}), [60, 70, 170])
  t.same(seconds({ status: 404 }), [5, 5, 5])
  t.same(seconds({}, 0), [0, 0, 110])
  t.end()
})
