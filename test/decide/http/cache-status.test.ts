import t from 'tap'
import { cacheStatus, hitStatus } from '../../../src/decide/http/cache-status.ts'
import { OUTCOMES, type Outcome } from '../../../src/model/outcome.ts'
import { outcome } from '../nouns.ts'

const MISS: Partial<Outcome> = { name: 'miss', forwarded: 'uri-miss' }

type Case = readonly [parts: Partial<Outcome>, ttl: number | null, text: string]

t.test('Cache-Status says what happened', (t) => {
  const cases: readonly Case[] = [
    [{ name: 'hit-memory' }, 30, 'haulout; hit; ttl=30; detail=hit-memory'],
    [{ name: 'hit-disk' }, 29.999, 'haulout; hit; ttl=29; detail=hit-disk'],
    [{ name: 'stale' }, -1.5, 'haulout; hit; ttl=-2; detail=stale'],
    [{ name: 'negative-hit' }, 0, 'haulout; hit; ttl=0; detail=negative-hit'],
    [{ name: 'hit-memory' }, null, 'haulout; hit; detail=hit-memory'],
    [{ ...MISS, originStatus: 200, stored: true, collapsed: true }, null,
      'haulout; fwd=uri-miss; fwd-status=200; stored; collapsed; detail=miss'],
    [{ ...MISS, originStatus: 200, stored: true }, 60,
      'haulout; fwd=uri-miss; fwd-status=200; stored; ttl=60; detail=miss'],
    [{ name: 'joined', forwarded: 'uri-miss', collapsed: true }, null,
      'haulout; fwd=uri-miss; collapsed; detail=joined'],
    [{ name: 'revalidated', forwarded: 'stale', originStatus: 304 }, 60,
      'haulout; fwd=stale; fwd-status=304; ttl=60; detail=revalidated'],
    [{ name: 'stale', forwarded: 'stale' }, -5, 'haulout; fwd=stale; ttl=-5; detail=stale'],
    [{ ...MISS, name: 'error', errorCode: 'origin-reset', errorDetail: '10.0.0.1' }, null,
      'haulout; fwd=uri-miss; detail=error'],
    [{ name: 'denied', reason: 'no-route' }, null, 'haulout; detail=denied'],
    [{ name: 'synth' }, null, 'haulout; detail=synth'],
    [{ name: 'miss' }, null, 'haulout; detail=miss'],
  ]
  for (const [parts, ttl, text] of cases) t.equal(cacheStatus(outcome(parts), ttl), text, text)
  t.end()
})

t.test('the short way for hits says the same', (t) => {
  for (const ttl of [30, 0, -0.5, null]) {
    const long = cacheStatus(outcome({ name: 'hit-memory' }), ttl)
    t.equal(hitStatus('hit-memory', ttl), long, `${ttl}`)
  }
  t.end()
})

t.test('every outcome is a token, and no ttl is too long for an integer', (t) => {
  for (const name of OUTCOMES) t.match(name, /^[a-z][a-z0-9-]*$/)
  t.equal(hitStatus('stale', -1e300), 'haulout; hit; ttl=-999999999999999; detail=stale')
  t.equal(hitStatus('hit-disk', 1e300), 'haulout; hit; ttl=999999999999999; detail=hit-disk')
  t.end()
})
