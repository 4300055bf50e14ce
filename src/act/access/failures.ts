import {
  CLIENT_CHECKS, FAILING_CLIENTS, FAILURE_MEMORY_MS, FAILURE_PAUSE_MAX_MS, FAILURE_PAUSE_MS,
  FAILURE_REST_MS, FAILURES_FREE, FAILURES_REFUSED,
} from '../../limits.ts'

/** Wrong passwords by client. All times are monotonic ms, given by the caller. */
export type Failures = {
  /** Ms until this client may have a password checked again; 0: now. */
  rest(client: string, now: number): number
  /** The same; now takes one of its turns, and none may be left. */
  begin(client: string, now: number): number
  /** After a wrong password: ms to wait before it is told; the turn is given back by `end`. */
  failed(client: string, now: number): number
  /** The check is over, and what was to be told has been told. */
  end(client: string): void
}

type Row = { count: number; lastMs: number; restUntil: number }

/** A client with all its turns taken may come back after so long. */
const TURN_MS = 1000

/**
 * Makes the table. What is hard is to stay small and fair: somebody with a million addresses must
 * not fill the memory, and ten thousand passwords at once must not all be checked before the first
 * of them is known to be wrong. So turns are counted as well as failures.
 */
export function createFailures(): Failures {
  // The one whose last failure lies longest back stands first.
  const rows = new Map<string, Row>()
  const turns = new Map<string, number>()

  function rowOf(client: string, now: number): Row | undefined {
    const row = rows.get(client)
    if (row === undefined || now - row.lastMs < FAILURE_MEMORY_MS) return row
    rows.delete(client)
    return undefined
  }

  const rest = (client: string, now: number): number =>
    Math.max(0, (rowOf(client, now)?.restUntil ?? 0) - now)

  return {
    rest,
    begin(client, now) {
      const restMs = rest(client, now)
      if (restMs > 0) return restMs
      const taken = turns.get(client) ?? 0
      if (taken >= CLIENT_CHECKS) return TURN_MS
      turns.set(client, taken + 1)
      return 0
    },
    failed(client, now) {
      const row = rowOf(client, now) ?? { count: 0, lastMs: now, restUntil: 0 }
      row.count++
      row.lastMs = now
      if (row.count >= FAILURES_REFUSED) row.restUntil = now + FAILURE_REST_MS
      rows.delete(client)
      rows.set(client, row)
      if (rows.size > FAILING_CLIENTS) rows.delete(rows.keys().next().value!)
      if (row.count <= FAILURES_FREE) return 0
      const pauseMs = FAILURE_PAUSE_MS * 2 ** (row.count - FAILURES_FREE - 1)
      return Math.min(FAILURE_PAUSE_MAX_MS, pauseMs)
    },
    end(client) {
      const left = (turns.get(client) ?? 1) - 1
      if (left > 0) turns.set(client, left)
      else turns.delete(client)
    },
  }
}
