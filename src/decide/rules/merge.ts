import type { CachePolicy, DeliverPolicy } from '../../model/policy.ts'
import type { CacheRule, DeliverRule, RouteRule, RuleSet } from '../../model/rules.ts'
import { named, type Path } from './problems.ts'

/** What one place in the document says; its fields stand below the path, unless it is `implied`. */
export type Layer<T> = { readonly path: Path; readonly says: T; readonly implied?: true }

/**
 * What is said about the cache of a route's objects, weakest first: by the defaults, by the bucket,
 * by the route. A layer that names a policy says what that policy says, and where.
 */
export function cacheLayers(rules: RuleSet, rule: RouteRule, path: Path): Layer<CacheRule>[] {
  const layer = (cache: string | CacheRule | undefined, at: Path): Layer<CacheRule> => {
    if (typeof cache !== 'string') return { path: at, says: cache ?? {} }
    return { path: ['policies', cache], says: named(rules.policies, cache) ?? {} }
  }
  const bucket = rule.to?.split('/', 1)[0] ?? ''
  return [
    { path: ['defaults', 'cache'], says: rules.defaults.cache },
    layer(named(rules.buckets, bucket)?.cache, ['buckets', bucket, 'cache']),
    layer(rule.cache, [...path, 'cache']),
  ]
}

/**
 * The same for what is changed on the head of responses. Where not everybody may have them, no
 * shared cache may keep them (RFC 9111 §5.2.2.7), unless the route itself says what caches may do:
 * what the defaults or the store say was not said about a route with `access`.
 */
export function deliverLayers(
  { defaults }: RuleSet, rule: RouteRule, path: Path,
): Layer<DeliverRule>[] {
  const own = rule.deliver ?? {}
  const layers = [
    { path: ['defaults', 'deliver'], says: defaults.deliver },
    { path: [...path, 'deliver'], says: own },
  ]
  const says = Object.keys(own.set ?? {}).some((name) => name.toLowerCase() === 'cache-control')
  if (rule.access === undefined || says) return layers
  return [...layers, { path: [...path, 'access'], says: PRIVATE, implied: true }]
}

const PRIVATE: DeliverRule = { set: { 'cache-control': 'private' } }

/** What completes the keys of folders; null for nothing. Only routes to a bucket have folders. */
export function indexOf({ defaults }: RuleSet, rule: RouteRule): string | null {
  if (rule.to === undefined) return null
  return (rule.index === undefined ? defaults.index : rule.index) ?? null
}

/**
 * Rules merge field by field, and this is the only place where they do. The first layer, the
 * defaults, says something about every field.
 */
export function mergeCache(layers: ReadonlyArray<Layer<CacheRule>>): CachePolicy {
  const merged: Record<string, unknown> = {}
  for (const { says } of layers) {
    for (const [field, value] of Object.entries(says)) {
      if (value !== undefined) merged[field] = value
    }
  }
  return Object.freeze(merged) as CachePolicy
}

/** What the layers come to; the values are as they are written. */
export type Merged = Omit<DeliverPolicy, 'set'> & {
  readonly set: ReadonlyArray<readonly [name: string, value: string]>
}

/**
 * `set` merges by name and the stronger layer wins; `unset` is a union. What a stronger layer sets
 * is no longer unset, and what it unsets is no longer set. Only a prefix (`x-amz-*`) stays as it
 * is, so whoever applies this first removes and then sets.
 */
export function mergeDeliver(layers: ReadonlyArray<Layer<DeliverRule>>): Merged {
  const set = new Map<string, string>()
  const unset = new Set<string>()
  const prefixes = new Set<string>()
  let cacheStatus = false
  for (const { says: layer } of layers) {
    for (const name of layer.unset ?? []) {
      const lower = name.toLowerCase()
      if (lower.endsWith('*')) prefixes.add(lower.slice(0, -1))
      else unset.add(lower)
      for (const field of set.keys()) {
        if (names(lower, field)) set.delete(field)
      }
    }
    for (const [name, value] of Object.entries(layer.set ?? {})) {
      set.set(name.toLowerCase(), value)
      unset.delete(name.toLowerCase())
    }
    cacheStatus = layer.cacheStatus ?? cacheStatus
  }
  return Object.freeze({
    set: Object.freeze([...set]),
    unset,
    unsetPrefixes: Object.freeze([...prefixes]),
    cacheStatus,
  })
}

/** Whether an entry of `unset` means the field. */
function names(pattern: string, field: string): boolean {
  return pattern.endsWith('*') ? field.startsWith(pattern.slice(0, -1)) : pattern === field
}
