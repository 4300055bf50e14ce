import type { Entry } from './entry.ts'
import type { Reason } from './outcome.ts'

/**
 * A Tier is a place where entries live. Reading is synchronous, writing is not: `done` says whether
 * what was written can now be read. A body is kept as chunks of `CHUNK_BYTES` under its `bodyId`.
 * An entry is found only after `keep`, so chunks written before it are invisible, and one `keep`
 * makes the whole response visible at once.
 *
 * What the types cannot say: bytes that come out of `chunk` have been proven to be the bytes that
 * went in under that body and index; a chunk that fails the proof is not there. `keepChunk` keeps a
 * reference: the bytes may not change afterwards.
 */
export type Tier = {
  find(key: string): Entry | null
  /** Makes an entry visible, in place of any other under its key. */
  keep(entry: Entry, done: Done): void
  chunk(bodyId: number, index: number): Buffer | null
  keepChunk(bodyId: number, index: number, bytes: Buffer, done: Done): void
  /** Removes the entry, unless another has taken its place, and its body. */
  drop(entry: Entry): void
}

/** True: it can be read from now on. False: it was not kept. Called once. */
export type Done = (kept: boolean) => void

/** What a tier says about itself to the metrics. */
export type TierState = {
  readonly tier: 'memory' | 'disk'
  readonly bytes: number
  readonly entries: number
  readonly limitBytes: number
  readonly evictions: number
}

/** How the disk tier is, for the status page and the metrics. */
export type DiskHealth = {
  /** Since when nothing new is stored (epoch ms), and why; null when all is well. */
  readonly trouble: { readonly why: string; readonly sinceAt: number } | null
  /** Writes that were not waited for because the disk was too slow. */
  readonly droppedWrites: number
  /** Damaged databases that were put aside by this process. */
  readonly putAside: number
  /** What the database takes of the file system. */
  readonly fileBytes: number
}

/**
 * One response on its way into the tiers. Chunks come in order of their index; then either `keep`
 * with the finished entry or `abandon`, once.
 */
export type Filling = {
  /** Why the response is not being stored; null while it is. May turn from null on the way. */
  readonly reason: Reason | null
  /** `done(true)`: the chunk can be read from a tier; the flight need not hold it any longer. */
  chunk(index: number, bytes: Buffer, done: Done): void
  keep(entry: Entry, done: Done): void
  /** Forgets what was stored of it. */
  abandon(): void
}
