/**
 * Reads the regular expressions that rules may hold: characters, classes, groups, alternatives and
 * repetitions, as JavaScript writes them (ECMA-262 §22.2, with the flags `s` and `u`). What is hard
 * about it is to be sure: whatever is not understood here is refused, so what is proven about the
 * tree holds for what the engine does with the text.
 */
import type { Fault } from './segment.ts'

/** Code points, as ranges with both ends included, in order. */
export type Ranges = ReadonlyArray<readonly [from: number, to: number]>

/** A part of an expression; `text` is how it is written. */
export type Node =
  | { readonly kind: 'set'; readonly ranges: Ranges; readonly text: string }
  | { readonly kind: 'sequence' | 'choice'; readonly of: readonly Node[] }
  | {
      readonly kind: 'repeat'; readonly of: Node; readonly text: string
      readonly least: number; readonly most: number
    }

/** An expression, and the names of its groups by their number less one; null for none. */
export type Expression = { readonly node: Node; readonly names: ReadonlyArray<string | null> }

/** Where the reader is. After a fault nothing it returns means anything. */
type Reader = {
  readonly text: string
  at: number
  readonly names: Array<string | null>
  fault: Fault | null
}

const LAST = 0x10ffff
const DIGITS: Ranges = [[48, 57]]
const WORDS: Ranges = [[48, 57], [65, 90], [95, 95], [97, 122]]
const SPACES: Ranges = [
  [9, 13], [32, 32], [0xa0, 0xa0], [0x1680, 0x1680], [0x2000, 0x200a], [0x2028, 0x2029],
  [0x202f, 0x202f], [0x205f, 0x205f], [0x3000, 0x3000], [0xfeff, 0xfeff],
]
const ESCAPES: Readonly<Record<string, Ranges>> = {
  d: DIGITS, w: WORDS, s: SPACES,
  D: complement(DIGITS), W: complement(WORDS), S: complement(SPACES),
}

/** Counts beyond this are no way to say how long a name may be. */
const COUNT = 1000

/** Reads an expression; a Fault says which part is not understood and what to write instead. */
export function parseExpression(text: string): Expression | Fault {
  const reader: Reader = { text, at: 0, names: [], fault: null }
  const node = readChoice(reader)
  if (reader.fault === null && reader.at < text.length) {
    return { message: '`)` without its `(`', advice: 'write `\\)` for the character' }
  }
  return reader.fault ?? { node, names: reader.names }
}

function peek({ text, at }: Reader): string {
  return text.slice(at, at + 1)
}

function fail(reader: Reader, message: string, advice: string): Node {
  reader.fault ??= { message, advice }
  reader.at = reader.text.length
  return { kind: 'sequence', of: [] }
}

function readChoice(reader: Reader): Node {
  const of = [readSequence(reader)]
  while (peek(reader) === '|') {
    reader.at++
    of.push(readSequence(reader))
  }
  return of.length === 1 ? of[0]! : { kind: 'choice', of }
}

function readSequence(reader: Reader): Node {
  const of: Node[] = []
  while (!['', '|', ')'].includes(peek(reader))) {
    const start = reader.at
    of.push(readCount(reader, readAtom(reader), start))
  }
  return of.length === 1 ? of[0]! : { kind: 'sequence', of }
}

/** What stands behind an atom that began at `start`. */
function readCount(reader: Reader, of: Node, start: number): Node {
  const found = /^(?:[*+?]|\{(\d+)(,)?(\d+)?\})\??/.exec(reader.text.slice(reader.at))
  if (found === null) return of
  reader.at += found[0].length
  const [whole, first, comma, last] = found
  const least = first === undefined ? (whole.startsWith('+') ? 1 : 0) : Number(first)
  const most = first === undefined ? (whole.startsWith('?') ? 1 : Infinity)
    : last !== undefined ? Number(last) : comma === undefined ? least : Infinity
  if (least > most || least > COUNT || (most > COUNT && most !== Infinity)) {
    return fail(reader, `\`${whole}\` is no count`, `write e.g. {2,5}; at most ${COUNT}`)
  }
  return { kind: 'repeat', of, least, most, text: reader.text.slice(start, reader.at) }
}

function readAtom(reader: Reader): Node {
  const char = String.fromCodePoint(reader.text.codePointAt(reader.at)!)
  switch (char) {
    case '(': return readGroup(reader)
    case '[': return readClass(reader)
    case '\\': return readEscape(reader)
    case '^': case '$':
      return fail(reader, `\`${char}\` is not needed: the expression is for the whole path`,
        `leave it out, or write \`\\${char}\` for the character`)
    case '*': case '+': case '?':
      return fail(reader, `\`${char}\` has nothing to repeat`,
        `write \`\\${char}\` for the character, or \`.*\` for any characters`)
    case '{': case '}': case ']':
      return fail(reader, `\`${char}\` stands alone`, `write \`\\${char}\` for the character`)
  }
  reader.at += char.length
  return { kind: 'set', ranges: char === '.' ? [[0, LAST]] : only(char), text: char }
}

