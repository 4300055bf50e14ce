import { FLIGHT_PATIENCE_MS, FLIGHT_PATIENCE_TICK_MS } from '../../limits.ts'
import type { Passenger } from '../../model/landing.ts'

/**
 * Whether a flight that cannot store its body may go on without the passengers whose next byte lies
 * between `start`, where the window begins, and `keepFrom`. They hold the window; while somebody
 * else waits at the front, their patience account fills. A lone slow client is nobody's problem and
 * is never left behind.
 */
export function patienceOver(
  aboard: Iterable<Passenger>,
  { start, keepFrom, front }: { start: number; keepFrom: number; front: number },
): boolean {
  const all = [...aboard].filter(({ position }) => position >= start)
  if (!all.some((passenger) => passenger.wake !== null && passenger.position >= front)) return false
  let over = true
  for (const passenger of all) {
    if (passenger.position >= keepFrom) passenger.heldMs = 0
    else {
      passenger.heldMs += FLIGHT_PATIENCE_TICK_MS
      over &&= passenger.heldMs >= FLIGHT_PATIENCE_MS
    }
  }
  return over
}
