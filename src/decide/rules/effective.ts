import { formatDuration } from '../../lib/durations.ts'
import type { AccessRule } from '../../model/access.ts'
import type { CachePolicy, Policy } from '../../model/policy.ts'
import type { DeliverRule } from '../../model/steps.ts'
import { CACHE_KEYS, type RouteRule, type RuleSet } from '../../model/rules.ts'
import { delivering, fetching, receiving, storing } from './effective-steps.ts'
import {
  cacheLayers, deliverLayers, indexOf, mergeCache, mergeDeliver, type Layer,
} from './merge.ts'
import type { Path } from './problems.ts'
import { wantedInWords, whenInWords } from './when-words.ts'

/** One field of what a route comes to, and the place in the document that has decided it. */
export type Effective = {
  /** As it would be written in the route: `cache.ttl`, `deliver.set.content-type`. */
  readonly key: string
  readonly value: string
  readonly path: Path
}

/**
 * Everything that holds for a route once all layers are merged, field by field. The values are
 * those of the merged policy; the place is that of the strongest layer that says them.
 */
export function effectiveOf(rules: RuleSet, order: number): Effective[] {
  const rule = rules.routes[order]!
  const path = ['routes', order]
  return [
    ...matched(rule, path),
    ...action(rule, path),
    {
      key: 'methods',
      value: (rule.methods ?? rules.defaults.methods).join(', '),
      path: rule.methods === undefined ? ['defaults', 'methods'] : [...path, 'methods'],
    },
    ...receiving(rules, rule, path),
    ...accessed(rule, path),
    ...foldered(rules, rule, path),
    ...crossOrigin(rule, path),
    // Cache and delivery are only for what an origin has.
    ...rule.to === undefined && rule.forward === undefined ? [] : [
      ...fetching(rules, rule, path), ...keeping(rules, rule, path),
      ...delivered(rules, rule, path), ...delivering(rules, rule, path),
    ],
  ]
}

/** What is said of pages of other origins, in the words of the configuration. */
function crossOrigin({ cors }: RouteRule, path: Path): Effective[] {
  if (cors === undefined) return []
  const { origins, methods, headers, expose, credentials, maxAgeMs } = cors
  const age = maxAgeMs === undefined ? undefined : formatDuration(maxAgeMs)
  return Object.entries({ origins, methods, headers, expose, credentials, max_age: age })
    .flatMap(([key, said]) => said === undefined ? [] : [{
      key: `cors.${key}`, path: [...path, 'cors', key],
      value: typeof said === 'object' ? said.join(', ') : String(said),
    }])
}

function foldered(rules: RuleSet, rule: RouteRule, path: Path): Effective[] {
  const index = indexOf(rules, rule)
  const place = rule.index === undefined ? ['defaults', 'index'] : [...path, 'index']
  const { trailingSlash } = rule
  return [
    ...index === null ? [] : [{ key: 'index', value: index, path: place }],
    ...trailingSlash === undefined ? []
      : [{ key: 'trailing_slash', value: trailingSlash, path: [...path, 'trailing_slash'] }],
  ]
}

function accessed({ access }: RouteRule, path: Path): Effective[] {
  if (access === undefined) return []
  return [{ key: 'access', value: accessInWords(access), path: [...path, 'access'] }]
}

/** In one line; what fields are compared with is nobody's business. */
function accessInWords(rule: AccessRule): string {
  if (typeof rule === 'string') return rule
  const { all, any, not, client, basic, header, time } = rule
  if (all !== undefined) return `all(${all.map(accessInWords).join(', ')})`
  if (any !== undefined) return `any(${any.map(accessInWords).join(', ')})`
  if (not !== undefined) return `not(${accessInWords(not)})`
  if (client !== undefined) return `client ${client.join(' or ')}`
  if (basic !== undefined) return `basic ${basic.users}`
  if (header !== undefined) return `header ${header.name}`
  return [
    ...time?.after === undefined ? [] : [`after ${new Date(time.after).toISOString()}`],
    ...time?.before === undefined ? [] : [`before ${new Date(time.before).toISOString()}`],
  ].join(' ')
}

function matched({ match }: RouteRule, path: Path): Effective[] {
  const row = (keys: readonly string[], value: string): Effective => {
    return { key: ['match', ...keys].join('.'), value, path: [...path, 'match', ...keys] }
  }
  return [
    ...(['host', 'path', 'method', 'client'] as const).flatMap((key) => {
      const value = match[key]
      if (value === undefined) return []
      return [row([key], typeof value === 'string' ? value : value.join(', '))]
    }),
    ...match.pathRegex === undefined ? [] : [row(['path_regex'], match.pathRegex)],
    ...(['header', 'query'] as const).flatMap((key) => {
      return Object.entries(match[key] ?? {})
        .map(([name, wanted]) => row([key, name], wantedInWords(wanted)))
    }),
    ...match.not === undefined ? [] : [row(['not'], whenInWords(match.not))],
  ]
}

