import type { Problem, RouteRule } from '../../model/rules.ts'
import { contains } from './contain.ts'
import { hostCovers, type CompiledRoute } from './tables.ts'

/**
 * Comparisons in all. A thousand routes with one beginning need half a million; beyond this, which
 * takes about half a second, what is left is taken for reachable.
 */
const COMPARISONS = 1_000_000

/** So many earlier routes are looked at together; each alone always is. */
const TOGETHER = 8

/** The earlier routes by host pattern (empty: any), then by the lead of their globs. */
type Earlier = Map<string, Map<string, CompiledRoute[]>>

/**
 * Routes that can never win, because one earlier route, or several together, match all that they
 * match. A route that is named here is never reached; whether every such route is found is another
 * matter (contain.ts, and hosts and methods are not put together from several routes).
 *
 * What is hard about it is ten thousand routes: all pairs would be fifty million. Who covers a
 * route has a literal beginning that is a part of the route's own, and a pattern for its host, so
 * only those are compared.
 */
export function findUnreachable(
  routes: readonly CompiledRoute[],
  rules: readonly RouteRule[],
): Problem[] {
  const earlier: Earlier = new Map()
  const problems: Problem[] = []
  let left = COMPARISONS
  for (const route of routes) {
    const wide = left <= 0 ? [] : comparable(earlier, route)
    left -= wide.length
    const hiding = coverOf(wide.filter((one) => coversRest(one, route)), route)
    if (hiding.length > 0) {
      const names = hiding.map(({ order }) => `\`${rules[order]!.name}\``)
      const all = names.length === 1 ? `${names[0]} matches`
        : `${names.slice(0, -1).join(', ')} and ${names.at(-1)} match`
      problems.push({
        path: ['routes', route.order, 'match'],
        message: `this route is never reached: ${all} first`,
        advice: 'the first route that matches wins; move this one up, or narrow the other',
      })
    }
    remember(earlier, route)
  }
  return problems
}

function remember(earlier: Earlier, route: CompiledRoute): void {
  for (const host of route.hosts.length === 0 ? [''] : route.hosts) {
    const byLead = earlier.get(host) ?? new Map<string, CompiledRoute[]>()
    earlier.set(host, byLead)
    const sharing = byLead.get(route.glob.lead)
    if (sharing === undefined) byLead.set(route.glob.lead, [route])
    else sharing.push(route)
  }
}

/** The earlier routes that may cover this one, in order. */
function comparable(earlier: Earlier, { hosts, glob }: CompiledRoute): CompiledRoute[] {
  const leads = new Set([glob.lead])
  for (let slash = 0; slash >= 0; slash = glob.lead.indexOf('/', slash + 1)) {
    leads.add(glob.lead.slice(0, slash + 1))
  }
  const found = new Set<CompiledRoute>()
  for (const pattern of patternsFor(hosts[0] ?? '')) {
    const byLead = earlier.get(pattern)
    if (byLead === undefined) continue
    for (const lead of leads) for (const route of byLead.get(lead) ?? []) found.add(route)
  }
  return [...found].sort((a, b) => a.order - b.order)
}

/** The patterns that cover a pattern: itself, those of the domains it is in, and none at all. */
function patternsFor(host: string): string[] {
  const patterns = host === '' ? [''] : [host, '']
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    patterns.push(`*${host.slice(dot)}`)
  }
  return patterns
}

/**
 * Whether hosts and methods of the second are among those of the first, and what else the first
 * asks for is nothing, or the very same: of two conditions that differ nothing is known.
 */
function coversRest(wide: CompiledRoute, narrow: CompiledRoute): boolean {
  const hosts = wide.hosts.length === 0 || narrow.hosts.every((host) => {
    return wide.hosts.some((other) => hostCovers(other, host))
  })
  if (wide.when !== null && wide.when !== narrow.when) return false
  return hosts && (wide.hosts.length === 0 || narrow.hosts.length > 0) &&
    (wide.methods === null ||
      (narrow.methods !== null && narrow.methods.isSubsetOf(wide.methods)))
}

/** The first of them that covers the route; else the fewest that do so together; else none. */
function coverOf(all: readonly CompiledRoute[], route: CompiledRoute): readonly CompiledRoute[] {
  const covers = (some: readonly CompiledRoute[]): boolean =>
    contains(some.map(({ glob }) => glob), route.glob)
  const one = all.find((other) => {
    return other.regex === null ? covers([other]) : other.regex === route.regex
  })
  if (one !== undefined) return [one]
  // Of regular expressions nothing more is known.
  const wide = all.filter(({ regex }) => regex === null)
  if (wide.length < 2 || wide.length > TOGETHER || !covers(wide)) return []
  return wide.reduce((needed, other) => {
    const without = needed.filter((each) => each !== other)
    return covers(without) ? without : needed
  }, wide)
}
