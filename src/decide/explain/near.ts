import type { Exchange } from '../../model/exchange.ts'
import type { MatchRule, RuleSet } from '../../model/rules.ts'
import type { NearMiss } from '../../model/trace.ts'
import { matchGlob } from '../rules/glob-match.ts'
import type { CompiledRules } from '../rules/compile.ts'
import { matchRegex } from '../rules/regex.ts'
import { hostCovers, type CompiledRoute } from '../rules/tables.ts'
import { pathMiss } from './path-miss.ts'
import { whenMisses } from './when-misses.ts'

/** A route that came near, by its place among the routes. */
export type Near = Pick<NearMiss, 'misses'> & { readonly order: number; readonly name: string }

/** So many are told: more would be a list of the routes. */
const TOLD = 3

/** So many are looked at closely, however many routes there are. */
const LOOKED_AT = 48

/** More names than this are said by their number. */
const HOSTS_TOLD = 3

/**
 * The routes that came near to be the one of an exchange that has been matched, the nearest first,
 * each with what did not hold. A route that holds but comes too late is one of them.
 *
 * What is hard is that with ten thousand routes nobody wants to look at all of them closely: a
 * quick look, at host, method and the beginning of the path, chooses whom. And that a route which
 * differs in everything is not near: where a route was found, others only are that have one thing
 * wrong, and half of the path right.
 */
export function nearMisses({ routes }: CompiledRules, rules: RuleSet, x: Exchange): Near[] {
  const found = routes.find(({ policy }) => policy === x.policy) ?? null
  return shortlist(routes, x)
    .filter((route) => route !== found)
    .map((route) => examine(route, rules.routes[route.order]!.match, { x, found }))
    .filter(({ misses, fits, telling }) => {
      if (found === null) return true
      return misses.length === 1 && fits > 0 && 2 * fits >= telling
    })
    .sort((a, b) => a.misses.length - b.misses.length || b.fits - a.fits || a.order - b.order)
    .slice(0, TOLD)
    .map(({ order, name, misses }) => ({ order, name, misses }))
}

type Scored = { readonly route: CompiledRoute; readonly score: number }

/** The most promising, by a score that costs next to nothing. */
function shortlist(routes: readonly CompiledRoute[], x: Exchange): CompiledRoute[] {
  let best: Scored[] = []
  for (const route of routes) {
    const score = promise(route, x)
    if (best.length >= 2 * LOOKED_AT) best = topOf(best)
    const worst = best.length < LOOKED_AT ? -1 : best[LOOKED_AT - 1]!.score
    if (score > worst) best.push({ route, score })
  }
  return topOf(best).map(({ route }) => route)
}

function topOf(scored: readonly Scored[]): Scored[] {
  return scored.toSorted((a, b) => b.score - a.score || a.route.order - b.route.order)
    .slice(0, LOOKED_AT)
}

/** A right host counts for more than any path, and a path by how far its beginning is right. */
function promise({ hosts, methods, glob }: CompiledRoute, { method, target }: Exchange): number {
  const { lead } = glob
  const { path, host } = target
  let same = 0
  while (same < lead.length && lead[same] === path[same]) same++
  const beginning = lead.length === 0 ? 0 : Math.floor((400 * same) / lead.length)
  return (isFor(hosts, host) ? 1000 : likeness(hosts[0]!, host)) +
    (methods === null || methods.has(method) ? 500 : 0) + beginning
}

/** How many characters the ends of two names have in common. */
function likeness(pattern: string, host: string): number {
  let same = 0
  while (same < 100 && same < host.length && pattern.at(-1 - same) === host.at(-1 - same)) same++
  return same
}

function isFor(hosts: readonly string[], host: string): boolean {
  return hosts.length === 0 || hosts.some((pattern) => hostCovers(pattern, host))
}

type Examined = Near & { readonly fits: number; readonly telling: number }

type Asking = { readonly x: Exchange; readonly found: CompiledRoute | null }

function examine(route: CompiledRoute, rule: MatchRule, { x, found }: Asking): Examined {
  const { hosts, methods, order, policy: { route: name } } = route
  const path = pathOf(route, rule, x.target.path)
  const { host } = x.target
  const misses = [
    ...isFor(hosts, host) ? [] : [miss('host', `host is "${host}", wanted ${oneOf(hosts)}`)],
    ...path.why === null ? [] : [miss('path', path.why)],
    ...methods === null || methods.has(x.method) ? []
      : [miss('method', `method is ${x.method}, wanted ${[...methods].join(' or ')}`)],
    ...route.when === null ? [] : whenMisses(route.when, rule, x),
  ]
  // All of it holds, so another has been found.
  const late = misses.length > 0 || found === null ? []
    : [miss('order', `${found.policy.route} matches, too, and stands before it`)]
  const { fits, telling } = path
  return { order, name, misses: [...misses, ...late], fits, telling }
}

function miss(matcher: string, why: string): NearMiss['misses'][number] {
  return { matcher, why }
}

type PathFound = Pick<Examined, 'fits' | 'telling'> & { readonly why: string | null }

/** How a path fares with a route; `why` null when it fits. An expression tells nothing more. */
function pathOf({ glob, regex }: CompiledRoute, rule: MatchRule, path: string): PathFound {
  const fits = (regex === null ? matchGlob(glob, path) : matchRegex(regex, path)) !== null
  if (regex !== null) {
    const why = fits ? null : `path does not fit the expression ${rule.pathRegex}`
    return { fits: fits ? 1 : 0, telling: 1, why }
  }
  const missed = pathMiss(glob, path)
  return fits ? { ...missed, fits: missed.telling, why: null } : missed
}

function oneOf(names: readonly string[]): string {
  const told = names.slice(0, HOSTS_TOLD).map((name) => `"${name}"`)
  const rest = names.length - told.length
  return [...told, ...rest > 0 ? [`one of ${rest} more`] : []].join(' or ')
}
