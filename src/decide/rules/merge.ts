import type { CachePolicy, DeliverPolicy } from '../../model/policy.ts'
import type { DeliverRule } from '../../model/steps.ts'
import type { CacheRule, RouteRule, RuleSet } from '../../model/rules.ts'
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
 * what the defaults or the store say was not said about a route with `access`. The defaults' `set`
 * and `unset` are about objects: what an http origin says is left as it is.
 */
export function deliverLayers(
  { defaults, deliver }: RuleSet, rule: RouteRule, path: Path,
): Layer<DeliverRule>[] {
  const own = ownDeliver(rule, path)
  const usual = rule.forward === undefined ? defaults.deliver
    : { cacheStatus: defaults.deliver.cacheStatus }
  const all = [
    { path: ['defaults', 'deliver'], says: usual },
    ...(deliver ?? []).map((says, index) => ({ path: ['deliver', index], says })),
  ]
  if (rule.access === undefined) return [...all, ...own]
  const kept = { path: [...path, 'access'], says: PRIVATE, implied: true as const }
  const isSaid = own.some(({ says }) => Object.keys(says.set ?? {})
    .some((name) => name.toLowerCase() === 'cache-control'))
  // What the route says by a condition must leave `private` where that does not hold.
  return isSaid ? [...all, kept, ...own] : [...all, ...own, kept]
}

/** What a route says of delivery: one mapping, or a list of steps. */
export function ownDeliver({ deliver }: RouteRule, path: Path): Layer<DeliverRule>[] {
  if (deliver === undefined) return []
  const at = [...path, 'deliver']
  if (!Array.isArray(deliver)) return [{ path: at, says: deliver as DeliverRule }]
  const steps: readonly DeliverRule[] = deliver
  return steps.map((says, index) => ({ path: [...at, index], says }))
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

/** What the layers come to; as long as no templates have been made, values are texts. */
export type Merged<V = string> = Omit<DeliverPolicy, 'set'> & {
  readonly set: ReadonlyArray<readonly [name: string, value: V]>
}

/** What of a layer is merged. */
type Mergeable<V> = {
  readonly set?: Readonly<Record<string, V>> | undefined
  readonly unset?: readonly string[] | undefined
  readonly cacheStatus?: boolean | undefined
}

/**
 * `set` merges by name and the stronger layer wins; `unset` is a union. What a stronger layer sets
 * is no longer unset, and what it unsets is no longer set. Only a prefix (`x-amz-*`) stays as it
 * is, so whoever applies this first removes and then sets.
 */
export function mergeDeliver<V = string>(
  layers: ReadonlyArray<{ readonly says: Mergeable<V> }>,
): Merged<V> {
  const set = new Map<string, V>()
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
