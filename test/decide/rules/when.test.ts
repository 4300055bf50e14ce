import t from 'tap'
import * as fc from 'fast-check'
import { compileNetworks } from '../../../src/decide/access/networks.ts'
import { fitsText, parseText } from '../../../src/decide/rules/text.ts'
import { compileWhen, holds, holdsFor, holdsOf } from '../../../src/decide/rules/when.ts'
import type { Answered, Asked } from '../../../src/model/asked.ts'
import type { When, WhenRule } from '../../../src/model/when.ts'
import { entry, exchange } from '../nouns.ts'

const LISTS = new Map(Object.entries({
  office: ['10.0.0.0/8', '!10.66.0.0/16'], cloud: ['172.16.0.0/12', '2001:db8::/32'],
}).map(([name, entries]) => [name, compileNetworks(entries).networks]))

const NO_OBJECT = { origin: 'walrus', bucket: 'releases', bucketName: 'releases', key: 'x' }

function whenOf(rule: WhenRule): When {
  const { when, problems } = compileWhen(rule, { path: ['when'], lists: LISTS })
  t.same(problems, [])
  return when!
}

type Parts = { host?: string; path?: string; query?: string; method?: string; client?: string
  fields?: readonly string[]; key?: string }

function asked({ host = 'dl.example.org', path = '/a/b.iso', query = '', ...parts }: Parts): Asked {
  const { key, ...rest } = parts
  const object = key === undefined ? null
    : { origin: 'walrus', bucket: 'releases', bucketName: 'releases', key }
  return exchange({ target: { host, path, raw: path, query }, object, ...rest })
}

const REQUESTS: ReadonlyArray<readonly [WhenRule, Parts, boolean]> = [
  [{ host: ['DL.Example.org'] }, {}, true],
  [{ host: ['a.org', 'dl.example.org'] }, {}, true],
  [{ host: ['example.org'] }, {}, false],
  [{ host: ['*.example.org'] }, {}, true],
  [{ host: ['*.example.org'] }, { host: 'example.org' }, false],
  [{ host: ['*.example.org'] }, { host: 'notexample.org' }, false],
  [{ host: ['*.example.org'] }, { host: '' }, false],
  [{ path: ['/a/*.iso'] }, {}, true],
  [{ path: ['/x', '/a/**'] }, {}, true],
  [{ path: ['/A/*.iso'] }, {}, false],
  [{ path: ['/a/{f}.{ext:iso|img}'] }, {}, true],
  [{ pathRegex: ['/x', '/a/[a-z]+\\.iso'] }, {}, true],
  [{ pathRegex: ['/a'] }, {}, false],
  [{ method: ['GET'] }, {}, true],
  [{ method: ['PUT', 'HEAD'] }, {}, false],
  [{ method: ['PUT', 'HEAD'] }, { method: 'PUT' }, true],
  [{ header: { 'User-Agent': ['curl/*'] } }, { fields: ['user-AGENT', 'curl/8.1'] }, true],
  [{ header: { 'user-agent': ['curl/*'] } }, { fields: ['User-Agent', 'Curl/8.1'] }, false],
  [{ header: { 'user-agent': ['curl/*'] } }, { fields: ['User-Agent', 'wget'] }, false],
  [{ header: { 'user-agent': ['curl/*'] } }, { fields: [] }, false],
  [{ header: { 'user-agent': ['curl'] } }, { fields: ['User-Agent', 'curl/8.1'] }, false],
  [{ header: { x: ['a', 'b'] } }, { fields: ['X', 'b'] }, true],
  [{ header: { x: ['b'] } }, { fields: ['X', 'a', 'x', 'b'] }, true],
  [{ header: { x: ['a, b'] } }, { fields: ['X', 'a', 'x', 'b'] }, false],
  [{ header: { x: true } }, { fields: ['X', ''] }, true],
  [{ header: { x: true } }, { fields: ['X-Y', 'x'] }, false],
  [{ header: { x: false } }, { fields: ['X-Y', 'x'] }, true],
  [{ header: { x: false } }, { fields: ['X', ''] }, false],
  [{ header: { x: [''] } }, { fields: ['X', ''] }, true],
  [{ header: { x: [''] } }, { fields: ['X', 'a'] }, false],
  [{ header: { x: true, y: ['1'] } }, { fields: ['X', '0', 'Y', '2'] }, false],
  [{ header: { x: true, y: ['1'] } }, { fields: ['X', '0', 'Y', '1'] }, true],
  [{ query: { a: true } }, { query: 'a' }, true],
  [{ query: { a: true } }, { query: 'b=a&A=1&aa=1' }, false],
  [{ query: { a: false } }, { query: 'b=a' }, true],
  [{ query: { a: false } }, { query: 'b=1&a' }, false],
  [{ query: { a: ['1*'] } }, { query: 'a=2&a=12' }, true],
  [{ query: { a: ['1'] } }, { query: 'a=2&a=12' }, false],
  [{ query: { a: ['x y'] } }, { query: 'a=x+y' }, true],
  [{ query: { a: ['x y'] } }, { query: 'a=x%20y' }, true],
  [{ query: { a: ['x+y'] } }, { query: 'a=x%2By' }, true],
  [{ query: { a: ['x+y'] } }, { query: 'a=x+y' }, false],
  [{ query: { a: ['%41'] } }, { query: 'a=%2541' }, true],
  [{ query: { a: ['A'] } }, { query: 'a=%2541' }, false],
  [{ query: { 'a b': ['ü=&'] } }, { query: 'a+b=%C3%BC=%26' }, true],
  [{ query: { 'a': [''] } }, { query: '&a=&' }, true],
  [{ query: { 'a': [''] } }, { query: 'a' }, true],
  [{ query: { 'a': [''] } }, { query: '' }, false],
  [{ query: { '': true } }, { query: '&&' }, false],
  [{ client: ['office'] }, { client: '10.1.2.3' }, true],
  [{ client: ['office'] }, { client: '10.66.2.3' }, false],
  [{ client: ['office', 'cloud'] }, { client: '2001:db8::7' }, true],
  [{ client: ['office', 'cloud'] }, { client: '192.0.2.7' }, false],
  [{ key: ['a/**'] }, { key: 'a/b/c' }, true],
  [{ key: ['*.iso'] }, { key: 'a/b.iso' }, false],
  [{ key: ['*.img', '**/*.iso'] }, { key: 'a/b.iso' }, true],
  [{ key: ['**'] }, {}, false],
  [{ not: { method: ['GET'] } }, {}, false],
  [{ not: { method: ['PUT'] } }, {}, true],
  [{ not: { method: ['GET'], host: ['other.org'] } }, {}, true],
  [{ not: { not: { method: ['GET'] } } }, {}, true],
  [{ method: ['GET'], host: ['dl.example.org'], not: { query: { a: true } } }, {}, true],
  [{ method: ['GET'], not: { query: { a: true } } }, { query: 'a' }, false],
  [{ method: ['GET'], host: ['other.org'] }, {}, false],
]

