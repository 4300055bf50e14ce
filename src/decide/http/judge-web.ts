import type { Entry, WebPart } from '../../model/entry.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { Asked, Facts, HttpVerdict, Respect } from '../../model/facts.ts'
import type { Policy } from '../../model/policy.ts'
import { keptOf } from '../rules/store-steps.ts'
import { findAll } from './headers.ts'
import { isForOrigin } from './forward.ts'
import { judge } from './judge.ts'
import { judgeHttp, mayStandIn } from './judge-http.ts'
import { askedOf } from './request-directives.ts'

/** The hinge of the line: by RFC 9111 where the origin's word counts, else by the policy. */
export function verdictOn(x: Exchange, entry: Entry | null, policy: Policy): HttpVerdict {
  const { respect } = policy
  if (x.onward !== null && isForOrigin(x)) return 'miss'
  if (respect === null) return judge(entry, policy, x.arrivedAt)
  const circumstances = { respect, asked: asked(x), now: x.arrivedAt }
  if (entry?.web == null || !keptOf(policy, entry).cacheable) return judgeHttp(null, circumstances)
  const judged = { facts: factsFor(entry, entry.web, policy), storedAt: entry.storedAt }
  const verdict = judgeHttp(judged, circumstances)
  if (!entry.spent || (verdict !== 'hit' && verdict !== 'stale')) return verdict
  // A soft ban has made it stale, and nobody may have said otherwise.
  return circumstances.asked.onlyIfCached && respect.directives ? 'refuse' : 'revalidate'
}

/** What is known of a stored response, and where a step of the rules gives a ttl, that. */
export function factsFor(entry: Entry, { facts }: WebPart, policy: Policy): Facts {
  if (policy.store === null) return facts
  const { ttlMs } = keptOf(policy, entry).cache
  return ttlMs === policy.cache.ttlMs ? facts : { ...facts, lifetimeMs: ttlMs }
}

/**
 * Whether what is stored may be delivered now that its origin is in trouble. Of objects it always
 * may: the operator has said how long they are kept.
 */
export function standsIn(x: Exchange, entry: Entry, policy: Policy): boolean {
  const { web, storedAt } = entry
  const { respect } = policy
  if (web === null || respect === null) return true
  const circumstances = { respect, asked: asked(x), now: x.arrivedAt }
  return mayStandIn({ facts: factsFor(entry, web, policy), storedAt }, circumstances)
}

/**
 * Whether a request wants an answer of its own: one that was asked for before it came is not
 * validated for it (RFC 9111 §5.2.1.4), and what it forbids to store cannot be shared (§5.2.1.5).
 */
export function isStrict(x: Exchange, respect: Respect | null): boolean {
  if (respect?.directives !== true) return false
  const { noCache, noStore, maxAgeMs } = asked(x)
  return noCache || noStore || maxAgeMs === 0
}

function asked({ fields }: Exchange): Asked {
  const control = findAll(fields, 'cache-control')
  const pragma = findAll(fields, 'pragma')
  if (control.length === 0 && pragma.length === 0) return askedOf(null, null)
  return askedOf(
    control.length === 0 ? null : control.join(', '),
    pragma.length === 0 ? null : pragma.join(', '),
  )
}
