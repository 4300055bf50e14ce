/**
 * Fields as the reference model reads them: letter by letter, with no thought of speed, and with
 * nothing of the program's own parsers.
 */
export type Field = readonly [name: string, value: string]
export type Directive = { name: string; argument: string | undefined; fine: boolean }

/** The values of all lines of that name, in order. */
export function valuesOf(fields: readonly Field[], name: string): string[] {
  const lower = name.toLowerCase()
  return fields.filter(([one]) => one.toLowerCase() === lower).map(([, value]) => value)
}

/** Those and only those lines that are not of these names. */
export function without(fields: readonly Field[], names: readonly string[]): Field[] {
  return fields.filter(([name]) => !names.includes(name.toLowerCase()))
}

const TCHAR = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

function isToken(text: string): boolean {
  return text !== '' && isMadeOf(text, TCHAR)
}

function isMadeOf(text: string, chars: string): boolean {
  return text.split('').every((char) => chars.includes(char))
}

/** The text within quotes; undefined when it is not one quoted string from end to end. */
function unquoted(text: string): string | undefined {
  if (text.length < 2 || !text.startsWith('"')) return undefined
  let inner = ''
  for (let i = 1; i < text.length; i++) {
    if (text[i] === '"') return i === text.length - 1 ? inner : undefined
    if (text[i] === '\\') i += 1
    inner += text[i] ?? ''
  }
  return undefined
}

/** A line cut at its commas, but not at those within quotes. */
function pieces(line: string): string[] {
  const found = ['']
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!
    if (quoted && char === '\\') {
      found[found.length - 1] += char + (line[i + 1] ?? '')
      i += 1
      continue
    }
    if (char === '"') quoted = !quoted
    if (char === ',' && !quoted) found.push('')
    else found[found.length - 1] += char
  }
  return found
}

/**
 * The directives of Cache-Control lines; not `fine` are those that are not as the grammar has it.
 * Where quotes are amiss nobody knows what is within them; from there on each comma counts, and
 * nothing is fine (choice).
 */
export function directivesOf(lines: readonly string[]): Directive[] {
  return lines.flatMap((line) => {
    const cut = pieces(line)
    const amiss = cut.findIndex((piece) =>
      piece.includes('"') && directiveOf(piece.trim(), false)?.fine !== true)
    if (amiss < 0) return some(cut, false)
    const rest = cut.slice(amiss).join(',').split(',')
    return [...some(cut.slice(0, amiss), false), ...some(rest, true)]
  })
}

function some(found: readonly string[], suspect: boolean): Directive[] {
  return found.map((piece) => directiveOf(piece.trim(), suspect)).filter((one) => one !== null)
}

function directiveOf(piece: string, suspect: boolean): Directive | null {
  if (piece === '') return null
  const sign = piece.indexOf('=')
  const name = sign < 0 ? piece : piece.slice(0, sign)
  const written = sign < 0 ? undefined : piece.slice(sign + 1)
  const quoted = written === undefined ? undefined : unquoted(written)
  const fits = written === undefined || isToken(written) || quoted !== undefined
  if (!suspect && isToken(name) && fits) {
    return { name: name.toLowerCase(), argument: quoted ?? written, fine: true }
  }
  const chars = piece.split('')
  const start = chars.findIndex((char) => TCHAR.includes(char))
  if (start < 0) return null
  const rest = chars.slice(start)
  const end = rest.findIndex((char) => !TCHAR.includes(char))
  const word = rest.slice(0, end < 0 ? rest.length : end).join('')
  return { name: word.toLowerCase(), argument: undefined, fine: false }
}

/**
 * The directives of a targeted field (RFC 9213): keys, with integers, strings, tokens or nothing;
 * null when it is anything else.
 */
export function targetedOf(lines: readonly string[]): Directive[] | null {
  const found = new Map<string, Directive>()
  const text = lines.join(', ').trim()
  if (text === '') return null
  for (const piece of pieces(text)) {
    const [, key, written] = /^[ \t]*([a-z*][a-z0-9_.*-]*)(?:=(.+?))?[ \t]*$/.exec(piece) ?? []
    if (key === undefined) return null
    const directive = memberOf(key, written)
    if (directive === null) return null
    found.set(key, directive)
  }
  return [...found.values()]
}

function memberOf(name: string, written: string | undefined): Directive | null {
  if (written === undefined || written === '?1') return { name, argument: undefined, fine: true }
  if (written === '?0') return { name, argument: undefined, fine: false }
  if (/^-?[0-9]{1,15}$/.test(written)) return { name, argument: written, fine: true }
  const counts = ['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error'].includes(name)
  const token = /^[A-Za-z*]/.test(written) && isToken(written) ? written : null
  const text = unquoted(written) ?? token
  return text === null ? null : { name, argument: text, fine: !counts }
}

/** Seconds as 1.2.2 has them; undefined for anything else. */
export function seconds(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!isMadeOf(text, '0123456789')) return undefined
  return Math.min(Number(text), 2 ** 31)
}

/** Epoch ms of a date in the form that is to be sent; undefined for anything else. */
export function instant(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const at = new Date(text)
  return Number.isNaN(at.getTime()) || at.toUTCString() !== text ? undefined : at.getTime()
}

/** A request field as it is compared for Vary (4.1); undefined when it is not there. */
export function comparable(fields: readonly Field[], name: string): string | undefined {
  const lines = valuesOf(fields, name)
  if (lines.length === 0) return undefined
  const text = lines.map((line) => line.trim()).join(', ')
  if (name !== 'accept-encoding' && name !== 'accept-language') return text
  const members = weighted(text)
    .map(([what, weight]) => (weight === 1 ? what : `${what} ${weight}`))
  return [...new Set(members)].sort().join(',')
}

/** A list of names with their weights, from 0 to 1. */
export function weighted(text: string): Array<readonly [name: string, weight: number]> {
  return text.split(',').map((one) => one.trim().toLowerCase()).filter((one) => one !== '')
    .map((one) => {
      const [name, q] = one.split(';').map((part) => part.trim()) as [string, string | undefined]
      return [name === 'x-gzip' ? 'gzip' : name, q === undefined ? 1 : Number(q.slice(2))] as const
    })
}
