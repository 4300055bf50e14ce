import type { Entry } from '../../model/entry.ts'
import type { OriginHead } from '../../model/origin.ts'
import { parseDate } from './date.ts'
import { find } from './headers.ts'

/**
 * Whether the origin's answer says that what we hold still stands. A 304 says so. So does a 200
 * with the validators and length we know: some stores answer a conditional request in full although
 * nothing has changed, because they compare entity tags in a spelling of their own.
 */
export function stillStands(stored: Entry, head: OriginHead): boolean {
  if (head.kind === 'not-modified') return true
  return head.kind === 'content' && isVersion(stored, head)
}

/** Whether an answer with content is of the very version that `entry` is (RFC 9110 §8.8.1). */
export function isVersion(entry: Entry, head: OriginHead): boolean {
  if (head.lengthBytes !== entry.lengthBytes) return false
  if (entry.originEtag !== null) return find(head.fields, 'etag') === entry.originEtag
  const modified = find(head.fields, 'last-modified')
  if (modified === null || entry.lastModifiedAt === null) return false
  return entry.lastModifiedAt === parseDate(modified, entry.storedAt)
}
