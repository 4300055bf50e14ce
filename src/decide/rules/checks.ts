import type { Action } from '../../model/policy.ts'
import type { DeliverRule } from '../../model/steps.ts'
import type { CacheRule, Problem, RouteRule, RuleSet } from '../../model/rules.ts'
import { checkCors } from './cors.ts'
import { ownDeliver } from './merge.ts'
import { named, unknownName, type Path, type Place } from './problems.ts'
import { valuesOf } from './read-steps.ts'

/** What stands for all routes refers to no captures. */
const EVERYWHERE = { lists: new Map(), captures: 'none' } as const

/** Only these reach a store: whatever else the rules allow must never get to the signer. */
const OBJECT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Problems of what stands outside of the routes, and of the routes' names. */
export function checkRules(rules: RuleSet): Problem[] {
  return [
    ...checkNames(rules),
    ...Object.entries(rules.buckets).flatMap(([name, bucket]) => {
      const path = ['buckets', name]
      const known = rules.origins
      return [
        ...known.includes(bucket.origin) ? []
          : [unknownName([...path, 'origin'], { kind: 'origin', word: bucket.origin, known })],
        ...rules.httpOrigins.includes(bucket.origin)
          ? [hasNoBuckets([...path, 'origin'], bucket.origin)] : [],
        ...checkPolicyName({ rules, path: [...path, 'cache'] }, bucket.cache),
      ]
    }),
    ...checkObjectMethods(['defaults', 'methods'], rules.defaults.methods),
    ...checkDeliver(['defaults', 'deliver'], rules.defaults.deliver),
    ...valuesOf(rules.defaults.deliver.set, ['defaults', 'deliver'], EVERYWHERE).problems,
    ...(rules.deliver ?? []).flatMap((step, index) => checkDeliver(['deliver', index], step)),
  ]
}

function hasNoBuckets(path: Path, origin: string): Problem {
  return {
    path,
    message: `\`${origin}\` speaks \`http\`, and has no buckets`,
    advice: `lead routes to it: to: { origin: ${origin}, path: "/{rest}" }`,
  }
}

/** Problems of what one route says apart from where it leads. */
export function checkRoute(rule: RouteRule, place: Place): Problem[] {
  return [
    ...checkMatch(rule, place),
    ...checkPolicyName({ ...place, path: [...place.path, 'cache'] }, rule.cache),
    ...rule.to === undefined ? []
      : checkObjectMethods([...place.path, 'methods'], rule.methods ?? []),
    ...ownDeliver(rule, place.path).flatMap(({ path, says }) => checkDeliver(path, says)),
    ...checkFolders(rule, place),
    ...checkCors(rule, place.path, rule.methods ?? place.rules.defaults.methods),
    ...checkObjectKeys(rule, place),
    ...checkPass(rule, place),
  ]
}

/** Only buckets have folders; what a route answers by itself, it answers however it is asked. */
function checkFolders(rule: RouteRule, { path }: Place): Problem[] {
  if (rule.to !== undefined) return []
  const slash = rule.forward === undefined ? rule.trailingSlash : undefined
  const said = [['index', rule.index], ['trailing_slash', slash]] as const
  return said.flatMap(([key, value]) => value === undefined ? [] : [{
    path: [...path, key],
    message: `\`${key}\` is for routes that lead to a bucket`,
    advice: 'remove it, or give the route a `to`',
  }])
}

/** A private bucket that is public by oversight is what this is there to prevent. */
export function checkVisibility(
  rule: RouteRule, action: Action | null, { rules, path }: Place,
): Problem[] {
  if (action?.kind !== 'object' || rule.access !== undefined) return []
  if (named(rules.buckets, action.bucket)?.visibility !== 'private') return []
  return [{
    path: [...path, 'to'],
    message: `\`${action.bucket}\` is private, and route \`${rule.name}\` lets everybody in`,
    advice: 'add `access` to the route, or make the bucket `visibility: public`',
  }]
}

