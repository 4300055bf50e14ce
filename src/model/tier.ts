import type { Entry } from './entry.ts'

/**
 * A Tier is a place where entries live. Reading is synchronous. A body is kept as chunks of
 * `CHUNK_BYTES` under its `bodyId`; an entry is found only after `keep`, so chunks written before it
 * are invisible, and one `keep` makes the whole response visible at once.
 *
 * What the types cannot say: bytes that come out of `chunk` have been proven to be the bytes that
 * went in under that body and index; a chunk that fails the proof is not there.
 */
export type Tier = {
  find(key: string): Entry | null
  /** Makes an entry visible, in place of any other under its key. */
  keep(entry: Entry): void
  chunk(bodyId: number, index: number): Buffer | null
  keepChunk(bodyId: number, index: number, bytes: Buffer): void
  /** Removes the entry and its body. */
  drop(entry: Entry): void
}
