import type { Action, Policy } from '../../model/policy.ts'
import type { CacheRule, Problem, RouteRule, RuleSet } from '../../model/rules.ts'
import { compileAction } from './action.ts'
import { checkNames, checkReferences, checkRoute } from './checks.ts'
import { parseGlob, type Glob } from './glob.ts'
import { parseHost } from './host.ts'
import { mergeCache, mergeDeliver } from './merge.ts'
import { note, type Notes } from './notes.ts'
import { findUnreachable } from './reach.ts'
import { tablesOf, type CompiledRoute, type Tables } from './tables.ts'

/** The rules, ready to be matched. */
export type CompiledRules = {
  readonly tables: Tables
  /** In order. */
  readonly routes: readonly CompiledRoute[]
  /** For requests that no route matches; its route is called `default`. */
  readonly fallback: Policy
}

/**
 * Makes Policies and tables of a rule set. All problems are found in one go, each with its path in
 * the document. When there are any, the result only holds the routes without one, and must not be
 * served from.
 */
export function compile(rules: RuleSet): { compiled: CompiledRules; problems: Problem[] } {
  const notes: Notes = { rules, problems: [] }
  checkNames(notes)
  checkReferences(notes)
  const routes: CompiledRoute[] = []
  for (const [order, rule] of rules.routes.entries()) {
    const route = compileRoute(notes, rule, order)
    if (route !== null) routes.push(route)
  }
  notes.problems.push(...findUnreachable(routes, rules.routes))
  const fallback = policyOf(rules, { name: 'default', match: {} }, {
    captures: [],
    action: { kind: 'deny', status: rules.default.deny },
  })
  return { compiled: { tables: tablesOf(routes), routes, fallback }, problems: notes.problems }
}

function compileRoute(notes: Notes, rule: RouteRule, order: number): CompiledRoute | null {
  const before = notes.problems.length
  const path = ['routes', order]
  checkRoute(notes, rule, path)
  const glob = parseGlob(rule.match.path ?? '/**')
  if ('message' in glob) note(notes, [...path, 'match', 'path'], glob)
  const hosts = compileHosts(notes, rule, order)
  const captures = 'message' in glob ? null : glob.captures
  const action = compileAction(notes, rule, { path, captures })
  if (notes.problems.length > before || 'message' in glob || action === null) return null
  const policy = policyOf(notes.rules, rule, { captures: glob.captures, action })
  return routeOf(rule, { order, hosts, glob, policy })
}

function compileHosts(notes: Notes, rule: RouteRule, order: number): string[] {
  const hosts = new Set<string>()
  for (const [index, text] of (rule.match.host ?? []).entries()) {
    const host = parseHost(text)
    if (typeof host === 'string') hosts.add(host)
    else note(notes, ['routes', order, 'match', 'host', index], host)
  }
  return [...hosts]
}

function routeOf(
  rule: RouteRule,
  made: { order: number; hosts: readonly string[]; glob: Glob; policy: Policy },
): CompiledRoute {
  const { allow, action } = made.policy
  return {
    ...made,
    methods: rule.match.method === undefined ? null : new Set(rule.match.method),
    refusal: action.kind === 'deny' ? null
      : Object.freeze({ status: 405, reason: 'method-not-allowed', close: false, allow }),
  }
}

function policyOf(
  rules: RuleSet,
  rule: RouteRule,
  made: { captures: readonly string[]; action: Action },
): Policy {
  const methods = new Set(rule.methods ?? rules.defaults.methods)
  const bucket = made.action.kind === 'object' ? rules.buckets[made.action.bucket] : undefined
  const layers = [cacheRule(rules, bucket?.cache), cacheRule(rules, rule.cache)]
  return Object.freeze({
    route: rule.name,
    captures: Object.freeze([...made.captures]),
    methods,
    allow: [...methods].join(', '),
    action: Object.freeze(made.action),
    cache: mergeCache(rules.defaults.cache, layers),
    deliver: mergeDeliver([rules.defaults.deliver, rule.deliver ?? {}]),
  })
}

/** The fields that a `cache` entry stands for: those it has, or those of the policy it names. */
function cacheRule(rules: RuleSet, cache: string | CacheRule | undefined): CacheRule {
  if (typeof cache !== 'string') return cache ?? {}
  return Object.hasOwn(rules.policies, cache) ? rules.policies[cache]! : {}
}
