import t from 'tap'
import { judge } from '../../../src/decide/http/judge.ts'
import type { VerdictKind } from '../../../src/model/verdict.ts'
import { entry, NOW, policy } from '../nouns.ts'

/** The policy of the cases has ttl 60 s, grace 10 s, keep 100 s, not_found 5 s, forbidden 2 s. */
const POLICY = policy()

t.test('a 200 goes from fresh through grace and keep to nothing', (t) => {
  const ages: ReadonlyArray<readonly [ageMs: number, verdict: VerdictKind]> = [
    [0, 'hit'], [59_999, 'hit'], [60_000, 'stale'], [69_999, 'stale'], [70_000, 'revalidate'],
    [169_999, 'revalidate'], [170_000, 'miss'], [1e12, 'miss'],
  ]
  for (const [ageMs, verdict] of ages) {
    t.equal(judge(entry(), POLICY, NOW + ageMs), verdict, `${ageMs} ms`)
  }
  t.equal(judge(null, POLICY, NOW), 'miss')
  t.end()
})

t.test('a negative answer has a ttl of its own, and is never stale', (t) => {
  const cases: ReadonlyArray<readonly [status: number, ageMs: number, verdict: VerdictKind]> = [
    [404, 4999, 'hit'], [404, 5000, 'miss'], [410, 4999, 'hit'], [410, 5000, 'miss'],
    [403, 1999, 'hit'], [403, 2000, 'miss'], [500, 0, 'miss'], [206, 0, 'miss'],
  ]
  for (const [status, ageMs, verdict] of cases) {
    t.equal(judge(entry({ status }), POLICY, NOW + ageMs), verdict, `${status} after ${ageMs} ms`)
  }
  t.equal(judge(entry({ status: 404 }), policy({ notFoundMs: 0 }), NOW), 'miss')
  t.end()
})

t.test('a changed rule applies to what is already stored', (t) => {
  const stored = entry()
  t.equal(judge(stored, policy({ ttlMs: 1000 }), NOW + 5000), 'stale')
  t.equal(judge(stored, policy({ ttlMs: 1000, graceMs: 0 }), NOW + 5000), 'revalidate')
  t.equal(judge(stored, policy({ ttlMs: 1000, graceMs: 0, keepMs: 0 }), NOW + 5000), 'miss')
  t.equal(judge(stored, policy({ ttlMs: 1e12 }), NOW + 1e11), 'hit')
  t.end()
})

t.test('with a ttl of zero every request is asked about, grace or not', (t) => {
  t.equal(judge(entry(), policy({ ttlMs: 0 }), NOW), 'revalidate')
  t.equal(judge(entry(), policy({ ttlMs: 0, graceMs: 0, keepMs: 0 }), NOW), 'miss')
  t.end()
})

t.test('an entry from the future is trusted no longer than one from the past', (t) => {
  const distances: ReadonlyArray<readonly [aheadMs: number, verdict: VerdictKind]> = [
    [1, 'hit'], [59_999, 'hit'], [60_000, 'stale'], [70_000, 'revalidate'], [1e12, 'miss'],
  ]
  for (const [aheadMs, verdict] of distances) {
    t.equal(judge(entry(), POLICY, NOW - aheadMs), verdict, `${aheadMs} ms ahead`)
  }
  t.end()
})

t.test('what a soft ban has spent is asked about, and an absence is nothing', (t) => {
  t.equal(judge(entry({ spent: true }), policy(), NOW), 'revalidate')
  t.equal(judge(entry({ spent: true }), policy(), NOW + 65_000), 'revalidate')
  t.equal(judge(entry({ spent: true, status: 404 }), policy(), NOW), 'miss')
  t.end()
})
