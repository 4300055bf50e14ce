/** What a flight is told of the body that it carries. */
import type { Entry } from '../../model/entry.ts'
import type { OriginCall } from '../../model/origin.ts'
import type { Filling } from '../../model/tier.ts'

export type Body = {
  /** As far as known when the head is there. */
  readonly entry: Entry
  readonly filling: Filling
  readonly call: OriginCall
  /** The MD5 the bytes must have, in hex; null when it is not known or not wanted. */
  readonly md5: string | null
  /** The chunk from which passengers are served; bytes before it are passed over. */
  readonly fromChunk: number
  /** First byte the origin will send. */
  readonly fromByte: number
  /**
   * The chunk with which it ends, that not included; null: with the body. Only together with
   * `sums`: what is not whole has nothing else to be proven by.
   */
  readonly untilChunk: number | null
  /** CRC-32 that each chunk must have before a byte of it is read; null when not known. */
  readonly sums: Uint32Array | null
  /** The bytes are not those that were stored before. */
  readonly onWrong: () => void
  /** Called once, when the flight has ended and, if it is stored, can be found in the tiers. */
  readonly onOver: () => void
}

/** What a flight with all of a body has to say of its part. */
export const WHOLE = {
  fromChunk: 0, fromByte: 0, untilChunk: null, sums: null, onWrong() {},
} as const
