import t, { type Test } from 'tap'
import { judgeHttp, keptMs, mayStandIn } from '../../../src/decide/http/judge-http.ts'
import { NOTHING_ASKED } from '../../../src/decide/http/request-directives.ts'
import type { Asked, Facts, HttpVerdict, Respect } from '../../../src/model/facts.ts'
import { facts, NOW, respect } from '../nouns.ts'

type Case = {
  readonly facts?: Partial<Facts>
  readonly respect?: Partial<Respect>
  readonly asked?: Partial<Asked>
}

/** Stored at NOW, fresh for a minute, kept for an hour after; looked at so many seconds later. */
function at(seconds: number, one: Case): Parameters<typeof judgeHttp> {
  return [
    { facts: facts({ lifetimeMs: 60_000, ...one.facts }), storedAt: NOW },
    {
      respect: respect(one.respect), asked: { ...NOTHING_ASKED, ...one.asked },
      now: NOW + seconds * 1000,
    },
  ]
}

function judgeAll(
  cases: ReadonlyArray<readonly [seconds: number, one: Case, verdict: HttpVerdict]>,
): (t: Test) => void {
  return (t) => {
    for (const [seconds, one, verdict] of cases) {
      t.equal(judgeHttp(...at(seconds, one)), verdict, `${seconds} s ${JSON.stringify(one)}`)
    }
    t.end()
  }
}

t.test('fresh is a hit, stale is asked about, what is too old is nothing', judgeAll([
  [0, {}, 'hit'],
  [59, {}, 'hit'],
  [60, {}, 'revalidate'],
  [59, { facts: { initialAgeMs: 1000 } }, 'revalidate'],
  [3659, {}, 'revalidate'],
  [3660, {}, 'miss'],
  [60, { respect: { keepMs: 0 } }, 'miss'],
  [-59, {}, 'hit'],
  [-60, {}, 'revalidate'],
  [0, { facts: { lifetimeMs: 0 } }, 'revalidate'],
]))

t.test('no-cache of the origin asks every time', judgeAll([
  [0, { facts: { validateAlways: true } }, 'revalidate'],
  [70, { facts: { validateAlways: true, whileRevalidateMs: 60_000 } }, 'revalidate'],
  [70, { facts: { validateAlways: true }, asked: { maxStaleMs: Infinity } }, 'revalidate'],
]))

t.test('stale-while-revalidate has its window, and the operator one where it is unsaid', judgeAll([
  [60, { facts: { whileRevalidateMs: 10_000 } }, 'stale'],
  [69, { facts: { whileRevalidateMs: 10_000 } }, 'stale'],
  [70, { facts: { whileRevalidateMs: 10_000 } }, 'revalidate'],
  [69, { respect: { graceMs: 10_000 } }, 'stale'],
  [70, { respect: { graceMs: 10_000 } }, 'revalidate'],
  [69, { facts: { whileRevalidateMs: 0 }, respect: { graceMs: 10_000 } }, 'revalidate'],
  [69, { facts: { whileRevalidateMs: 10_000, neverStale: true } }, 'revalidate'],
  [69, { facts: { neverStale: true }, respect: { graceMs: 10_000 } }, 'revalidate'],
  [59, { facts: { neverStale: true } }, 'hit'],
]))

t.test('a request may want it newer', judgeAll([
  [0, { asked: { noCache: true } }, 'revalidate'],
  [5, { asked: { maxAgeMs: 5000 } }, 'hit'],
  [6, { asked: { maxAgeMs: 5000 } }, 'revalidate'],
  [0, { asked: { maxAgeMs: 0 } }, 'hit'],
  [1, { asked: { maxAgeMs: 0 } }, 'revalidate'],
  [50, { asked: { minFreshMs: 10_000 } }, 'hit'],
  [51, { asked: { minFreshMs: 10_000 } }, 'revalidate'],
  [65, { asked: { maxAgeMs: 100_000 }, respect: { graceMs: 10_000 } }, 'revalidate'],
  [65, { asked: { minFreshMs: 1000 }, respect: { graceMs: 10_000 } }, 'revalidate'],
]))

