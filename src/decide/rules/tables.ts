import type { Refusal } from '../../model/outcome.ts'
import type { Policy } from '../../model/policy.ts'
import type { Matchers } from './matchers.ts'

/** A route as it is matched. */
export type CompiledRoute = Matchers & {
  /** Its place among the routes: of those that match, the first wins. */
  readonly order: number
  /** `match.method`; null for any. */
  readonly methods: ReadonlySet<string> | null
  readonly policy: Policy
  /** The ready answer to methods that the policy does not allow; null where all are denied. */
  readonly refusal: Refusal | null
}

/**
 * A tree over the literal beginnings of the routes' paths, a node for each place where they part.
 * A node's lists hold all routes that the text up to it leaves possible, those of the nodes above
 * included, in order: so one walk down gives one list, and nothing is put together while matching.
 */
export type PathNode = {
  /** The characters between the node above and this one. */
  readonly text: string
  /** Candidates when the path ends here. */
  readonly here: readonly CompiledRoute[]
  /** Candidates when it goes on, in a way no node below knows. */
  readonly below: readonly CompiledRoute[]
  /** By the code of the next character; null where no node is below. */
  readonly children: ReadonlyMap<number, PathNode> | null
}

/**
 * The routes that name one host pattern, and where to look besides: at those of the next wider
 * pattern that holds such routes too, and at last at those for any host. Each route stands in the
 * trees of its own patterns alone, so a thousand hosts share one tree of what is for all of them.
 */
export type HostNode = PathNode & {
  readonly wider: HostNode | null
  /**
   * The route where there is but one, which is tried sooner than found. Among ten thousand hosts
   * each step to another object is a wait for memory, and this one saves two.
   */
  readonly only: CompiledRoute | null
}

export type Tables = {
  readonly exact: ReadonlyMap<string, HostNode>
  /** By what follows `*.`, without the asterisk: `.example.org`. */
  readonly below: ReadonlyMap<string, HostNode>
  /** Null when no route is for any host. */
  readonly any: HostNode | null
}

/** Where the routes of a host are. A Map look-up, however many hosts there are. */
export function hostNode(tables: Tables, host: string): HostNode | null {
  return tables.exact.get(host) ?? belowDomain(tables, host)
}

/**
 * The routes of a tree that may match, in order. Their leads are known to fit, except that of a
 * single route. Costs the same for ten routes and for ten thousand.
 */
export function candidates(tree: PathNode, path: string): readonly CompiledRoute[] {
  let node = tree
  let at = 0
  while (at < path.length) {
    const next: PathNode | undefined = node.children?.get(path.charCodeAt(at))
    if (next === undefined || !path.startsWith(next.text, at)) return node.below
    at += next.text.length
    node = next
  }
  return node.here
}

/** The longest domain with a wildcard that the host is below of; else what is for any host. */
function belowDomain(tables: Tables, host: string): HostNode | null {
  if (tables.below.size > 0) {
    for (let dot = host.indexOf('.', 1); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      const node = tables.below.get(host.slice(dot))
      if (node !== undefined) return node
    }
  }
  return tables.any
}

/** Makes the tables. The routes are in order. */
export function tablesOf(routes: readonly CompiledRoute[]): Tables {
  const everywhere = routes.filter((route) => route.hosts.length === 0)
  const any = everywhere.length === 0 ? null : hostNodeOf(everywhere, null)
  const byPattern = new Map<string, CompiledRoute[]>()
  for (const route of routes) {
    for (const host of route.hosts) {
      const sharing = byPattern.get(host)
      if (sharing === undefined) byPattern.set(host, [route])
      else sharing.push(route)
    }
  }
  const [exact, below] = [new Map<string, HostNode>(), new Map<string, HostNode>()]
  const tables = { exact, below, any }
  const named = [...byPattern].map(([pattern, own]) => ({ name: pattern.replace('*', ''), own }))
  // What is wider than a pattern is a part of it, so it is shorter and comes first.
  for (const { name, own } of named.sort((a, b) => a.name.length - b.name.length)) {
    const node = hostNodeOf(own, belowDomain(tables, name))
    if (name.startsWith('.')) below.set(name, node)
    else exact.set(name, node)
  }
  return tables
}

/** Whether every host that the second pattern is for is one that the first is for. */
export function hostCovers(wide: string, narrow: string): boolean {
  if (wide === narrow) return true
  return wide.startsWith('*.') && narrow.endsWith(wide.slice(1))
}

type Leaf = { readonly rest: string; readonly whole: boolean; readonly route: CompiledRoute }

function hostNodeOf(routes: readonly CompiledRoute[], wider: HostNode | null): HostNode {
  if (routes.length > 1) return { ...treeOf(routes), wider, only: null }
  return { text: '', here: routes, below: routes, children: null, wider, only: routes[0]! }
}

function treeOf(routes: readonly CompiledRoute[]): PathNode {
  const leaves = routes.flatMap((route): Leaf[] => {
    const { lead, parts, bare } = route.glob
    const { regex } = route
    if (regex !== null) return [{ rest: regex.lead, whole: false, route }]
    const leaf = { rest: lead, whole: parts.length === 0, route }
    return bare ? [leaf, { rest: lead.slice(0, -1), whole: true, route }] : [leaf]
  })
  return nodeOf('', leaves, [])
}

function nodeOf(text: string, leaves: readonly Leaf[], above: readonly CompiledRoute[]): PathNode {
  const ended = leaves.filter((leaf) => leaf.rest === '')
  const open = ended.filter((leaf) => !leaf.whole)
  const below = inOrder([...above, ...open.map((leaf) => leaf.route)])
  const here = inOrder([...below, ...ended.map((leaf) => leaf.route)])
  const children = new Map<number, PathNode>()
  const longer = leaves.filter((leaf) => leaf.rest !== '')
  const groups = Map.groupBy(longer, (leaf) => leaf.rest.charCodeAt(0))
  for (const [code, group] of groups) {
    const common = commonBeginning(group.map((leaf) => leaf.rest))
    const shorter = group.map((leaf) => ({ ...leaf, rest: leaf.rest.slice(common.length) }))
    children.set(code, nodeOf(common, shorter, below))
  }
  return { text, here, below, children }
}

function inOrder(routes: readonly CompiledRoute[]): readonly CompiledRoute[] {
  return [...new Set(routes)].sort((a, b) => a.order - b.order)
}

function commonBeginning(texts: readonly string[]): string {
  let first = texts[0]!
  let last = first
  for (const text of texts) {
    if (text < first) first = text
    if (text > last) last = text
  }
  let length = 0
  while (length < first.length && first.charCodeAt(length) === last.charCodeAt(length)) length++
  return first.slice(0, length)
}
