/** A small whole rule set to put routes into. */
import type { RouteRule, RuleSet } from '../../../src/model/rules.ts'
import { cachePolicy } from '../nouns.ts'

export function ruleSet(
  routes: readonly Partial<RouteRule>[], parts: Partial<RuleSet> = {},
): RuleSet {
  return {
    policies: {
      immutable: { ttlMs: 1000, keepMs: 9000 },
      moving: { ttlMs: 1, notFoundMs: 2, verify: undefined },
    },
    buckets: {
      releases: { origin: 'walrus', name: 'eucalyptus-releases', cache: 'immutable' },
      images: { origin: 'walrus', cache: { ttlMs: 77, verify: 'none' } },
      plain: { origin: 'walrus' },
    },
    defaults: {
      methods: ['GET', 'HEAD'],
      cache: cachePolicy(),
      deliver: {
        unset: ['x-amz-*', 'Server', 'x-old'], set: { 'X-By': 'haulout' }, cacheStatus: true,
      },
    },
    routes: routes.map((route, index) => ({
      name: `r${index}`, match: { path: `/${index}/{file}` },
      ...route.redirect ?? route.deny ?? route.synth ? {} : { to: 'releases/{file}' },
      ...route,
    })),
    default: { deny: 404 },
    origins: ['walrus'], httpOrigins: [],
    trustedProxies: [],
    acls: {},
    users: [],
    access: {},
    ...parts,
  }
}
