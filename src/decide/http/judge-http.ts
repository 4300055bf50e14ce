/**
 * The hinge of the line on routes that respect their origin: RFC 9111 §4.2, with everything that
 * can be known beforehand in the entry's Facts. What is hard is who may allow staleness: the client
 * (max-stale), the origin (RFC 5861), the operator; and that `must-revalidate`, `proxy-revalidate`,
 * `s-maxage` and `no-cache` silence all three (§4.2.4).
 */
import type { Asked, Facts, HttpVerdict, Respect } from '../../model/facts.ts'
import { ageMs, lifetimeOf } from './age.ts'
import { NOTHING_ASKED } from './request-directives.ts'

/** A stored response: what was said of it, and when (epoch ms) the origin last vouched for it. */
export type Judged = { readonly facts: Facts; readonly storedAt: number }

/** Under which circumstances: what the operator and the client want, at what time (epoch ms). */
export type Circumstances = {
  readonly respect: Respect
  readonly asked: Asked
  readonly now: number
}

/**
 * What to do with what the look-up found; `judged` null when it found nothing, or nothing that
 * matches the request. `stale` is delivered and refreshed behind.
 */
export function judgeHttp(
  judged: Judged | null, { respect, asked, now }: Circumstances,
): HttpVerdict {
  const wanted = respect.directives ? asked : NOTHING_ASKED
  // §5.2.1.7: a request with only-if-cached goes no further than this.
  const onwards = wanted.onlyIfCached ? 'refuse' : null
  if (judged === null) return onwards ?? 'miss'
  const { facts } = judged
  const age = ageMs(judged.storedAt, facts, now)
  const left = lifetimeOf(facts, respect) - age
  if (!facts.validateAlways && !wanted.noCache && age <= wanted.maxAgeMs) {
    if (left > 0 && left >= wanted.minFreshMs) return 'hit'
    if (left <= 0 && mayBeStale(judged, { respect, asked: wanted, now }, -left)) return 'stale'
  }
  return onwards ?? (-left < keptMs(facts, respect) ? 'revalidate' : 'miss')
}

/** Whether a response may be delivered so long (ms) after its freshness has ended. */
function mayBeStale({ facts }: Judged, { respect, asked }: Circumstances, ms: number): boolean {
  if (facts.neverStale || asked.minFreshMs > 0) return false
  // §5.2.1.2
  if (asked.maxStaleMs > 0 && ms <= asked.maxStaleMs) return true
  // §5.2.1.1: who names an age wants nothing stale.
  if (asked.maxAgeMs !== Infinity) return false
  return ms < windowOf(facts.whileRevalidateMs, respect.graceMs)
}

/**
 * Whether what is stored may stand in for an origin that cannot be reached or answers 5xx (§4.2.4,
 * §4.3.3, RFC 5861 §4).
 */
export function mayStandIn(
  { facts, storedAt }: Judged, { respect, asked, now }: Circumstances,
): boolean {
  const wanted = respect.directives ? asked : NOTHING_ASKED
  if (facts.validateAlways || wanted.noCache) return false
  const staleMs = ageMs(storedAt, facts, now) - lifetimeOf(facts, respect)
  if (staleMs < 0) return true
  if (facts.neverStale) return false
  if (staleMs < wanted.ifErrorMs) return true
  if (wanted.maxStaleMs > 0 && staleMs <= wanted.maxStaleMs) return true
  if (wanted.maxAgeMs !== Infinity) return false
  return staleMs < windowOf(facts.ifErrorMs, respect.keepMs)
}

/** Ms after freshness has ended in which a response is still good for something. */
export function keptMs(facts: Facts, respect: Respect): number {
  return Math.max(respect.keepMs, respect.graceMs, facts.whileRevalidateMs, facts.ifErrorMs)
}

/** The origin's word, or the operator's where there is none. */
function windowOf(said: number, otherwise: number): number {
  return said >= 0 ? said : otherwise
}
