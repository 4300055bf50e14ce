import type { Entry } from '../../model/entry.ts'
import type { Policy } from '../../model/policy.ts'
import type { VerdictKind } from '../../model/verdict.ts'
import { keptOf } from '../rules/store-steps.ts'
import { ttlOf } from './storable.ts'

/**
 * The hinge of the line: what to do with what the lookup found, at `now` (epoch ms). The durations
 * are the policy's of this moment, so that a changed rule applies to what is already stored.
 *
 * A 200 goes from fresh through grace (served, refreshed behind) and keep (asked about first) to
 * nothing; negative answers are fresh or nothing, because nobody wants an old absence. With a ttl
 * of zero there is no grace either: the operator wants every request asked about.
 *
 * What a soft ban has spent is asked about before its next use, however fresh it was.
 *
 * What is hard is a clock that was set back: it makes entries from the future. The distance to
 * `storedAt` counts in either direction, so such an entry is trusted no longer than one equally far
 * in the past, and no wrong clock can make anything fresh for years.
 */
export function judge(entry: Entry | null, policy: Policy, now: number): VerdictKind {
  if (entry === null) return 'miss'
  const { cache, cacheable } = keptOf(policy, entry)
  if (!cacheable) return 'miss'
  const distance = Math.abs(now - entry.storedAt)
  const ttl = ttlOf(entry.status, cache)
  if (distance < ttl && !entry.spent) return 'hit'
  if (entry.status !== 200) return 'miss'
  if (ttl > 0 && distance < ttl + cache.graceMs && !entry.spent) return 'stale'
  return distance < ttl + cache.graceMs + cache.keepMs ? 'revalidate' : 'miss'
}
