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

/** What a version of an object is recognised by. */
export type Version = Pick<
  Entry, 'originEtag' | 'lastModified' | 'lastModifiedAt' | 'lengthBytes' | 'storedAt'
>

/**
 * What the rest of an answer with content, which came at `now` (epoch ms), has to agree with; null
 * when it has nothing that bytes could be told by: no strong tag, and no date with a length.
 */
export function versionOf(head: OriginHead, now: number): Version | null {
  const originEtag = find(head.fields, 'etag')
  const lastModified = find(head.fields, 'last-modified')
  const lastModifiedAt = lastModified === null ? null : parseDate(lastModified, now)
  const { lengthBytes } = head
  if (originEtag?.startsWith('W/')) return null
  if (originEtag === null && (lastModifiedAt === null || lengthBytes === null)) return null
  return { originEtag, lastModified, lastModifiedAt, lengthBytes, storedAt: now }
}

/** Whether an answer with content is of the very version that `entry` is (RFC 9110 §8.8.1). */
export function isVersion(entry: Version, head: OriginHead): boolean {
  if (head.lengthBytes !== entry.lengthBytes) return false
  if (entry.originEtag !== null) return find(head.fields, 'etag') === entry.originEtag
  const modified = find(head.fields, 'last-modified')
  if (modified === null || entry.lastModifiedAt === null) return false
  return entry.lastModifiedAt === parseDate(modified, entry.storedAt)
}
