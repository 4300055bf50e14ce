import type { Access, Networks } from '../../model/access.ts'
import type { Pages } from '../../model/page.ts'
import type { Action, CachePolicy, Kept, Policy, RecvStep, Template } from '../../model/policy.ts'
import type { Problem, RouteRule, RuleSet } from '../../model/rules.ts'
import { createAccessCompiler, type AccessCompiler } from '../access/compile.ts'
import { compilePages } from '../synth/page.ts'
import { compileAction } from './action.ts'
import { compileCors, stepWithoutCorsFields, withoutCorsFields } from './cors.ts'
import { answersAll, checkRoute, checkRules, checkVisibility } from './checks.ts'
import { checkKind, respectOf } from './forward.ts'
import { openEnded } from './glob.ts'
import { compileMatchers, type Matchers } from './matchers.ts'
import { cacheLayers, deliverLayers, indexOf, mergeCache, mergeDeliver } from './merge.ts'
import { withTemplates } from './deliver.ts'
import { createStepCompiler, NO_STEPS, type StepCompiler, type Steps } from './steps.ts'
import { compileTags } from './tags.ts'
import { findUnreachable } from './reach.ts'
import { createShared, type Shared } from './shared.ts'
import { tablesOf, type CompiledRoute, type Tables } from './tables.ts'

/** The rules, ready to be matched. */
export type CompiledRules = {
  readonly tables: Tables
  /** In order. */
  readonly routes: readonly CompiledRoute[]
  /** For requests that no route matches; its route is called `default`. */
  readonly fallback: Policy
  /** What answers of haulout's own are worded with; null: plain lines. */
  readonly pages: Pages | null
  /** What is done with every request before its route is looked for; null: nothing. */
  readonly recv: readonly RecvStep[] | null
  /** Who may purge with requests; null: nobody, and PURGE is a method like others. */
  readonly purge: Access | null
  /** The proxies whose word on who the client is counts; null for none. */
  readonly trusted: Networks | null
}

/**
 * Makes Policies and tables of a rule set. All problems are found in one go, each with its path in
 * the document. When there are any, the result only holds the routes without one, and must not be
 * served from.
 */
export function compile(rules: RuleSet): { compiled: CompiledRules; problems: Problem[] } {
  const accesses = createAccessCompiler(rules)
  const stepping = createStepCompiler(rules, accesses.lists)
  const problems = [...checkRules(rules), ...accesses.problems, ...stepping.problems]
  const routes: CompiledRoute[] = []
  const shared = createShared()
  const making = { rules, shared, accesses, stepping }
  for (const [order, rule] of rules.routes.entries()) {
    const { route, problems: found } = compileRoute(making, rule, order)
    problems.push(...found)
    if (route !== null) routes.push(route)
  }
  problems.push(...findUnreachable(routes, rules.routes))
  const fallback = policyOf({ rules, shared }, { name: 'default', match: {} }, {
    captures: [],
    action: { kind: 'deny', status: rules.default.deny },
    access: null,
    tags: [],
    steps: NO_STEPS,
  })
  const { trusted } = accesses
  const purging = rules.purge === undefined ? OPEN
    : accesses.compile(rules.purge, ['purge', 'access'])
  problems.push(...purging.problems)
  const pages = compilePages(rules.synth ?? {})
  const { access: purge } = purging
  const { recv } = stepping
  const tables = tablesOf(routes)
  return {
    compiled: { tables, routes, fallback, pages, recv, purge, trusted }, problems,
  }
}

/** The rules and what their routes have in common so far. */
type Making = { readonly rules: RuleSet; readonly shared: Shared }

type Compiling = Making & {
  readonly accesses: AccessCompiler
  readonly stepping: StepCompiler
}

