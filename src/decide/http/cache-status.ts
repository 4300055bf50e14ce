import type { Outcome, OutcomeName } from '../../model/outcome.ts'

/** Outcomes whose bytes came from a tier; `hit` is said of them unless the origin was asked. */
const HITS: ReadonlySet<OutcomeName> = new Set(['hit-memory', 'hit-disk', 'stale', 'negative-hit'])

/** Structured Fields integers have at most 15 digits (RFC 9651 §3.3.1). */
const INTEGER_MAX = 999_999_999_999_999

/**
 * The value of `Cache-Status` (RFC 9211): whether the cache answered or why it went to the origin,
 * what became of the response, and as `detail` the outcome's name. `ttlSeconds` is how long the
 * response stays fresh, negative once it is stale, null when that means nothing. An answer of
 * haulout's own has neither `hit` nor `fwd`. The origin's status stands for itself: a code or an
 * address of the origin never gets in here.
 */
export function cacheStatus(outcome: Outcome, ttlSeconds: number | null): string {
  const { name, forwarded, originStatus } = outcome
  if (forwarded === null) {
    return HITS.has(name) ? hitStatus(name, ttlSeconds) : `haulout; detail=${name}`
  }
  let text = `haulout; fwd=${forwarded}`
  if (originStatus > 0) text += `; fwd-status=${originStatus}`
  if (outcome.stored) text += '; stored'
  if (outcome.collapsed) text += '; collapsed'
  return `${text}${ttlOf(ttlSeconds)}; detail=${name}`
}

/** `Cache-Status` of a hit, without an Outcome to look at: what the hit path calls. */
export function hitStatus(name: OutcomeName, ttlSeconds: number | null): string {
  return `haulout; hit${ttlOf(ttlSeconds)}; detail=${name}`
}

function ttlOf(seconds: number | null): string {
  if (seconds === null) return ''
  return `; ttl=${Math.min(Math.max(Math.floor(seconds), -INTEGER_MAX), INTEGER_MAX)}`
}
