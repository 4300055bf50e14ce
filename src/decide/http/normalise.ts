/**
 * Request fields in one spelling, for comparing what Vary nominates (RFC 9111 §4.1): values that
 * differ only where their field's definition says it makes no difference become equal. What is
 * hard is to stop there: what becomes equal gets one answer. So unknown fields are only trimmed and
 * their lines joined, and a value that its own grammar does not fit is left as it is.
 */

const Q = '(?:[ \\t]*;[ \\t]*[qQ]=(0(?:\\.\\d{0,3})?|1(?:\\.0{0,3})?))?'
const WEIGHTED = new RegExp(`^([!#$%&'*+\\-.^_\`|~0-9A-Za-z]+)${Q}$`)
const TYPE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+)((?:;[^;]*)*)$/
const PARAMETER = /^[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*$/

/** Codings with two names (RFC 9110 §8.4.1). */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['x-gzip', 'gzip'], ['x-compress', 'compress'],
])

/** One member of a list with its weight, 0 to 1. */
export type Weighted = { readonly text: string; readonly weight: number }

/**
 * The lines of a request field of that (lower-case) name as one comparable value; null when there
 * are none, for an absent field is like no other (§4.1).
 */
export function normalise(name: string, lines: readonly string[]): string | null {
  if (lines.length === 0) return null
  const text = lines.map((line) => line.trim()).join(', ')
  const members = membersOf(name, text)
  if (members === null) return text
  const written = members.map(({ text, weight }) => (weight === 1 ? text : `${text};q=${weight}`))
  return [...new Set(written)].join(', ')
}

function membersOf(name: string, text: string): Weighted[] | null {
  switch (name) {
    case 'accept-encoding':
    case 'accept-charset':
    // Its order may be read as a preference, but nobody can rely on that (RFC 9110 §12.5.4).
    case 'accept-language': return inAnyOrder(parseWeighted(text))
    case 'accept': return byWeight(parseAccept(text))
    default: return null
  }
}

/** A list whose order says nothing: whatever is on it is acceptable, in any order. */
function inAnyOrder(members: Weighted[] | null): Weighted[] | null {
  return members?.sort((one, other) => (one.text < other.text ? -1 : 1)) ?? null
}

/** Among media types of one weight, many servers take the first; so that order stays. */
function byWeight(members: Weighted[] | null): Weighted[] | null {
  return members?.sort((one, other) => other.weight - one.weight) ?? null
}

/** A list of names with weights (RFC 9110 §12.4.2), lower case; null when it is none. */
export function parseWeighted(text: string): Weighted[] | null {
  const members: Weighted[] = []
  for (const piece of text.split(',')) {
    const member = piece.trim()
    if (member === '') continue
    const found = WEIGHTED.exec(member)
    if (found === null) return null
    const name = found[1]!.toLowerCase()
    members.push({ text: SYNONYMS.get(name) ?? name, weight: Number(found[2] ?? 1) })
  }
  return members
}

/** The list of an Accept field (RFC 9110 §12.5.1); null when it is none, or has quoted strings. */
function parseAccept(text: string): Weighted[] | null {
  const members: Weighted[] = []
  for (const piece of text.split(',')) {
    const member = piece.trim()
    if (member === '') continue
    const range = mediaRange(member)
    if (range === null) return null
    members.push(range)
  }
  return members
}

function mediaRange(member: string): Weighted | null {
  const [, type, rest] = TYPE.exec(member.replaceAll(/[ \t]*;[ \t]*/g, ';')) ?? []
  if (type === undefined) return null
  let text = type.toLowerCase()
  let weight = 1
  for (const parameter of rest!.split(';').slice(1)) {
    const [, name, value] = PARAMETER.exec(parameter) ?? []
    if (name === undefined) return null
    if (name.toLowerCase() !== 'q') text += `;${name.toLowerCase()}=${value!}`
    else if (/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(value!)) weight = Number(value)
    else return null
  }
  return { text, weight }
}
