import type { Facts, Respect } from '../../model/facts.ts'

/**
 * Ms of age at `now` of a response that the origin last vouched for at `storedAt`, both epoch ms:
 * current_age of RFC 9111 §4.2.3. What is hard is a clock that was set back: the distance counts in
 * either direction, so that no wrong clock can make anything fresh for years.
 */
export function ageMs(storedAt: number, facts: Facts, now: number): number {
  return facts.initialAgeMs + Math.abs(now - storedAt)
}

/** The Age field (§5.1) for that many ms: whole seconds, never negative. */
export function ageField(ms: number): string {
  return String(Math.max(0, Math.floor(ms / 1000)))
}

/**
 * Ms of freshness: what the origin gave; where it was silent, what the operator gives; where he is
 * silent as well, what may be assumed (§4.2.2). A status for which nothing may be assumed gets
 * nothing from the operator either.
 */
export function lifetimeOf(facts: Facts, respect: Respect): number {
  if (facts.lifetimeMs >= 0) return facts.lifetimeMs
  if (facts.heuristicMs < 0) return 0
  return respect.ttlMs ?? facts.heuristicMs
}
