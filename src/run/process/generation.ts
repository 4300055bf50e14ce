/**
 * Generations of the configuration. What is hard about it: a reload may come at any moment, and a
 * request must not notice. So a generation never changes; which one is current is a single
 * assignment; and an exchange asks once, when it begins, and keeps what it got to its end.
 */
import type { ProbedOrigin } from '../../act/origin/origin.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { Settings } from '../../model/settings.ts'
import type { Parts } from '../../serve.ts'
import type { Checked, CheckResult } from '../config/checked.ts'

/** One configuration, compiled, with all that a request needs of it. Frozen. */
export type Generation = {
  /** Counted from 1 at the start. */
  readonly number: number
  /** Epoch ms at which it was made. */
  readonly sinceAt: number
  readonly settings: Settings
  /** What its check has found. */
  readonly check: CheckResult
  /** Where its document says something; null when it comes from no file. */
  readonly placeOf: NonNullable<Checked['placeOf']> | null
  readonly origins: ReadonlyMap<string, MarkedOrigin>
  readonly parts: Parts
}

/** An origin with the mark of its settings: equal marks mean that it need not be made anew. */
export type MarkedOrigin = { readonly origin: ProbedOrigin; readonly mark: string }

/** A generation and how many exchanges that began under it are not over. */
export type Use = { readonly generation: Generation; readonly exchanges: number }

export type Generations = {
  /** The one that new exchanges begin under. */
  readonly current: Generation
  /** Begins an exchange. */
  enter(x: Exchange): Parts
  /** Ends it; must be called once for each. */
  leave(x: Exchange): void
  /** From now on exchanges begin under `next`. */
  succeed(next: Generation): void
  /** The current one, then those before it that exchanges still need, latest first. */
  inUse(): readonly Use[]
}

/** Begins the line of generations. */
export function createGenerations(first: Generation): Generations {
  let current = { generation: first, exchanges: 0 }
  const older = new Map<number, { readonly generation: Generation; exchanges: number }>()

  return {
    get current() { return current.generation },
    enter(x) {
      const { generation } = current
      current.exchanges += 1
      x.generation = generation.number
      return generation.parts
    },
    leave({ generation: number }) {
      if (number === current.generation.number) {
        current.exchanges -= 1
        return
      }
      const use = older.get(number)!
      use.exchanges -= 1
      if (use.exchanges === 0) older.delete(number)
    },
    succeed(next) {
      if (current.exchanges > 0) older.set(current.generation.number, current)
      current = { generation: next, exchanges: 0 }
    },
    inUse: () => [current, ...[...older.values()].toReversed()],
  }
}
