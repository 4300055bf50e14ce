import t from 'tap'
import { compile } from '../../../src/decide/rules/compile.ts'
import { effectiveOf } from '../../../src/decide/rules/effective.ts'
import { fetchedFields } from '../../../src/decide/rules/fetch-steps.ts'
import type { AccessRule } from '../../../src/model/access.ts'
import type { Policy } from '../../../src/model/policy.ts'
import type { RouteRule, RuleSet } from '../../../src/model/rules.ts'
import { policy } from '../nouns.ts'
import { ruleSet } from './ruleset.ts'

const TO = { origin: 'site', path: '/x/{rest}' }

function rulesOf(rule: Partial<RouteRule>, parts: Partial<RuleSet> = {}): RuleSet {
  return ruleSet([{ match: { path: '/a/{rest**}' }, forward: TO, to: undefined, ...rule }], {
    origins: ['walrus', 'site'], httpOrigins: ['site'], users: ['staff'],
    acls: { office: ['10.0.0.0/8'] }, ...parts,
  })
}

function compiled(rule: Partial<RouteRule>, parts: Partial<RuleSet> = {}): Policy {
  const { compiled, problems } = compile(rulesOf(rule, parts))
  t.same(problems, [])
  return compiled.routes[0]!.policy
}

t.test('a route to an http origin becomes an action with all it needs', (t) => {
  const hash = {
    query: { drop: ['utm_*'], keep: ['a', 'b'], sort: true }, vary: ['X-B', 'x-a', 'x-b'],
  }
  t.same(compiled({ hash }).action, {
    kind: 'forward', origin: 'site', path: { literals: ['/x/', ''], slots: [0] },
    query: {
      drop: [{ literals: ['utm_', ''] }], keep: [{ literals: ['a'] }, { literals: ['b'] }],
      sort: true,
    },
    vary: ['x-a', 'x-b'], authorization: true,
  })
  t.match(compiled({}).action, { query: null, vary: [] })
  const nothing = { drop: [], keep: null, sort: false }
  t.match(compiled({ hash: { query: {} } }).action, { query: nothing })
  t.end()
})

t.test('the end of the path may be empty', (t) => {
  const { compiled: made } = compile(rulesOf({}))
  t.equal(made.routes[0]!.glob.parts.at(-1)!.least, 0)
  t.end()
})

t.test('Authorization is the origin\'s, unless the route asks for users of its own', (t) => {
  const basic = { basic: { users: 'staff', realm: 'Staff' } }
  const cases: ReadonlyArray<readonly [AccessRule | undefined, boolean]> = [
    [undefined, true], [{ client: ['office'] }, true], [basic, false],
    [{ all: [{ client: ['office'] }, basic] }, false], [{ any: [basic] }, false],
    [{ header: { name: 'Authorization', present: true } }, false],
    [{ header: { name: 'x-token', present: true } }, true],
    ['named', false], [{ not: { client: ['office'] } }, true],
  ]
  for (const [access, kept] of cases) {
    const { action } = compiled({ access }, { access: { named: { any: ['inner'] }, inner: basic } })
    t.match(action, { authorization: kept }, JSON.stringify(access))
  }
  t.end()
})

t.test('respect has the operator\'s word only where the route has said it', (t) => {
  t.equal(compiled({}).respect, null)
  t.same(compiled({ cache: { respect: 'origin' } }).respect, {
    ttlMs: null, graceMs: 0, keepMs: 100_000, cookies: 'refuse', directives: true,
  })
  const said = {
    respect: 'origin', ttlMs: 1, graceMs: 2, keepMs: 3, setCookie: 'strip', directives: 'ignore',
  } as const
  t.same(compiled({ cache: said }).respect, {
    ttlMs: 1, graceMs: 2, keepMs: 3, cookies: 'strip', directives: false,
  })
  t.match(compiled({ cache: 'site' }, {
    policies: { immutable: {}, site: said },
  }).respect, { ttlMs: 1 })
  t.equal(compiled({ forward: undefined, to: 'plain/{rest}' }).respect, null)
  t.end()
})

