import t, { type Test } from 'tap'
import { responseDirectives, type Said } from '../../../src/decide/http/response-directives.ts'

const SILENT: Said = {
  targeted: false, noStore: false, noCache: false, isPrivate: false, isPublic: false,
  mustUnderstand: false, neverStale: false, sharesAuthorized: false, sharedMaxAgeMs: -1,
  maxAgeMs: -1, whileRevalidateMs: -1, ifErrorMs: -1, withheld: [],
}

type Case = readonly [cacheControl: string, said: Partial<Said>]

function readAll(cases: readonly Case[]): (t: Test) => void {
  return (t) => {
    for (const [text, said] of cases) {
      t.same(responseDirectives(['Cache-Control', text]), { ...SILENT, ...said }, text)
    }
    t.end()
  }
}

t.test('each directive says its own', readAll([
  ['', {}],
  ['no-store', { noStore: true }],
  ['no-cache', { noCache: true }],
  ['private', { isPrivate: true }],
  ['public', { isPublic: true, sharesAuthorized: true }],
  ['must-understand', { mustUnderstand: true }],
  ['must-revalidate', { neverStale: true, sharesAuthorized: true }],
  ['proxy-revalidate', { neverStale: true }],
  ['max-age=60', { maxAgeMs: 60_000 }],
  ['s-maxage=60', { sharedMaxAgeMs: 60_000, neverStale: true, sharesAuthorized: true }],
  ['stale-while-revalidate=5', { whileRevalidateMs: 5000 }],
  ['stale-if-error=5', { ifErrorMs: 5000 }],
  ['immutable, no-transform, only-if-cached, max-stale, foo="bar"', {}],
  ['no-stroe, no_store, nostore, maxage=60, max_age=60', {}],
]))

t.test('names of fields make private and no-cache about those fields', readAll([
  ['private="X-User"', { withheld: ['x-user'] }],
  ['private=X-User', { withheld: ['x-user'] }],
  ['no-cache="Set-Cookie, X-User"', { withheld: ['set-cookie', 'x-user'] }],
  ['no-cache="a", private="b, c"', { withheld: ['a', 'b', 'c'] }],
  ['private="a", private', { isPrivate: true }],
  ['private=""', { isPrivate: true }],
  ['private=" , "', { isPrivate: true }],
  ['private="a b"', { isPrivate: true }],
  ['private="a', { isPrivate: true }],
  ['private=', { isPrivate: true }],
  ['no-cache="ü"', { noCache: true }],
]))

t.test('what forbids does so however it is written', readAll([
  ['no-store=0', { noStore: true }],
  ['no-store="', { noStore: true }],
  ['NO-STORE', { noStore: true }],
  ['x="y, no-store', { noStore: true }],
  ['must-revalidate=x', { neverStale: true }],
  ['no-store;', { noStore: true }],
]))

t.test('what allows does so only as it should be written', readAll([
  ['public=x', {}],
  ['public, public;', {}],
  ['x="y, public', {}],
  ['must-understand, no-store', { mustUnderstand: true }],
  ['must-understand=1, no-store', { mustUnderstand: true, noStore: true }],
  ['s-maxage=x', { sharedMaxAgeMs: 0, neverStale: true }],
]))

t.test('freshness that is nonsense or given twice is none', readAll([
  ['max-age=x', { maxAgeMs: 0 }],
  ['max-age', { maxAgeMs: 0 }],
  ['max-age=', { maxAgeMs: 0 }],
  ['max-age=-60', { maxAgeMs: 0 }],
  ['max-age=60.5', { maxAgeMs: 0 }],
  ['max-age= 60', { maxAgeMs: 0 }],
  ["max-age='60'", { maxAgeMs: 0 }],
  ['max-age="60"', { maxAgeMs: 60_000 }],
  ['max-age=60, max-age=60', { maxAgeMs: 60_000 }],
  ['max-age=60, max-age=61', { maxAgeMs: 0 }],
  ['max-age=60, max-age=x', { maxAgeMs: 0 }],
  ['x="y, max-age=60', { maxAgeMs: 0 }],
  ['max-age=99999999999', { maxAgeMs: 2_147_483_648_000 }],
  ['stale-if-error=60, stale-if-error=5', { ifErrorMs: 5000 }],
  ['stale-while-revalidate=x', { whileRevalidateMs: 0 }],
]))

/** What a targeted field says beside a Cache-Control that forbids storing. */
function both(targeted: string): Said {
  return responseDirectives(['Cache-Control', 'no-store', 'CDN-Cache-Control', targeted])
}

t.test('a targeted field takes the place of Cache-Control when it can be read', (t) => {
  t.same(both('max-age=60'), { ...SILENT, targeted: true, maxAgeMs: 60_000 })
  t.same(both('private'), { ...SILENT, targeted: true, isPrivate: true })
  t.same(both('private=?0'), { ...SILENT, targeted: true, isPrivate: true })
  t.same(both('max-age="60"'), { ...SILENT, targeted: true, maxAgeMs: 0 })
  t.same(both('foo'), { ...SILENT, targeted: true }, 'an unknown directive is still a directive')
  t.same(both(''), { ...SILENT, noStore: true })
  t.same(both('max-age=60, &&&'), { ...SILENT, noStore: true })
  t.same(both('Max-Age=60'), { ...SILENT, noStore: true })
  const lines = ['CDN-Cache-Control', 'max-age=1', 'cdn-cache-control', 'max-age=60']
  t.same(responseDirectives(lines), { ...SILENT, targeted: true, maxAgeMs: 60_000 })
  t.end()
})

t.test('the field with our name goes before the one for all of our kind', (t) => {
  const fields = ['CDN-Cache-Control', 'no-store', 'Haulout-Cache-Control', 'max-age=60']
  t.same(responseDirectives(fields), { ...SILENT, targeted: true, maxAgeMs: 60_000 })
  t.end()
})
