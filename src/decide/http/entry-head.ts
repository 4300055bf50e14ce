import type { OriginHead } from '../../model/origin.ts'
import { formatDate, parseDate } from './date.ts'
import { quoteEtag } from './etag.ts'
import { endToEnd, find, isFieldValue, isToken } from './headers.ts'

/** What an Entry keeps of the origin's head. */
export type EntryHead = {
  readonly fields: string[]
  readonly etag: string | null
  readonly originEtag: string | null
  readonly lastModified: string | null
  readonly lastModifiedAt: number | null
  readonly date: string
}

/**
 * Fields that delivery makes itself, from the entry and the answer at hand; and Set-Cookie, which
 * the origin, or a load balancer before it, means for one client and a cache would give to all.
 */
const MADE_HERE: ReadonlySet<string> = new Set([
  'date', 'age', 'etag', 'last-modified', 'content-length', 'accept-ranges', 'content-range',
  'set-cookie',
])

/**
 * Boils an origin's head down to what is stored, at `now` (epoch ms). What is hard is that the
 * origin's own spelling and the proper one differ with old stores: bare entity tags, no Date. The
 * ETag is kept in both forms; dates are kept as IMF-fixdate, and a Last-Modified that is no date is
 * none, because clients and If-Range could not use it.
 *
 * All other end-to-end fields stay (RFC 9111 §3.1), Via and Cache-Status included, less those that
 * could not be sent again.
 */
export function entryFields(head: OriginHead, now: number): EntryHead {
  const originEtag = find(head.fields, 'etag')
  const modified = find(head.fields, 'last-modified')
  const lastModifiedAt = modified === null ? null : parseDate(modified, now)
  const date = find(head.fields, 'date')
  const sentAt = date === null ? null : parseDate(date, now)
  return {
    fields: stored(head.fields),
    etag: originEtag === null ? null : quoteEtag(originEtag),
    originEtag,
    lastModified: lastModifiedAt === null ? null : formatDate(lastModifiedAt),
    lastModifiedAt,
    date: formatDate(sentAt ?? now),
  }
}

/**
 * The stored fields as the fields of a 304 change them (RFC 9111 §3.2): what it names is replaced,
 * the rest stays. Both lists are as `entryFields` gives them. What tells of content (`Content-Type`
 * and its like) stays too: old stores put a document of their own behind a 304 and describe that.
 */
export function updatedFields(stored: readonly string[], told: readonly string[]): string[] {
  const replaced = new Set<string>()
  const added: string[] = []
  for (let i = 0; i < told.length; i += 2) {
    const name = told[i]!.toLowerCase()
    if (name.startsWith('content-')) continue
    replaced.add(name)
    added.push(told[i]!, told[i + 1]!)
  }
  const kept: string[] = []
  for (let i = 0; i < stored.length; i += 2) {
    if (!replaced.has(stored[i]!.toLowerCase())) kept.push(stored[i]!, stored[i + 1]!)
  }
  return [...kept, ...added]
}

function stored(fields: readonly string[]): string[] {
  const all = endToEnd(fields)
  const kept: string[] = []
  for (let i = 0; i < all.length; i += 2) {
    const name = all[i]!
    const value = all[i + 1]!
    if (MADE_HERE.has(name.toLowerCase()) || !isToken(name) || !isFieldValue(value)) continue
    kept.push(name, value)
  }
  return kept
}
