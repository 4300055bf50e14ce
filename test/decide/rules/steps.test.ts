import t from 'tap'
import { decide } from '../../../src/decide/line.ts'
import { visibleFields } from '../../../src/decide/http/headers.ts'
import { compile } from '../../../src/decide/rules/compile.ts'
import { deliverOf, deliverOfOwn } from '../../../src/decide/rules/deliver.ts'
import { fetchFields } from '../../../src/decide/rules/fetch-steps.ts'
import type { Exchange } from '../../../src/model/exchange.ts'
import type { RouteRule, RuleSet } from '../../../src/model/rules.ts'
import type { DeliverRule, FetchRule, RecvRule } from '../../../src/model/steps.ts'
import { exchange } from '../nouns.ts'
import { ruleSet } from './ruleset.ts'

const ROUTE = { name: 'files', match: { path: '/files/{f**}' }, to: 'plain/{f}' }

function compiled(route: Partial<RouteRule>, rules: Partial<RuleSet> = {}) {
  const { compiled: made, problems } = compile(ruleSet([{ ...ROUTE, ...route }], rules))
  t.same(problems, [])
  return made
}

/** What is decided about a request under these steps, and what has become of it. */
function received(own: readonly RecvRule[], all: readonly RecvRule[], parts: Partial<Exchange>) {
  const rules = compiled({ recv: own }, { recv: all, acls: { office: ['10.0.0.0/8'] } })
  const x = exchange({ url: '/files/a', ...parts })
  const passwords = { proof: () => false as const, secret: () => Buffer.alloc(32) }
  return { decision: decide({ rules, healthPath: '/healthz', passwords }, x), x }
}

const LOOK_UP = { kind: 'look-up' }
const denied = (status: number): object =>
  ({ kind: 'refuse', outcome: 'denied', refusal: { status, reason: 'denied-by-rule' } })
const IN = { client: '10.1.1.1' }
const MOBILE = { header: { 'user-agent': ['*Mobile*'] } }
const AGENT = { fields: ['Host', 'a', 'User-Agent', 'A Mobile B'] }

/** Steps of the route, those of all routes, a request, and what is decided about it. */
const RECV: ReadonlyArray<readonly [
  string, readonly RecvRule[], readonly RecvRule[], Partial<Exchange>, object,
]> = [
  ['nothing holds', [{ when: MOBILE, deny: 403 }], [{ when: MOBILE, deny: 410 }], {}, LOOK_UP],
  ['the route denies', [{ when: MOBILE, deny: 403 }], [], AGENT, denied(403)],
  ['all routes deny', [{ when: MOBILE, deny: 403 }], [{ when: MOBILE, deny: 410 }], AGENT,
    denied(410)],
  ['what has no route is denied, too', [], [{ when: { path: ['/x/**'] }, deny: 451 }],
    { url: '/x/y' }, denied(451)],
  ['a client', [], [{ when: { client: ['office'] }, deny: 403 }], IN, denied(403)],
  ['a client, but not that', [], [{ when: { client: ['office'] }, deny: 403 }], {}, LOOK_UP],
  ['all are sent elsewhere', [], [
    { when: { host: ['old.org'] }, redirect: { to: 'https://new.org/', status: 301 } },
  ], { fields: ['Host', 'old.org'] },
    { kind: 'redirect', status: 301, location: 'https://new.org/' }],
  ['with what the path had', [{ redirect: { to: '/g/{f}', status: 302 } }], [],
    { url: '/files/a%20b/c' }, { kind: 'redirect', status: 302, location: '/g/a%20b/c' }],
  ['the first that ends is the last', [], [
    { when: MOBILE, redirect: { to: '/m', status: 302 } }, { deny: 403 },
  ], AGENT, { kind: 'redirect', location: '/m' }],
  ['it passes', [{ when: MOBILE, pass: true }], [], AGENT, { kind: 'pass' }],
  ['it passes by what is for all', [], [{ pass: true }], {}, { kind: 'pass' }],
  ['a step sees what the one before has set', [
    { set: { 'X-Kind': 'a' } }, { when: { header: { 'x-kind': ['a'] } }, deny: 403 },
  ], [], {}, denied(403)],
  ['and what those for all have taken away', [{ when: MOBILE, deny: 403 }],
    [{ unset: ['user-*'] }], AGENT, LOOK_UP],
  ['the health page comes before all', [], [{ deny: 403 }], { url: '/healthz' },
    { kind: 'health' }],
  ['a method that is not allowed is said before the steps of the route', [{ deny: 403 }], [],
    { method: 'DELETE' }, { kind: 'refuse', refusal: { status: 405 } }],
]

