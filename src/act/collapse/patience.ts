import { FLIGHT_PATIENCE_MS, FLIGHT_PATIENCE_TICK_MS } from '../../limits.ts'
import type { Passenger } from '../../model/landing.ts'

/**
 * Whether a flight that cannot store its body may go on without the passengers whose next byte lies
 * between `start`, where the window begins, and `keepFrom`. They hold the window; while somebody
 * else waits at the front, their patience account fills. A lone slow client is nobody's problem and
 * is never left behind. When one of them has held the others for twice the time, newcomers beside
 * it are not waited for: else one more stalled client every second would stop the flight for ever.
 */
export function patienceOver(
  aboard: Iterable<Passenger>,
  { start, keepFrom, front }: { start: number; keepFrom: number; front: number },
): boolean {
  const all = [...aboard].filter(({ position }) => position >= start)
  if (!all.some((passenger) => passenger.wake !== null && passenger.position >= front)) return false
  let least = Infinity
  let most = 0
  for (const passenger of all) {
    if (passenger.position >= keepFrom) passenger.heldMs = 0
    else {
      passenger.heldMs += FLIGHT_PATIENCE_TICK_MS
      least = Math.min(least, passenger.heldMs)
      most = Math.max(most, passenger.heldMs)
    }
  }
  return least >= FLIGHT_PATIENCE_MS || most >= 2 * FLIGHT_PATIENCE_MS
}
