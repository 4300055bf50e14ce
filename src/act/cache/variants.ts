/**
 * The responses that are stored under one key. What is hard about it is that there may be several,
 * for different requests, while the tiers know one entry for each key. So where responses have
 * been selected by fields of the request, each has a key of its own, and under the key that they
 * share stands a list of them. What is not on the list cannot be found, so dropping the list drops
 * them all at once.
 */
import { selected, withVariant } from '../../decide/http/variants.ts'
import type { Entry } from '../../model/entry.ts'
import type { Facts, Variant } from '../../model/facts.ts'
import type { PlaceOf } from './filling.ts'
import type { Filling } from '../../model/tier.ts'

/** What the tiers do for lists. */
export type Shelf = {
  find(key: string, placeOf?: PlaceOf): Entry | null
  fill(entry: Entry): Filling
  drop(entry: Entry): void
  newBodyId(): number
  /** The number of the newest ban. */
  newestBan(): number
}

const EMPTY = Buffer.alloc(0)

/** Nothing is ever asked of a list itself. */
const NO_FACTS: Facts = Object.freeze({
  lifetimeMs: -1, heuristicMs: -1, initialAgeMs: 0, validateAlways: false, neverStale: false,
  whileRevalidateMs: -1, ifErrorMs: -1, withheld: Object.freeze([]),
})

/**
 * The stored responses that a request with these fields may get, the best first; of what a list
 * names, some may be gone.
 */
export function variantsFor(shelf: Finding, list: Entry, fields: readonly string[]): Entry[] {
  return found(shelf, selected(list.web!.variants!, fields))
}

/** All that are stored under a list. */
export function allVariants(shelf: Finding, list: Entry): Entry[] {
  return found(shelf, list.web!.variants!)
}

/** Where variants are looked for. */
type Finding = { find(key: string): Entry | null }

function found(shelf: Finding, variants: readonly Variant[]): Entry[] {
  return variants.map(({ key }) => shelf.find(key)).filter((entry) => entry !== null)
}

/** Puts a response that is being stored on the list of its key, which may have to be made. */
export function enlist(
  shelf: Shelf, { key, stored, entry }: { key: string; stored: Variant; entry: Entry },
): void {
  const before = shelf.find(key)?.web?.variants ?? []
  const { variants, dropped } = withVariant(before, stored)
  for (const one of found(shelf, dropped)) shelf.drop(one)
  keep(shelf, {
    key, object: null, bodyId: shelf.newBodyId(), status: 0, fields: [],
    etag: null, originEtag: null, lastModified: null, lastModifiedAt: null, date: '',
    lengthBytes: 0, tags: [], storedAt: entry.storedAt, body: EMPTY, dropped: [], retryAt: 0,
    kept: null, ready: null, fetchedFor: entry.fetchedFor, spent: false,
    bansSeen: shelf.newestBan(),
    web: { origin: entry.web!.origin, phrase: '', facts: NO_FACTS, variants },
  })
}

function keep({ fill }: Shelf, list: Entry): void {
  fill(list).keep(list, () => {})
}
