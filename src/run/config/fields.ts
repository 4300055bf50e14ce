/**
 * Header fields that rules may neither set nor unset. Some frame the message or belong to one
 * connection (RFC 9110 §7.6.1, RFC 9112 §6): a wrong one desynchronises client and server. The
 * others say what haulout itself finds out for every response, and a fixed value would be a lie.
 */
export const RESERVED_FIELDS: ReadonlyMap<string, 'framing' | 'own'> = new Map(Object.entries({
  'connection': 'framing', 'content-length': 'framing', 'keep-alive': 'framing',
  'proxy-authenticate': 'framing', 'proxy-authorization': 'framing', 'proxy-connection': 'framing',
  'te': 'framing', 'trailer': 'framing', 'transfer-encoding': 'framing', 'upgrade': 'framing',
  'accept-ranges': 'own', 'age': 'own', 'cache-status': 'own', 'content-range': 'own',
  'date': 'own', 'etag': 'own', 'last-modified': 'own', 'via': 'own',
} as const))

/**
 * Fields of a request that rules may not change: those that frame it, and those that have been read
 * before any rule. Who the client is, and which host it asks, is settled by then.
 */
export const RESERVED_OF_REQUESTS: ReadonlySet<string> = new Set([
  'connection', 'content-length', 'expect', 'host', 'keep-alive', 'proxy-authenticate',
  'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade',
  'x-forwarded-for',
])

/** Fields of a request to a store that haulout makes itself: what is asked, and the signature. */
export function isMadeForStores(name: string): boolean {
  return RESERVED_OF_REQUESTS.has(name) || MADE_FOR_STORES.has(name) ||
    name.startsWith('if-') || name.startsWith('content-')
}

const MADE_FOR_STORES: ReadonlySet<string> = new Set([
  'accept-encoding', 'authorization', 'date', 'range', 'user-agent', 'x-amz-content-sha256',
  'x-amz-date', 'x-amz-security-token',
])
