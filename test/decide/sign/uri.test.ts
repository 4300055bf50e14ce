import { assert, property, string } from 'fast-check'
import t from 'tap'
import { encodeComponent, encodeKey, parseQuery } from '../../../src/decide/sign/uri.ts'

const KEYS: ReadonlyArray<readonly [key: string, wire: string]> = [
  ['3.1/eucalyptus-3.1.0.tgz', '3.1/eucalyptus-3.1.0.tgz'],
  ['a+b c.tgz', 'a%2Bb%20c.tgz'],
  ['a#b?c&d=e', 'a%23b%3Fc%26d%3De'],
  ['[1]{2}|^`<>"\\', '%5B1%5D%7B2%7D%7C%5E%60%3C%3E%22%5C'],
  ["!'()*;:@,$", '%21%27%28%29%2A%3B%3A%40%2C%24'],
  ['100%', '100%25'],
  ['%2F', '%252F'],
  ['-._~', '-._~'],
  ['fran\u00e7ais/pr\u00e9f\u00e8re', 'fran%C3%A7ais/pr%C3%A9f%C3%A8re'],
  ['\u20ac/\u{1f9ad}', '%E2%82%AC/%F0%9F%A6%AD'],
  ['a//b/', 'a//b/'],
  ['\ud800', '%EF%BF%BD'],
  ['', ''],
]

for (const [key, wire] of KEYS) {
  t.test(`the key ${JSON.stringify(key)} is ${JSON.stringify(wire)} on the wire`, (t) => {
    t.equal(encodeKey(key), wire)
    t.end()
  })
}

t.test('any key comes back when its wire form is decoded, and is plain ASCII until then', (t) => {
  assert(property(string({ unit: 'grapheme' }), (key) => {
    const wire = encodeKey(key)
    return decodeURIComponent(wire) === key.toWellFormed() &&
      /^(?:[A-Za-z0-9\-._~/]|%[0-9A-F]{2})*$/.test(wire)
  }))
  t.end()
})

t.test('a component does not keep the slash', (t) => {
  t.equal(encodeComponent('a/b c'), 'a%2Fb%20c')
  t.end()
})

const QUERIES: ReadonlyArray<readonly [query: string, pairs: ReturnType<typeof parseQuery>]> = [
  ['', []],
  ['acl', [['acl', null]]],
  ['acl=', [['acl', '']]],
  ['a=1&b=2&a=0', [['a', '1'], ['b', '2'], ['a', '0']]],
  ['a=b=c&&d', [['a', 'b=c'], ['d', null]]],
  ['a%20b=c+d%2B', [['a b', 'c+d+']]],
  ['a=%zz', [['a', '%zz']]],
]

for (const [query, pairs] of QUERIES) {
  t.test(`the query ${JSON.stringify(query)} has ${pairs.length} parameters`, (t) => {
    t.same(parseQuery(query), pairs)
    t.end()
  })
}
