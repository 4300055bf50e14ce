/**
 * What has gone by of a body, remembered by its checksums: enough to tell whether bytes that come
 * again are the same, without keeping them.
 */
import { crc32 } from 'node:zlib'
import { CHUNK_BYTES } from '../../limits.ts'

export class Passed {
  /** The next byte that is new. */
  position: number
  readonly #start: number
  /** Checksums of the pieces between multiples of `CHUNK_BYTES`, the first from `#start` on. */
  readonly #sums: number[] = []
  /** The checksum of the piece that is growing. */
  #sum = 0
  /** Where the comparison is, and its own checksum of the piece. */
  #at = 0
  #again = 0

  /** Begins at byte `start` of the body. */
  constructor(start: number) {
    this.#start = start
    this.position = start
  }

  /** Bytes that are new. */
  take(bytes: Buffer): void {
    for (let rest = bytes; rest.length > 0;) {
      const piece = rest.subarray(0, CHUNK_BYTES - (this.position % CHUNK_BYTES))
      rest = rest.subarray(piece.length)
      this.#sum = crc32(piece, this.#sum)
      this.position += piece.length
      if (this.position % CHUNK_BYTES > 0) continue
      this.#sums.push(this.#sum)
      this.#sum = 0
    }
  }

  /** Bytes come from `byte` on: how many have gone by before; negative when some are missing. */
  restart(byte: number): number {
    this.#at = byte
    this.#again = 0
    return this.position - byte
  }

  /** Whether these bytes, the next of those that come again, are those that went by. */
  agrees(bytes: Buffer): boolean {
    // What is before our start, nobody has seen.
    const unseen = Math.min(bytes.length, Math.max(0, this.#start - this.#at))
    let rest = bytes.subarray(unseen)
    this.#at += unseen
    while (rest.length > 0) {
      const piece = rest.subarray(0, CHUNK_BYTES - (this.#at % CHUNK_BYTES))
      rest = rest.subarray(piece.length)
      this.#again = crc32(piece, this.#again)
      this.#at += piece.length
      if (this.#at < this.position && this.#at % CHUNK_BYTES > 0) continue
      if (this.#again !== this.#sumBefore(this.#at)) return false
      this.#again = 0
    }
    return true
  }

  /** The checksum of the piece that ends at byte `end`: at a boundary, or where it grows. */
  #sumBefore(end: number): number | undefined {
    if (end % CHUNK_BYTES > 0) return this.#sum
    return this.#sums[end / CHUNK_BYTES - 1 - Math.floor(this.#start / CHUNK_BYTES)]
  }
}
