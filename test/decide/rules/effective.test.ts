import t from 'tap'
import * as fc from 'fast-check'
import { compile } from '../../../src/decide/rules/compile.ts'
import { effectiveOf } from '../../../src/decide/rules/effective.ts'
import { CACHE_KEYS, type CacheRule, type RuleSet } from '../../../src/model/rules.ts'
import { formatDuration } from '../../../src/lib/durations.ts'
import { ruleSet } from './ruleset.ts'

/** Every row as `key value path`. */
function rows(rules: RuleSet): string[] {
  return effectiveOf(rules, 0)
    .map(({ key, value, path }) => `${key} | ${value} | ${path.join('.')}`)
}

t.test('a route to an object says all that holds for it, and who says so', (t) => {
  const rules = ruleSet([{
    match: { path: '/{file}', host: ['a.org', 'b.org'], method: ['GET'] }, methods: ['GET'],
    to: 'releases/{file}', cache: { graceMs: 60_000 },
    deliver: { set: { 'Content-Type': 'a/b', 'X-by': 'me' }, unset: ['X-Old', 'y-*'] },
  }])
  t.same(rows(rules), [
    'match.host | a.org, b.org | routes.0.match.host',
    'match.path | /{file} | routes.0.match.path',
    'match.method | GET | routes.0.match.method',
    'to | releases/{file} | routes.0.to',
    'methods | GET | routes.0.methods',
    'cache.ttl | 1s | policies.immutable.ttl',
    'cache.grace | 1m | routes.0.cache.grace',
    'cache.keep | 9s | policies.immutable.keep',
    'cache.not_found | 5s | defaults.cache.not_found',
    'cache.forbidden | 2s | defaults.cache.forbidden',
    'cache.verify | md5 | defaults.cache.verify',
    'deliver.set.x-by | me | routes.0.deliver.set.X-by',
    'deliver.set.content-type | a/b | routes.0.deliver.set.Content-Type',
    'deliver.unset.server | removed | defaults.deliver.unset.1',
    'deliver.unset.x-old | removed | routes.0.deliver.unset.0',
    'deliver.unset.x-amz-* | removed | defaults.deliver.unset.0',
    'deliver.unset.y-* | removed | routes.0.deliver.unset.1',
    'deliver.cache_status | true | defaults.deliver.cache_status',
  ])
  t.end()
})

t.test('conditions are said in words', (t) => {
  const rules = ruleSet([{
    match: {
      client: ['office', 'cloud'], header: { 'X-A': ['a*', 'b'], 'x-b': true }, query: { v: false },
      not: {
        host: ['a.org'], query: { w: ['1'] }, not: { path: ['/a', '/b'], pathRegex: ['/.*x'] },
      },
    }, deny: 403,
  }])
  t.same(rows(rules).filter((row) => row.startsWith('match')), [
    'match.client | office, cloud | routes.0.match.client',
    'match.header.X-A | a* or b | routes.0.match.header.X-A',
    'match.header.x-b | present | routes.0.match.header.x-b',
    'match.query.v | absent | routes.0.match.query.v',
    'match.not | host a.org, query w 1, not (path /a or /b, path_regex /.*x) | routes.0.match.not',
  ])
  t.end()
})

t.test('cache and delivery do not matter for redirects and denials', (t) => {
  t.same(rows(ruleSet([{ match: { path: '/a' }, deny: 403 }])), [
    'match.path | /a | routes.0.match.path', 'deny | 403 | routes.0.deny',
    'methods | GET, HEAD | defaults.methods',
  ])
  t.same(rows(ruleSet([{ match: { path: '/a' }, redirect: { to: '/b', status: 301 } }])), [
    'match.path | /a | routes.0.match.path', 'redirect.to | /b | routes.0.redirect.to',
    'redirect.status | 301 | routes.0.redirect.status', 'methods | GET, HEAD | defaults.methods',
  ])
  t.end()
})

const cache = fc.record({
  ttlMs: fc.nat(9999), graceMs: fc.nat(9999), keepMs: fc.nat(9999), notFoundMs: fc.nat(9999),
  forbiddenMs: fc.nat(9999), verify: fc.constantFrom('md5' as const, 'none' as const),
}, { requiredKeys: [] })

t.test('the value shown is that of the policy, and the place named says exactly that', (t) => {
  fc.assert(fc.property(cache, cache, cache, fc.constantFrom('a', 'b', undefined), fc.boolean(),
    (policy, other, own, bucketPolicy, named) => {
      const rules = ruleSet([{ to: 'x/{file}', cache: named ? 'b' : own }], {
        policies: { a: policy, b: other },
        buckets: { x: { origin: 'walrus', cache: bucketPolicy } },
      })
      const merged = compile(rules).compiled.routes[0]!.policy.cache
      t.equal(effectiveOf(rules, 0).filter((one) => one.key.startsWith('cache.')).length, 6)
      for (const [field, key] of Object.entries(CACHE_KEYS) as [keyof CacheRule, string][]) {
        const row = effectiveOf(rules, 0).find((one) => one.key === `cache.${key}`)
        // What is for http origins alone is not said of an object.
        if (row === undefined) continue
        const value = merged[field]
        t.equal(row.value, typeof value === 'number' ? formatDuration(value) : value)
        t.equal(row.path.at(-1), key)
        let said: unknown = rules
        for (const step of row.path.slice(0, -1)) said = (said as Record<string, unknown>)[step]
        t.equal((said as CacheRule)[field], value, 'what stands at the place')
      }
    }), { numRuns: 100 })
  t.end()
})
