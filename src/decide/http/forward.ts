import type { Exchange } from '../../model/exchange.ts'
import { hasBody } from './gate.ts'
import { endToEnd, find } from './headers.ts'

/** RFC 9110 §7.6.3; a pseudonym, because a host's name is nobody's business. */
const PSEUDONYM = 'haulout'

/** A request that has come through so many haulouts is going round in circles. */
const MOST_HOPS = 8

/** What is made anew for the next connection, or says where a request came from. */
const OWN: ReadonlySet<string> = new Set([
  'host', 'content-length', 'expect', 'forwarded', 'x-real-ip', 'x-forwarded-for',
  'x-forwarded-host', 'x-forwarded-proto',
])

/**
 * The fields with which a request goes on to an http origin, `[name, value, …]`: the end-to-end
 * ones in their order and byte for byte (RFC 9110 §7.6.1), without Host, and behind them where it
 * came from.
 *
 * What is hard is whose word that is: `X-Forwarded-*` and `Forwarded` are believed of a trusted
 * proxy and of nobody else, so what anybody else has written there does not go on. Authorization
 * goes on unless it is haulout's own users that it is for. Needs `x.onward`.
 */
export function forwardedFields(x: Exchange, keepsAuthorization: boolean): string[] {
  const { trusted } = x
  const { scheme, authority } = x.onward!
  const fields: string[] = []
  const all = endToEnd(x.fields)
  for (let i = 0; i < all.length; i += 2) {
    const name = all[i]!.toLowerCase()
    if (name === 'max-forwards' && x.method === 'OPTIONS') {
      // RFC 9110 §7.6.2. Zero does not get here.
      fields.push(all[i]!, lessOne(all[i + 1]!))
    } else if (name === 'authorization' ? keepsAuthorization : !isOwn(name, trusted)) {
      fields.push(all[i]!, all[i + 1]!)
    }
  }
  const before = trusted ? x.head.forwardedFor : null
  return [
    ...fields,
    'X-Forwarded-For', before === null ? x.peer : `${before}, ${x.peer}`,
    'X-Forwarded-Host', authority,
    'X-Forwarded-Proto', scheme,
    'Via', `${x.version} ${PSEUDONYM}`,
  ]
}

function isOwn(name: string, trusted: boolean): boolean {
  if (trusted && (name === 'forwarded' || name === 'x-real-ip')) return false
  return OWN.has(name) || (!trusted && name.startsWith('x-forwarded-'))
}

function lessOne(count: string): string {
  return /^\d{1,15}$/.test(count) ? String(Number(count) - 1) : count
}

/** Whether a request has been here before, and should end (RFC 9110 §7.6). */
export function isLoop(fields: readonly string[]): boolean {
  let hops = 0
  for (let i = 0; i + 1 < fields.length; i += 2) {
    if (fields[i]!.length !== 3 || fields[i]!.toLowerCase() !== 'via') continue
    hops += fields[i + 1]!.split(PSEUDONYM).length - 1
  }
  return hops >= MOST_HOPS
}

/** A request without what only concerns a stored response: its conditions and its ranges. */
export function unconditional(fields: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i + 1 < fields.length; i += 2) {
    if (!CONDITIONS.has(fields[i]!.toLowerCase())) kept.push(fields[i]!, fields[i + 1]!)
  }
  return kept
}

const CONDITIONS: ReadonlySet<string> = new Set([
  'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range', 'range',
])

/** Whether a cache has any part in a request: reads without content. */
export function isCacheable({ method, head }: Exchange): boolean {
  return (method === 'GET' || method === 'HEAD') && !hasBody(head)
}

/** Whether a request makes conditions that only its origin may look at (RFC 9111 §4.3.2). */
export function isForOrigin({ head }: Exchange): boolean {
  return head.ifMatch !== null || head.ifUnmodifiedSince !== null
}

/** RFC 9110 §7.6.2: an OPTIONS that may go no further is for the one it has come to. */
export function isLastHop({ method, fields }: Exchange): boolean {
  return method === 'OPTIONS' && find(fields, 'max-forwards') === '0'
}
