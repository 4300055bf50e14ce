/**
 * Values of header fields with captures in them. What is hard about it: a capture is decoded text
 * of the client's choice, and a field value is ASCII with a grammar of its own. So it is known for
 * each place what surrounds it, and there the value is spelt such that it can only be what it is:
 * - between double quotes: `"` and `\` are escaped (RFC 9110 §5.6.4), what is not visible ASCII is
 *   percent-encoded;
 * - in the quoted parameter of a field that knows extended ones (`filename="…"`): what is not ASCII
 *   becomes `_`, and the whole value follows once more as `filename*=UTF-8''…` (RFC 8187, RFC 6266
 *   §4.3);
 * - elsewhere: all but letters, digits and what neither parts nor quotes is percent-encoded.
 * No control character can be in any of these, whatever a capture holds.
 */
import type { FieldPiece, FieldTemplate, Spelling } from '../../model/policy.ts'
import { parseTemplate } from './template.ts'
import type { Fault } from './segment.ts'

/** Fields whose parameters may be written in the extended form. */
const EXTENDED: ReadonlySet<string> = new Set(['content-disposition', 'link'])

const CAPTURE = /\{([A-Za-z_][A-Za-z0-9_-]*)\}/
const PARAMETER = /([A-Za-z0-9!#$&+.^_`|~-]+)="((?:[^"\\]|\\.)*)"/

const UNCLOSED: Fault = {
  message: 'a quote is not closed', advice: 'write a value as "{name}" with both quotes',
}

/**
 * The value as it is when it has no captures; else a template, or what is wrong with it. Braces
 * around anything but a name stand for themselves.
 */
export function parseFieldTemplate(
  name: string, text: string, captures: readonly string[],
): string | FieldTemplate | Fault {
  if (!CAPTURE.test(text)) return text
  const known = parseTemplate(text.match(new RegExp(CAPTURE, 'g'))!.join(''), captures)
  if ('message' in known) return known
  if (/^(?:[^"\\]|\\.|"(?:[^"\\]|\\.)*")*$/.exec(text) === null) {
    return UNCLOSED
  }
  const parameter = EXTENDED.has(name.toLowerCase()) ? PARAMETER : null
  return { pieces: piecesOf(text, captures, parameter) }
}

function piecesOf(
  text: string, captures: readonly string[], parameter: RegExp | null,
): FieldPiece[] {
  const pieces: FieldPiece[] = []
  let rest = text
  while (parameter !== null) {
    const found = parameter.exec(rest)
    if (found === null) break
    const [whole, name, value] = found
    const isSaid = text.toLowerCase().includes(`${name!.toLowerCase()}*=`)
    const end = found.index + whole.length
    if (!CAPTURE.test(value!) || isSaid) pieces.push(...spelled(rest.slice(0, end), captures))
    else {
      pieces.push(...spelled(rest.slice(0, found.index), captures))
      pieces.push({ kind: 'parameter', name: name!, value: spelled(value!, captures) })
    }
    rest = rest.slice(end)
  }
  return [...pieces, ...spelled(rest, captures)]
}

/** The pieces of a text without parameters; each capture with the spelling of its surroundings. */
function spelled(text: string, captures: readonly string[]): FieldPiece[] {
  const pieces: FieldPiece[] = []
  let before = ''
  for (const [index, part] of text.split(new RegExp(CAPTURE)).entries()) {
    if (index % 2 === 1) {
      const slot = captures.indexOf(part)
      pieces.push({ kind: 'slot', slot, spelling: spellingAfter(before) })
    } else if (part !== '') pieces.push({ kind: 'text', text: part })
    before += part
  }
  return pieces
}

function spellingAfter(before: string): Spelling {
  const quotes = before.replace(/\\./g, '').split('"').length - 1
  if (quotes % 2 === 1) return 'quoted'
  return /\*=utf-8'[a-z0-9-]*'[^\s;,"]*$/i.test(before) ? 'extended' : 'plain'
}

/** The value for these captures: visible ASCII and spaces, whatever they hold. */
export function fillField(template: FieldTemplate, captures: readonly string[]): string {
  let text = ''
  for (const piece of template.pieces) {
    switch (piece.kind) {
      case 'text':
        text += piece.text
        break
      case 'slot':
        text += spell(captures[piece.slot]!, piece.spelling)
        break
      case 'parameter':
        text += fillParameter(piece, captures)
    }
  }
  return text
}

/**
 * `name="…"`, and `name*=UTF-8''…` where quotes cannot say it: beyond ASCII, and where a percent
 * sign could be taken for an encoding (RFC 6266, appendix D).
 */
function fillParameter(
  { name, value }: FieldPiece & { kind: 'parameter' }, captures: readonly string[],
): string {
  let whole = ''
  let quoted = ''
  for (const piece of value) {
    if (piece.kind === 'text') {
      whole += piece.text.replace(/\\(.)/g, '$1')
      quoted += piece.text
    } else if (piece.kind === 'slot') {
      const captured = captures[piece.slot]!.toWellFormed()
      whole += captured
      quoted += escaped(captured.replace(/[^\x20-\x7e]/gu, '_'))
    }
  }
  const plain = `${name}="${quoted}"`
  if (!/[^\x20-\x7e]|%[0-9a-f]{2}/i.test(whole)) return plain
  return `${plain}; ${name}*=UTF-8''${spell(whole, 'extended')}`
}

function spell(value: string, spelling: Spelling): string {
  switch (spelling) {
    case 'quoted':
      return escaped(value.toWellFormed().replace(/[^\x20-\x7e]+/gu, encodeURIComponent))
    case 'plain':
      return percentEncoded(value).replace(/%(?:2F|3A|40|2B)/g, decodeURIComponent)
    case 'extended':
      return percentEncoded(value)
  }
}

function escaped(text: string): string {
  return text.replace(/["\\]/g, '\\$&')
}

/** What is left is a token, a part of a URI, and attr-char (RFC 8187 §3.2.1) alike. */
function percentEncoded(value: string): string {
  return encodeURIComponent(value.toWellFormed())
    .replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}
