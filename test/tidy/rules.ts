/**
 * The tidy rules: sources and the table of the architecture in, violations out, one line of text
 * each. Reads no files, so that each rule can be proven on a few lines of bad source.
 */
import { posix } from 'node:path'
import { factsOf, type Facts, type Import } from './facts.ts'

/** One place and what its files may import besides each other. A `*` stands for one folder. */
export type Layer = {
  readonly place: string
  readonly imports: readonly string[]
  /** Modules of Node; `any` for all. */
  readonly node: readonly string[] | 'any'
}

export type Architecture = {
  readonly layers: readonly Layer[]
  /** Who may import which package: file pattern by package. */
  readonly packages: Readonly<Record<string, RegExp>>
  /** Who may construct parts that other folders export. */
  readonly constructors: readonly string[]
  readonly pure: { readonly places: readonly string[]; readonly forbidden: readonly string[] }
  /** Where an exported function of `pure` may write into what it is given. */
  readonly writers: readonly string[]
  /** Where statements may run on import. */
  readonly entrances: readonly string[]
  readonly limits: {
    readonly fileLines: number
    readonly functionLines: number
    readonly parameters: number
    readonly columns: number
    /** Stricter file limits of single files. */
    readonly files: Readonly<Record<string, number>>
  }
  readonly words: readonly string[]
  /** Names with such words that somebody else has given. */
  readonly foreignNames: readonly string[]
  readonly fileNames: readonly string[]
  /** What no file may say, and in which part: its whole text or its comments. */
  readonly phrases: ReadonlyArray<readonly [part: 'text' | 'comments', phrase: RegExp]>
  readonly exceptions: readonly Exception[]
}

export type Exception = {
  readonly rule: string
  readonly path: string
  /** Part of the violation's text; empty for any. */
  readonly what: string
  readonly reason: string
}

type Report = (rule: string, path: string, line: number, what: string) => void

/**
 * All violations in these sources (text by path from the project's root), in order of path, as
 * `path:line rule: what`. An exception that excuses nothing is a violation too.
 */
export function violationsOf(
  sources: ReadonlyMap<string, string>, architecture: Architecture,
): string[] {
  const violations: string[] = []
  const used = new Set<Exception>()
  const report: Report = (rule, path, line, what) => {
    const excuse = architecture.exceptions.find((one) =>
      one.rule === rule && one.path === path && what.includes(one.what))
    if (excuse === undefined) violations.push(`${path}:${line} ${rule}: ${what}`)
    else used.add(excuse)
  }
  const modules = new Map<string, Facts>()
  for (const [path, text] of sources) {
    if (path.endsWith('.ts')) modules.set(path, factsOf(path, text))
    checkPhrases({ path, text, comments: modules.get(path)?.comments ?? [] }, architecture, report)
  }
  for (const facts of modules.values()) {
    checkSizes(facts, architecture, report)
    checkWords(facts, architecture, report)
    if (!facts.path.startsWith('src/')) continue
    checkImports(facts, architecture, report)
    checkPurity(facts, architecture, report)
    checkModule(facts, architecture, report)
  }
  checkCycles(modules, report)
  for (const one of architecture.exceptions) {
    if (!used.has(one)) violations.push(`${one.path}:0 exceptions: ${one.rule} is not needed`)
  }
  return violations.toSorted()
}

function checkImports({ path, imports }: Facts, table: Architecture, report: Report): void {
  const layer = table.layers.find(({ place }) => homeOf(path, place) !== null)
  if (layer === undefined) {
    report('place', path, 1, 'this file belongs to no layer')
    return
  }
  const home = homeOf(path, layer.place)!
  for (const one of imports) {
    const { line, from } = one
    if (from.startsWith('.')) {
      const target = resolve(path, one)
      if ([home, ...layer.imports].some((place) => target.startsWith(place))) continue
      report('imports', path, line, `${layer.place} may not import ${target}`)
    } else if (from.startsWith('node:')) {
      if (layer.node === 'any' || layer.node.includes(from)) continue
      report('node', path, line, `${layer.place} may not import ${from}`)
    } else {
      const [name] = /^(?:@[^/]+\/)?[^/]+/.exec(from) ?? [from]
      if (table.packages[name]?.test(path)) continue
      report('packages', path, line, `${name} is not for this file`)
    }
  }
}