for (const [name, own, all, parts, expected] of RECV) {
  t.test(`recv: ${name}`, (t) => {
    t.match(received(own, all, parts).decision, expected)
    t.end()
  })
}

t.test('recv: what is read of changed fields is read again', (t) => {
  const fields = ['Host', 'a', 'Range', 'bytes=0-1', 'If-None-Match', '"x"', 'X-Old', '1']
  const { x } = received([{ set: { 'X-File': '{f}' }, unset: ['range', 'x-old'] }], [],
    { fields, url: '/files/a%20b' })
  t.same([x.head.range, x.head.ifNoneMatch, x.head.host], [null, '"x"', 'a'])
  t.same(x.fields, ['Host', 'a', 'If-None-Match', '"x"', 'x-file', 'a%20b'])
  t.equal(fields.length, 8, 'what was received is not written into')
  t.end()
})

t.test('recv: access is asked about the request as the steps leave it', (t) => {
  const access = { not: { header: { name: 'x-kind', present: true } } }
  const rules = compiled({ access, recv: [{ unset: ['x-kind'] }] })
  const passwords = { proof: () => false as const, secret: () => Buffer.alloc(32) }
  const line = { rules, healthPath: null, passwords }
  const fields = ['Host', 'a', 'X-Kind', '1']
  t.match(decide(line, exchange({ url: '/files/a', fields })), LOOK_UP)
  t.end()
})

t.test('fetch: fields by the key of the object, the later step wins', (t) => {
  const cases: Array<[FetchRule[], FetchRule[], string, string[]]> = [
    [[], [], 'a', []],
    [[{ set: { 'X-Amz-Request-Payer': 'requester' } }], [], 'a',
      ['X-Amz-Request-Payer: requester']],
    [[{ set: { 'x-b': '2' } }], [{ set: { 'x-a': '1' } }], 'a', ['x-a: 1', 'x-b: 2']],
    [[{ set: { 'X-A': '2' } }], [{ set: { 'x-a': '1' } }], 'a', ['X-A: 2']],
    [[{ unset: ['X-*'] }], [{ set: { 'x-a': '1', 'y': '2' } }], 'a', ['y: 2']],
    [[{ when: { key: ['**/*.iso'] }, set: { 'x-a': '1' } }], [], 'd/a.iso', ['x-a: 1']],
    [[{ when: { key: ['**/*.iso'] }, set: { 'x-a': '1' } }], [], 'd/a.tgz', []],
    [[{ when: { not: { key: ['**/*.iso'] } }, set: { 'x-a': '1' } }], [], 'd/a.tgz', ['x-a: 1']],
  ]
  for (const [own, all, key, expected] of cases) {
    const { policy } = compiled({ fetch: own }, { fetch: all }).routes[0]!
    const object = { origin: 'walrus', bucket: 'plain', bucketName: 'plain', key }
    const fields = fetchFields(policy, object)
    t.same(fields.map(([name, value]) => `${name}: ${value}`), expected)
  }
  t.end()
})