for (const [rule, parts, expected] of REQUESTS) {
  t.test(`${JSON.stringify(rule)} of ${JSON.stringify(parts)} is ${expected}`, (t) => {
    const when = whenOf(rule)
    t.equal(holds(when, asked(parts)), expected)
    t.equal(holdsFor(when, asked(parts), entry({ object: asked(parts).object ?? NO_OBJECT })),
      rule.key === undefined || parts.key !== undefined ? expected : true)
    t.end()
  })
}

const ANSWERS: ReadonlyArray<readonly [WhenRule, Partial<Answered>, boolean]> = [
  [{ status: [{ from: 404, to: 404 }] }, { status: 404 }, true],
  [{ status: [{ from: 404, to: 404 }] }, { status: 403 }, false],
  [{ status: [{ from: 404, to: 404 }, { from: 500, to: 599 }] }, { status: 503 }, true],
  [{ sizeOver: 10 }, { lengthBytes: 10 }, false],
  [{ sizeOver: 10 }, { lengthBytes: 11 }, true],
  [{ sizeOver: 0 }, { lengthBytes: 0 }, false],
  [{ sizeUnder: 10 }, { lengthBytes: 9 }, true],
  [{ sizeUnder: 10 }, { lengthBytes: 10 }, false],
  [{ sizeOver: 5, sizeUnder: 10 }, { lengthBytes: 7 }, true],
  [{ sizeOver: 5, sizeUnder: 10 }, { lengthBytes: 5 }, false],
  [{ sizeOver: 5 }, { lengthBytes: null }, false],
  [{ sizeUnder: 5 }, { lengthBytes: null }, false],
  [{ type: ['text/*'] }, { fields: ['content-type', 'TEXT/HTML; charset=utf-8'] }, true],
  [{ type: ['Text/Plain'] }, { fields: ['Content-Type', 'text/plain;charset=x'] }, true],
  [{ type: ['text/plain'] }, { fields: ['Content-Type', 'text/plainer'] }, false],
  [{ type: ['text/*'] }, { fields: [] }, false],
  [{ answer: { 'X-Amz-Meta-Kind': ['a*'] } }, { fields: ['x-amz-meta-kind', 'abc'] }, true],
  [{ answer: { 'cache-control': ['*no-store*'] } }, { fields: [] }, false],
  [{ answer: { 'set-cookie': false } }, { fields: [] }, true],
  [{ answer: { 'x-token': ['exactly'] } }, { fields: ['X-Token', 'exactly'] }, true],
  [{ key: ['3.1/**'] }, {}, true],
  [{ key: ['3.2/**'] }, {}, false],
  [{ not: { status: [{ from: 200, to: 299 }] } }, {}, false],
]