/** The part of `path` that `place` stands for, e.g. `src/act/cache/`; null when it is elsewhere. */
function homeOf(path: string, place: string): string | null {
  const pattern = place.replaceAll('.', '\\.').replaceAll('*', '[^/]+')
  return new RegExp(`^${pattern}`).exec(path)?.[0] ?? null
}

function resolve(path: string, { from }: Import): string {
  return posix.join(posix.dirname(path), from)
}

function checkPurity({ path, uses, writes }: Facts, table: Architecture, report: Report): void {
  if (!table.pure.places.some((place) => path.startsWith(place))) return
  for (const { line, what } of uses) {
    if (table.pure.forbidden.includes(what)) report('pure', path, line, what)
  }
  for (const { line, what } of writes) {
    if (!table.writers.includes(path)) report('writes', path, line, `into ${what}`)
  }
}

function checkModule(facts: Facts, table: Architecture, report: Report): void {
  const { path } = facts
  for (const { line, what } of facts.state) report('state', path, line, what)
  for (const { line, what } of facts.effects) {
    if (!table.entrances.includes(path)) report('effects', path, line, `${what} runs on import`)
  }
  for (const { line, from, kind } of facts.imports) {
    if (kind === 're-export') report('barrel', path, line, `passes on ${from}`)
    if (kind === 'bare') report('effects', path, line, `imports ${from} for what it does`)
  }
  for (const { line, what } of facts.constructs) {
    const origin = facts.imports.find(({ from, names }) =>
      from.startsWith('.') && names.includes(what))
    const folder = posix.dirname(resolve(path, origin!))
    const isPart = folder.startsWith('src/act') && !path.startsWith(`${folder}/`)
    if (isPart && !table.constructors.includes(path)) report('constructs', path, line, what)
  }
  for (const { line, name, exported, documented, parameters } of facts.functions) {
    if (!exported) continue
    if (!documented) report('doc', path, line, `${name} has no doc comment`)
    if (parameters > table.limits.parameters) {
      report('parameters', path, line, `${name} has ${parameters}`)
    }
  }
}

function checkSizes(facts: Facts, { limits }: Architecture, report: Report): void {
  const { path, lines } = facts
  const count = lines.at(-1) === '' ? lines.length - 1 : lines.length
  const limit = limits.files[path] ?? limits.fileLines
  if (count > limit) report('file-lines', path, count, `${count} lines, limit ${limit}`)
  for (const { line, name, lines: length } of facts.functions) {
    if (length > limits.functionLines) report('function-lines', path, line, `${name}: ${length}`)
  }
  for (const [index, line] of lines.entries()) {
    if (line.length > limits.columns) report('columns', path, index + 1, `${line.length}`)
  }
}

function checkWords({ path, names }: Facts, table: Architecture, report: Report): void {
  const isBanned = (word: string): boolean =>
    table.words.includes(word) || table.words.includes(word.replace(/s$/, ''))
  for (const word of path.split(/[^a-z]+/)) {
    if (isBanned(word)) report('words', path, 1, `"${word}" in the file's name`)
  }
  if (table.fileNames.includes(posix.basename(path).replace(/(?:\.test)?\.ts$/, ''))) {
    report('file-name', path, 1, 'says nothing about what is in it')
  }
  for (const [name, line] of names) {
    if (table.foreignNames.includes(name)) continue
    const words = name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []
    const banned = words.find((word) => isBanned(word.toLowerCase()))
    if (banned !== undefined) report('words', path, line, `"${banned}" in ${name}`)
  }
}

type Written = Pick<Facts, 'path' | 'comments'> & { readonly text: string }

function checkPhrases(written: Written, table: Architecture, report: Report): void {
  const { path, text, comments } = written
  for (const [part, phrase] of table.phrases) {
    const places = part === 'text' ? [{ line: 1, text }] : comments
    for (const place of places) {
      const found = phrase.exec(place.text)
      if (found === null) continue
      const line = place.line + place.text.slice(0, found.index).split('\n').length - 1
      report('phrases', path, line, `"${found[0]}"`)
    }
  }
}

function checkCycles(modules: ReadonlyMap<string, Facts>, report: Report): void {
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      report('cycle', path, 1, [...trail.slice(trail.indexOf(path)), path].join(' > '))
    }
    if (done.has(path)) return
    done.add(path)
    for (const one of modules.get(path)?.imports ?? []) {
      if (one.from.startsWith('.')) visit(resolve(path, one), [...trail, path])
    }
  }
  for (const path of modules.keys()) visit(path, [])
}
