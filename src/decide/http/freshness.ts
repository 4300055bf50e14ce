import type { Received } from '../../model/facts.ts'
import { deltaMs } from './cache-control.ts'
import { parseDate } from './date.ts'
import { findAll } from './headers.ts'
import type { Said } from './response-directives.ts'
import { isHeuristic } from './statuses.ts'

/**
 * Freshness (RFC 9111 §4.2). What is hard is that nearly every number may be missing, doubled or
 * nonsense, and that each of these has its own answer: an Expires that is no date has passed
 * (§5.3), an Age that is no number was never said (§5.1), a Date that is none is the time of
 * receipt (RFC 9110 §6.6.1).
 */

/** Share of the time since the last change that freshness may be assumed for (§4.2.2). */
const HEURISTIC_SHARE = 0.1
/** Nobody should wait longer than a day to see what an origin without a word has changed. */
const HEURISTIC_MAX_MS = 86_400_000

/** Ms of freshness that the origin gave (§4.2.1), 0 for nonsense; -1 when it gave none. */
export function lifetimeMs(said: Said, received: Received): number {
  if (said.sharedMaxAgeMs >= 0) return said.sharedMaxAgeMs
  if (said.maxAgeMs >= 0) return said.maxAgeMs
  // A targeted field takes the place of Expires too (RFC 9213 §2.2).
  const lines = said.targeted ? [] : findAll(received.fields, 'expires')
  if (lines.length === 0) return -1
  const expiresAt = lines.every((one) => one === lines[0])
    ? parseDate(lines[0]!, received.receivedAt) : null
  return expiresAt === null ? 0 : Math.max(0, expiresAt - dateAt(received))
}

/**
 * Ms of freshness to assume where the origin gave none (§4.2.2); -1 where nothing may be assumed,
 * which is for statuses that are not made for it, unless `public` says so.
 */
export function heuristicMs(said: Said, received: Received): number {
  if (!isHeuristic(received.status) && !said.isPublic) return -1
  const lines = findAll(received.fields, 'last-modified')
  const modifiedAt = lines.length === 1 ? parseDate(lines[0]!, received.receivedAt) : null
  if (modifiedAt === null) return 0
  const sinceMs = Math.max(0, dateAt(received) - modifiedAt)
  return Math.min(Math.floor(sinceMs * HEURISTIC_SHARE), HEURISTIC_MAX_MS)
}

/** Ms of age on receipt: corrected_initial_age of §4.2.3. */
export function initialAgeMs(received: Received): number {
  const { fields, requestedAt, receivedAt } = received
  const apparentMs = Math.max(0, receivedAt - dateAt(received))
  const delayMs = Math.max(0, receivedAt - requestedAt)
  return Math.max(apparentMs, statedAgeMs(fields) + delayMs)
}

/** Ms that the Age field states: the first member of a list; 0 when that is no number (§5.1). */
function statedAgeMs(fields: readonly string[]): number {
  const first = findAll(fields, 'age').join(',').split(',', 1)[0]!
  return deltaMs(first.trim()) ?? 0
}

/** Epoch ms of the Date field, the oldest of several; of the receipt when none is a date. */
export function dateAt({ fields, receivedAt }: Received): number {
  const dates = findAll(fields, 'date').map((line) => parseDate(line, receivedAt))
    .filter((at) => at !== null)
  return dates.length === 0 ? receivedAt : Math.min(...dates)
}
