import type { Form, Glob } from '../../model/glob.ts'
import { matchGlob } from './glob-match.ts'

/** An edge without a character, and one for every character but `/`. */
const NOTHING = -2
const ANY = -1
const SLASH = 47

/** Edges by node: what is read, where it leads. */
type Machine = Array<Array<{ readonly on: number; readonly to: number }>>

/** Pairs of sets that are looked at; rules that people write need some tens. */
const PAIRS = 2000

/** A character of nobody's alphabet, for where a glob takes any. */
const RARE = '\ue000'

/**
 * Whether every path that fits the narrow glob fits one of the others. False also when that cannot
 * be told within bounds: so true can be relied upon, and false means nothing.
 *
 * What is hard about it: globs are regular languages, and containment of those may cost
 * exponentially much. Both sides are read at once, character by character, keeping for each the set
 * of places it may be in; the narrow one must never be at its end where no other is. Only paths
 * that can occur count: the gate lets none pass with an empty segment before the last.
 */
export function contains(wides: readonly Glob[], narrow: Glob): boolean {
  const sample = sampleOf(narrow)
  if (!wides.some((wide) => matchGlob(wide, sample) !== null)) return false
  const machine: Machine = []
  const inner = addGlob(machine, narrow)
  const outer = wides.map((wide) => addGlob(machine, wide))
  const goals = new Set(outer.map(({ end }) => end))
  const open = [{
    inside: closure(machine, [inner.start]),
    outside: closure(machine, outer.map(({ start }) => start)), last: NOTHING,
  }]
  const seen = new Set<string>()
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const { inside, outside, last } = pair
    const atEnd = last !== NOTHING && inside.includes(inner.end)
    if (atEnd && !outside.some((node) => goals.has(node))) return false
    for (const on of symbols(machine, [...inside, ...outside])) {
      // A path begins with `/`, and no two stand side by side.
      if (last === NOTHING ? on !== SLASH : on === SLASH && last === SLASH) continue
      const next = {
        inside: step(machine, inside, on), outside: step(machine, outside, on), last: on,
      }
      const key = `${next.inside.join()};${next.outside.join()};${on === SLASH}`
      if (next.inside.length === 0 || seen.has(key)) continue
      if (seen.size === PAIRS) return false
      seen.add(key)
      open.push(next)
    }
  }
  return true
}

/** One path that fits; cheap to try before anything is proven. */
function sampleOf(glob: Glob): string {
  const segments = glob.parts.map(({ deep, forms }) => {
    return `/${deep ? RARE : forms[0]!.literals.join(RARE)}`
  })
  return beginning(glob) + segments.join('')
}

/** The literal text before the `/` of the first part. */
function beginning({ lead, parts }: Glob): string {
  return parts.length === 0 ? lead : lead.slice(0, -1)
}

function addGlob(machine: Machine, glob: Glob): { start: number; end: number } {
  const start = machine.push([]) - 1
  let at = addText(machine, start, beginning(glob))
  for (const part of glob.parts) {
    const named = part.slot >= 0 && !glob.bare
    at = !part.deep ? addSegment(machine, at, part.forms)
      : addSegments(machine, named ? addNamed(machine, at, part.least) : at)
  }
  return { start, end: at }
}

function addEdge(machine: Machine, from: number, on: number): number {
  const to = machine.push([]) - 1
  machine[from]!.push({ on, to })
  return to
}

function addText(machine: Machine, from: number, text: string): number {
  let at = from
  for (let i = 0; i < text.length; i++) at = addEdge(machine, at, text.charCodeAt(i))
  return at
}

/** So many characters of a segment, or more. */
function addWild(machine: Machine, from: number, least: number): number {
  const at = addEdge(machine, from, least > 0 ? ANY : NOTHING)
  machine[at]!.push({ on: ANY, to: at })
  return at
}

/** One segment with its `/`, in any of its forms. */
function addSegment(machine: Machine, from: number, forms: readonly Form[]): number {
  const begin = addEdge(machine, from, SLASH)
  const end = machine.push([]) - 1
  for (const { literals, leasts } of forms) {
    let at = addText(machine, begin, literals[0]!)
    for (const [i, least] of leasts.entries()) {
      at = addText(machine, addWild(machine, at, least), literals[i + 1]!)
    }
    machine[at]!.push({ on: NOTHING, to: end })
  }
  return end
}

/** The first segment of a named wildcard, of so many characters or more. */
function addNamed(machine: Machine, from: number, least: number): number {
  return addWild(machine, addEdge(machine, from, SLASH), least)
}

/** Any number of segments. */
function addSegments(machine: Machine, from: number): number {
  const end = addEdge(machine, from, NOTHING)
  const more = addWild(machine, addEdge(machine, end, SLASH), 0)
  machine[more]!.push({ on: NOTHING, to: end })
  return end
}

/** The characters that make a difference here, and one that stands for all others. */
function symbols(machine: Machine, nodes: readonly number[]): Set<number> {
  const found = new Set([ANY])
  for (const node of nodes) {
    for (const { on } of machine[node]!) if (on !== NOTHING) found.add(on)
  }
  return found
}

function step(machine: Machine, nodes: readonly number[], on: number): number[] {
  const next: number[] = []
  for (const node of nodes) {
    for (const edge of machine[node]!) {
      if (edge.on === on || (edge.on === ANY && on !== SLASH)) next.push(edge.to)
    }
  }
  return closure(machine, next)
}

/** The nodes and all that can be reached from them without a character, sorted. */
function closure(machine: Machine, nodes: readonly number[]): number[] {
  const all = new Set(nodes)
  for (const node of all) {
    for (const { on, to } of machine[node]!) if (on === NOTHING) all.add(to)
  }
  return [...all].sort((a, b) => a - b)
}