function action(
  { to, forward, hash, redirect, deny, synth }: RouteRule, path: Path,
): Effective[] {
  const { drop, keep, sort } = hash?.query ?? {}
  const said: Array<readonly [string, string | number | undefined, Path]> = [
    ['to', to, ['to']],
    ['to.origin', forward?.origin, ['to', 'origin']],
    ['to.path', forward?.path, ['to', 'path']],
    ['hash.query.drop', drop?.join(', '), ['hash', 'query', 'drop']],
    ['hash.query.keep', keep?.join(', '), ['hash', 'query', 'keep']],
    ['hash.query.sort', sort === undefined ? undefined : String(sort), ['hash', 'query', 'sort']],
    ['hash.vary', hash?.vary?.join(', '), ['hash', 'vary']],
    ['redirect.to', redirect?.to, ['redirect', 'to']],
    ['redirect.status', redirect?.status, ['redirect', 'status']],
    ['deny', deny, ['deny']],
    ['synth.status', synth?.status, ['synth', 'status']],
  ]
  return said.flatMap(([key, value, below]) => {
    return value === undefined ? [] : [{ key, value: String(value), path: [...path, ...below] }]
  })
}

function cached(rules: RuleSet, rule: RouteRule, path: Path): Effective[] {
  const layers = cacheLayers(rules, rule, path)
  const merged = mergeCache(layers)
  const respects = rule.forward !== undefined && merged.respect === 'origin'
  return (Object.entries(CACHE_KEYS) as [keyof CachePolicy, string][]).flatMap(([field, key]) => {
    const winner = layers.findLast(({ says }) => says[field] !== undefined)!
    if (!counts(field, rule, { respects, byDefault: winner === layers[0] })) return []
    const value = merged[field]
    return {
      key: `cache.${key}`,
      value: typeof value === 'number' ? formatDuration(value) : value,
      path: [...winner.path, key],
    }
  })
}

/** Where everything passes, what is said about keeping says nothing. */
function keeping(rules: RuleSet, rule: RouteRule, path: Path): Effective[] {
  if (rule.pass === true) return [{ key: 'pass', value: 'true', path: [...path, 'pass'] }]
  return [
    ...cached(rules, rule, path), ...storing(rules, rule, path), ...tagged(rule, path),
  ]
}

/** Whether a field of the cache policy means anything for a route. */
function counts(
  field: keyof CachePolicy, { forward }: RouteRule, how: { respects: boolean; byDefault: boolean },
): boolean {
  switch (field) {
    case 'respect': return forward !== undefined
    case 'setCookie':
    case 'directives': return how.respects
    case 'ttlMs':
    case 'graceMs': return !(how.respects && how.byDefault)
    case 'notFoundMs':
    case 'forbiddenMs': return !how.respects
    case 'verify': return forward === undefined
    case 'keepMs': return true
  }
}

function tagged({ tags }: RouteRule, path: Path): Effective[] {
  if (tags === undefined) return []
  return [{ key: 'tags', value: tags.join(', '), path: [...path, 'tags'] }]
}

function delivered(rules: RuleSet, rule: RouteRule, path: Path): Effective[] {
  const layers = deliverLayers(rules, rule, path).filter(({ says }) => says.when === undefined)
  const merged = mergeDeliver(layers)
  const switched = layers.findLast(({ says }) => says.cacheStatus !== undefined)
  return [
    ...merged.set.map(([name, value]) => {
      return { key: `deliver.set.${name}`, value, path: placeOfSet(layers, name) }
    }),
    ...unsetNames(merged).map((name) => {
      return { key: `deliver.unset.${name}`, value: 'removed', path: placeOfUnset(layers, name) }
    }),
    {
      key: 'deliver.cache_status', value: String(merged.cacheStatus),
      path: [...(switched ?? layers[0]!).path, 'cache_status'],
    },
  ]
}

function unsetNames({ unset, unsetPrefixes }: Policy['deliver']): string[] {
  return [...unset, ...unsetPrefixes.map((prefix) => `${prefix}*`)]
}

function placeOfSet(layers: ReadonlyArray<Layer<DeliverRule>>, name: string): Path {
  const named = ({ says }: Layer<DeliverRule>): string | undefined =>
    Object.keys(says.set ?? {}).find((one) => one.toLowerCase() === name)
  const layer = layers.findLast((one) => named(one) !== undefined)!
  return layer.implied === true ? layer.path : [...layer.path, 'set', named(layer)!]
}

function placeOfUnset(layers: ReadonlyArray<Layer<DeliverRule>>, name: string): Path {
  const at = ({ says }: Layer<DeliverRule>): number =>
    (says.unset ?? []).findIndex((one) => one.toLowerCase() === name)
  const layer = layers.findLast((one) => at(one) >= 0)!
  return [...layer.path, 'unset', at(layer)]
}