/** What is refused, is refused to every method; 405 would say that another one gets something. */
export function answersAll({ deny, synth }: RouteRule): boolean {
  return deny !== undefined || (synth !== undefined && synth.status >= 400)
}

/** Route names stand in logs and metrics, so each is there once, and `default` is taken. */
function checkNames(rules: RuleSet): Problem[] {
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const [index, { name }] of rules.routes.entries()) {
    const path = ['routes', index, 'name']
    if (name === 'default') {
      const message = '`default` already names what happens when no route matches'
      problems.push({ path, message, advice: 'choose another name' })
    } else if (seen.has(name)) {
      const advice = 'logs and metrics tell routes apart by their names: choose another one'
      problems.push({ path, message: `there already is a route \`${name}\``, advice })
    }
    seen.add(name)
  }
  return problems
}

function checkMatch(rule: RouteRule, { rules, path }: Place): Problem[] {
  const { method } = rule.match
  if (Object.values(rule.match).every((one) => one === undefined)) {
    const advice = 'if that is meant, say so with path: "/**"'
    return [{ path: [...path, 'match'], message: 'this matches every request', advice }]
  }
  const methods = rule.methods ?? rules.defaults.methods
  const never = (method ?? []).find((one) => !methods.includes(one))
  if (answersAll(rule) || never === undefined) return []
  return [{
    path: [...path, 'match', 'method'],
    message: `this route matches ${never}, but its \`methods\` do not allow it`,
    advice: `such requests would get 405; do not match ${never} here`,
  }]
}

function checkPolicyName(place: Place, cache: string | CacheRule | undefined): Problem[] {
  const { policies } = place.rules
  if (typeof cache !== 'string' || named(policies, cache) !== undefined) return []
  const known = Object.keys(policies)
  return [unknownName(place.path, { kind: 'policy', word: cache, known })]
}

function checkObjectMethods(path: Path, methods: readonly string[]): Problem[] {
  const wrong = methods.find((method) => !OBJECT_METHODS.has(method))
  if (wrong === undefined) return []
  const advice = 'buckets are read-only here: only GET and HEAD may be allowed'
  return [{ path, message: `${wrong} cannot be allowed for objects`, advice }]
}

/** What is for answers of origins says nothing where there are none. */
function checkObjectKeys(rule: RouteRule, { path }: Place): Problem[] {
  if (rule.to !== undefined || rule.forward !== undefined) return []
  return OBJECT_KEYS.filter((key) => rule[key] !== undefined).map((key) => ({
    path: [...path, key],
    message: `\`${key}\` is for objects, and this route leads to none`,
    advice: 'remove it, or say with `to` which object the route leads to',
  }))
}

/** What is said about keeping says nothing where nothing is kept. */
function checkPass(rule: RouteRule, { path }: Place): Problem[] {
  if (rule.pass !== true) return []
  return KEPT_KEYS.filter((key) => rule[key] !== undefined).map((key) => ({
    path: [...path, key],
    message: `\`${key}\` is about what is kept, and with \`pass: true\` nothing is`,
    advice: 'remove one of them',
  }))
}

/** Keys of routes that only mean something where responses are kept. */
const KEPT_KEYS = ['cache', 'tags', 'store'] as const

/** Keys of routes that only mean something with `to`. */
const OBJECT_KEYS = ['pass', 'tags', 'fetch', 'store'] as const

function checkDeliver(path: Path, deliver: DeliverRule): Problem[] {
  const unset = new Set((deliver.unset ?? []).map((name) => name.toLowerCase()))
  const both = Object.keys(deliver.set ?? {}).find((name) => unset.has(name.toLowerCase()))
  if (both === undefined) return []
  const advice = 'a field that is set replaces the origin\'s; there is no need to unset it'
  return [{ path: [...path, 'set', both], message: `\`${both}\` is both set and unset`, advice }]
}
