import t, { type Test } from 'tap'
import { factsOf } from '../../../src/decide/http/facts.ts'
import {
  storableHttp, storablePart, storedFields,
} from '../../../src/decide/http/storable-http.ts'
import type { Received, Respect } from '../../../src/model/facts.ts'
import { facts, received, respect } from '../nouns.ts'

type Verdict = ReturnType<typeof storableHttp>
type Case = readonly [
  fields: readonly string[], verdict: Verdict, parts?: Partial<Received>, ours?: Partial<Respect>,
]

const FRESH = ['Cache-Control', 'max-age=60']
const LATER = 'Sat, 31 Jan 2026 12:01:00 GMT'

function judgeAll(cases: readonly Case[]): (t: Test) => void {
  return (t) => {
    for (const [fields, verdict, parts = {}, ours = {}] of cases) {
      const one = received(fields, parts)
      const name = `${JSON.stringify(parts)} ${JSON.stringify(fields)} ${JSON.stringify(ours)}`
      t.equal(storableHttp(one, factsOf(one), respect(ours)), verdict, name)
    }
    t.end()
  }
}

t.test('a method has to give leave', judgeAll([
  [FRESH, true],
  [FRESH, 'not-storable', { method: 'HEAD' }],
  [FRESH, 'not-storable', { method: 'PUT' }],
  [FRESH, 'not-storable', { method: 'get' }],
  [FRESH, 'not-storable', { method: 'QUERY' }],
  [FRESH, 'not-storable', { method: 'POST' }],
]))

t.test('a POST is stored for its own target, with explicit freshness', judgeAll([
  [[...FRESH, 'Content-Location', '/a?b'], true, { method: 'POST' }],
  [[...FRESH, 'Content-Location', 'http://planet.example.org:80/a?b'], true, { method: 'POST' }],
  [['Expires', LATER, 'Content-Location', '/a?b'], true, { method: 'POST' }],
  [['Cache-Control', 's-maxage=60', 'Content-Location', '/a?b'], true, { method: 'POST' }],
  [[...FRESH, 'Content-Location', '/a'], 'not-storable', { method: 'POST' }],
  [[...FRESH, 'Content-Location', '//evil.example.org/a?b'], 'not-storable', { method: 'POST' }],
  [[...FRESH, 'Content-Location', 'http://'], 'not-storable', { method: 'POST' }],
  [[...FRESH, 'Content-Location', '/a?b', 'Content-Location', '/'], 'not-storable',
    { method: 'POST' }],
  [['ETag', '"a"', 'Content-Location', '/a?b'], 'not-storable', { method: 'POST' }],
  [[...FRESH, 'Content-Location', '/a?b'], 'not-storable', { method: 'POST', status: 201 }],
  [['CDN-Cache-Control', 'public', 'Expires', LATER, 'Content-Location', '/a?b'], 'not-storable',
    { method: 'POST' }],
]))

t.test('a status has to be final, and understood where the origin insists', judgeAll([
  [FRESH, 'not-storable', { status: 101 }],
  [FRESH, 'not-storable', { status: 199 }],
  [FRESH, 'not-storable', { status: 304 }],
  [FRESH, 'not-storable', { status: 600 }],
  [FRESH, 'not-whole', { status: 206 }],
  [FRESH, true, { status: 302 }],
  [FRESH, true, { status: 499 }],
  [FRESH, true, { status: 599 }],
  [['Cache-Control', 'max-age=60, must-understand'], 'not-storable', { status: 499 }],
  [['Cache-Control', 'max-age=60, must-understand'], true, { status: 404 }],
  [['Cache-Control', 'max-age=60, must-understand, no-store'], true],
  [['Cache-Control', 'max-age=60, must-understand, no-store'], 'not-storable', { status: 499 }],
  [['Cache-Control', 'max-age=60, must-understand=x, no-store'], 'no-store'],
]))

t.test('no-store keeps it out, on either side', judgeAll([
  [['Cache-Control', 'no-store, max-age=60'], 'no-store'],
  [['Cache-Control', 'max-age=60', 'Cache-Control', 'no-store'], 'no-store'],
  [FRESH, 'no-store', { asked: ['cache-control', 'no-store'] }],
  [FRESH, 'no-store', { asked: ['Cache-Control', 'max-age=0', 'Cache-Control', 'no-store'] }],
  [FRESH, true, { asked: ['Cache-Control', 'no-cache'] }],
]))

t.test('private keeps it out, unless it names fields', judgeAll([
  [['Cache-Control', 'private, max-age=60'], 'private'],
  [['Cache-Control', 'private, s-maxage=60'], 'private'],
  [['Cache-Control', 'private="X-User", max-age=60'], true],
  [['Cache-Control', 'private="X-User" x, max-age=60'], 'private'],
  [['CDN-Cache-Control', 'max-age=60', 'Cache-Control', 'private'], true],
  [['CDN-Cache-Control', 'private, max-age=60', 'Cache-Control', 'public'], 'private'],
]))

