/**
 * A Reader gives one exchange the bytes of one body, wherever they are: in the entry, in a flight,
 * in memory, on disk, or, when a tier has lost a chunk or a flight has gone on without us, at the
 * origin once more. What is hard about it: every place may lose a chunk between two reads, so each
 * read starts by asking again.
 */
import { CHUNK_BYTES, DISK_PREFETCH_CHUNKS, DISK_SLOW_READ_MS } from '../../limits.ts'
import type { Entry } from '../../model/entry.ts'
import type { HauloutError } from '../../errors.ts'
import type { Landing, LiveBody, Passenger } from '../../model/landing.ts'
import type { Policy } from '../../model/policy.ts'

/** Where a reader looks, as functions: it knows neither the cache nor the flights. */
export type Source = {
  chunk(entry: Entry, index: number): Buffer | null
  isCold(entry: Entry, index: number): boolean
  prefetch(entry: Entry, index: number, ready: () => void): void
  resume(
    rest: { entry: Entry; index: number; mend: boolean; policy: Policy }, landed: Landed,
  ): void
}
type Landed = (landing: Landing) => void

/** Whose body is read, and under which policy. */
export type What = { readonly entry: Entry; readonly policy: Policy }

export class Reader {
  readonly #entry: Entry
  /** By which the rest is asked for. */
  readonly #policy: Policy
  readonly #source: Source
  #live: LiveBody | null = null
  #passenger: Passenger | null = null
  /** Whether the entry is one that the tiers should have, so that a lost chunk is put back. */
  readonly #mend: boolean
  #cold = false
  /** Whether a read from disk was slow, so that the next ones are prepared. */
  #slow = false
  /** Chunks before this index have been brought into the page cache. */
  #warmUntil = 0
  #error: HauloutError | null = null
  #resumed = false
  #closed = false

  /** Reads what the tiers have, or follows `live` from `position` on. */
  constructor(source: Source, what: What, live: { body: LiveBody; position: number } | null) {
    this.#source = source
    this.#entry = what.entry
    this.#policy = what.policy
    this.#mend = live === null
    if (live !== null) this.#follow(live.body, live.position)
  }

  /** Whether the bytes come from disk, copied for this reader alone. */
  get cold(): boolean {
    return this.#cold
  }

  /** Whether the bytes come from a flight. */
  get live(): boolean {
    return this.#live !== null
  }

  /** Whether a chunk that was stored had to be fetched again. */
  get resumed(): boolean {
    return this.#resumed
  }

  /**
   * Bytes at `position`, at most to the end of a chunk; null when they have to be waited for, and
   * then `wake` is called once; empty at the end of a body of unknown length. Throws HauloutError.
   */
  read(position: number, wake: () => void): Buffer | null {
    if (this.#error !== null) throw this.#error
    if (this.#live !== null) {
      this.#passenger!.position = position
      const bytes = this.#live.read(this.#passenger!, wake)
      if (bytes !== 'gone') return bytes
    }
    if (this.#entry.body !== null) return this.#entry.body.subarray(position)
    const index = Math.floor(position / CHUNK_BYTES)
    const cold = this.#source.isCold(this.#entry, index)
    if (cold && this.#slow && index >= this.#warmUntil) return this.#warm(index, wake)
    const chunk = cold ? this.#readCold(index) : this.#source.chunk(this.#entry, index)
    return chunk === null ? this.#resume(index, wake) : chunk.subarray(position % CHUNK_BYTES)
  }

  /** Preparing costs threads, so it is done only where the page cache has shown to be cold. */
  #readCold(index: number): Buffer | null {
    this.#cold = true
    const startedMs = performance.now()
    const chunk = this.#source.chunk(this.#entry, index)
    this.#slow ||= performance.now() - startedMs > DISK_SLOW_READ_MS
    return chunk
  }

  #warm(index: number, wake: () => void): null {
    this.#source.prefetch(this.#entry, index, () => {
      this.#warmUntil = index + DISK_PREFETCH_CHUNKS
      if (!this.#closed) wake()
    })
    return null
  }

  #resume(index: number, wake: () => void): null {
    this.#resumed = this.#mend
    const rest = { entry: this.#entry, policy: this.#policy, index, mend: this.#mend }
    this.#source.resume(rest, (landing) => {
      if (this.#closed) return
      if (landing.kind === 'failed') this.#error = landing.error
      else if (landing.kind === 'body') this.#follow(landing.body, index * CHUNK_BYTES)
      wake()
    })
    return null
  }

  #follow(body: LiveBody, position: number): void {
    this.#leave()
    this.#live = body
    this.#passenger = body.board(position)
  }

  #leave(): void {
    if (this.#live !== null) this.#live.leave(this.#passenger!)
    this.#live = null
    this.#passenger = null
  }

  /** Must be called once the exchange is over, however it ended. */
  close(): void {
    this.#closed = true
    this.#leave()
  }
}
