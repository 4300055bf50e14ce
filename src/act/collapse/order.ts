/** What exchanges and flights say to each other, and what flights need of the cache. */
import type { Bannable, FetchedFor } from '../../model/ban.ts'
import type { Entry } from '../../model/entry.ts'
import type { Respect, Variant } from '../../model/facts.ts'
import type {
  ForwardedRequest, Origin, OriginCall, OriginHead, OriginRequest,
} from '../../model/origin.ts'
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
  /** What only an order to an http origin says; null for objects. */
  readonly web: WebOrder | null
}

export type WebOrder = {
  /** The origin's word counts: RFC 9111 decides. Null: the policy alone does. */
  readonly respect: Respect | null
  /** What the client asked for, as an absolute URI. */
  readonly uri: string
  /** Fields of the request that select responses besides what their Vary says. */
  readonly vary: readonly string[]
  /** The stored responses that the origin is asked about, `stored` among them. */
  readonly candidates: readonly Entry[]
  /** The request goes on with the conditions and ranges of its client, who gets what they bring. */
  readonly raw: boolean
  /** Nobody else may come aboard. */
  readonly alone: boolean
}

/** What a reader lacks whose chunk is in no tier: that chunk, and those behind it. */
export type Wanted = {
  readonly entry: Entry
  readonly index: number
  readonly mend: boolean
  readonly origin: Origin
  readonly policy: Policy
  /** The request of a reader whose body is of an http origin; null for objects. */
  readonly forwarded: ForwardedRequest | null
}

/** The part of a body that is fetched for it. */
export type Rest = Wanted & {
  /** The next chunk that is there; null: everything to the end is missing, or may be. */
  readonly until: number | null
  /** What the chunks must be; null when not known. */
  readonly sums: Uint32Array | null
}

/** What flights need of the cache. */
export type Store = {
  /** Where the tiers take it; asked again once the length is known. */
  fill(entry: Entry, placeOf: (entry: Entry) => Kept): Filling
  /** CRC-32 of each chunk of a stored body; null where they are not known. */
  sumsOf(entry: Entry): Uint32Array | null
  /** The next chunk after `index` that is there to stay; null when none is. */
  nextChunk(entry: Entry, index: number): number | null
  /** Puts back a chunk that a tier has lost. */
  mend(entry: Entry, index: number, bytes: Buffer): void
  keepHead(entry: Entry, place: Kept): void
  drop(entry: Entry): void
  newBodyId(): number
  /** The number of the newest ban: what is asked for from now on is not concerned by it. */
  newestBan(): number
  /** Whether a ban after that number concerns such a response, or may, as far as it is known. */
  mayBeBanned(one: Bannable, since: number): boolean
  /** Makes a stored response findable among those of its key. */
  enlist(key: string, variant: Variant, entry: Entry): void
}

/** The origin's head, the call behind it, and what to do when the flight is over. */
export type Arrival = {
  readonly head: OriginHead
  readonly call: OriginCall
  readonly over: () => void
  /** The number of the newest ban when the origin was asked. */
  readonly bansSeen: number
  /** Whether what arrives has been made invalid on its way. */
  readonly isDead: () => boolean
}
