import type { Problem, RouteRule } from '../../model/rules.ts'
import { hostCovers, type CompiledRoute } from './tables.ts'

/**
 * Routes that can never win, because an earlier one matches all that they match. Not every such
 * case is found, which would mean deciding whether one glob contains another; these are: the same
 * glob under other capture names, and a literal beginning followed by `**`.
 */
export function findUnreachable(
  routes: readonly CompiledRoute[],
  rules: readonly RouteRule[],
): Problem[] {
  const problems: Problem[] = []
  for (const [index, route] of routes.entries()) {
    const earlier = routes.slice(0, index).find((other) => covers(other, route))
    if (earlier === undefined) continue
    problems.push({
      path: ['routes', route.order, 'match'],
      message: `this route is never reached: \`${rules[earlier.order]!.name}\` matches first`,
      advice: 'the first route that matches wins; move this one up, or narrow the other',
    })
  }
  return problems
}

function covers(wide: CompiledRoute, narrow: CompiledRoute): boolean {
  return coversHosts(wide, narrow) && coversMethods(wide, narrow) && coversPaths(wide, narrow)
}

function coversHosts(wide: CompiledRoute, narrow: CompiledRoute): boolean {
  if (wide.hosts.length === 0) return true
  return narrow.hosts.length > 0 && narrow.hosts.every((host) => {
    return wide.hosts.some((other) => hostCovers(other, host))
  })
}

function coversMethods(wide: CompiledRoute, narrow: CompiledRoute): boolean {
  if (wide.methods === null) return true
  return narrow.methods !== null && narrow.methods.isSubsetOf(wide.methods)
}

function coversPaths(wide: CompiledRoute, narrow: CompiledRoute): boolean {
  if (shape(wide.glob.text) === shape(narrow.glob.text)) return true
  const { lead, parts } = wide.glob
  const open = parts.length === 1 && parts[0]!.deep
  if (!open || !narrow.glob.lead.startsWith(lead)) return false
  // A named one takes a character at least, so what is exactly its lead goes past it.
  return parts[0]!.slot < 0 || narrow.glob.lead.length > lead.length
}

/** The glob without the captures' names. */
function shape(text: string): string {
  return text.replaceAll(/\{[^{}:*]*/g, '{')
}
