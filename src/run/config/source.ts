/**
 * YAML files and places in them. What is hard about it: YAML allows far more than a configuration
 * needs, aliases that multiply and values that are no texts, and a report must be able to show
 * the place of a problem without showing a secret that stands there.
 */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import {
  isAlias, isCollection, isMap, isNode, isScalar, isSeq, parseDocument, type Document, type Node,
} from 'yaml'
import { HauloutError } from '../../errors.ts'
import type { Finding } from './issues.ts'
import { complaintsOf, reportOf, SECRET_NAME, type Complaint, type Placed } from './report.ts'
import { adviceOnSyntax, GENTLE } from './syntax.ts'

/** A configuration is read by people; what is larger than 1 MiB is some other file. */
const FILE_BYTES = 1024 ** 2
const QUOTED_BYTES = 256

/** So deep no configuration goes; deeper ones are made to exhaust whoever reads them. */
const DEPTH = 32
const ALIASES = 100

/** Tags of values that could be written without one; the parser warns of tags nobody knows. */
const PLAIN_TAG = /:(?:str|int|float|bool|null|map|seq)$/

/** A source and where in it nothing may be quoted. */
type Source = { readonly file: string; readonly text: string; readonly hidden: readonly number[] }

/** A file's document; problems with it are found, what its values mean is not looked at. */
export type Parsed = Source & { readonly yaml: Document; readonly value: unknown }

/** A line of a file; the file as it was named. */
export type Place = { readonly file: string; readonly line: number }

/** Reads and parses a file. Throws HauloutError `config` when there is no YAML in it. */
export function readSource(path: string): Parsed {
  let bytes: Buffer
  let isHuge: boolean
  try {
    isHuge = statSync(path).size > FILE_BYTES
    bytes = isHuge ? beginningOf(path) : readFileSync(path)
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file'
      : (cause as Error).message.replace(/,.*/s, '')
    throw new HauloutError('config', `${path}: ${why}`, cause)
  }
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
  if (isHuge) {
    refuseWith(complaintsOf({ file: path, text, hidden: [] }, [{
      offset: 0, length: 1, message: 'this file is larger than 1 MiB',
      advice: 'a configuration is written by people and smaller; name the right file',
    }]))
  }
  if (!bytes.equals(Buffer.from(bytes.toString('utf8')))) {
    const offset = Math.max(0, text.indexOf('\uFFFD'))
    refuseWith(complaintsOf({ file: path, text, hidden: [] }, [{
      offset, length: 1, message: 'this is not UTF-8', advice: 'save the file as UTF-8',
    }]))
  }
  return parse(text, path)
}

/** Enough for the line that is quoted; the rest of a large file is never read. */
function beginningOf(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(QUOTED_BYTES)
    return bytes.subarray(0, readSync(file, bytes))
  } finally {
    closeSync(file)
  }
}

/** Throws HauloutError `config` with a report of these complaints; they are its cause, too. */
export function refuseWith(complaints: readonly Complaint[]): never {
  throw new HauloutError('config', reportOf(complaints), complaints)
}

/** Parses text; `file` is its path, for messages. Throws HauloutError `config`. */
export function parse(text: string, file: string): Parsed {
  const yaml = parseDocument(text, {
    version: '1.2', schema: 'core', merge: false, stringKeys: true, uniqueKeys: true,
    prettyErrors: false, logLevel: 'error',
  })
  const seen: Inspection = { found: [], hidden: [], aliases: 0, yaml }
  const broken = [...yaml.errors, ...yaml.warnings]
  if (yaml.contents === null && broken.length === 0) {
    seen.found.push({
      offset: 0, length: 1, message: 'the file is empty', advice: 'begin it with `haulout: 1`',
    })
  }
  // After the first real mistake the parser guesses, and what it says about the rest misleads.
  const first = broken.findIndex(({ code }) => !GENTLE.has(code))
  for (const { code, pos } of first < 0 ? broken : broken.slice(0, first + 1)) {
    const said = adviceOnSyntax(code, lineAt(text, pos[0]))
    seen.found.push({ offset: pos[0], length: pos[1] - pos[0], ...said })
  }
  if (isNode(yaml.contents)) inspect(yaml.contents, seen, { above: [], secret: false })
  const source = { file, text, hidden: seen.hidden }
  if (seen.found.length > 0) refuseWith(complaintsOf(source, seen.found))
  return { ...source, yaml, value: yaml.toJS({ maxAliasCount: -1 }) }
}

/** The line that a place is in, up to its end. */
function lineAt(text: string, offset: number): string {
  const end = text.indexOf('\n', offset)
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1, end < 0 ? text.length : end)
}

type Inspection = {
  readonly found: Placed[]
  readonly hidden: number[]
  aliases: number
  readonly yaml: Document
}

