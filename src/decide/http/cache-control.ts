/**
 * Reads Cache-Control (RFC 9111 §5.2) and its targeted relatives (RFC 9213) into directives. What
 * is hard is what to do with what is malformed: recipients recover from it in different ways, and
 * whoever overlooks a `private` gives one client's page to another. So a malformed directive stays,
 * marked as such: what it forbids is forbidden, what it allows is not allowed.
 */
import { parseDictionary, type Member } from './structured.ts'

export type Directive = {
  /** Lower case. */
  readonly name: string
  /** As a token or from within quotes, without escapes; null when there is none. */
  readonly argument: string | null
  /** Whether it is written as the RFC has it, as far as can be told without knowing it. */
  readonly valid: boolean
}

/** Sections 1.2.2 and 5.2: what is greater than this is this. About 68 years. */
const DELTA_MAX_SECONDS = 2_147_483_648

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const QUOTED = '"((?:[\\t !#-[\\]-~\\x80-\\xff]|\\\\[\\t -~\\x80-\\xff])*)"'
/** One directive, or none, with its comma or the end. Blanks can be taken in one way only. */
const MEMBER = new RegExp(`^[ \\t]*(?:(${TOKEN})(?:=(?:(${TOKEN})|${QUOTED}))?[ \\t]*)?(?:,|$)`)
const NAME = new RegExp(TOKEN)

/** Directives whose argument is a number of seconds. */
const DELTAS: ReadonlySet<string> = new Set([
  'max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error',
])

/**
 * The directives of a field, line by line. A line with a quote that does not close cannot be read
 * beyond it with any certainty: from there on every piece between commas counts as malformed.
 */
export function parseCacheControl(lines: readonly string[]): Directive[] {
  const directives: Directive[] = []
  for (const line of lines) readLine(line, directives)
  return directives
}

function readLine(line: string, directives: Directive[]): void {
  let certain = true
  for (let at = 0; at < line.length;) {
    const found = certain ? MEMBER.exec(line.slice(at)) : null
    if (found !== null) {
      at += found[0].length
      if (found[1] !== undefined) directives.push(wellFormed(found))
      continue
    }
    const comma = line.indexOf(',', at)
    const piece = line.slice(at, comma < 0 ? line.length : comma)
    const name = NAME.exec(piece)
    if (name !== null) {
      directives.push({ name: name[0].toLowerCase(), argument: null, valid: false })
    }
    if (piece.includes('"')) certain = false
    at += piece.length + 1
  }
}

function wellFormed([, name, token, quoted]: RegExpExecArray): Directive {
  const argument = token ?? quoted?.replaceAll(/\\([^])/g, '$1') ?? null
  return { name: name!.toLowerCase(), argument, valid: true }
}

/**
 * The directives of a targeted field such as `CDN-Cache-Control` (RFC 9213 §2.1), its lines joined
 * with `, `; null where it is empty or malformed, which is as if it were not there (§2.1).
 */
export function parseTargeted(text: string): Directive[] | null {
  const members = parseDictionary(text)
  if (members === null || members.size === 0) return null
  return [...members].map(([name, member]) => directiveOf(name, member))
}

/** A directive with a number must be an integer; any other of a wrong type only forbids. */
function directiveOf(name: string, member: Member): Directive {
  switch (member.kind) {
    case 'integer': return { name, argument: String(member.value), valid: true }
    case 'boolean': return { name, argument: null, valid: member.value }
    case 'string':
    case 'token': return { name, argument: member.value, valid: !DELTAS.has(name) }
    default: return { name, argument: null, valid: false }
  }
}

/** Delta-seconds (§1.2.2) in ms; null when the text is none. */
export function deltaMs(text: string | null): number | null {
  if (text === null || !/^\d+$/.test(text)) return null
  return Math.min(Number(text), DELTA_MAX_SECONDS) * 1000
}
