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
