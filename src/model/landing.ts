import type { HauloutError } from '../errors.ts'
import type { Entry } from './entry.ts'
import type { Reason } from './outcome.ts'

/**
 * What a flight knows once the origin's head is there. body: bytes follow. head: nothing follows (a
 * negative answer, or the answer to HEAD). unchanged: what we hold still stands, and `entry` is it,
 * renewed. failed: the origin had no usable answer.
 */
export type Landing =
  | ({ readonly kind: 'body'; readonly entry: Entry; readonly body: LiveBody } & Answer)
  | ({ readonly kind: 'head' | 'unchanged'; readonly entry: Entry } & Answer)
  | { readonly kind: 'failed'; readonly error: HauloutError }

/** What the origin said, for the outcome. */
export type Answer = {
  readonly status: number
  readonly waitMs: number
  readonly stored: boolean
  /** Why a response that might have been stored was not. */
  readonly reason: Reason | null
  /** The store's own code for a negative answer; for the log. */
  readonly code: string | null
  /**
   * The fields of the request by which the response was selected: who has the same may have it,
   * too. Empty: everybody may; null: nobody but the one whose request it answers.
   */
  readonly names: readonly string[] | null
  /** The head's fields for that one alone, where others get fewer; null where they do not. */
  readonly own: readonly string[] | null
}

/** A body that is still arriving, as its readers see it. */
export type LiveBody = {
  /** Takes a passenger that will read from `position` on. */
  board(position: number): Passenger
  leave(passenger: Passenger): void
  /**
   * Bytes at the passenger's position: null when they are not there yet (`wake` will be called),
   * empty at the end, `gone` when they have left the flight. Throws what the flight failed with.
   */
  read(passenger: Passenger, wake: () => void): Buffer | null | 'gone'
}

/** One reader of a flight: how far it is, and whether it waits for bytes. */
export type Passenger = {
  /** The next byte it wants. */
  position: number
  /** Called when that byte, the end or a failure is there; null while it is busy reading. */
  wake: (() => void) | null
  /** Ms for which it has kept others waiting since it last was close to the front. */
  heldMs: number
}