t.test('credentials keep it out, unless the origin shares it', judgeAll([
  [FRESH, 'authorized', { asked: ['Authorization', 'Basic x'] }],
  [['Expires', LATER], 'authorized', { asked: ['authorization', ''] }],
  [['Cache-Control', 'public, max-age=60'], true, { asked: ['Authorization', 'Basic x'] }],
  [['Cache-Control', 's-maxage=60'], true, { asked: ['Authorization', 'Basic x'] }],
  [['Cache-Control', 'must-revalidate, max-age=60'], true, { asked: ['Authorization', 'x'] }],
  [['Cache-Control', 'proxy-revalidate, max-age=60'], 'authorized',
    { asked: ['Authorization', ''] }],
  [['Cache-Control', 's-maxage=x, max-age=60'], 'authorized', { asked: ['Authorization', 'x'] }],
  [['Cache-Control', 'public=x, max-age=60'], 'authorized', { asked: ['Authorization', 'x'] }],
]))

t.test('something has to allow it', judgeAll([
  [[], 'no-freshness'],
  [['ETag', '"a"'], true],
  [['Last-Modified', 'Sat, 31 Jan 2026 11:00:00 GMT'], true],
  [['ETag', '"a"'], 'no-freshness', { status: 302 }],
  [['ETag', '"a"', 'Cache-Control', 'public'], true, { status: 302 }],
  [['ETag', '"a"', 'Cache-Control', 'no-cache'], true],
  [['Cache-Control', 'no-cache'], 'no-freshness'],
  [['Cache-Control', 'max-age=0'], 'no-freshness'],
  [['Cache-Control', 'max-age=0, stale-while-revalidate=60'], true],
  [['Cache-Control', 'max-age=0, stale-if-error=60'], true],
  [['Expires', '0'], 'no-freshness'],
  [['Expires', '0', 'ETag', '"a"'], true, { status: 302 }],
  [['Expires', LATER], true, { status: 302 }],
  [['Age', '60', ...FRESH], 'no-freshness'],
  [['CDN-Cache-Control', 'x', 'Expires', LATER], 'no-freshness', { status: 302 }],
  [[], true, {}, { ttlMs: 1000 }],
  [[], 'no-freshness', { status: 302 }, { ttlMs: 1000 }],
  [['Cache-Control', 'max-age=0'], 'no-freshness', {}, { ttlMs: 1000 }],
]))

t.test('what can never match, or may have been cut, stays out', judgeAll([
  [[...FRESH, 'Vary', '*'], 'vary-any'],
  [[...FRESH, 'Vary', 'Accept', 'Vary', 'a, *'], 'vary-any'],
  [[...FRESH, 'Vary', 'a b'], 'vary-any'],
  [[...FRESH, 'Vary', 'Accept'], true],
  [FRESH, 'not-whole', { delimited: false }],
]))

t.test('cookies are the operator\'s to decide about', judgeAll([
  [[...FRESH, 'Set-Cookie', 'a=b'], 'set-cookie'],
  [[...FRESH, 'Set-Cookie', 'a=b'], true, {}, { cookies: 'strip' }],
  [[...FRESH, 'Set-Cookie', 'a=b'], true, {}, { cookies: 'store' }],
  [['Cache-Control', 'max-age=60, no-cache="set-cookie"', 'Set-Cookie', 'a=b'], true],
]))

function judgePart(fields: readonly string[], parts: Partial<Received>): Verdict {
  const one = received(fields, parts)
  return storablePart(one, factsOf(one), respect())
}

t.test('a part is stored by the same clauses', (t) => {
  t.equal(judgePart(FRESH, { status: 206 }), true)
  t.equal(judgePart(['Cache-Control', 'no-store'], { status: 206 }), 'no-store')
  t.equal(judgePart(FRESH, { status: 200 }), 'not-storable')
  t.equal(judgePart(FRESH, { status: 206, method: 'POST' }), 'not-storable')
  t.end()
})

t.test('fields between two neighbours, and those for one client, are not stored', (t) => {
  const fields = [
    'Connection', 'X-Hop, Cache-Control', 'X-Hop', '1', 'Keep-Alive', 'timeout=5',
    'Transfer-Encoding', 'chunked', 'Proxy-Authenticate', 'Basic', 'Cache-Control', 'max-age=1',
    'X-User', 'alice', 'Set-Cookie', 'a=b', 'ETag', '"a"',
  ]
  const kept = ['Cache-Control', 'max-age=1', 'X-User', 'alice', 'Set-Cookie', 'a=b', 'ETag', '"a"']
  t.same(storedFields(fields, facts(), respect({ cookies: 'store' })), kept)
  t.same(storedFields(fields, facts({ withheld: ['x-user'] }), respect()),
    ['Cache-Control', 'max-age=1', 'ETag', '"a"'])
  t.end()
})
