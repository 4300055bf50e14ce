import t from 'tap'
import { secretRefs } from '../../../src/decide/access/secret-refs.ts'
import { compile } from '../../../src/decide/rules/compile.ts'
import type { AccessRule } from '../../../src/model/access.ts'
import type { RuleSet } from '../../../src/model/rules.ts'
import type { DeliverRule } from '../../../src/model/steps.ts'
import { ruleSet } from '../rules/ruleset.ts'

const OFFICE = { client: ['office'] }
const STAFF = { basic: { users: 'staff', realm: 'Staff' } }
const NOW = { time: { after: 1, before: 2 } }
const PARTS: Partial<RuleSet> = { acls: { office: ['10.0.0.0/8'] }, users: ['staff'] }

function problemsOf(access: AccessRule, blocks: RuleSet['access'] = {}): string[] {
  const { problems } = compile(ruleSet([{ access }], { ...PARTS, access: blocks }))
  return problems.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

/** Ten blocks, each of which names the one before it twice. */
const DOUBLING: Record<string, AccessRule> = { b0: OFFICE }
for (let i = 1; i < 10; i++) DOUBLING[`b${i}`] = { any: [`b${i - 1}`, `b${i - 1}`] }

const CASES: ReadonlyArray<readonly [AccessRule, RuleSet['access'], readonly string[]]> = [
  [OFFICE, {}, []],
  [{ all: [OFFICE, STAFF, { any: [NOW, { not: OFFICE }] }] }, {}, []],
  ['a', { a: 'b', b: OFFICE }, []],
  [{ not: { any: [NOW, { not: 'a' }] } }, { a: OFFICE }, []],
  ['nobody', {}, ['routes.0.access: there is no block of `access` `nobody`']],
  ['constructor', {}, ['routes.0.access: there is no block of `access` `constructor`']],
  [{ client: ['home'] }, {}, ['routes.0.access.client: there is no list `home`']],
  [{ client: ['office', 'home'] }, {}, ['routes.0.access.client.1: there is no list `home`']],
  [{ basic: { users: 'admins', realm: 'x' } }, {},
    ['routes.0.access.basic.users: there is no file of users `admins`']],
  [{}, {}, ['routes.0.access: this does not say who may']],
  [{ all: [{ ...OFFICE, ...STAFF }] }, {},
    ['routes.0.access.all.0.basic: `client` and `basic` stand side by side']],
  ['a', { a: { all: ['b'] }, b: { not: 'a' } },
    ['access.b.not: this block contains itself: a > b > a']],
  ['a', { a: { any: ['gone', OFFICE] } },
    ['access.a.any.0: there is no block of `access` `gone`']],
  [{ not: STAFF }, {}, ['routes.0.access.not: a password cannot be negated: ' +
    'whoever gave none would get in']],
  [{ not: 'a' }, { a: { any: [OFFICE, { all: [STAFF] }] } },
    ['routes.0.access.not: a password cannot be negated: whoever gave none would get in']],
  [{ not: 'gone' }, {}, ['routes.0.access.not: there is no block of `access` `gone`']],
  [{ header: { name: 'x' } }, {},
    ['routes.0.access.header: `equals` or `present` is missing']],
  [{ header: { name: 'x', equals: ['1'], present: true } }, {},
    ['routes.0.access.header: `equals` and `present` exclude each other']],
  [{ header: { name: 'Authorization', equals: ['1'] } }, {},
    ['routes.0.access.header.equals: ' +
      'this field holds a secret, which must not stand in this file']],
  [{ time: {} }, {}, ['routes.0.access.time: `before` or `after` is missing']],
  [{ time: { after: 2, before: 2 } }, {},
    ['routes.0.access.time: this time never comes: `before` is not later than `after`']],
  [OFFICE, DOUBLING, ['access.b9: this comes to more than 256 predicates']],
]

for (const [access, blocks, expected] of CASES) {
  t.test(`${JSON.stringify(access)} has ${expected.length} problems: ${expected[0]}`, (t) => {
    t.same(problemsOf(access, blocks).map((text) => text.replace(/\.(any|all)$/, '')),
      expected.map((text) => text))
    t.end()
  })
}

t.test('what is cheap to ask is asked first, a password last', (t) => {
  const token = { header: { name: 'x', equals: ['1'] } }
  const there = { header: { name: 'x', present: true } }
  const all = [{ any: [STAFF, NOW] }, STAFF, token, OFFICE, { not: there }, NOW]
  const { compiled } = compile(ruleSet([{ access: { all } }], PARTS))
  t.match(compiled.routes[0]!.policy.access, {
    of: [
      { kind: 'time' }, { kind: 'not' }, { kind: 'client' }, { kind: 'equals' },
      { kind: 'any', of: [{ kind: 'time' }, { kind: 'basic' }] }, { kind: 'basic' },
    ],
  })
  t.end()
})

t.test('lists and trusted proxies are checked even if nobody names them', (t) => {
  const parts = { acls: { a: ['10.0.0.0/8', '!10.0.0.0/8'] }, trustedProxies: ['1.2.3.4/8'] }
  const { problems } = compile(ruleSet([{}], parts))
  t.same(problems.map(({ path }) => path.join('.')), ['acls.a.1', 'trusted_proxies.0'])
  t.equal(compile(ruleSet([{}])).compiled.trusted, null)
  t.end()
})

function problemsWith(visibility: 'public' | 'private', access?: AccessRule): unknown {
  const rules = ruleSet([{ access }, { deny: 404 }], {
    ...PARTS, buckets: { releases: { origin: 'walrus', visibility } },
  })
  return compile(rules).problems.map(({ path, message }) => [path.join('.'), message])
}

t.test('a private bucket has no route without access', (t) => {
  t.same(problemsWith('public'), [])
  t.same(problemsWith('private', OFFICE), [])
  t.same(problemsWith('private'),
    [['routes.0.to', '`releases` is private, and route `r0` lets everybody in']])
  t.end()
})

/** What the defaults and the route set and unset, and what Cache-Control becomes with access. */
const CACHING: ReadonlyArray<readonly [DeliverRule, DeliverRule, string]> = [
  [{}, {}, 'private'],
  [{ set: { 'Cache-Control': 'public' } }, {}, 'private'],
  [{ unset: ['cache-control'] }, {}, 'private'],
  [{}, { unset: ['Cache-Control'] }, 'private'],
  [{}, { set: { 'Cache-Control': 'public, max-age=5' } }, 'public, max-age=5'],
  [{ set: { 'cache-control': 'a' } }, { set: { 'CACHE-CONTROL': 'no-cache' } }, 'no-cache'],
]

for (const [usual, own, expected] of CACHING) {
  t.test(`${JSON.stringify(usual)} and ${JSON.stringify(own)} make it ${expected}`, (t) => {
    const whole = ruleSet([{ access: OFFICE, deliver: own }], PARTS)
    const rules = { ...whole, defaults: { ...whole.defaults, deliver: usual } }
    const { set } = compile(rules).compiled.routes[0]!.policy.deliver
    t.same(set, [['cache-control', expected]])
    t.end()
  })
}

function key(name: string): AccessRule {
  return { header: { name: 'x', equals: ['1', { kind: 'env', name }] } }
}

t.test('every secret is found with its place, wherever it is nested', (t) => {
  const rules = ruleSet([{}, { access: { all: [OFFICE, { not: key('B') }] } }, { access: 'a' }], {
    ...PARTS, access: { a: { any: [key('A')] } },
  })
  t.same(secretRefs(rules), [
    { path: ['access', 'a', 'any', 0, 'header', 'equals'], ref: { kind: 'env', name: 'A' } },
    {
      path: ['routes', 1, 'access', 'all', 1, 'not', 'header', 'equals'],
      ref: { kind: 'env', name: 'B' },
    },
  ])
  t.end()
})
