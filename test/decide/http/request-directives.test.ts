import t from 'tap'
import { askedOf, NOTHING_ASKED } from '../../../src/decide/http/request-directives.ts'
import type { Asked } from '../../../src/model/facts.ts'

t.test('a request asks what its directives say', (t) => {
  const cases: ReadonlyArray<readonly [string | null, string | null, Partial<Asked>]> = [
    [null, null, {}],
    ['', null, {}],
    ['no-cache', null, { noCache: true }],
    ['no-store', null, { noStore: true }],
    ['only-if-cached', null, { onlyIfCached: true }],
    ['max-age=0', null, { maxAgeMs: 0 }],
    ['max-age=60', null, { maxAgeMs: 60_000 }],
    ['min-fresh=60', null, { minFreshMs: 60_000 }],
    ['max-stale', null, { maxStaleMs: Infinity }],
    ['max-stale=60', null, { maxStaleMs: 60_000 }],
    ['stale-if-error=60', null, { ifErrorMs: 60_000 }],
    ['no-transform, x=y', null, {}],
    ['max-age=60, max-age=5', null, { maxAgeMs: 5000 }],
    ['min-fresh=60, min-fresh=5', null, { minFreshMs: 60_000 }],
    ['max-stale, max-stale=5', null, { maxStaleMs: 5000 }],
    ['stale-if-error=60, stale-if-error=5', null, { ifErrorMs: 5000 }],
    ['max-age=x', null, { maxAgeMs: 0 }],
    ['max-age', null, { maxAgeMs: 0 }],
    ['min-fresh=x', null, { minFreshMs: Infinity }],
    ['max-stale=x', null, {}],
    ['max-stale =5', null, {}],
    ['stale-if-error=x', null, {}],
    ['no-cache=x', null, { noCache: true }],
    [null, 'no-cache', { noCache: true }],
    [null, 'No-Cache, x', { noCache: true }],
    [null, 'no-store', {}],
    ['max-age=60', 'no-cache', { maxAgeMs: 60_000 }],
  ]
  for (const [cacheControl, pragma, asked] of cases) {
    const name = `${cacheControl} / ${pragma}`
    t.same(askedOf(cacheControl, pragma), { ...NOTHING_ASKED, ...asked }, name)
  }
  t.equal(askedOf(null, null), NOTHING_ASKED, 'nothing is made for a request without any')
  t.end()
})
