import * as fc from 'fast-check'
import t from 'tap'
import {
  answerPreflight, corsForAll, corsForOne, isPermitted, preflightMethod, withoutCors,
} from '../../../src/decide/http/cors.ts'
import { compileCors } from '../../../src/decide/rules/cors.ts'
import type { Cors, CorsRule } from '../../../src/model/cors.ts'
import { textOf } from '../../fuzz/property.ts'
import { exchange, requestHead } from '../nouns.ts'

function corsOf(cors: CorsRule): Cors {
  return compileCors({ name: 'a', match: {}, cors }, ['GET', 'HEAD'])!
}

const LISTED = corsOf({
  origins: ['https://app.example.org', 'https://*.example.org', 'http://*.dev.example:8080',
    'https://Port.example:443', 'http://port.example:80', 'https://odd.example:8443',
    'http://[::1]:3000'],
})

/** What stands in Origin, and whether such a page may read. */
const ORIGINS: ReadonlyArray<readonly [string, boolean]> = [
  ['https://app.example.org', true],
  ['https://a.example.org', true],
  ['https://a.b.example.org', true],
  ['https://xn--nda.example.org', true],
  ['https://example.org', false],
  ['https://.example.org', false],
  ['https://a..example.org', false],
  ['http://app.example.org', false],
  ['https://app.example.org:8443', false],
  ['https://app.example.org/', false],
  ['https://app.example.org.evil.example', false],
  ['https://evil.example/.example.org', false],
  ['https://evil.example?.example.org', false],
  ['https://evil.example#.example.org', false],
  ['https://evil.example:80@a.example.org', false],
  ['https://evil.example\\.example.org', false],
  ['https://evilexample.org', false],
  ['https://a.example.org https://evil.example', false],
  ['https://APP.example.org', false],
  ['null', false],
  ['*', false],
  ['', false],
  ['http://x.dev.example:8080', true],
  ['http://x.dev.example', false],
  ['https://port.example', true],
  ['https://port.example:443', false],
  ['http://port.example', true],
  ['https://odd.example:8443', true],
  ['https://odd.example', false],
  ['http://[::1]:3000', true],
]

for (const [origin, expected] of ORIGINS) {
  t.test(`${JSON.stringify(origin)} ${expected ? 'may' : 'may not'} read`, (t) => {
    t.equal(isPermitted(LISTED, origin), expected)
    t.same(corsForOne(LISTED, origin),
      expected ? ['Access-Control-Allow-Origin', origin] : [])
    t.ok(isPermitted(corsOf({ origins: ['*'] }), origin), 'with `*` everybody may')
    t.end()
  })
}

t.test('no text but a host below the domain is permitted by a wildcard', (t) => {
  const below = corsOf({ origins: ['https://*.example.org'] })
  const text = textOf(['https://', 'a', '.', 'example', '.example.org', 'org', '/', '@', ':', '?',
    '#', '\\', '%2e', ' ', '\t', 'evil'])
  fc.assert(fc.property(text, (origin) => {
    for (const one of [origin, `https://${origin}.example.org`]) {
      if (!isPermitted(below, one)) continue
      const { protocol, hostname, href } = new URL(one)
      if (protocol !== 'https:' || !hostname.endsWith('.example.org')) throw new Error(one)
      if (href !== `${one}/`) throw new Error(`${one} is ${href}`)
    }
  }), { numRuns: 3000 })
  t.end()
})

t.test('what depends on who asks says so to everybody, once', (t) => {
  t.same(corsForAll(LISTED, []), ['Vary', 'Origin'])
  t.same(corsForAll(LISTED, ['Vary', 'Accept-Encoding']), ['Vary', 'Origin'])
  t.same(corsForAll(LISTED, ['vary', 'Accept, ORIGIN']), [])
  t.same(corsForAll(LISTED, ['Vary', 'Accept', 'Vary', 'origin']), [])
  t.same(corsForAll(LISTED, ['Vary', '*']), [])
  t.same(corsForOne(LISTED, null), [])
  t.end()
})

t.test('what is the same for all needs no Vary, and no Origin either', (t) => {
  const all = corsOf({ origins: ['*'], expose: ['Content-Range', 'etag'] })
  t.same(corsForAll(all, []), ['Access-Control-Allow-Origin', '*',
    'Access-Control-Expose-Headers', 'Content-Range, etag'])
  t.same(corsForOne(all, 'https://a.example'), [])
  t.end()
})

