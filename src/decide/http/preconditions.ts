import type { Entry } from '../../model/entry.ts'
import type { RequestHead } from '../../model/exchange.ts'
import { parseDate } from './date.ts'
import { parseEtagList, strongMatch, weakMatch } from './etag.ts'

/**
 * What a request's conditions make of a stored success (RFC 9110 §13.2): `pass` to answer as if it
 * had none, `not-modified` for 304, `failed` for 412. What is hard is the order: a tag silences
 * its date (If-Match before If-Unmodified-Since, If-None-Match before If-Modified-Since), and a
 * condition that cannot be read must fall to the side on which nobody gets wrong bytes. If-Range is
 * the last step, and `spans` takes it.
 */
export function precondition(
  head: RequestHead, entry: Entry, method: string,
): 'pass' | 'not-modified' | 'failed' {
  if (
    head.ifNoneMatch === null && head.ifModifiedSince === null &&
    head.ifMatch === null && head.ifUnmodifiedSince === null
  ) return 'pass'
  // §13.2.1: only what would be a success has conditions.
  const isSuccess = entry.status >= 200 && entry.status <= 299
  if (!isSuccess || (method !== 'GET' && method !== 'HEAD')) return 'pass'
  if (isLost(head, entry)) return 'failed'
  return isKnown(head, entry) ? 'not-modified' : 'pass'
}

/** Whether the version that the client wants to go on with is gone. */
function isLost(head: RequestHead, entry: Entry): boolean {
  if (head.ifMatch !== null) {
    const tags = parseEtagList(head.ifMatch)
    if (tags === '*') return false
    const { etag } = entry
    return tags === null || etag === null || !tags.some((tag) => strongMatch(tag, etag))
  }
  if (head.ifUnmodifiedSince === null || entry.lastModifiedAt === null) return false
  const since = parseDate(head.ifUnmodifiedSince, entry.storedAt)
  return since !== null && entry.lastModifiedAt > since
}

/** Whether the client already has what is stored. */
function isKnown(head: RequestHead, entry: Entry): boolean {
  if (head.ifNoneMatch !== null) {
    const { etag } = entry
    if (head.ifNoneMatch === etag) return true
    const tags = parseEtagList(head.ifNoneMatch)
    if (tags === '*') return true
    return tags !== null && etag !== null && tags.some((tag) => weakMatch(tag, etag))
  }
  if (head.ifModifiedSince === null) return false
  // Most clients send back the very text they got. Any other is read with the time of storing as
  // `now`, which matters only to two-digit years.
  if (head.ifModifiedSince === entry.lastModified) return true
  const since = parseDate(head.ifModifiedSince, entry.storedAt)
  if (since === null) return false
  // Without Last-Modified the origin's Date takes its place (RFC 9111 §4.3.2).
  const modifiedAt = entry.lastModifiedAt ?? parseDate(entry.date, entry.storedAt) ?? entry.storedAt
  return modifiedAt <= since
}
