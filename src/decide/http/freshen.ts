/**
 * What a 304, or the answer to a HEAD, does to what is stored (RFC 9111 §3.2, §4.3.4, §4.3.5). What
 * is hard is to know which stored responses are meant: a 304 that is about another version than the
 * stored one must not make that one fresh.
 */
import type { Entry } from '../../model/entry.ts'
import type { Facts, Received, Respect } from '../../model/facts.ts'
import type { Reason } from '../../model/outcome.ts'
import { parseDate } from './date.ts'
import { quoteEtag, strongMatch, weakMatch } from './etag.ts'
import { factsOf } from './facts.ts'
import { endToEnd, find, findAll } from './headers.ts'
import { storableHttp, storedFields } from './storable-http.ts'

/** What of a stored response says which version it is. */
export type Version = Pick<Entry, 'etag' | 'lastModifiedAt' | 'lengthBytes' | 'date' | 'storedAt'>

/** With a minute between it and Date, a Last-Modified is strong (RFC 9110 §8.8.2.2). */
const STRONG_AFTER_MS = 60_000

type Told = { readonly etag: string | null; readonly modifiedAt: number | null }

/**
 * Of the responses stored for the request, those that a 304 with these fields freshens (§4.3.4);
 * `now` is epoch ms. For none, `isSilent` says what is to be done.
 */
export function freshened<T extends Version>(
  stored: readonly T[], fields: readonly string[], now: number,
): T[] {
  const told = validatorsIn(fields, now)
  const { etag, modifiedAt } = told
  if (etag !== null && !etag.startsWith('W/')) {
    return stored.filter((one) => one.etag !== null && strongMatch(one.etag, etag))
  }
  if (etag === null && modifiedAt === null) {
    const [only] = stored
    const bare = stored.length === 1 && only!.etag === null && only!.lastModifiedAt === null
    return bare ? [only!] : []
  }
  const alike = stored.filter((one) => isAlike(one, told))
  if (modifiedAt !== null && isStrong(modifiedAt, find(fields, 'date'), now)) return alike
  return alike.length < 2 ? alike : [newest(alike)]
}

/**
 * Whether a 304 that freshens nothing tells of no version at all. Then it still answers what was
 * asked: what is stored may be reused, this once. Otherwise it speaks of a version that is not
 * there, and the origin has to be asked again, without conditions.
 */
export function isSilent(fields: readonly string[]): boolean {
  return find(fields, 'etag') === null && find(fields, 'last-modified') === null
}

/** Whether nothing that was told speaks against this version, and something for it. */
function isAlike(one: Version, { etag, modifiedAt }: Told): boolean {
  if (etag !== null && one.etag !== null && !weakMatch(etag, one.etag)) return false
  if (modifiedAt !== null && one.lastModifiedAt !== null && modifiedAt !== one.lastModifiedAt) {
    return false
  }
  return (etag !== null && one.etag !== null) ||
    (modifiedAt !== null && one.lastModifiedAt !== null)
}

function isStrong(modifiedAt: number, date: string | null, now: number): boolean {
  const dateAt = date === null ? null : parseDate(date, now)
  return dateAt !== null && dateAt - modifiedAt >= STRONG_AFTER_MS
}

function newest<T extends Version>(versions: readonly T[]): T {
  const at = (one: T) => parseDate(one.date, one.storedAt) ?? one.storedAt
  return versions.reduce((best, one) => (at(one) > at(best) ? one : best))
}

function validatorsIn(fields: readonly string[], now: number): Told {
  const etag = find(fields, 'etag')
  const modified = find(fields, 'last-modified')
  return {
    etag: etag === null ? null : quoteEtag(etag),
    modifiedAt: modified === null ? null : parseDate(modified, now),
  }
}

/**
 * Whether the answer to a HEAD updates a stored response to GET that the request could have got, or
 * makes it stale (§4.3.5); only 200 says anything. It has to agree in all that it tells: ETag,
 * Last-Modified, Content-Length.
 */
export function headUpdates(
  stored: Version, { status, fields }: { status: number; fields: readonly string[] }, now: number,
): 'update' | 'stale' | 'nothing' {
  if (status !== 200) return 'nothing'
  const { etag, modifiedAt } = validatorsIn(fields, now)
  const length = find(fields, 'content-length')
  const agrees = (etag === null || etag === stored.etag) &&
    (modifiedAt === null || modifiedAt === stored.lastModifiedAt) &&
    (length === null || Number(length) === stored.lengthBytes)
  return agrees ? 'update' : 'stale'
}

/**
 * A stored response as a 304, or the answer to a HEAD, updates it: its new fields and facts, and
 * whether it may still be stored. `stored` has its end-to-end fields, validators included; `told`
 * the answer. What is hard: everything that is reckoned with time is reckoned anew, from the answer
 * alone, so an Age or a Date that only the stored response had is gone.
 */
export function refreshed(
  stored: { readonly status: number; readonly fields: readonly string[] }, told: Received,
  respect: Respect,
): Refreshed {
  const news = endToEnd(told.fields)
  const ours = without(stored.fields, TIMES)
  const fit = respect.cookies === 'store' ? news : without(news, COOKIES)
  const fields = updatedHttpFields(ours, fit)
  const received = { ...told, method: 'GET', status: stored.status, fields, delimited: true }
  const facts = factsOf(received)
  const storable = storableHttp(received, facts, respect)
  return { fields: storedFields(fields, facts, respect), whole: received, facts, storable }
}

export type Refreshed = {
  readonly fields: readonly string[]
  /** The stored response and the answer as the one response that they come to. */
  readonly whole: Received
  readonly facts: Facts
  /** By RFC 9111, where the origin's word counts. */
  readonly storable: true | Reason
}

const TIMES: ReadonlySet<string> = new Set(['age', 'date'])
const COOKIES: ReadonlySet<string> = new Set(['set-cookie'])

function without(fields: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    if (!names.has(fields[i]!.toLowerCase())) kept.push(fields[i]!, fields[i + 1]!)
  }
  return kept
}

/**
 * Fields that describe the bytes as they were stored. RFC 9111 §3.2 exempts Content-Length, and
 * lets those stay whose change would make the stored bytes unreadable.
 */
const OF_THE_BYTES: ReadonlySet<string> = new Set([
  'content-length', 'content-encoding', 'content-range',
])

/**
 * The stored fields as newer ones change them (§3.2): each that is told replaces all of its name,
 * the rest stays. Both lists are end-to-end fields.
 */
export function updatedHttpFields(
  stored: readonly string[], told: readonly string[],
): string[] {
  const added: string[] = []
  for (let i = 0; i < told.length; i += 2) {
    if (!OF_THE_BYTES.has(told[i]!.toLowerCase())) added.push(told[i]!, told[i + 1]!)
  }
  const kept: string[] = []
  for (let i = 0; i < stored.length; i += 2) {
    if (findAll(added, stored[i]!.toLowerCase()).length === 0) {
      kept.push(stored[i]!, stored[i + 1]!)
    }
  }
  return [...kept, ...added]
}