t.test('with credentials it is the origin itself, and said to be so', (t) => {
  const cors = corsOf({ origins: ['https://a.example'], credentials: true, expose: ['x-a'] })
  t.same(corsForOne(cors, 'https://a.example'), [
    'Access-Control-Allow-Origin', 'https://a.example', 'Access-Control-Allow-Credentials', 'true',
    'Access-Control-Expose-Headers', 'x-a'])
  t.same(corsForOne(cors, 'https://b.example'), [])
  t.end()
})

t.test('what the store says of other origins is left out, in any case of its letters', (t) => {
  const fields = ['Access-Control-Allow-Origin', '*', 'ETag', '"a"', 'access-control-max-age', '5']
  t.same(withoutCors(fields), ['ETag', '"a"'])
  t.end()
})

function preflight(origin: string, method: string, headers?: string) {
  const asked = headers === undefined ? [] : ['Access-Control-Request-Headers', headers]
  return exchange({
    method: 'OPTIONS', head: requestHead({ origin }),
    fields: ['Origin', origin, 'Access-Control-Request-Method', method, ...asked],
  })
}

t.test('a preflight is OPTIONS with both its fields, and nothing else', (t) => {
  const x = preflight('https://a.example', 'GET')
  t.equal(preflightMethod(x), 'GET')
  t.equal(preflightMethod({ ...x, method: 'GET' }), null)
  t.equal(preflightMethod({ ...x, head: requestHead() }), null)
  t.equal(preflightMethod({ ...x, fields: ['Origin', 'https://a.example'] }), null)
  t.equal(preflightMethod(preflight('https://a.example', 'no token')), null)
  t.equal(preflightMethod(preflight('https://a.example', '')), null)
  t.end()
})

const RULE: CorsRule = {
  origins: ['https://a.example'], headers: ['Range', 'X-Token'], credentials: true,
  maxAgeMs: 600_999, methods: ['GET'],
}

const ALLOWED = [
  'Access-Control-Allow-Origin', 'https://a.example', 'Access-Control-Allow-Methods', 'GET',
  'Access-Control-Allow-Credentials', 'true', 'Access-Control-Max-Age', '600',
  'Access-Control-Allow-Headers', 'range, x-token',
]
const VARY = ['Vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers']

/** Origin, method and fields asked for, and why they are not allowed. */
const PREFLIGHTS: ReadonlyArray<readonly [string, string, string | undefined, string | null]> = [
  ['https://a.example', 'GET', undefined, null],
  ['https://a.example', 'GET', 'x-token', null],
  ['https://a.example', 'GET', 'X-TOKEN,range', null],
  ['https://a.example', 'GET', ' x-token , ,', null],
  ['https://b.example', 'GET', undefined, 'cors-origin'],
  ['null', 'GET', undefined, 'cors-origin'],
  ['https://a.example', 'HEAD', undefined, 'cors-method'],
  ['https://a.example', 'get', undefined, 'cors-method'],
  ['https://a.example', 'PUT', undefined, 'cors-method'],
  ['https://a.example', 'GET', 'x-token, authorization', 'cors-header'],
  ['https://a.example', 'GET', '*', 'cors-header'],
]

for (const [origin, method, headers, reason] of PREFLIGHTS) {
  const said = reason ?? 'allowed'
  t.test(`a preflight of ${origin} for ${method} with ${headers ?? 'nothing'} is ${said}`, (t) => {
    const answer = answerPreflight(corsOf(RULE), preflight(origin, method, headers), method)
    t.equal(answer.reason, reason)
    t.same(answer.fields, reason === null ? [...ALLOWED, ...VARY] : VARY,
      'where anything is not allowed, nothing is')
    t.end()
  })
}

t.test('where any field may be sent, those that are asked for are allowed by name', (t) => {
  const cors = corsOf({ origins: ['*'], headers: ['*'] })
  const answer = answerPreflight(cors, preflight('null', 'GET', 'X-A, authorization'), 'GET')
  t.same(answer.fields, ['Access-Control-Allow-Origin', '*', 'Access-Control-Allow-Methods',
    'GET, HEAD', 'Access-Control-Allow-Headers', 'x-a, authorization', ...VARY])
  const odd = answerPreflight(cors, preflight('null', 'GET', 'x-a, b c'), 'GET')
  t.equal(odd.reason, 'cors-header', 'what could be no field is not repeated')
  t.end()
})
