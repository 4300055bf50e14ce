import * as fc from 'fast-check'
import t from 'tap'
import { normalize } from '../../../src/decide/http/target.ts'
import { keyOfForward, type Forward } from '../../../src/decide/key/onward.ts'
import { parseText } from '../../../src/decide/rules/text.ts'
import type { Exchange } from '../../../src/model/exchange.ts'
import { keyOfObject } from '../../../src/model/object.ts'
import { exchange, requestHead } from '../nouns.ts'

const PLAIN: Forward = {
  kind: 'forward', origin: 'site', path: { literals: ['/', ''], slots: [0] }, query: null, vary: [],
  authorization: true,
}

/** A request whose route matches everything behind the first `/`. */
function asked(
  url: string, parts: Partial<Exchange> = {}, action: Partial<Forward> = {},
): Exchange {
  const fields = parts.fields ?? ['Host', 'www.example.org']
  const x = exchange({ url, head: requestHead({ host: fields[1]! }), ...parts, fields })
  if (normalize(x) !== null) throw new Error(`${url} is refused`)
  x.captures = [x.target.path.slice(1)]
  const refusal = keyOfForward(x, { ...PLAIN, ...action })
  if (refusal !== null) x.key = `${refusal.status} ${refusal.reason}`
  return x
}

const KEYS: ReadonlyArray<readonly [
  url: string, key: string, target: string, parts?: Partial<Exchange>,
]> = [
  ['/', 'http://www.example.org/', '/'],
  ['/a?', 'http://www.example.org/a?', '/a?'],
  ['/a%2Bb?x=1&x', 'http://www.example.org/a%2Bb?x=1&x', '/a%2Bb?x=1&x'],
  ['http://Other.example:80/a', 'http://other.example/a', '/a'],
  ['http://other.example?q', 'http://other.example/?q', '/?q'],
  ['/a', 'http://www.example.org:8080/a', '/a', { fields: ['Host', 'WWW.example.org.:8080'] }],
  ['/a', 'http://www.example.org/a', '/a', { fields: ['Host', 'www.example.org:080'] }],
  ['/a', 'http://[::1]:81/a', '/a', { fields: ['Host', '[::1]:81'] }],
  ['/a', 'http://www.example.org/a', '/a', {
    fields: ['Host', 'www.example.org', 'X-Forwarded-Host', 'evil', 'X-Forwarded-Proto', 'https'],
  }],
  ['/a', 'https://shop.example/a', '/a', {
    trusted: true,
    fields: ['Host', 'h', 'X-Forwarded-Host', 'Shop.example:443', 'X-Forwarded-Proto', 'HTTPS'],
  }],
  ['/a', 'http://www.example.org/a', '/a', {
    trusted: true,
    fields: ['Host', 'www.example.org', 'X-Forwarded-Host', 'a b', 'X-Forwarded-Proto', 'gopher'],
  }],
]

for (const [url, key, target, parts] of KEYS) {
  t.test(`${url} of ${parts?.fields?.join(' ') ?? 'the usual host'} is ${key}`, (t) => {
    const x = asked(url, parts)
    t.equal(x.key, `site:GET ${key}`)
    t.equal(x.onward!.target, target)
    t.end()
  })
}

t.test('what the rules leave out of the query is in neither, but in what passes', (t) => {
  const query = { drop: [parseText('utm_*')], keep: null, sort: true }
  const x = asked('/a?b=1&utm_x=2&a=3', {}, { query })
  t.equal(x.key, 'site:GET http://www.example.org/a?a=3&b=1')
  t.equal(x.onward!.target, '/a?a=3&b=1')
  t.equal(x.onward!.whole, '/a?b=1&utm_x=2&a=3')
  t.equal(x.onward!.uri, 'http://www.example.org/a?b=1&utm_x=2&a=3')
  t.equal(asked('/a?utm_x=2', {}, { query }).onward!.target, '/a')
  t.end()
})

t.test('harmless captures that join to something else are refused', (t) => {
  for (const [literals, path] of [
    [['/', '/x'], '/..'], [['/a/', '/b'], '/'], [['/.', '/x'], '/.'], [['', ''], '/'],
  ] as const) {
    const template = { literals: [...literals], slots: [0] }
    const x = exchange({ url: '/', target: { host: 'h', path: '/', raw: '/', query: '' } })
    x.captures = [path.slice(1)]
    t.match(keyOfForward(x, { ...PLAIN, path: template }), { status: 400 }, literals.join(path))
  }
  t.end()
})

const piece =
  fc.constantFrom('a', 'B', '%41', '%2b', '+', '.x', ';', '%C3%A9', '~', "'", '()', 'a:b')
const path = fc.array(piece, { maxLength: 4 }).map((pieces) => `/${pieces.join('/')}`)
const query = fc.constantFrom('', '?', '?a=1', '?a=1&b', '?b&a=1', '?/../x')
const authority =
  fc.constantFrom('a.example', 'A.example:80', 'a.example:8080', 'b.example', '[::1]')
const request = fc.record({ path, query, authority, proxied: fc.boolean() })

function seen({ onward }: Exchange): string[] {
  return [onward!.target, onward!.authority, onward!.scheme]
}

t.test('whoever has the same key is sent on with the same target, host and scheme', (t) => {
  fc.assert(fc.property(request, request, (one, other) => {
    const [x, y] = [one, other].map(({ path, query, authority, proxied }) => asked(path + query, {
      trusted: proxied, fields: ['Host', authority, 'X-Forwarded-Proto', 'https'],
    }))
    if (x!.key !== y!.key) return
    t.same(seen(x!), seen(y!))
  }), { numRuns: 1000 })
  t.end()
})

t.test('no key is one of an object, and none has a line break in it', (t) => {
  const object = fc.record({
    origin: fc.constantFrom('site', 'site:GET'), bucket: fc.constant('b'),
    bucketName: fc.constantFrom('GET', 'http:', 'a.example'), key: fc.string({ minLength: 1 }),
  })
  fc.assert(fc.property(request, object, ({ path, query, authority }, one) => {
    const { key } = asked(path + query, { fields: ['Host', authority] })
    t.not(key, keyOfObject(one))
    t.notMatch(key, /[\n\r]/)
  }))
  t.end()
})

/** A route whose path leads to these literals around its capture. */
const to = (literals: readonly string[]) => ({ path: { literals, slots: [0] } })

t.test('a path that is mapped keeps what it has in common with the one that came', (t) => {
  t.equal(asked('/a%2B/c', {}, to(['/new/', ''])).onward!.target, '/new/a%2B/c')
  t.equal(asked('/a%2B', {}, to(['/n w/é/', ''])).onward!.target, '/n%20w/%C3%A9/a%2B')
  t.equal(asked('/a%2B', {}, to(['/x', ''])).onward!.target, '/xa%2B')
  t.equal(asked('/a+b', {}, to(['/x', ''])).onward!.target, '/xa%2Bb')
  t.equal(asked('/', {}, to(['/x/', ''])).onward!.target, '/x/')
  t.end()
})