for (const [rule, parts, expected] of ANSWERS) {
  const name = `${JSON.stringify(rule)} of an answer with ${JSON.stringify(parts)} is ${expected}`
  t.test(name, (t) => {
    const object = { ...NO_OBJECT, key: '3.1/a.tgz' }
    const answer: Answered = entry({ object, ...parts as object })
    t.equal(holdsOf(whenOf(rule), answer), expected)
    t.equal(holdsFor(whenOf(rule), asked({}), answer), expected)
    t.end()
  })
}

t.test('request and answer can be asked about in one condition', (t) => {
  const when = whenOf({ client: ['office'], status: [{ from: 404, to: 404 }] })
  const inside = asked({ client: '10.1.2.3' })
  t.equal(holdsFor(when, inside, entry({ status: 404 })), true)
  t.equal(holdsFor(when, inside, entry({ status: 200 })), false)
  t.equal(holdsFor(when, asked({}), entry({ status: 404 })), false)
  t.equal(holdsOf(when, entry({ status: 404 })), false, 'nobody has asked')
  t.equal(holds(when, inside), false, 'there is no answer yet')
  t.end()
})

const PROBLEMS: ReadonlyArray<readonly [WhenRule, ReadonlyArray<readonly [string, string]>]> = [
  [{}, [['when', 'this condition says nothing']]],
  [{ header: {} }, [['when', 'this condition says nothing']]],
  [{ not: {} }, [['when.not', 'this condition says nothing']]],
  [{ host: ['a b'] }, [['when.host', 'this cannot be the host of a request']]],
  [{ host: ['a', 'b:80'] }, [['when.host.1', 'a port takes no part in matching']]],
  [{ path: ['a'] }, [['when.path', 'a path glob begins with `/`']]],
  [{ not: { path: ['/a', '/b?'] } }, [['when.not.path.1', '`?` has no meaning in a glob']]],
  [{ pathRegex: ['/a', '/(a+)+'] }, [['when.path_regex.1', '`a+` can take what a part beside it ' +
    'takes, too: there are paths that would be tried in very many ways']]],
  [{ key: ['/a'] }, [['when.key', 'the key of an object does not begin with `/`']]],
  [{ key: ['a', 'b//c'] }, [['when.key.1', 'an empty segment never matches']]],
  [{ client: ['ofice'] }, [['when.client', 'there is no list `ofice`']]],
  [
    { host: ['?'], client: ['office', 'cluod'] },
    [['when.host', 'this cannot be the host of a request'],
      ['when.client.1', 'there is no list `cluod`']],
  ],
  [
    { header: { Authorization: ['Basic hunter2'] } },
    [['when.header.Authorization', 'this holds a secret, which must not stand in this file']],
  ],
  [
    { query: { token: ['a*', 'hunter2'] } },
    [['when.query.token', 'this holds a secret, which must not stand in this file']],
  ],
]

for (const [rule, expected] of PROBLEMS) {
  t.test(`${JSON.stringify(rule)} is refused`, (t) => {
    const { when, problems } = compileWhen(rule, { path: ['when'], lists: LISTS })
    t.equal(when, null)
    t.same(problems.map(({ path, message }) => [path.join('.'), message]), expected)
    t.notMatch(JSON.stringify(problems), /hunter2/)
    t.end()
  })
}

t.test('a secret may be asked for by its beginning, or for being there', (t) => {
  whenOf({ header: { authorization: ['Bearer *'] }, query: { token: true } })
  t.end()
})

t.test('a text fits what the regular expression of its wildcards fits', (t) => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '\\'), maxLength: 8 })
  const values = fc.string({ unit: fc.constantFrom('a', 'b', '*', '\\') })
  fc.assert(fc.property(word, values, (text, value) => {
    const source = text.replace(/\\\*|[*\\]/g, (token) => {
      return token === '*' ? '[^]*' : token === '\\' ? '\\\\' : '\\*'
    })
    return fitsText(parseText(text), value) === new RegExp(`^${source}$`).test(value)
  }), { numRuns: 20_000 })
  t.end()
})

t.test('no value makes a text slow', (t) => {
  const text = parseText('*a*a*a*a*a*a*a*a*a*a*b')
  const started = performance.now()
  t.equal(fitsText(text, `${'a'.repeat(1_000_000)}c`), false)
  t.equal(fitsText(parseText('*aa*aa*aa*c*b'), `${'a'.repeat(1_000_000)}b`), false)
  t.ok(performance.now() - started < 1000)
  t.end()
})
