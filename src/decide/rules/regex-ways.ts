/**
 * Proves that an expression cannot be made slow. An engine that goes back tries, one after the
 * other, all ways to read a path; what it costs is the number of ways that lead to each place of
 * the path. Here all of them are counted at once, for every path there could be: which positions of
 * the expression can be reached, and in how many ways. As soon as one path can have more than a few
 * dozen, the expression is refused.
 *
 * That is stricter than to look for exponential and polynomial cases alone: `(a?){25}a{25}` has no
 * loop in it, and takes 2²⁵ steps. Nothing here is measured, so the answer is always the same.
 */
import type { Node, Ranges } from './regex-parse.ts'
import type { Fault } from './segment.ts'

/**
 * Ways in which a path may be read up to any place: with 8192 characters some 500,000 steps, a few
 * ms for a path that is made to be slow.
 */
export const WAYS = 64

/** Positions that an expression may come to with its counts written out; steps of the proof. */
const POSITIONS = 2000
const STEPS = 2_000_000

/** Positions, and the number of ways to get to each. */
type Ways = ReadonlyMap<number, number>

/** A part of the expression: where it can begin and end, in how many ways it can be nothing. */
type Piece = { readonly first: Ways; readonly last: Ways; readonly empty: number }

/** A character to be read: which, where that can go on, and what to blame for it. */
type Position = {
  readonly set: number
  readonly blame: string
  readonly follow: Map<number, number>
}

type Machine = {
  readonly positions: Position[]
  readonly sets: Array<{ readonly text: string; readonly ranges: Ranges }>
  steps: number
}

const SLASH = 0x2f

/** What makes an expression unfit for paths, or null. */
export function faultOfWays(node: Node): Fault | null {
  const machine: Machine = { positions: [], sets: [], steps: 0 }
  const { first } = pieceOf(machine, node, '')
  if (isTooLarge(machine)) return TOO_LARGE
  const starts = [...first.keys()].map((index) => machine.positions[index]!)
  if (!starts.some(({ set }) => includes(machine.sets[set]!.ranges, SLASH))) {
    return { message: 'no path fits this: every one begins with `/`', advice: 'begin it with `/`' }
  }
  return explore(machine, first)
}

const TOO_LARGE: Fault = {
  message: 'this is too large to be proven fast',
  advice: 'write `+` or `*` for counts, or make several routes of it',
}

function isTooLarge({ positions, steps }: Machine): boolean {
  return positions.length > POSITIONS || steps > STEPS
}

/** All sets of ways that paths can lead to, in the order in which they are found. */
function explore(machine: Machine, first: Ways): Fault | null {
  const classes = classesOf(machine)
  const open: Ways[] = step(machine, first, classes)
  const seen = new Set(open.map(nameOf))
  for (let ways = open.pop(); ways !== undefined; ways = open.pop()) {
    const blamed = tooMany(machine, ways)
    if (blamed !== null) return blamed
    const reached = new Map<number, number>()
    for (const [index, count] of ways) {
      join(machine, reached, { from: machine.positions[index]!.follow, times: count })
    }
    for (const next of step(machine, reached, classes)) {
      const name = nameOf(next)
      if (seen.has(name)) continue
      seen.add(name)
      open.push(next)
    }
    if (isTooLarge(machine)) return TOO_LARGE
  }
  return null
}

/** Of what could be read next, what is read for each class of characters. */
function step(
  machine: Machine, reached: Ways, classes: ReadonlyArray<ReadonlySet<number>>,
): Ways[] {
  machine.steps += reached.size * classes.length
  return classes.flatMap((sets) => {
    const next = new Map([...reached].filter(([index]) => sets.has(machine.positions[index]!.set)))
    return next.size === 0 ? [] : [next]
  })
}

function nameOf(ways: Ways): string {
  return [...ways].toSorted((a, b) => a[0] - b[0]).join(';')
}

function tooMany({ positions }: Machine, ways: Ways): Fault | null {
  let sum = 0
  for (const count of ways.values()) sum += count
  if (sum <= WAYS) return null
  const [[worst]] = [...ways].toSorted((a, b) => b[1] - a[1]) as [[number, number]]
  return {
    message: `\`${positions[worst]!.blame}\` can take what a part beside it takes, too: there ` +
      'are paths that would be tried in very many ways',
    advice: 'let parts that vary differ: write `[^/]*` instead of `.*`, and between two of them ' +
      'a character that neither can take',
  }
}