function only(char: string): Ranges {
  const code = char.codePointAt(0)!
  return [[code, code]]
}

function readGroup(reader: Reader): Node {
  const rest = reader.text.slice(reader.at)
  const opening = /^\((?:\?:|\?<([A-Za-z_]\w*)>|(?!\?))/.exec(rest)
  if (opening === null) {
    return /^\(\?<?[=!]/.test(rest)
      ? fail(reader, 'looking ahead or behind is not possible here',
        'write what the path is; what it is not can be said with `not`, or by a route before')
      : fail(reader, `\`${rest.slice(0, 3)}\` begins no group that is known here`,
        'write (?:…), or (?<name>…) for a capture: letters, digits and `_`, first a letter')
  }
  reader.at += opening[0].length
  const name = opening[1]
  if (name !== undefined && reader.names.includes(name)) {
    return fail(reader, `the capture \`${name}\` occurs twice`, 'give one another name')
  }
  if (opening[0] !== '(?:') reader.names.push(name ?? null)
  const node = readChoice(reader)
  if (peek(reader) !== ')') {
    return fail(reader, '`(` without its `)`', 'write `\\(` for the character')
  }
  reader.at++
  return node
}

function readEscape(reader: Reader): Node {
  const text = reader.text.slice(reader.at, reader.at + 2)
  const ranges = escaped(reader, text, /[$()*+./?[\\\]^{|}]/)
  if (ranges === null) return { kind: 'sequence', of: [] }
  reader.at += 2
  return { kind: 'set', ranges, text }
}

/** What an escape stands for; null when that has been refused. */
function escaped(reader: Reader, text: string, literal: RegExp): Ranges | null {
  const char = text.slice(1)
  const known = Object.hasOwn(ESCAPES, char) ? ESCAPES[char] : undefined
  if (known !== undefined) return known
  if (char !== '' && literal.test(char)) return only(char)
  if (/[1-9k]/.test(char)) {
    fail(reader, `\`${text}\` refers to what a group has taken, which is slow to match`,
      'write out what may stand there')
  } else {
    fail(reader, `\`${text}\` is not known here`,
      'there are \\d, \\w, \\s, their opposites, and `\\` before a character with a meaning')
  }
  return null
}

/** `[…]`: characters, ranges and escapes. */
function readClass(reader: Reader): Node {
  const start = reader.at
  const negated = reader.text[start + 1] === '^'
  reader.at += negated ? 2 : 1
  const ranges: Array<readonly [number, number]> = []
  while (peek(reader) !== ']') {
    const from = readMember(reader)
    if (from === null) return { kind: 'sequence', of: [] }
    if (peek(reader) !== '-' || reader.text[reader.at + 1] === ']') {
      ranges.push(...from)
      continue
    }
    reader.at++
    const to = readMember(reader)
    const [low, high] = [single(from), to === null ? -1 : single(to)]
    if (low < 0 || high < low) {
      return fail(reader, `\`${reader.text.slice(start, reader.at)}\` has a range without two ends`,
        'write e.g. [a-z], and `\\-` for the character')
    }
    ranges.push([low, high])
  }
  reader.at++
  const text = reader.text.slice(start, reader.at)
  if (ranges.length === 0) {
    return fail(reader, `\`${text}\` is empty`, 'write `.` for any character')
  }
  return { kind: 'set', ranges: negated ? complement(ranges) : merged(ranges), text }
}

function readMember(reader: Reader): Ranges | null {
  const code = reader.text.codePointAt(reader.at)
  if (code === undefined) {
    fail(reader, '`[` without its `]`', 'write `\\[` for the character')
    return null
  }
  const char = String.fromCodePoint(code)
  if (char !== '\\') {
    reader.at += char.length
    return [[code, code]]
  }
  const ranges = escaped(reader, reader.text.slice(reader.at, reader.at + 2),
    /[$()*+\-./?[\\\]^{|}]/)
  if (ranges !== null) reader.at += 2
  return ranges
}

/** The one code point of a set that has just one; else -1. */
function single([first, ...others]: Ranges): number {
  return first !== undefined && others.length === 0 && first[0] === first[1] ? first[0] : -1
}

function merged(ranges: Ranges): Ranges {
  const all: Array<[number, number]> = []
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = all.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else all.push([from, to])
  }
  return all
}

/** All code points that are not in these. */
function complement(ranges: Ranges): Ranges {
  const all: Array<[number, number]> = []
  let next = 0
  for (const [from, to] of merged(ranges)) {
    if (from > next) all.push([next, from - 1])
    next = to + 1
  }
  if (next <= LAST) all.push([next, LAST])
  return all
}
