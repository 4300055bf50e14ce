import type { Facts, Received } from '../../model/facts.ts'
import type { Reason } from '../../model/outcome.ts'
import type { Policy } from '../../model/policy.ts'
import { find } from './headers.ts'
import { ttlOf } from './storable.ts'
import { storableHttp } from './storable-http.ts'
import { varyOf } from './vary.ts'

/**
 * Whether a response of an http origin may be stored: true, or why not. Where the origin's word
 * counts, RFC 9111 says so. Where it does not, the policy's ttl does, as for objects; but nothing
 * is shared that is plainly for one client: what answers credentials, sets a cookie, or differs by
 * everything.
 */
export function mayStore(received: Received, facts: Facts, policy: Policy): true | Reason {
  if (policy.respect !== null) return storableHttp(received, facts, policy.respect)
  const { method, status, asked, fields, delimited } = received
  if (method !== 'GET') return 'not-storable'
  if (ttlOf(status, policy.cache) <= 0) return 'no-ttl'
  if (!delimited || find(fields, 'content-range') !== null) return 'not-whole'
  if (find(asked, 'authorization') !== null) return 'authorized'
  if (varyOf(fields) === '*') return 'vary-any'
  const cookie = policy.cache.setCookie === 'refuse' && find(fields, 'set-cookie') !== null
  return cookie ? 'set-cookie' : true
}

/**
 * The fields of a request by which a response was selected: what its Vary names, and what the rules
 * do; sorted, each once. Null for `Vary: *`, which no request can match.
 */
export function selectorNames(
  fields: readonly string[], vary: readonly string[],
): readonly string[] | null {
  const names = varyOf(fields)
  if (names === '*') return null
  return vary.length === 0 ? names : [...new Set([...names, ...vary])].sort()
}
