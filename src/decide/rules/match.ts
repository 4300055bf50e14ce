import type { Exchange } from '../../model/exchange.ts'
import type { Refusal } from '../../model/outcome.ts'
import type { CompiledRules } from './compile.ts'
import { matchBehindLead, NO_CAPTURES } from './glob-match.ts'
import { candidates } from './tables.ts'

/**
 * Finds the route of an exchange, the first in order whose host, path and method match, and leaves
 * its policy and the captures' values in the exchange. Without one it is the default policy, which
 * denies. A Refusal (405, RFC 9110 §15.5.6) when the route is found but does not allow the method.
 */
export function match(rules: CompiledRules, x: Exchange): Refusal | null {
  const { host, path } = x.target
  const routes = candidates(rules.tables, host, path)
  for (let i = 0; i < routes.length; i++) {
    const route = routes[i]!
    if (route.methods !== null && !route.methods.has(x.method)) continue
    const captures = matchBehindLead(route.glob, path)
    if (captures === null) continue
    x.policy = route.policy
    x.captures = captures
    return route.policy.methods.has(x.method) ? null : route.refusal
  }
  x.policy = rules.fallback
  x.captures = NO_CAPTURES
  return null
}
