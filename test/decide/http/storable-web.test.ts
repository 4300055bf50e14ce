import t from 'tap'
import { factsOf } from '../../../src/decide/http/facts.ts'
import { mayStore, selectorNames } from '../../../src/decide/http/storable-web.ts'
import type { Received } from '../../../src/model/facts.ts'
import { policy, received, respect } from '../nouns.ts'

/** Where the operator's ttl alone decides. */
const CASES: ReadonlyArray<readonly [
  name: string, parts: Partial<Received>, may: true | string,
]> = [
  ['a 200 that says no-store', { fields: ['Cache-Control', 'no-store'] }, true],
  ['a 404', { status: 404 }, true],
  ['a 403', { status: 403 }, true],
  ['a redirect', { status: 301 }, 'no-ttl'],
  ['an error', { status: 500 }, 'no-ttl'],
  ['a POST', { method: 'POST' }, 'not-storable'],
  ['what ends with its connection', { delimited: false }, 'not-whole'],
  ['a part that calls itself 200', { fields: ['Content-Range', 'bytes 0-1/2'] }, 'not-whole'],
  ['an answer to credentials', { asked: ['Authorization', 'x'] }, 'authorized'],
  ['an answer that differs by all', { fields: ['Vary', 'a, *'] }, 'vary-any'],
  ['an answer with a cookie', { fields: ['Set-Cookie', 'a=1'] }, 'set-cookie'],
]

for (const [name, parts, may] of CASES) {
  t.test(`without respect, ${name}: ${may}`, (t) => {
    const one = received(parts.fields ?? [], parts)
    t.equal(mayStore(one, factsOf(one), policy()), may)
    t.end()
  })
}

t.test('a cookie does not count where the rules strip or store it', (t) => {
  const one = received(['Set-Cookie', 'a=1'])
  for (const setCookie of ['strip', 'store'] as const) {
    t.equal(mayStore(one, factsOf(one), policy({ setCookie })), true)
  }
  t.end()
})

t.test('with respect, the RFC decides', (t) => {
  const one = received(['Cache-Control', 'no-store'])
  t.equal(mayStore(one, factsOf(one), { ...policy(), respect: respect() }), 'no-store')
  t.end()
})

t.test('what selects a response is what its Vary names, and what the rules do', (t) => {
  t.same(selectorNames([], []), [])
  t.same(selectorNames(['Vary', 'B, a', 'vary', 'A'], []), ['a', 'b'])
  t.same(selectorNames(['Vary', 'c'], ['a', 'c']), ['a', 'c'])
  t.equal(selectorNames(['Vary', '*'], ['a']), null)
  t.end()
})
