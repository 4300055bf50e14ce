import type { Glob } from '../../model/glob.ts'
import type { PathRegex } from '../../model/regex.ts'
import { NO_CAPTURES } from './glob-match.ts'
import { parseExpression, type Node } from './regex-parse.ts'
import { faultOfWays } from './regex-ways.ts'
import type { Fault } from './segment.ts'

/** Longer ones are programs. */
const CHARACTERS = 512

/**
 * Reads a regular expression for paths; a Fault says which part of it is bad and what to write.
 * What is hard about it is the engine that will match by it, which goes back: see regex-ways.ts.
 */
export function parseRegex(text: string): PathRegex | Fault {
  if (text.length > CHARACTERS) {
    return {
      message: `a regular expression has at most ${CHARACTERS} characters`,
      advice: 'make several routes of it, or use a glob with lists: {ext:tgz|zip}',
    }
  }
  if (/%[0-9A-Fa-f]{2}/.test(text)) {
    return {
      message: 'paths are decoded before, so a percent escape never matches',
      advice: 'write the character itself, e.g. a space instead of %20',
    }
  }
  const read = parseExpression(text)
  const fault = 'message' in read ? read : faultOfWays(read.node)
  if ('message' in read || fault !== null) return fault!
  const groups = read.names.flatMap((name, index) => name === null ? [] : [index + 1])
  return {
    text, groups, lead: leadOf(read.node),
    captures: read.names.filter((name) => name !== null),
    pattern: new RegExp(`^(?:${text})$`, 'su'),
  }
}

/**
 * The groups' values when the path fits; null when it does not. A group that took no part is the
 * empty text.
 */
export function matchRegex({ pattern, groups }: PathRegex, path: string): readonly string[] | null {
  const found = pattern.exec(path)
  if (found === null) return null
  return groups.length === 0 ? NO_CAPTURES : groups.map((group) => found[group] ?? '')
}

/**
 * A glob that fits whatever the expression fits, and more: for the tables, and for comparing
 * routes. It has the same captures, and no path is matched by it.
 */
export function globOver({ captures, lead }: PathRegex): Glob {
  return {
    text: `${lead}*`, captures, lead: lead.slice(0, lead.lastIndexOf('/') + 1) || '/', bare: false,
    parts: [{ deep: true, slot: -1, least: 0, forms: [] }],
    lists: captures.map(() => []), spans: new Int32Array(0),
  }
}

/** The characters that must stand at the beginning. */
function leadOf(node: Node): string {
  if (node.kind === 'set') return literalOf(node)
  if (node.kind !== 'sequence') return ''
  let lead = ''
  for (const one of node.of) {
    lead += leadOf(one)
    if (!isLiteral(one)) break
  }
  return lead
}

function isLiteral(node: Node): boolean {
  return node.kind === 'set' ? literalOf(node) !== '' : node.kind === 'sequence' &&
    node.of.every(isLiteral)
}

function literalOf({ ranges }: Node & { kind: 'set' }): string {
  const [[from, to] = [0, 1], ...others] = ranges
  return from === to && others.length === 0 ? String.fromCodePoint(from) : ''
}
