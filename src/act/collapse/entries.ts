import { entryFields, updatedFields } from '../../decide/http/entry-head.ts'
import type { FetchedFor } from '../../model/ban.ts'
import type { Entry } from '../../model/entry.ts'
import type { BucketObject } from '../../model/object.ts'
import type { OriginHead } from '../../model/origin.ts'

const EMPTY = Buffer.alloc(0)

/** What names an entry; the tags are null where one of them is too long. */
export type Named = {
  readonly key: string
  readonly object: BucketObject
  readonly tags: readonly string[] | null
  readonly fetchedFor: FetchedFor
}

/** When the answer came, and the number of the newest ban when it was asked for. */
export type Moment = { readonly now: number; readonly bansSeen: number }

/**
 * The entry for an answer that has just begun to arrive, at `now` (epoch ms). A negative answer has
 * no body here: haulout words it itself, and the store's document may say too much.
 */
export function freshEntry(
  { tags, ...named }: Named,
  head: OriginHead,
  { bodyId, now, bansSeen }: Moment & { bodyId: number },
): Entry {
  const content = head.kind === 'content'
  return {
    ...named,
    bodyId,
    status: content ? 200 : head.status,
    ...entryFields(head, now),
    lengthBytes: content ? head.lengthBytes : 0,
    tags: tags ?? [],
    storedAt: now,
    body: content ? null : EMPTY,
    dropped: [],
    spent: false,
    bansSeen,
    retryAt: 0,
    kept: null,
    ready: null,
    web: null,
  }
}

/**
 * A stored entry that the origin has just vouched for again (RFC 9111 §4.3.4): its bytes, under the
 * fields that the origin gives them now. An answer with content tells all of them, a 304 some.
 */
export function renewedEntry(
  stored: Entry,
  { head, now, bansSeen, tags, fetchedFor }: Moment & Omit<Named, 'key' | 'object'> & {
    head: OriginHead
  },
): Entry {
  const { date, fields: told, lastModified, lastModifiedAt } = entryFields(head, now)
  const whole = [...stored.fields, ...stored.dropped]
  const fields = head.kind === 'content' ? told : updatedFields(whole, told)
  const modified = lastModified === null ? {} : { lastModified, lastModifiedAt }
  return {
    ...stored, fields, dropped: [], ...modified, date, storedAt: now, tags: tags ?? stored.tags,
    fetchedFor, spent: false, bansSeen, retryAt: 0, kept: null, ready: null,
  }
}