/** What a node stands in: the nodes around it, and whether its key is called like a secret. */
type Inside = { readonly above: readonly Node[]; readonly secret: boolean }
type Entry = { readonly key: Node; readonly value: Node | null }
type Step = { readonly key: Node | null; readonly value: Node | null }

/**
 * Goes through the nodes for what YAML allows and a configuration does not need: tags, merge keys,
 * aliases that loop or multiply. Marks on the way which scalars must not be quoted.
 */
function inspect(node: Node, seen: Inspection, { above, secret }: Inside): void {
  const inside = { above: [...above, node], secret }
  if (above.length > DEPTH) {
    refuse(seen, node, { message: 'this is nested too deeply', advice: 'see the manual' })
  } else if (isAlias(node)) {
    const source = node.resolve(seen.yaml)
    seen.aliases++
    if (source !== undefined && !above.includes(source) && seen.aliases <= ALIASES) {
      return inspect(source, seen, inside)
    }
    // Once is enough: with so many, the next ones say nothing new.
    if (seen.aliases > ALIASES + 1) return
    const message = source === undefined ? 'no anchor of this name stands further up'
      : above.includes(source) ? 'this alias contains itself' : `there are over ${ALIASES} aliases`
    refuse(seen, node, { message, advice: 'write out what is meant' })
  } else if (node.tag?.startsWith('tag:') === true && !PLAIN_TAG.test(node.tag)) {
    refuse(seen, node, { message: 'tags have no meaning here', advice: 'write the value alone' })
  } else if (isScalar(node)) {
    const open = !secret || /^(?:env:[A-Za-z_]\w*|file:\S+)$/.test(String(node.value))
    if (!open && node.range) seen.hidden.push(node.range[0], node.range[1])
  } else if (isCollection(node)) {
    for (const item of node.items) {
      if (isNode(item)) inspect(item, seen, inside)
      else inspectEntry(item as Entry, seen, inside)
    }
  }
}

function inspectEntry({ key, value }: Entry, seen: Inspection, inside: Inside): void {
  const name = isScalar(key) ? String(key.value) : ''
  if (name === '<<' || name === '__proto__') {
    const advice = name === '<<' ? 'name a policy instead, or use an alias' : 'remove it'
    refuse(seen, key, { message: `\`${name}\` is no key`, advice })
  }
  const secret = inside.secret || SECRET_NAME.test(name)
  if (value !== null) inspect(value, seen, { ...inside, secret })
}

function refuse(seen: Inspection, node: Node, said: { message: string; advice: string }): void {
  const [offset, end] = node.range ?? [0, 1]
  seen.found.push({ offset, length: end - offset, ...said })
}

/** Gives findings their places in the text, each only once; in the order of lines. */
export function complaintsAt(source: Parsed, findings: readonly Finding[]): Complaint[] {
  const placed = findings.map((finding) => {
    const [offset, end] = rangeOf(source.yaml, finding)
    const { message, advice } = finding
    return { offset, length: end - offset, message, advice }
  })
  const once = new Map(placed.map((one) => [`${one.offset} ${one.message}`, one]))
  return complaintsOf(source, [...once.values()])
}

/** The line (from 1) on which a path's entry begins; null when the document has no such path. */
export function lineOf({ yaml, text }: Parsed, path: Finding['path']): number | null {
  let node: Node | null = yaml.contents
  let at: Node | null = node
  for (const step of path) {
    const entry: Step | null = stepInto(yaml, node, step)
    if (entry === null) return null
    node = entry.value
    at = entry.key ?? entry.value
  }
  return at === null ? 1 : text.slice(0, extent(at)[0]).split('\n').length
}

/** The place of a path, or of as much of it as there is: what comes from the defaults is not. */
function rangeOf(yaml: Document, { path, at }: Finding): readonly [number, number] {
  let node: Node | null = yaml.contents
  let key: Node | null = null
  let whole = true
  for (const step of path) {
    const entry: Step | null = stepInto(yaml, node, step)
    whole = entry !== null
    if (entry === null) break
    key = entry.key
    node = entry.value
  }
  const block = isCollection(node) && node.flow !== true
  const empty = node?.range == null || node.range[0] === node.range[1]
  if (key !== null && (at === 'key' || !whole || block || empty)) return extent(key)
  return node === null ? [0, 1] : [extent(node)[0], block ? extent(node)[0] + 1 : extent(node)[1]]
}

/** One step down, through aliases: an entry of a map, or of a list, where it has no key. */
function stepInto(yaml: Document, from: Node | null, step: string | number): Step | null {
  const node = isAlias(from) ? from.resolve(yaml) : from
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step]
    return isNode(item) ? { key: null, value: item } : null
  }
  if (!isMap(node)) return null
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === step)
  return pair === undefined ? null : pair as Entry
}

function extent(node: Node): readonly [number, number] {
  return [node.range?.[0] ?? 0, node.range?.[1] ?? 1]
}
