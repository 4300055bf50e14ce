import type { Entry } from '../../model/entry.ts'
import { parseEtagList } from './etag.ts'

/** What of a stored response it can be asked about with. */
export type Validators = Pick<Entry, 'originEtag' | 'lastModified'>

/**
 * The fields that ask an origin whether what is stored still stands (RFC 9111 §4.3.1), in place of
 * any conditions of the client: all entity tags, as the origin wrote them; and the date, where only
 * one response is asked about. Empty when there is nothing to ask with.
 *
 * The tags of the client's own If-None-Match may join them (§4.3.2), null for none. A 304 may then
 * be about the client's copy rather than ours: `freshened` finds nothing, and it is passed on.
 */
export function validatingFields(
  stored: readonly Validators[], ifNoneMatch: string | null,
): string[] {
  const tags = stored.map((one) => one.originEtag).filter((tag) => tag !== null)
  const theirs = ifNoneMatch === null || tags.length === 0 ? [] : parseEtagList(ifNoneMatch)
  if (Array.isArray(theirs)) tags.push(...theirs)
  const fields = tags.length === 0 ? [] : ['If-None-Match', [...new Set(tags)].join(', ')]
  const modified = stored.length === 1 ? stored[0]!.lastModified : null
  return modified === null ? fields : [...fields, 'If-Modified-Since', modified]
}