t.test('a request may be content with something stale, where the origin lets it', judgeAll([
  [70, { asked: { maxStaleMs: 10_000 } }, 'stale'],
  [71, { asked: { maxStaleMs: 10_000 } }, 'revalidate'],
  [3000, { asked: { maxStaleMs: Infinity } }, 'stale'],
  [70, { asked: { maxStaleMs: 10_000, maxAgeMs: 80_000 } }, 'stale'],
  [70, { asked: { maxStaleMs: 10_000, maxAgeMs: 60_000 } }, 'revalidate'],
  [70, { asked: { maxStaleMs: Infinity }, facts: { neverStale: true } }, 'revalidate'],
  [30, { asked: { maxStaleMs: Infinity } }, 'hit'],
]))

t.test('only-if-cached never goes to the origin', judgeAll([
  [0, { asked: { onlyIfCached: true } }, 'hit'],
  [60, { asked: { onlyIfCached: true } }, 'refuse'],
  [9999, { asked: { onlyIfCached: true } }, 'refuse'],
  [70, { asked: { onlyIfCached: true, maxStaleMs: Infinity } }, 'stale'],
  [0, { asked: { onlyIfCached: true, noCache: true } }, 'refuse'],
]))

t.test('an operator can be deaf to requests', judgeAll([
  [0, { asked: { noCache: true }, respect: { directives: false } }, 'hit'],
  [70, { asked: { maxStaleMs: Infinity }, respect: { directives: false } }, 'revalidate'],
  [60, { asked: { onlyIfCached: true }, respect: { directives: false } }, 'revalidate'],
]))

t.test('nothing stored is a miss, or refused', (t) => {
  const now = { respect: respect(), asked: NOTHING_ASKED, now: NOW }
  t.equal(judgeHttp(null, now), 'miss')
  const cached = { ...now, asked: { ...NOTHING_ASKED, onlyIfCached: true } }
  t.equal(judgeHttp(null, cached), 'refuse')
  t.end()
})

t.test('what is stored may stand in for an origin that fails, unless somebody forbids it', (t) => {
  const cases: ReadonlyArray<readonly [number, Case, boolean]> = [
    [30, {}, true],
    [60, {}, true],
    [3659, {}, true],
    [3660, {}, false],
    [60, { facts: { neverStale: true } }, false],
    [59, { facts: { neverStale: true } }, true],
    [0, { facts: { validateAlways: true } }, false],
    [0, { asked: { noCache: true } }, false],
    [69, { facts: { ifErrorMs: 10_000 } }, true],
    [70, { facts: { ifErrorMs: 10_000 } }, false],
    [70, { facts: { ifErrorMs: 10_000 }, asked: { ifErrorMs: 20_000 } }, true],
    [80, { facts: { ifErrorMs: 10_000 }, asked: { ifErrorMs: 20_000 } }, false],
    [80, { facts: { ifErrorMs: 0 }, asked: { maxStaleMs: 20_000 } }, true],
    [81, { facts: { ifErrorMs: 0 }, asked: { maxStaleMs: 20_000 } }, false],
    [70, { asked: { maxAgeMs: 100_000 } }, false],
    [70, { asked: { maxAgeMs: 100_000, ifErrorMs: 20_000 } }, true],
    [70, { asked: { noCache: true }, respect: { directives: false } }, true],
    [70, { facts: { neverStale: true }, asked: { ifErrorMs: 20_000 } }, false],
  ]
  for (const [seconds, one, verdict] of cases) {
    t.equal(mayStandIn(...at(seconds, one) as [never, never]), verdict, JSON.stringify(one))
  }
  t.end()
})

t.test('a response is kept for the longest of its windows', (t) => {
  const ours = respect({ keepMs: 1, graceMs: 2 })
  t.equal(keptMs(facts(), ours), 2)
  t.equal(keptMs(facts({ whileRevalidateMs: 3 }), ours), 3)
  t.equal(keptMs(facts({ ifErrorMs: 4 }), ours), 4)
  t.equal(keptMs(facts(), respect({ keepMs: 5 })), 5)
  t.end()
})
