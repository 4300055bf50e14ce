import type { OriginHead } from '../../model/origin.ts'
import type { Reason } from '../../model/outcome.ts'
import type { CachePolicy } from '../../model/policy.ts'
import { md5OfEtag } from './etag.ts'
import { find } from './headers.ts'

/** How long a response of this status is fresh, in ms; zero for what is never stored. */
export function ttlOf(status: number, cache: CachePolicy): number {
  switch (status) {
    case 200: return cache.ttlMs
    case 404:
    case 410: return cache.notFoundMs
    case 403: return cache.forbiddenMs
    default: return 0
  }
}

/**
 * Whether the origin's answer may be stored under a bucket route: true, or why not. The operator's
 * ttl decides and the store's Cache-Control does not, because old stores could not keep one.
 *
 * What is hard is wholeness: a body that ends with its connection may have been cut (RFC 9112 §8),
 * so it needs a digest to be believed, and an answer with a Content-Range is a part, whatever its
 * status says. A 206 that goes on where an interrupted fetch ended is the rest of a whole.
 */
export function storable(head: OriginHead, cache: CachePolicy): true | Reason {
  if (ttlOf(storedStatus(head), cache) <= 0) return 'no-ttl'
  if (head.kind !== 'content') return true
  if (head.fromByte === 0 && find(head.fields, 'content-range') !== null) return 'not-whole'
  if (head.delimited) return true
  const etag = find(head.fields, 'etag')
  const proven = cache.verify === 'md5' && etag !== null && md5OfEtag(etag) !== null
  return proven ? true : 'not-whole'
}

/** The status an entry made of this answer has. */
function storedStatus(head: OriginHead): number {
  return head.kind === 'content' || head.kind === 'not-modified' ? 200 : head.status
}
