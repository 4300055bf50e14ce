import type { FetchedFor } from './ban.ts'
import type { Facts, Variant } from './facts.ts'
import type { BucketObject } from './object.ts'
import type { FieldTemplate, Kept, Policy } from './policy.ts'

/**
 * An Entry is a stored response. What a hit needs is ready here: the body if it is small, the
 * fields as a flat list, the validators parsed. Freshness is not: it is `storedAt` plus the
 * policy's ttl, added up on every read, so that a changed rule applies to what is already stored.
 */
export type Entry = {
  readonly key: string
  /** Null for a response of an http origin. */
  readonly object: BucketObject | null
  /** Names the stored body; never used twice, so bytes of two versions cannot mix. */
  readonly bodyId: number
  /** 200, or a negative answer: 403, 404, 410; any final one of an http origin. */
  readonly status: number
  /**
   * The origin's end-to-end fields, `[name, value, …]`: of an object without those that delivery
   * makes, of other responses all, as they came.
   */
  readonly fields: readonly string[]
  /** Fields that the rules have had removed; only the conditions of `store` see them. */
  readonly dropped: readonly string[]
  /** Quoted, as clients get it (RFC 9110 §8.8.3); null when the origin gave none. */
  readonly etag: string | null
  /** As the origin wrote it, which is the only form that some origins recognise. */
  readonly originEtag: string | null
  readonly lastModified: string | null
  /** Epoch ms of `lastModified`; null when absent or not a date. */
  readonly lastModifiedAt: number | null
  /** The origin's Date, or the time of receipt in its form. */
  readonly date: string
  /** Bytes of the body; null while a flight of unknown length is under way. */
  readonly lengthBytes: number | null
  /** The tags of the request that had it fetched or last renewed. */
  readonly tags: readonly string[]
  /** The request that had it fetched or last renewed. */
  readonly fetchedFor: FetchedFor
  /** Epoch ms at which the origin last vouched for this response. */
  readonly storedAt: number
  /**
   * CRC-32 of each chunk of a body of several, where they are at hand; a chunk that is fetched
   * again has to have it. The disk tier keeps them apart from the entry.
   */
  readonly sums?: Uint32Array
  /** The whole body when it is one chunk or less; null when it is read chunk by chunk. */
  readonly body: Buffer | null
  /** Whether a soft ban has made it stale. */
  readonly spent: boolean
  /** The number of the newest ban that is known not to concern it. */
  bansSeen: number
  /** What only responses of http origins have; null for objects. */
  readonly web: WebPart | null
  /** A background refresh that failed is not tried again before this instant. */
  retryAt: number
  /** How one policy wants it kept, as last asked; see decide/rules/store-steps. */
  kept: (Kept & { readonly policy: Policy }) | null
  /** The head as last made for one policy; see act/deliver/head. */
  ready: ReadyHead | null
}

/** What an entry has besides, if it is a response of an http origin. */
export type WebPart = {
  /** The origin's name in the configuration. */
  readonly origin: string
  /** What the origin calls the status. */
  readonly phrase: string
  /** What RFC 9111 makes of it. */
  readonly facts: Facts
  /** Not a response itself, but the list of those that are stored for its key; null otherwise. */
  readonly variants: readonly Variant[] | null
}

/** A head made once per (entry, policy). The two moving values have known places. */
export type ReadyHead = {
  readonly policy: Policy
  readonly fields: string[]
  readonly ageSlot: number
  /** -1 when the policy wants no `Cache-Status`. */
  readonly cacheStatusSlot: number
  /** Values that hold captures, and so are put in for each request; null for none. */
  readonly filled: ReadonlyArray<readonly [slot: number, value: FieldTemplate]> | null
}
