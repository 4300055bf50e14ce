import type { BucketObject } from './object.ts'
import type { Text } from './text.ts'

/**
 * A Ban is an invalidation that is applied when a stored response is next looked at. What the types
 * cannot say: numbers only grow, also from one process to the next, and a response that was asked
 * for after a ban has the ban's number or a greater one, so that no ban concerns it.
 */
export type Ban = {
  readonly number: number
  /** Epoch ms. */
  readonly at: number
  /** What it concerns is not gone but stale: asked about, and used if the origin fails. */
  readonly soft: boolean
  readonly about: BanAbout
}

/** What a ban concerns, as people say it and as it is kept. */
export type BanAbout =
  | { readonly kind: 'all' }
  | { readonly kind: 'tag'; readonly tag: string }
  /** Of the cache; all variants under it. */
  | { readonly kind: 'key'; readonly key: string }
  /** Whatever begins with it. */
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'expression'; readonly text: string }

/** An expression made ready. */
export type BanTest =
  | { readonly kind: 'all' | 'any'; readonly of: readonly BanTest[] }
  | { readonly kind: 'not'; readonly of: BanTest }
  | { readonly kind: 'text'; readonly field: BanField; readonly text: Text }
  | { readonly kind: 'header'; readonly name: string; readonly text: Text }
  /** Both included. */
  | { readonly kind: 'status'; readonly from: number; readonly to: number }
  /** Older than that, by that much or more, at the moment of the ban. */
  | { readonly kind: 'age'; readonly ms: number }

/** Fields of a ban that are texts. */
export const BAN_FIELDS = ['object', 'bucket', 'route', 'host', 'path', 'tag'] as const
export type BanField = (typeof BAN_FIELDS)[number]

/** The request that had a response fetched, or renewed last. */
export type FetchedFor = {
  readonly route: string
  /** As in Target: lower case, without port. */
  readonly host: string
  /** Decoded. */
  readonly path: string
}

/** A response as bans see it; null where that is not known yet. */
export type Bannable = {
  readonly key: string
  /** Null for a response of an http origin. */
  readonly object: BucketObject | null
  readonly fetchedFor: FetchedFor
  readonly tags: readonly string[]
  readonly status: number | null
  readonly fields: readonly string[] | null
  readonly storedAt: number | null
}
