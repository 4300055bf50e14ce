/**
 * A Flight: one origin fetch that any number of exchanges share, owned by the cache and never by a
 * client. What is hard about it is who may wait for whom:
 * - A body that is being stored runs at the origin's speed. Its chunks leave the window once a tier
 *   can give them back; only a disk that lags pauses the origin.
 * - A body that cannot be stored has only the window. It runs at the speed of its fastest
 *   passengers; one that keeps others waiting too long is left behind and fetches the rest for
 *   itself.
 * - The last byte is held back until the end has proven the body whole, so that no passenger of a
 *   broken flight can ever take what it has for complete.
 */
import { createHash, type Hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { HauloutError } from '../../errors.ts'
import {
  CHUNK_BYTES, FLIGHT_PATIENCE_TICK_MS, FLIGHT_RECENT_CHUNKS, FLIGHT_WINDOW_CHUNKS,
} from '../../limits.ts'
import type { Entry } from '../../model/entry.ts'
import type { LiveBody, Passenger } from '../../model/landing.ts'
import type { Body } from './body.ts'
import { patienceOver } from './patience.ts'
import { Window } from './window.ts'

const EMPTY = Buffer.alloc(0)

export class Flight implements LiveBody {
  readonly entry: Entry
  readonly #body: Body
  readonly #window: Window
  readonly #aboard = new Set<Passenger>()
  readonly #hash: Hash | null
  /** Where it ends; null when that is not known. */
  readonly #endByte: number | null
  /** Bytes before this one have the checksums that they must have. */
  #provenByte: number
  /** Bytes still to be passed over before the window begins. */
  #skipBytes: number
  /** Chunks before this index can be read from a tier. */
  #stored: number
  #over = false
  #error: HauloutError | null = null
  /** Ended because nobody was left who could read from it. */
  #deserted = false
  #disowned = false
  #paused = false
  #waking = false
  #patience: NodeJS.Timeout | null = null

  constructor(body: Body) {
    this.#body = body
    this.entry = body.entry
    this.#window = new Window(body.fromChunk, body.entry.lengthBytes)
    this.#stored = body.fromChunk
    const { untilChunk, entry, fromChunk } = body
    this.#endByte = untilChunk === null ? entry.lengthBytes : untilChunk * CHUNK_BYTES
    this.#provenByte = fromChunk * CHUNK_BYTES
    this.#skipBytes = body.fromChunk * CHUNK_BYTES - body.fromByte
    this.#hash = body.md5 === null ? null : createHash('md5')
  }

  /** The first chunk that passengers can still get from this flight or the tiers behind it. */
  get firstChunk(): number {
    return this.#storing ? this.#body.fromChunk : this.#window.base
  }

  get aboard(): number {
    return this.#aboard.size
  }

  /** How far the body has come. */
  arrivedBytes = (): number => this.#window.front
  #hasFailed = (): boolean => this.#error !== null
  get #storing(): boolean {
    return !this.#disowned && this.#body.filling.reason === null
  }

  /** What has been stored of it is forgotten; passengers get it as one that cannot be stored. */
  disown(): void {
    if (this.#over || this.#error !== null) return
    this.#disowned = true
    this.#body.filling.abandon()
    this.#trim()
  }

  board(position: number): Passenger {
    const passenger: Passenger = { position, wake: null, heldMs: 0 }
    this.#aboard.add(passenger)
    return passenger
  }

  /** Ends a body that is not stored, unless somebody reads it, or there is nothing to read. */
  desert(): void {
    if (this.entry.lengthBytes !== 0) this.#trim()
  }

  /** A body that is stored goes on without passengers; one that is not ends with the last. */
  leave(passenger: Passenger): void {
    this.#aboard.delete(passenger)
    this.#trim()
  }

  read(passenger: Passenger, wake: () => void): Buffer | null | 'gone' {
    const { position } = passenger
    passenger.wake = null
    if (this.#body.untilChunk !== null && position >= this.#endByte!) return 'gone'
    if (Math.floor(position / CHUNK_BYTES) < this.#window.base) {
      return this.#goneOrBroken(this.#error)
    }
    const limit = this.#limit()
    if (position < limit) return this.#window.view(position, limit)
    if (this.#error !== null) return this.#goneOrBroken(this.#error)
    if (this.#over) return EMPTY
    passenger.wake = wake
    this.#trim()
    return null
  }

  /**
   * To be deserted is no fault of the body: who was left behind, or only seemed to be because it
   * was reading from a tier that has just lost the body, may still go on alone.
   */
  #goneOrBroken(error: HauloutError | null): 'gone' {
    if (error !== null && !this.#deserted) throw error
    return 'gone'
  }

  /** Passengers may read up to here: all but the last byte, until the end has been proven. */
  #limit(): number {
    if (this.#body.sums !== null) return this.#provenByte
    const { front } = this.#window
    if (this.#over || this.#body.entry.lengthBytes === null) return front
    return Math.min(front, this.#body.entry.lengthBytes - 1)
  }

  bytes(piece: Buffer): void {
    if (this.#error !== null) return
    if (this.#over) return this.#body.call.cancel()
    let rest = piece
    if (this.#skipBytes > 0) {
      const skipped = Math.min(this.#skipBytes, rest.length)
      this.#skipBytes -= skipped
      rest = rest.subarray(skipped)
    }
    const left = (this.#endByte ?? Infinity) - this.#window.front
    if (rest.length > left) {
      if (this.#body.untilChunk === null) {
        return this.#break(new HauloutError('origin-protocol', 'more bytes than announced'))
      }
      rest = rest.subarray(0, left)
    }
    while (rest.length > 0 && !this.#hasFailed()) {
      rest = rest.subarray(this.#window.take(rest))
      if (this.#window.front % CHUNK_BYTES === 0) this.#seal()
    }
    if (this.#body.untilChunk !== null && this.#window.front === this.#endByte) return this.end()
    this.#trim()
    this.#wakeSoon()
  }

  /** Once in a turn of the loop, for all pieces that came in it: fewer and larger writes. */
  #wakeSoon(): void {
    if (this.#waking) return
    this.#waking = true
    setImmediate(() => {
      this.#waking = false
      this.#wake()
    })
  }

  /** The chunk that has been filling is complete, or the body has ended in it. */
  #seal(): void {
    const index = Math.ceil(this.#window.front / CHUNK_BYTES) - 1
    const chunk = this.#window.chunk(index)
    this.#hash?.update(chunk)
    const { sums } = this.#body
    if (sums !== null && crc32(chunk) !== sums[index]) return this.#unmask(index)
    this.#provenByte = this.#window.front
    this.#body.filling.chunk(index, chunk, (kept) => {
      if (kept) this.#stored = Math.max(this.#stored, index + 1)
      this.#trim()
    })
  }

  /** The origin has changed the bytes under the same tag: none of them are what is stored. */
  #unmask(index: number): void {
    this.#body.onWrong()
    const detail = `chunk ${index} of ${this.entry.key} is not what it was`
    this.#break(new HauloutError('origin-changed', detail))
  }

  /** The origin has sent everything: proves the body whole, then lets the last byte go. */
  end(): void {
    if (this.#error !== null || this.#over) return
    const { front } = this.#window
    if (front !== (this.#endByte ?? front) || this.#skipBytes > 0) {
      const detail = `${front} of ${this.#endByte} bytes`
      return this.fail(new HauloutError('origin-cut', detail))
    }
    if (front % CHUNK_BYTES > 0) this.#seal()
    if (this.#hasFailed()) return
    const md5 = this.#hash?.digest('hex') ?? null
    if (md5 !== this.#body.md5) {
      return this.fail(new HauloutError('origin-digest', `md5 ${md5}, etag ${this.#body.md5}`))
    }
    this.#over = true
    this.#stopPatience()
    const body = front > 0 && front <= CHUNK_BYTES && this.#window.base === 0
      ? this.#window.chunk(0) : null
    // The head made so far may be one without a length, so it is not carried over.
    const whole = {
      ...this.entry, lengthBytes: front, body: front === 0 ? EMPTY : body, kept: null, ready: null,
    }
    if (this.#disowned) this.#body.onOver()
    else this.#body.filling.keep(whole, () => this.#body.onOver())
    this.#wake()
  }

  /** Nothing of it is stored; passengers learn it once they have read what is at hand. */
  fail(error: HauloutError): void {
    if (this.#error !== null || this.#over) return
    this.#error = error
    this.#stopPatience()
    this.#body.filling.abandon()
    this.#body.onOver()
    this.#wake()
  }

  #break(error: HauloutError): void {
    this.#body.call.cancel()
    this.fail(error)
  }

  #wake(): void {
    const limit = this.#limit()
    const ended = this.#over || this.#error !== null
    for (const passenger of this.#aboard) {
      const { wake } = passenger
      if (wake === null || (passenger.position >= limit && !ended)) continue
      passenger.wake = null
      wake()
    }
  }

  /** Lets go of chunks that nobody needs from here, and paces the origin by what is left. */
  #trim(): void {
    if (this.#over || this.#error !== null) return
    if (!this.#storing && this.#isDeserted()) {
      this.#deserted = true
      return this.#break(new HauloutError('client-gone', 'nobody is left who wants these bytes'))
    }
    const keep = this.#storing ? FLIGHT_RECENT_CHUNKS : FLIGHT_WINDOW_CHUNKS - 1
    while (this.#window.count > keep && !this.#isNeeded(this.#window.base)) this.#window.shift()
    const full = this.#window.count >= FLIGHT_WINDOW_CHUNKS
    if (full && !this.#storing) this.#startPatience()
    else this.#stopPatience()
    if (full === this.#paused) return
    this.#paused = full
    if (full) this.#body.call.pause()
    else this.#body.call.resume()
  }

  /** The first byte that can be read from here. */
  get #baseByte(): number {
    return this.#window.base * CHUNK_BYTES
  }

  /** Those who were left behind are aboard until they have found another way. */
  #isDeserted(): boolean {
    const start = this.#baseByte
    for (const { position } of this.#aboard) if (position >= start) return false
    return true
  }

  /** Stored bodies need a chunk until a tier has it, others until every passenger has passed it. */
  #isNeeded(index: number): boolean {
    if (this.#storing) return index >= this.#stored
    const end = (index + 1) * CHUNK_BYTES
    const start = this.#baseByte
    for (const { position } of this.#aboard) {
      // One that was left behind needs nothing of this flight any more.
      if (position >= start && position < end) return true
    }
    return false
  }

  #startPatience(): void {
    this.#patience ??= setInterval(() => {
      const start = this.#baseByte
      const keepFrom = start + (FLIGHT_WINDOW_CHUNKS / 2) * CHUNK_BYTES
      if (!patienceOver(this.#aboard, { start, keepFrom, front: this.#limit() })) return
      while (this.#window.count > FLIGHT_WINDOW_CHUNKS / 2) this.#window.shift()
      this.#trim()
    }, FLIGHT_PATIENCE_TICK_MS)
  }

  #stopPatience(): void {
    if (this.#patience !== null) clearInterval(this.#patience)
    this.#patience = null
  }
}