function pieceOf(machine: Machine, node: Node, blame: string): Piece {
  switch (node.kind) {
    case 'set': {
      const known = machine.sets.findIndex(({ text }) => text === node.text)
      const set = known < 0 ? machine.sets.push(node) - 1 : known
      const index = machine.positions.push({
        set, blame: blame === '' ? node.text : blame, follow: new Map(),
      }) - 1
      const ways = new Map([[index, 1]])
      return { first: ways, last: ways, empty: 0 }
    }
    case 'sequence':
      return node.of.reduce<Piece>((before, one) => {
        return then(machine, before, pieceOf(machine, one, blame))
      }, nothing())
    case 'choice': {
      const of = node.of.map((one) => pieceOf(machine, one, blame))
      return of.reduce((a, b) => ({
        first: both(machine, a.first, { from: b.first, times: 1 }),
        last: both(machine, a.last, { from: b.last, times: 1 }),
        empty: atMost(a.empty + b.empty),
      }))
    }
    case 'repeat': return repeated(machine, node)
  }
}

/** The empty text. */
function nothing(): Piece {
  return { first: new Map(), last: new Map(), empty: 1 }
}

/** Copies for what must be there, then a loop, or copies within one another for what may be. */
function repeated(machine: Machine, node: Node & { kind: 'repeat' }): Piece {
  const { of, least, most, text } = node
  let piece = nothing()
  const copy = (): Piece => pieceOf(machine, of, text)
  const loops = most === Infinity
  for (let i = 0; i < (loops ? least - 1 : least); i++) {
    if (isTooLarge(machine)) return nothing()
    piece = then(machine, piece, copy())
  }
  if (loops) {
    const loop = looped(machine, copy())
    return then(machine, piece, least === 0 ? maybe(loop) : loop)
  }
  let rest = nothing()
  for (let i = least; i < most; i++) {
    if (isTooLarge(machine)) return nothing()
    rest = maybe(then(machine, copy(), rest))
  }
  return then(machine, piece, rest)
}

/** Once or more; a turn that takes nothing is tried before it is given up. */
function looped(machine: Machine, { first, last, empty }: Piece): Piece {
  link(machine, last, first)
  const times = atMost(1 + empty)
  return {
    first: both(machine, new Map(), { from: first, times }),
    last: both(machine, new Map(), { from: last, times }), empty,
  }
}

function maybe({ first, last, empty }: Piece): Piece {
  return { first, last, empty: atMost(empty + 1) }
}

function then(machine: Machine, a: Piece, b: Piece): Piece {
  link(machine, a.last, b.first)
  return {
    first: both(machine, a.first, { from: b.first, times: a.empty }),
    last: both(machine, b.last, { from: a.last, times: b.empty }),
    empty: atMost(a.empty * b.empty),
  }
}

function link(machine: Machine, ends: Ways, starts: Ways): void {
  for (const [end, count] of ends) {
    if (isTooLarge(machine)) return
    join(machine, machine.positions[end]!.follow, { from: starts, times: count })
  }
}

type Source = { readonly from: Ways; readonly times: number }

function both(machine: Machine, ways: Ways, source: Source): Ways {
  if (source.times === 0 || source.from.size === 0) return ways
  const sum = new Map(ways)
  join(machine, sum, source)
  return sum
}

function join(machine: Machine, into: Map<number, number>, { from, times }: Source): void {
  machine.steps += from.size
  for (const [index, count] of from) into.set(index, atMost((into.get(index) ?? 0) + count * times))
}

/** More than too many are not told apart. */
function atMost(count: number): number {
  return Math.min(count, WAYS + 1)
}

/** Characters that no set of the expression tells apart are one class: the sets that hold them. */
function classesOf({ sets }: Machine): ReadonlyArray<ReadonlySet<number>> {
  const borders = new Set(sets.flatMap(({ ranges }) => ranges.map(([from]) => from)))
  for (const { ranges } of sets) for (const [, to] of ranges) borders.add(to + 1)
  const classes = new Map<string, ReadonlySet<number>>()
  for (const code of borders) {
    const inside = sets.flatMap(({ ranges }, index) => includes(ranges, code) ? [index] : [])
    classes.set(inside.join(), new Set(inside))
  }
  return [...classes.values()]
}

function includes(ranges: Ranges, code: number): boolean {
  return ranges.some(([from, to]) => code >= from && code <= to)
}
