/**
 * How an answer is kept: the cache policy, and what the steps of `store` make of it for this very
 * answer. What is hard about it: it is asked anew on every read, so that a changed rule holds for
 * what is stored already, and a hit must not pay for that. So what has been found is noted on the
 * entry, for as long as the policy stays the same, and policies without steps have it ready.
 */
import type { Entry } from '../../model/entry.ts'
import type {
  CachePolicy, FieldNames, Kept, Policy, StoreStep,
} from '../../model/policy.ts'
import type { StoreSettings } from '../../model/steps.ts'
import { answeredBy } from './answered.ts'
import { holdsOf } from './when.ts'

/** How a policy wants an entry kept. The one place that says so; everybody else asks here. */
export function keptOf(policy: Policy, entry: Entry): Kept {
  if (policy.store === null) return policy.kept
  const known = entry.kept
  if (known !== null && known.policy === policy) return known
  const kept = { policy, ...resolve(policy.kept, policy.store, entry) }
  entry.kept = kept
  return kept
}

function resolve(kept: Kept, steps: readonly StoreStep[], entry: Entry): Kept {
  let { cacheable, memory, disk } = kept
  let cache = kept.cache
  for (const { set } of applying(steps, entry)) {
    cache = merged(cache, set, entry.status)
    cacheable = set.cacheable ?? cacheable
    memory = set.memory ?? memory
    disk = set.disk ?? disk
  }
  return { cache, cacheable, memory, disk }
}

/** A ttl is that of the answer it is said about: of an absence, where it is one. */
function merged(cache: CachePolicy, set: StoreSettings, status: number): CachePolicy {
  const { ttlMs, graceMs, keepMs } = set
  const ttl = ttlMs === undefined ? {}
    : status === 403 ? { forbiddenMs: ttlMs }
      : status === 404 || status === 410 ? { notFoundMs: ttlMs } : { ttlMs }
  return {
    ...cache, ...ttl,
    ...graceMs === undefined ? {} : { graceMs },
    ...keepMs === undefined ? {} : { keepMs },
  }
}

/**
 * The entry as it is to be stored: the fields that its steps unset are put aside, where conditions
 * still see them, and nobody else.
 */
export function stripped({ store }: Policy, entry: Entry): Entry {
  if (store === null) return entry
  const steps = applying(store, entry).filter(({ unset: { names, prefixes } }) => {
    return names.size + prefixes.length > 0
  })
  if (steps.length === 0) return entry
  const fields: string[] = []
  const dropped: string[] = [...entry.dropped]
  for (let i = 0; i < entry.fields.length; i += 2) {
    const goes = steps.some(({ unset }) => isNamed(unset, entry.fields[i]!.toLowerCase()))
    const to = goes ? dropped : fields
    to.push(entry.fields[i]!, entry.fields[i + 1]!)
  }
  return { ...entry, fields, dropped }
}

/** Whether a field, in lower case, is among them. */
export function isNamed({ names, prefixes }: FieldNames, name: string): boolean {
  return names.has(name) || prefixes.some((prefix) => name.startsWith(prefix))
}

/** The steps that are about an entry. Those that name no status are not about errors. */
function applying(steps: readonly StoreStep[], entry: Entry): readonly StoreStep[] {
  const answered = answeredBy(entry, entry.dropped)
  return steps.filter(({ when, ofStatus }) => {
    if (!ofStatus && entry.status >= 400) return false
    return when === null || holdsOf(when, answered)
  })
}
