/**
 * The part of a body that a flight has at hand: one buffer, many cursors. Bytes are copied once,
 * from the origin's pieces into chunks; readers get views of a chunk even while it still fills,
 * which is safe because what has been filled never changes.
 */
import { CHUNK_BYTES } from '../../limits.ts'

export class Window {
  /** Index of the first chunk at hand. */
  base: number
  /** Bytes of the body that have arrived, counted from the body's start. */
  front: number
  readonly #lengthBytes: number | null
  #chunks: Buffer[] = []

  /** Begins at chunk `base`; `lengthBytes` is the whole body's, null when unknown. */
  constructor(base: number, lengthBytes: number | null) {
    this.base = base
    this.front = base * CHUNK_BYTES
    this.#lengthBytes = lengthBytes
  }

  /** Number of chunks at hand, the one that fills included. */
  get count(): number {
    return this.#chunks.length
  }

  /** Takes as much as fits into the chunk that fills; returns how many bytes that was. */
  take(bytes: Buffer): number {
    const inChunk = this.front % CHUNK_BYTES
    if (inChunk === 0) this.#chunks.push(Buffer.allocUnsafeSlow(this.#nextCapacity()))
    const copied = bytes.copy(this.#chunks.at(-1)!, inChunk)
    this.front += copied
    return copied
  }

  #nextCapacity(): number {
    if (this.#lengthBytes === null) return CHUNK_BYTES
    return Math.min(CHUNK_BYTES, this.#lengthBytes - this.front)
  }

  /** A chunk by its index, as far as it is filled; a copy if it would hold on to much more. */
  chunk(index: number): Buffer {
    const chunk = this.#chunks[index - this.base]!
    const filled = Math.min(CHUNK_BYTES, this.front - index * CHUNK_BYTES)
    if (filled === chunk.length) return chunk
    const copy = Buffer.allocUnsafeSlow(filled)
    chunk.copy(copy, 0, 0, filled)
    return copy
  }

  /** Bytes from `position` on, at most to the end of its chunk and before `limit`. */
  view(position: number, limit: number): Buffer {
    const index = Math.floor(position / CHUNK_BYTES)
    const start = index * CHUNK_BYTES
    const chunk = this.#chunks[index - this.base]!
    return chunk.subarray(position - start, Math.min(CHUNK_BYTES, limit - start))
  }

  /** Lets go of the first chunk. */
  shift(): void {
    this.#chunks.shift()
    this.base += 1
  }
}