function compileRoute(
  { accesses, stepping, ...making }: Compiling,
  rule: RouteRule,
  order: number,
): { route: CompiledRoute | null; problems: readonly Problem[] } {
  const path = ['routes', order]
  const place = { rules: making.rules, path }
  const problems = [...checkRoute(rule, place), ...checkKind(rule, place)]
  const { lists } = accesses
  const { matchers, captures, problems: misfits } =
    compileMatchers(rule.match, { path: [...path, 'match'], lists })
  const { action, problems: found } = compileAction(rule, place, captures)
  problems.push(...misfits, ...found)
  const { tags, problems: ofTags } = compileTags(rule.tags ?? [], [...path, 'tags'], captures)
  const { steps, problems: ofSteps } = stepping.compile(rule, path, captures)
  problems.push(...ofTags, ...ofSteps)
  const { access, problems: faults } = rule.access === undefined ? OPEN
    : accesses.compile(rule.access, [...path, 'access'])
  problems.push(...faults, ...checkVisibility(rule, action, place))
  if (problems.length > 0 || matchers === null || action === null) return { route: null, problems }
  const policy = policyOf(making, rule, {
    captures: matchers.glob.captures, action, access, tags, steps,
  })
  return { route: routeOf(rule, { order, ...sharedOf(making, rule, matchers), policy }), problems }
}

/** The matchers as they are when all routes are: equal ones are one. */
function sharedOf({ rules, shared }: Making, rule: RouteRule, made: Matchers): Matchers {
  const { hosts, glob, regex, when } = made
  const { header, query, client, not } = rule.match
  const bare = rule.trailingSlash === 'add'
  const folders = rule.forward !== undefined || indexOf(rules, rule) !== null
  const read = folders && regex === null ? openEnded(glob, bare) : glob
  const globName = `${read === glob} ${bare} ${regex?.text ?? ''} ${glob.text}`
  return {
    hosts,
    glob: shared.one('glob', globName, read),
    regex: regex === null ? null : shared.one('regex', regex.text, regex),
    when: when === null ? null
      : shared.one('when', JSON.stringify([header, query, client, not]), when),
  }
}

const OPEN = { access: null, problems: [] }

function routeOf(
  rule: RouteRule,
  made: Matchers & { readonly order: number; readonly policy: Policy },
): CompiledRoute {
  const { allow } = made.policy
  return {
    ...made,
    methods: rule.match.method === undefined ? null : new Set(rule.match.method),
    refusal: answersAll(rule) ? null
      : Object.freeze({ status: 405, reason: 'method-not-allowed', close: false, allow }),
  }
}

/** How what no step is about is kept. */
function keptAs(cache: CachePolicy): Kept {
  return Object.freeze({ cache, cacheable: true, memory: true, disk: true })
}

function policyOf(
  { rules, shared }: Making,
  rule: RouteRule,
  { captures, action, access, tags, steps }: {
    captures: readonly string[]
    action: Action
    access: Access | null
    tags: readonly Template[]
    steps: Steps
  },
): Policy {
  const methods = new Set(rule.methods ?? rules.defaults.methods)
  const allow = [...methods].join(', ')
  const respect = respectOf(rules, rule)
  const caching = mergeCache(cacheLayers(rules, rule, []))
  const cache = shared.one('cache', JSON.stringify(caching), caching)
  const layers = deliverLayers(rules, rule, []).filter(({ says }) => says.when === undefined)
  const merged = mergeDeliver(layers)
  const own = rule.cors === undefined ? merged : withoutCorsFields(merged)
  const deliver = withTemplates(own, captures)
  return Object.freeze({
    route: rule.name,
    captures: shared.one('captures', captures.join(), Object.freeze([...captures])),
    methods: shared.one('methods', allow, methods),
    allow: shared.one('allow', allow, allow),
    action: shared.one('action', JSON.stringify(action), Object.freeze(action)),
    trailingSlash: rule.trailingSlash ?? 'keep',
    cors: shared.one('cors', JSON.stringify([rule.cors, allow]), compileCors(rule, [...methods])),
    access,
    cache,
    kept: shared.one('kept', JSON.stringify(cache), keptAs(cache)),
    ...steps,
    deliverSteps: rule.cors === undefined ? steps.deliverSteps
      : steps.deliverSteps?.map(stepWithoutCorsFields) ?? null,
    respect: shared.one('respect', JSON.stringify(respect), respect),
    pass: rule.pass ?? false,
    purges: false,
    tags: shared.one('tags', JSON.stringify(tags), Object.freeze(tags)),
    deliver: shared.one('deliver', JSON.stringify([deliver, ...deliver.unset]), deliver),
  })
}
