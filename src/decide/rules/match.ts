import type { Exchange } from '../../model/exchange.ts'
import type { Refusal } from '../../model/outcome.ts'
import type { CompiledRules } from './compile.ts'
import { matchBehindLead, matchGlob, NO_CAPTURES } from './glob-match.ts'
import { matchRegex } from './regex.ts'
import { candidates, hostNode, type CompiledRoute } from './tables.ts'
import { holds } from './when.ts'

/**
 * Finds the route of an exchange, the first in order of which all matchers hold, and leaves its
 * policy and the captures' values in the exchange. Without one it is the default policy, which
 * denies. A Refusal (405, RFC 9110 §15.5.6) when the route is found but does not allow the method.
 *
 * The routes of the host itself are looked at first, then those of wider patterns, as far as they
 * stand before the best so far: which host a route names says nothing about its rank.
 */
export function match(rules: CompiledRules, x: Exchange): Refusal | null {
  const { host, path } = x.target
  let best: CompiledRoute | null = null
  let captures = NO_CAPTURES
  for (let node = hostNode(rules.tables, host); node !== null; node = node.wider) {
    const { only } = node
    if (only !== null) {
      if (best !== null && only.order >= best.order) continue
      const values = fits(only, x, false)
      if (values === null) continue
      best = only
      captures = values
      continue
    }
    const routes = candidates(node, path)
    for (let i = 0; i < routes.length; i++) {
      const route: CompiledRoute = routes[i]!
      if (best !== null && route.order >= best.order) break
      const values = fits(route, x, true)
      if (values === null) continue
      best = route
      captures = values
      break
    }
  }
  x.captures = captures
  x.policy = best === null ? rules.fallback : best.policy
  return best === null || best.policy.methods.has(x.method) ? null : best.refusal
}

/** The captures' values when all matchers but the host hold; null when one does not. */
function fits(route: CompiledRoute, x: Exchange, leadKnown: boolean): readonly string[] | null {
  const { methods, glob, regex, when } = route
  if (methods !== null && !methods.has(x.method)) return null
  const { path } = x.target
  const values = regex !== null ? matchRegex(regex, path)
    : leadKnown ? matchBehindLead(glob, path) : matchGlob(glob, path)
  return values === null || (when !== null && !holds(when, x)) ? null : values
}

/**
 * The same, as if the request had this method: a preflight is about the request that is to follow.
 */
export function matchFor(rules: CompiledRules, x: Exchange, method: string): void {
  const following = { ...x, method }
  match(rules, following)
  x.captures = following.captures
  x.policy = following.policy
}