/** What clients get of a few fields of the store, in one line. */
function delivered(
  own: RouteRule['deliver'], all: readonly DeliverRule[], parts: Partial<Exchange>, status = 200,
): string {
  const { policy } = compiled({ deliver: own }, { deliver: all }).routes[0]!
  const target = { host: 'h', path: '/', raw: '/', query: '' }
  const x = exchange({ captures: ['a b'], target, ...parts })
  const fields = ['Content-Type', 'text/html; charset=utf-8', 'X-One', '1', 'X-Two', '2']
  const answered = { object: { key: 'k' }, status, lengthBytes: 10, fields }
  const deliver = status === 200 ? deliverOf(policy, x, answered)
    : deliverOfOwn(policy, x, answered)
  const visible = deliver === null ? fields : visibleFields(fields, deliver, x.captures)
  return visible.slice(2).map((text, i) => i % 2 === 0 ? `${text}=` : `${text} `).join('').trim()
}

const HTML = { type: ['text/html'] }
const USUAL = 'X-One=1 X-Two=2 x-by=haulout'
const absent = { status: [{ from: 404, to: 404 }] }

const DELIVER: ReadonlyArray<readonly [
  string, RouteRule['deliver'], readonly DeliverRule[], Partial<Exchange>, string, number?,
]> = [
  ['nothing said', undefined, [], {}, USUAL],
  ['one mapping', { set: { a: '1' }, unset: ['x-one'] }, [], {}, 'X-Two=2 x-by=haulout a=1'],
  ['a list of one', [{ set: { a: '1' }, unset: ['x-one'] }], [], {}, 'X-Two=2 x-by=haulout a=1'],
  ['for all, then for the route', [{ set: { a: '2' } }], [{ set: { a: '1', b: '1' } }], {},
    `${USUAL} a=2 b=1`],
  ['by the request', [{ when: { host: ['h'] }, set: { a: '1' } }], [], {}, `${USUAL} a=1`],
  ['by another request', [{ when: { host: ['g'] }, set: { a: '1' } }], [], {}, USUAL],
  ['by the answer', [{ when: HTML, set: { a: '1' } }], [], {}, `${USUAL} a=1`],
  ['by both', [{ when: { ...HTML, method: ['HEAD'] }, set: { a: '1' } }], [], {}, USUAL],
  ['what a condition sets, a later one takes away', [
    { when: HTML, set: { a: '1' } }, { when: { answer: { 'x-one': true } }, unset: ['a', 'x-*'] },
  ], [], {}, ''],
  ['with captures', [{ when: HTML, set: { a: 'f="{f}"' } }], [], {}, `${USUAL} a=f="a b"`],
  ['what haulout says itself is as it is', [{ set: { a: '1' } }, { when: HTML, unset: ['x-one'] }],
    [], {}, 'X-One=1 X-Two=2', 404],
  ['unless a status is named', [{ when: absent, set: { a: '1' } }, { set: { b: '1' } }], [], {},
    'X-One=1 X-Two=2 a=1', 404],
]

for (const [name, own, all, parts, expected, status] of DELIVER) {
  t.test(`deliver: ${name}`, (t) => {
    t.equal(delivered(own, all, parts, status), expected)
    t.end()
  })
}

t.test('deliver: where no step has a condition, one object is for all answers', (t) => {
  const { policy } = compiled({ deliver: [{ set: { a: '1' } }] }).routes[0]!
  t.equal(policy.deliverSteps, null)
  t.equal(deliverOf(policy, exchange(), { object: null, status: 200, lengthBytes: 0, fields: [] }),
    policy.deliver)
  t.end()
})

t.test('deliver: a condition does not take `private` from a route with access', (t) => {
  const access = { header: { name: 'x-a', present: true } }
  const step = { when: { host: ['h'] }, set: { 'Cache-Control': 'max-age=5' } }
  const { policy } = compiled({ access, deliver: [step] }).routes[0]!
  const answered = { object: null, status: 200, lengthBytes: 0, fields: [] }
  for (const [host, expected] of [['h', 'max-age=5'], ['g', 'private']] as const) {
    const x = exchange({ target: { host, path: '/', raw: '/', query: '' } })
    const { set } = deliverOf(policy, x, answered)
    t.equal(new Map(set).get('cache-control'), expected)
  }
  t.end()
})
