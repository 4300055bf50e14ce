/**
 * Routes to http origins: what they say, checked and compiled. What is hard about it: what is for
 * stores alone must not be said of such a route without effect, and the other way round.
 */
import type { Respect } from '../../model/facts.ts'
import type { Action, QueryRule } from '../../model/policy.ts'
import type { AccessRule } from '../../model/access.ts'
import type { Problem, RouteRule, RuleSet } from '../../model/rules.ts'
import { cacheLayers, mergeCache } from './merge.ts'
import { named, problemAt, unknownName, type Place } from './problems.ts'
import { parseTemplate } from './template.ts'
import { parseText } from './text.ts'

/** `to: { origin, path }` and `hash`. With captures null the route's glob has a problem. */
export function compileForward(
  rule: RouteRule, place: Place, captures: readonly string[] | null,
): { action: Action | null; problems: readonly Problem[] } {
  const { origin, path } = rule.forward!
  const at = [...place.path, 'to']
  const problems = [...checkOrigin(origin, place), ...checkHash(rule, place)]
  const template = captures === null ? null : parseTemplate(path, captures)
  if (!/^\/(?!.*(?:\/\/|\/\.\.?(?:\/|$)))[^\p{Cc}\\?#]*$/u.test(path)) {
    problems.push({
      path: [...at, 'path'],
      message: 'this cannot be the path of a request',
      advice: 'it begins with `/` and has no query, and no empty, `.` or `..` segments',
    })
  } else if (template !== null && 'message' in template) {
    problems.push(problemAt([...at, 'path'], template))
  }
  if (problems.length > 0 || template === null || 'message' in template) {
    return { action: null, problems }
  }
  const { query, vary = [] } = rule.hash ?? {}
  return {
    action: {
      kind: 'forward',
      origin,
      path: template,
      query: query === undefined ? null : queryRuleOf(query),
      vary: [...new Set(vary.map((name) => name.toLowerCase()))].toSorted(),
      authorization: !asksForUsers(rule.access, place.rules, []),
    },
    problems,
  }
}

function checkOrigin(origin: string, { rules, path }: Place): Problem[] {
  const at = [...path, 'to', 'origin']
  if (rules.httpOrigins.includes(origin)) return []
  if (!rules.origins.includes(origin)) {
    return [unknownName(at, { kind: 'origin', word: origin, known: rules.httpOrigins })]
  }
  return [{
    path: at,
    message: `\`${origin}\` is a store, and has only objects`,
    advice: `give it a bucket in \`buckets\` and write to: "bucket/{key}", ` +
      'or make its dialect http',
  }]
}

function checkHash({ hash }: RouteRule, { path }: Place): Problem[] {
  const { drop = [], keep } = hash?.query ?? {}
  const both = keep?.find((name) => drop.includes(name))
  if (both === undefined) return []
  const advice = 'with `keep` all others are dropped anyway'
  return [{
    path: [...path, 'hash', 'query', 'drop'], message: `\`${both}\` is both kept and dropped`,
    advice,
  }]
}

function queryRuleOf(
  { drop = [], keep, sort = false }: NonNullable<NonNullable<RouteRule['hash']>['query']>,
): QueryRule {
  return { drop: drop.map(parseText), keep: keep?.map(parseText) ?? null, sort }
}

/** Whether a rule of access looks at Authorization, which then is not meant for the origin. */
function asksForUsers(
  access: AccessRule | undefined, rules: RuleSet, seen: readonly string[],
): boolean {
  if (access === undefined) return false
  if (typeof access === 'string') {
    return !seen.includes(access) && asksForUsers(named(rules.access, access), rules,
      [...seen, access])
  }
  const { all = [], any = [], not, basic, header } = access
  return basic !== undefined || header?.name.toLowerCase() === 'authorization' ||
    [...all, ...any, ...not === undefined ? [] : [not]]
      .some((one) => asksForUsers(one, rules, seen))
}

/** Problems of what is said about a route and is for routes to http origins. */
export function checkKind(rule: RouteRule, { rules, path }: Place): Problem[] {
  if (rule.forward !== undefined) return []
  const advice = 'lead the route to an http origin, or leave it out'
  const problems: Problem[] = rule.hash === undefined ? [] : [{
    path: [...path, 'hash'], message: '`hash` is for routes to http origins', advice,
  }]
  const own = cacheLayers(rules, rule, path).slice(1)
  for (const key of rule.to === undefined ? [] : ['respect', 'setCookie', 'directives'] as const) {
    const layer = own.findLast(({ says }) => says[key] !== undefined)
    if (layer === undefined || (key === 'respect' && layer.says.respect === 'rules')) continue
    const word = key === 'setCookie' ? 'set_cookie' : key
    problems.push({
      path: [...layer.path, word], advice,
      message: `\`${word}\` is for routes to http origins, and \`${rule.name}\` leads to a bucket`,
    })
  }
  return problems
}

/** What is left to the operator where the origin's word counts; null where it does not. */
export function respectOf(rules: RuleSet, rule: RouteRule): Respect | null {
  if (rule.forward === undefined) return null
  const layers = cacheLayers(rules, rule, [])
  const merged = mergeCache(layers)
  if (merged.respect !== 'origin') return null
  // The defaults are about objects of stores, which never say how long they are fresh.
  const said = mergeCache(layers.slice(1))
  return Object.freeze({
    ttlMs: said.ttlMs ?? null,
    graceMs: said.graceMs ?? 0,
    keepMs: merged.keepMs,
    cookies: merged.setCookie,
    directives: merged.directives === 'obey',
  })
}
