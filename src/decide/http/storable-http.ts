import type { Facts, Received, Respect } from '../../model/facts.ts'
import type { Reason } from '../../model/outcome.ts'
import { lifetimeOf } from './age.ts'
import { askedOf } from './request-directives.ts'
import { endToEnd, find, findAll } from './headers.ts'
import { resolve, sameUri } from './reference.ts'
import { responseDirectives, type Said } from './response-directives.ts'
import { isFinal, isHeuristic, isUnderstood } from './statuses.ts'
import { varyOf } from './vary.ts'

/**
 * Whether a response of an `http` origin may be stored (RFC 9111 §3): true, or why not. What is
 * hard is that everything has to be right at once, for what is stored wrongly goes to strangers;
 * so each clause stands for itself, in the order of the RFC. What may be stored as a part of a
 * whole (206) is for `parts` to say: here it is `not-whole`.
 */
export function storableHttp(received: Received, facts: Facts, respect: Respect): true | Reason {
  return received.status === 206 ? 'not-whole' : judged(received, facts, respect)
}

/** The same of a 206, as the part that it is; whether it can be a part of anything is not asked. */
export function storablePart(received: Received, facts: Facts, respect: Respect): true | Reason {
  const { method, status } = received
  return method === 'GET' && status === 206 ? judged(received, facts, respect) : 'not-storable'
}

function judged(received: Received, facts: Facts, respect: Respect): true | Reason {
  const said = responseDirectives(received.fields)
  const against = storesNot(received, said)
  if (against !== null) return against
  if (respect.cookies === 'refuse' && setsCookie(received, facts)) return 'set-cookie'
  return isUseful(received, facts, respect) ? true : 'no-freshness'
}

/** The clauses that no operator can loosen; null when none of them is against it. */
function storesNot(received: Received, said: Said): Reason | null {
  const { method, status, asked } = received
  // The method is understood, and gives leave: GET; POST under conditions (RFC 9110 §9.3.3).
  if (method !== 'GET' && !(method === 'POST' && isOwnContent(received, said))) {
    return 'not-storable'
  }
  // The status is final; 304 updates what is stored.
  if (!isFinal(status) || status === 304) return 'not-storable'
  // §3.3: nobody knows whether it is complete.
  if (!received.delimited) return 'not-whole'
  // §3: statuses are understood where the origin insists (§5.2.2.3).
  if (said.mustUnderstand && !isUnderstood(status)) return 'not-storable'
  // §5.2.2.5; §5.2.1.5 for the request's own.
  if (said.noStore || forbidsStoring(asked)) return 'no-store'
  // §5.2.2.7: only the unqualified form keeps all of it out of a shared cache.
  if (said.isPrivate) return 'private'
  // §3.5
  if (find(asked, 'authorization') !== null && !said.sharesAuthorized) return 'authorized'
  // §4.1: it would never match.
  if (varyOf(received.fields) === '*') return 'vary-any'
  return isAllowed(received, said) ? null : 'no-freshness'
}

/** §3, the last clause: something in the response lets a shared cache store it. */
function isAllowed(received: Received, said: Said): boolean {
  if (said.isPublic || said.maxAgeMs >= 0 || said.sharedMaxAgeMs >= 0) return true
  if (isHeuristic(received.status)) return true
  return !said.targeted && find(received.fields, 'expires') !== null
}

/** What is stale from the start and has nothing to be asked about with is only a burden. */
function isUseful({ fields }: Received, facts: Facts, respect: Respect): boolean {
  if (find(fields, 'etag') !== null || find(fields, 'last-modified') !== null) return true
  if (facts.validateAlways) return false
  const lifetime = lifetimeOf(facts, respect)
  return lifetime + Math.max(0, facts.whileRevalidateMs, facts.ifErrorMs) > facts.initialAgeMs
}

function forbidsStoring(asked: readonly string[]): boolean {
  const lines = findAll(asked, 'cache-control')
  return lines.length > 0 && askedOf(lines.join(', '), null).noStore
}

/** Whether a cookie would be stored; not so where the origin has it left out by name. */
function setsCookie({ fields }: Received, { withheld }: Facts): boolean {
  return find(fields, 'set-cookie') !== null && !withheld.includes('set-cookie')
}

/**
 * Whether the answer to a POST is the content of its own target, with explicit freshness: then, and
 * only then, it may be stored, for later GETs (RFC 9110 §9.3.3).
 */
function isOwnContent(received: Received, said: Said): boolean {
  const explicit = said.sharedMaxAgeMs >= 0 || said.maxAgeMs >= 0 ||
    (!said.targeted && find(received.fields, 'expires') !== null)
  const locations = findAll(received.fields, 'content-location')
  if (!explicit || locations.length !== 1 || received.status !== 200) return false
  const location = resolve(locations[0]!, received.targetUri)
  return location !== null && sameUri(location, received.targetUri)
}

/**
 * The fields to store (§3.1): end-to-end ones, less those that are for the first client alone, and
 * less cookies where the operator has them stripped.
 */
export function storedFields(
  fields: readonly string[], facts: Facts, respect: Respect,
): string[] {
  const all = endToEnd(fields)
  const kept: string[] = []
  for (let i = 0; i < all.length; i += 2) {
    const name = all[i]!.toLowerCase()
    if (facts.withheld.includes(name)) continue
    if (respect.cookies !== 'store' && name === 'set-cookie') continue
    kept.push(all[i]!, all[i + 1]!)
  }
  return kept
}
