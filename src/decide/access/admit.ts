import { hash, timingSafeEqual } from 'node:crypto'
import type { Access, Admission, Expected, Known } from '../../model/access.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { Refusal } from '../../model/outcome.ts'
import { findAll } from '../http/headers.ts'
import { isInside } from './networks.ts'

const FORBIDDEN: Refusal = Object.freeze({ status: 403, reason: 'access-denied', close: false })

/**
 * Whether an exchange may have what its route leads to. Asked on every request, hits included, so
 * for a password that has lately been proven this is synchronous. Leaves the user in the exchange
 * when a password has proven one.
 *
 * What is hard is the third answer. A password that has not been checked is neither right nor
 * wrong (Kleene's unknown): it is only checked where the rest of the rule does not decide already.
 * And a "no" is 401 (RFC 9110 §15.5.2) where a right password would make it a "yes", with the
 * challenges of the passwords that would; everywhere else it is 403, so that nobody is asked for a
 * password that would be of no use.
 */
export function admit(x: Exchange, access: Access, known: Known): Admission {
  const answer = ask(access, x, known)
  if (answer === true) return null
  if (answer === null) return { needs: [...new Set(needsOf(access, x, known))] }
  const challenges = new Set(challengesOf(access, x, { secret: known.secret, proof: assumed }))
  if (challenges.size === 0) return FORBIDDEN
  return {
    status: 401,
    reason: x.head.authorization === null ? 'no-credentials' : 'wrong-credentials',
    close: false,
    fields: [...challenges].flatMap((challenge) => ['WWW-Authenticate', challenge]),
  }
}

/** As if every password were right. */
function assumed(): string {
  return ''
}

/** True, false, or null where it hangs on a password that has not been checked. */
export function ask(access: Access, x: Exchange, known: Known): boolean | null {
  switch (access.kind) {
    case 'all': return askEach(access.of, x, { known, decisive: false })
    case 'any': return askEach(access.of, x, { known, decisive: true })
    case 'not': return ask(access.of, x, known) === false
    case 'client': return isInside(access.networks, x.client)
    case 'time': return x.arrivedAt >= access.afterAt && x.arrivedAt < access.beforeAt
    case 'present': return findAll(x.fields, access.name).length > 0 === access.present
    case 'equals': return equals(findAll(x.fields, access.name), access.values, known)
    case 'basic': {
      const proof = known.proof(access.users, x.head.authorization)
      if (typeof proof !== 'string') return proof
      if (proof !== '') x.user = proof
      return true
    }
  }
}

/** One decisive answer decides: "no" among all, "yes" among any. */
function askEach(
  of: readonly Access[], x: Exchange, { known, decisive }: { known: Known; decisive: boolean },
): boolean | null {
  let answer: boolean | null = !decisive
  for (let i = 0; i < of.length; i++) {
    const said = ask(of[i]!, x, known)
    if (said === decisive) return decisive
    if (said === null) answer = null
  }
  return answer
}

/**
 * A field that stands twice has no value that all readers agree on, so it equals nothing. Digests
 * have one length, and comparing them takes one time; all values are compared, whatever comes out.
 */
function equals(found: readonly string[], values: readonly Expected[], known: Known): boolean {
  if (found.length !== 1) return false
  // As on the wire: each character is a byte.
  const digest = hash('sha256', Buffer.from(found[0]!, 'latin1'), 'buffer')
  let equal = false
  for (const value of values) {
    const expected = Buffer.isBuffer(value) ? value : known.secret(value)
    if (timingSafeEqual(digest, expected)) equal = true
  }
  return equal
}

/** The files of users on which the answer hangs, for a rule whose answer is null. */
function needsOf(access: Access, x: Exchange, known: Known): string[] {
  if (ask(access, x, known) !== null) return []
  if (access.kind === 'basic') return [access.users]
  return partsOf(access).flatMap((one) => needsOf(one, x, known))
}

/** The challenges whose passwords could turn the answer into a "yes"; none if none can. */
function challengesOf(access: Access, x: Exchange, hopeful: Known): string[] {
  if (ask(access, x, hopeful) !== true) return []
  if (access.kind === 'basic') return [access.challenge]
  return partsOf(access).flatMap((one) => challengesOf(one, x, hopeful))
}

function partsOf(access: Access): readonly Access[] {
  return access.kind === 'all' || access.kind === 'any' ? access.of : []
}