t.test('what the defaults set and unset is about objects', (t) => {
  const { deliver } = compiled({ deliver: { set: { 'x-a': '1' } } })
  t.same([deliver.set, [...deliver.unset], deliver.cacheStatus], [[['x-a', '1']], [], true])
  t.end()
})

function keys(rule: Partial<RouteRule>): string[] {
  return effectiveOf(rulesOf(rule), 0).map(({ key }) => key)
    .filter((key) => /^(cache|to|hash)/.test(key))
}

t.test('only what counts is said to hold', (t) => {
  t.same(keys({ cache: { respect: 'origin', ttlMs: 5 }, hash: { query: { sort: true } } }), [
    'to.origin', 'to.path', 'hash.query.sort',
    'cache.ttl', 'cache.keep', 'cache.respect', 'cache.set_cookie', 'cache.directives',
  ])
  t.same(keys({}), [
    'to.origin', 'to.path', 'cache.ttl', 'cache.grace', 'cache.keep', 'cache.not_found',
    'cache.forbidden', 'cache.respect',
  ])
  t.end()
})

const WRONG: ReadonlyArray<readonly [Partial<RouteRule>, string]> = [
  [{ forward: { origin: 'sites', path: '/' } }, 'there is no origin `sites`'],
  [{ forward: { origin: 'walrus', path: '/' } }, '`walrus` is a store, and has only objects'],
  [{ forward: { origin: 'site', path: 'a' } }, 'this cannot be the path of a request'],
  [{ forward: { origin: 'site', path: '/a/../b' } }, 'this cannot be the path of a request'],
  [{ forward: { origin: 'site', path: '/{nothing}' } }, 'the path has no capture `{nothing}`'],
  [{ hash: { query: { drop: ['a'], keep: ['a'] } } }, '`a` is both kept and dropped'],
  [{ to: 'plain/{rest}' }, '`to` and `to` exclude each other'],
  [{ forward: undefined, to: 'plain/{rest}', hash: {} }, '`hash` is for routes to http origins'],
  [
    { forward: undefined, to: 'plain/{rest}', cache: { respect: 'origin' } },
    '`respect` is for routes to http origins, and `r0` leads to a bucket',
  ],
  [
    { forward: undefined, to: 'plain/{rest}', cache: { setCookie: 'strip' } },
    '`set_cookie` is for routes to http origins, and `r0` leads to a bucket',
  ],
]

for (const [rule, message] of WRONG) {
  t.test(`${JSON.stringify(rule)}: ${message}`, (t) => {
    t.same(compile(rulesOf(rule)).problems.map((problem) => problem.message), [message])
    t.end()
  })
}

t.test('a bucket may say that the rules hold, and cannot be of an http origin', (t) => {
  const rule = { forward: undefined, to: 'plain/{rest}', cache: { respect: 'rules' } } as const
  t.same(compile(rulesOf(rule)).problems, [])
  const buckets = { plain: { origin: 'site' } }
  t.match(compile(rulesOf({ forward: undefined, to: 'plain/{rest}' }, { buckets })).problems, [
    { message: '`site` speaks `http`, and has no buckets' },
  ])
  t.end()
})

t.test('steps of fetch change what goes on; those with a condition are about objects', (t) => {
  const fields = ['A', '1', 'b', '2', 'a', '3', 'X-Y', '4']
  t.equal(fetchedFields(policy(), fields), fields)
  const unset = { names: new Set(['b']), prefixes: ['x-'] }
  const fetch = [
    { when: null, set: [['a', 'new'], ['c', '5']] as const, unset },
    { when: { kind: 'all', of: [] } as const, set: [['d', '6']] as const, unset },
  ]
  t.same(fetchedFields({ ...policy(), fetch }, fields), ['a', 'new', 'c', '5'])
  t.end()
})
