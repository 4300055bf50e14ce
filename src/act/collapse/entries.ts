import { entryFields, updatedFields } from '../../decide/http/entry-head.ts'
import type { Entry } from '../../model/entry.ts'
import type { BucketObject } from '../../model/object.ts'
import type { OriginHead } from '../../model/origin.ts'

const EMPTY = Buffer.alloc(0)

/**
 * The entry for an answer that has just begun to arrive, at `now` (epoch ms). A negative answer has
 * no body here: haulout words it itself, and the store's document may say too much.
 */
export function freshEntry(
  { key, object }: { key: string; object: BucketObject },
  head: OriginHead,
  { bodyId, now }: { bodyId: number; now: number },
): Entry {
  const content = head.kind === 'content'
  return {
    key,
    object,
    bodyId,
    status: content ? 200 : head.status,
    ...entryFields(head, now),
    lengthBytes: content ? head.lengthBytes : 0,
    storedAt: now,
    body: content ? null : EMPTY,
    retryAt: 0,
    ready: null,
  }
}

/**
 * A stored entry that the origin has just vouched for again (RFC 9111 §4.3.4): its bytes, under the
 * fields that the origin gives them now. An answer with content tells all of them, a 304 some.
 */
export function renewedEntry(stored: Entry, head: OriginHead, now: number): Entry {
  const { date, fields: told, lastModified, lastModifiedAt } = entryFields(head, now)
  const fields = head.kind === 'content' ? told : updatedFields(stored.fields, told)
  const modified = lastModified === null ? {} : { lastModified, lastModifiedAt }
  return { ...stored, fields, ...modified, date, storedAt: now, retryAt: 0, ready: null }
}
