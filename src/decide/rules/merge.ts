import type { CachePolicy, DeliverPolicy } from '../../model/policy.ts'
import type { CacheRule, DeliverRule } from '../../model/rules.ts'

/**
 * Rules merge field by field, and this is the only place where they do. Layers come weakest first:
 * the defaults, then what the bucket says, then what the route says. A layer that names a policy
 * says what that policy says.
 */
export function mergeCache(base: CachePolicy, layers: readonly CacheRule[]): CachePolicy {
  const merged: Record<string, unknown> = { ...base }
  for (const layer of layers) {
    for (const [field, value] of Object.entries(layer)) {
      if (value !== undefined) merged[field] = value
    }
  }
  return Object.freeze(merged) as CachePolicy
}

/**
 * `set` merges by name and the stronger layer wins; `unset` is a union. What a stronger layer sets
 * is no longer unset, and what it unsets is no longer set. Only a prefix (`x-amz-*`) stays as it
 * is, so whoever applies this first removes and then sets.
 */
export function mergeDeliver(layers: readonly DeliverRule[]): DeliverPolicy {
  const set = new Map<string, string>()
  const unset = new Set<string>()
  const prefixes = new Set<string>()
  let cacheStatus = false
  for (const layer of layers) {
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
