import type { Exchange } from '../../model/exchange.ts'
import type { Refusal } from '../../model/outcome.ts'
import type { CompiledRules } from '../rules/compile.ts'
import { matchFor } from '../rules/match.ts'

/** Whether a request is for haulout to forget something: only where `purge` says who may. */
export function isPurge({ purge }: CompiledRules, { method }: Exchange): boolean {
  return purge !== null && method === 'PURGE'
}

/**
 * Finds the route that a GET of the same URL has, and leaves its policy in the exchange, but with
 * `purge` in place of the route's own `access`: who may read may not purge by that, nor the other
 * way round. What is hard: this must never be taken for the route itself, so the policy says so.
 */
export function matchPurge({ purge, ...rules }: CompiledRules, x: Exchange): Refusal | null {
  matchFor({ ...rules, purge }, x, 'GET')
  x.policy = Object.freeze({ ...x.policy!, access: purge, recv: null, purges: true })
  return null
}
