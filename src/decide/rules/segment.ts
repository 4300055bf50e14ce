import type { Form, Part } from '../../model/glob.ts'
import type { Problem } from '../../model/rules.ts'

/** What is wrong with a piece of text, without the place where it stands. */
export type Fault = Pick<Problem, 'message' | 'advice'>

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'wild'; readonly slot: number; readonly least: number }
  | { readonly kind: 'list'; readonly slot: number; readonly words: readonly string[] }

/**
 * A segment's lists are multiplied out into forms, tried in turn. That makes every form a plain run
 * of literals, matched without going back, and this bounds how many there can be.
 */
const FORMS = 64

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/

/** Reads one segment; names and lists found in it are added to those of the glob. */
export function parseSegment(text: string, names: string[], lists: string[][]): Part | Fault {
  if (text === '.' || text === '..') {
    return { message: `a \`${text}\` segment never matches`, advice: 'write the whole path' }
  }
  if (text === '**') return { deep: true, slot: -1, least: 0, forms: [] }
  const deep = /^\{([^{}:|*]*)\*\*\}$/.exec(text)
  if (deep !== null) {
    const slot = addName(deep[1]!, names, lists)
    return typeof slot === 'number' ? { deep: true, slot, least: 1, forms: [] } : slot
  }
  if (text.includes('**')) {
    return {
      message: '`**` stands for whole segments and must be all there is between two `/`',
      advice: 'write `*` for a part of a segment, or `/**/` for any number of them',
    }
  }
  const pieces = cut(text, names, lists)
  return Array.isArray(pieces) ? multiply(pieces) : pieces
}

/** Cuts a segment at its wildcards, captures and lists. */
function cut(text: string, names: string[], lists: string[][]): Piece[] | Fault {
  const pieces: Piece[] = []
  for (const token of text.match(/\{[^{}]*\}|\*|[^{}*]+|[{}]/g) ?? []) {
    const piece = token === '*' ? { kind: 'wild' as const, slot: -1, least: text === '*' ? 1 : 0 }
      : token === '{' || token === '}' ? unbalanced(token)
        : token.startsWith('{') ? capture(token.slice(1, -1), names, lists)
          : { kind: 'text' as const, text: token }
    if ('message' in piece) return piece
    if (piece.kind === 'wild' && pieces.at(-1)?.kind === 'wild') {
      return {
        message: 'two wildcards stand side by side',
        advice: 'put a character between them: nothing says where the first ends',
      }
    }
    pieces.push(piece)
  }
  return pieces
}

function unbalanced(brace: string): Fault {
  return {
    message: brace === '{' ? '`{` without its `}`' : '`}` without its `{`',
    advice: 'a capture is written {name}, {name**} or {name:a|b}, and captures do not nest',
  }
}

/** Reads what stands between braces. */
function capture(inside: string, names: string[], lists: string[][]): Piece | Fault {
  const colon = inside.indexOf(':')
  const slot = addName(colon < 0 ? inside : inside.slice(0, colon), names, lists)
  if (typeof slot !== 'number') return slot
  if (colon < 0) return { kind: 'wild', slot, least: 1 }
  const words = inside.slice(colon + 1).split('|')
  if (words.includes('')) {
    return {
      message: `the list of \`{${names[slot]}}\` has an empty word`,
      advice: 'write one or more words with `|` between them, e.g. {ext:tgz|zip}',
    }
  }
  const repeated = words.find((word, index) => words.indexOf(word) !== index)
  if (repeated !== undefined || inside.includes('*')) {
    return {
      message: repeated === undefined ? 'a list holds words, not wildcards'
        : `\`${repeated}\` is twice in the list of \`{${names[slot]}}\``,
      advice: repeated === undefined ? 'use {name} for anything' : 'remove one of them',
    }
  }
  lists[slot] = words
  return { kind: 'list', slot, words }
}

function addName(name: string, names: string[], lists: string[][]): number | Fault {
  if (!NAME.test(name)) {
    return {
      message: name === '' ? 'a capture has no name' : `\`${name}\` cannot name a capture`,
      advice: 'a name begins with a letter and goes on with letters, digits, `_` and `-`',
    }
  }
  if (names.includes(name)) {
    return { message: `the capture \`{${name}}\` occurs twice`, advice: 'give one another name' }
  }
  lists.push([])
  return names.push(name) - 1
}

/** Makes the forms: one for each combination of words, in the order they are written. */
function multiply(pieces: readonly Piece[]): Part | Fault {
  let forms: Form[] = [{ literals: [''], slots: [], leasts: [], picks: [] }]
  for (const piece of pieces) {
    forms = forms.flatMap((form) => extend(form, piece))
    if (forms.length > FORMS) {
      return {
        message: `the lists of one segment have more than ${FORMS} combinations`,
        advice: 'use {name} for one of them, or make two routes',
      }
    }
  }
  return { deep: false, slot: -1, least: 0, forms }
}

function extend(form: Form, piece: Piece): Form[] {
  if (piece.kind === 'wild') {
    return [{
      literals: [...form.literals, ''],
      slots: [...form.slots, piece.slot],
      leasts: [...form.leasts, piece.least],
      picks: form.picks,
    }]
  }
  const words = piece.kind === 'list' ? piece.words : [piece.text]
  return words.map((word, index) => ({
    ...form,
    literals: [...form.literals.slice(0, -1), form.literals.at(-1)! + word],
    picks: piece.kind === 'list' ? [...form.picks, piece.slot, index] : form.picks,
  }))
}
