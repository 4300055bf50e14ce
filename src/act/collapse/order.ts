/** What exchanges and flights say to each other, and what flights need of the cache. */
import type { Bannable, FetchedFor } from '../../model/ban.ts'
import type { Entry } from '../../model/entry.ts'
import type { Origin, OriginCall, OriginHead, OriginRequest } from '../../model/origin.ts'
import type { Kept, Policy } from '../../model/policy.ts'
import type { Filling } from '../../model/tier.ts'

/** What an exchange wants fetched. */
export type Order = {
  /** What the response is stored under. */
  readonly key: string
  /** Whom to ask, by the generation that the exchange began under, and for what. */
  readonly origin: Origin
  readonly request: OriginRequest
  readonly policy: Policy
  /** What its response is tagged with; null where a tag is too long to store it. */
  readonly tags: readonly string[] | null
  readonly fetchedFor: FetchedFor
  /** Nothing of it is kept, and nobody else is aboard. */
  readonly pass: boolean
  /** What is stored under the key and has to be revalidated; null when nothing is. */
  readonly stored: Entry | null
}

/** The rest of a body, for a reader whose chunk is in no tier. */
export type Rest = {
  readonly entry: Entry
  readonly index: number
  readonly mend: boolean
  readonly origin: Origin
  readonly policy: Policy
}

/** What flights need of the cache. */
export type Store = {
  /** Where the tiers take it; asked again once the length is known. */
  fill(entry: Entry, placeOf: (entry: Entry) => Kept): Filling
  /** Puts back a chunk that a tier has lost. */
  mend(entry: Entry, index: number, bytes: Buffer): void
  keepHead(entry: Entry, place: Kept): void
  drop(entry: Entry): void
  newBodyId(): number
  /** The number of the newest ban: what is asked for from now on is not concerned by it. */
  newestBan(): number
  /** Whether a ban after that number concerns such a response, or may, as far as it is known. */
  mayBeBanned(one: Bannable, since: number): boolean
}

/** The origin's head, the call behind it, and what to do when the flight is over. */
export type Arrival = {
  readonly head: OriginHead
  readonly call: OriginCall
  readonly over: () => void
  /** The number of the newest ban when the origin was asked. */
  readonly bansSeen: number
}
