/** A Flight whose origin and tiers do what the test says. */
import { WHOLE, type Body } from '../../src/act/collapse/body.ts'
import { Flight } from '../../src/act/collapse/flight.ts'
import { CHUNK_BYTES } from '../../src/limits.ts'
import type { Entry } from '../../src/model/entry.ts'
import type { Reason } from '../../src/model/outcome.ts'
import type { Done } from '../../src/model/tier.ts'
import { entryOf } from './entries.ts'

const PIECE_BYTES = 65_536

/** What a flight has done to the world around it, in order. */
export type Scripted = {
  readonly flight: Flight
  readonly calls: string[]
  /** Chunks that the tiers have been given, and what to tell when they have them. */
  readonly given: Array<{ readonly index: number; readonly bytes: Buffer; readonly done: Done }>
  /** The entry that was kept, and the callback for when it can be found. */
  kept: { readonly entry: Entry; readonly done: Done } | null
  /** Null: stored. */
  reason: Reason | null
}

export type Script = {
  readonly body: Buffer
  readonly reason?: Reason | null
  readonly lengthBytes?: number | null
  readonly changes?: Partial<Body>
}

/** A flight for `body`; its chunks are confirmed when the test calls their `done`. */
export function scriptFlight(script: Script): Scripted {
  const { body, changes = {} } = script
  const calls: string[] = []
  const given: Scripted['given'] = []
  const lengthBytes = script.lengthBytes === undefined ? body.length : script.lengthBytes
  const state: Pick<Scripted, 'kept' | 'reason'> = { kept: null, reason: script.reason ?? null }
  const flight = new Flight({
    entry: { ...entryOf('flown', 1, body), body: null, lengthBytes },
    filling: {
      get reason() { return state.reason },
      chunk(index, bytes, done) { given.push({ index, bytes, done }) },
      keep(entry, done) { state.kept = { entry, done } },
      abandon() { calls.push('abandon') },
    },
    call: {
      pause() { calls.push('pause') },
      resume() { calls.push('resume') },
      cancel() { calls.push('cancel') },
    },
    md5: null, ...WHOLE,
    onWrong() { calls.push('wrong') },
    onOver: () => { calls.push('over') },
    ...changes,
  })
  return {
    flight, calls, given,
    get kept() { return state.kept },
    get reason() { return state.reason },
    set reason(value) { state.reason = value },
  }
}

/** Gives the flight the bytes `from` to `end` in pieces of 64 KiB. */
export function feed(flight: Flight, body: Buffer, [from, end] = [0, body.length]): void {
  for (let at = from; at < end; at += PIECE_BYTES) {
    flight.bytes(body.subarray(at, Math.min(end, at + PIECE_BYTES)))
  }
}

/** So many chunks in bytes. */
export const chunks = (count: number): number => count * CHUNK_BYTES
