/**
 * Moves bytes from a reader to a wire. What is hard about it: neither side may run ahead of the
 * other, and an end that is not the end must never look like one.
 */
import { HauloutError } from '../../errors.ts'
import { WIRE_BATCH_BYTES, WIRE_COLD_BATCH_BYTES, WIRE_LIVE_BATCH_BYTES } from '../../limits.ts'
import type { Wire } from '../../model/wire.ts'
import type { Reader } from './reader.ts'

/** A part of what is sent: bytes that are at hand, or a span of the body (`end` inclusive). */
export type Part =
  | { readonly bytes: Buffer }
  | { readonly start: number; readonly end: number }

/** Told once how it went: null when everything was handed to the wire. */
export type Sent = (error: HauloutError | null) => void

/** Sends the parts in order and completes the response, or cuts it. Closes the reader. */
export function stream(wire: Wire, reader: Reader, parts: readonly Part[], sent: Sent): void {
  let at = 0
  let position = startOf(parts[0])
  let over = false

  function settle(error: HauloutError | null): void {
    over = true
    wire.onReady = null
    wire.onGone = null
    reader.close()
    if (error !== null) wire.cut()
    sent(error)
  }

  /** Sends what is at hand: whether to go on, or null when the reader or nobody is waited for. */
  function step(): boolean | null {
    const part = parts[at]!
    const last = at === parts.length - 1
    if ('bytes' in part) return advance(part.bytes, last)
    const bytes = reader.read(position, pump)
    if (bytes === null) return null
    if (bytes.length === 0) return endOfUnknown(part.end)
    const piece = bytes.subarray(0, part.end - position + 1)
    position += piece.length
    return position > part.end ? advance(piece, last) : wire.write(piece)
  }

  /** The current part is complete with these bytes. */
  function advance(bytes: Buffer, last: boolean): boolean | null {
    if (last) {
      wire.end(bytes)
      settle(null)
      return null
    }
    at += 1
    position = startOf(parts[at])
    return wire.write(bytes)
  }

  function endOfUnknown(end: number): null {
    const whole = end === Infinity
    if (whole) wire.end(null)
    settle(whole ? null : new HauloutError('origin-cut', `ended at byte ${position}`))
    return null
  }

  function pump(): void {
    wire.onReady = null
    let more: boolean | null = true
    try {
      while (more === true && !over && !wire.gone) {
        more = step()
        wire.batchBytes = batchOf(reader)
      }
    } catch (error) {
      if (!(error instanceof HauloutError)) throw error
      return settle(error)
    }
    if (more === false) wire.onReady = pump
  }

  wire.onGone = () => settle(new HauloutError('client-gone', `at byte ${wire.sentBytes}`))
  pump()
}

/** The less a waiting chunk is shared with others, the fewer of them may wait in a socket. */
function batchOf(reader: Reader): number {
  if (reader.cold) return WIRE_COLD_BATCH_BYTES
  return reader.live ? WIRE_LIVE_BATCH_BYTES : WIRE_BATCH_BYTES
}

function startOf(part: Part | undefined): number {
  return part !== undefined && 'start' in part ? part.start : 0
}
