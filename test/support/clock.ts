/** The wall clock of the tests: what has a ttl of a millisecond is stale when one has passed. */
import { setImmediate } from 'node:timers/promises'

/** Resolves once the clock that haulout reads has moved on by so many ms. */
export async function passed(ms: number): Promise<void> {
  const until = Date.now() + ms
  while (Date.now() < until) await setImmediate()
}
