import t from 'tap'
import { factsFor, isStrict, standsIn, verdictOn } from '../../../src/decide/http/judge-web.ts'
import type { Entry } from '../../../src/model/entry.ts'
import type { Exchange } from '../../../src/model/exchange.ts'
import type { Facts } from '../../../src/model/facts.ts'
import type { Policy } from '../../../src/model/policy.ts'
import { entry, exchange, facts, NOW, policy, requestHead, respect } from '../nouns.ts'

const ONWARD = {
  target: '/', whole: '/', scheme: 'http', authority: 'h', uri: 'http://h/',
} as const
const RESPECTING: Policy = { ...policy(), respect: respect() }

function stored(of: Partial<Facts> = {}, parts: Partial<Entry> = {}): Entry {
  const web = {
    origin: 'site', phrase: 'OK', facts: facts({ lifetimeMs: 60_000, ...of }), variants: null,
  }
  return entry({ object: null, web, ...parts })
}

function asked(fields: readonly string[] = [], parts: Partial<Exchange> = {}): Exchange {
  return exchange({ fields, onward: ONWARD, arrivedAt: NOW + 30_000, ...parts })
}

t.test('without respect the policy judges, with it the facts do', (t) => {
  t.equal(verdictOn(asked(), stored({ lifetimeMs: 0 }), policy()), 'hit')
  t.equal(verdictOn(asked(), stored({ lifetimeMs: 0 }), RESPECTING), 'revalidate')
  t.equal(verdictOn(asked(), stored(), RESPECTING), 'hit')
  t.equal(verdictOn(asked(), null, RESPECTING), 'miss')
  t.equal(verdictOn(asked(), entry(), RESPECTING), 'miss', 'an object is no response')
  t.end()
})

t.test('the directives of a request are read from all of its lines', (t) => {
  for (const [fields, verdict] of [
    [['Cache-Control', 'x', 'cache-control', 'no-cache'], 'revalidate'],
    [['Pragma', 'no-cache'], 'revalidate'],
    [['Pragma', 'no-cache', 'Cache-Control', 'x'], 'hit'],
  ] as const) t.equal(verdictOn(asked(fields), stored(), RESPECTING), verdict, fields.join())
  t.equal(verdictOn(asked(['Cache-Control', 'only-if-cached']), null, RESPECTING), 'refuse')
  t.end()
})

t.test('conditions for the origin alone make a miss of everything', (t) => {
  const head = requestHead({ ifMatch: '"x"' })
  t.equal(verdictOn(asked([], { head }), stored(), RESPECTING), 'miss')
  t.equal(verdictOn(asked([], { head }), stored(), policy()), 'miss')
  t.equal(verdictOn(exchange({ head, arrivedAt: NOW }), entry(), policy()), 'hit', 'not of objects')
  t.end()
})

t.test('what a soft ban has made stale is asked about', (t) => {
  const spent = stored({}, { spent: true })
  t.equal(verdictOn(asked(), spent, RESPECTING), 'revalidate')
  t.equal(verdictOn(asked(['Cache-Control', 'only-if-cached']), spent, RESPECTING), 'refuse')
  const deaf = { ...RESPECTING, respect: respect({ directives: false }) }
  t.equal(verdictOn(asked(['Cache-Control', 'only-if-cached']), spent, deaf), 'revalidate')
  t.equal(verdictOn(asked([], { arrivedAt: NOW + 1e12 }), spent, RESPECTING), 'miss')
  t.end()
})

/** Rules with one step about answers, which says this of all. */
function step(set: object): Policy {
  return {
    ...RESPECTING,
    store: [{ when: null, ofStatus: false, set, unset: { names: new Set(), prefixes: [] } }],
  }
}

t.test('a step of the rules has the last word: on the ttl, and on keeping it at all', (t) => {
  t.equal(verdictOn(asked(), stored(), step({ ttlMs: 1 })), 'revalidate')
  t.equal(verdictOn(asked(), stored(), step({ cacheable: false })), 'miss')
  const one = stored()
  t.equal(factsFor(one, one.web!, step({ ttlMs: 5 })).lifetimeMs, 5)
  const other = stored()
  t.equal(factsFor(other, other.web!, step({ graceMs: 5 })), other.web!.facts)
  t.end()
})

t.test('what stands in for an origin in trouble: objects always, responses by the RFC', (t) => {
  const late = asked([], { arrivedAt: NOW + 90_000 })
  t.ok(standsIn(late, entry(), policy()))
  t.ok(standsIn(late, stored({ neverStale: true }), policy()))
  t.notOk(standsIn(late, stored({ neverStale: true }), RESPECTING))
  t.ok(standsIn(late, stored({ ifErrorMs: 60_000 }), RESPECTING))
  t.end()
})

t.test('who wants an answer of its own is told by its directives, where those count', (t) => {
  for (const [control, strict] of [
    ['no-cache', true], ['no-store', true], ['max-age=0', true], ['max-age=5', false],
    ['only-if-cached', false],
  ] as const) {
    t.equal(isStrict(asked(['Cache-Control', control]), respect()), strict, control)
    t.notOk(isStrict(asked(['Cache-Control', control]), respect({ directives: false })))
    t.notOk(isStrict(asked(['Cache-Control', control]), null))
  }
  t.end()
})
