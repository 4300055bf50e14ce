/**
 * Cuts a TypeScript source into what is code and what is not. Every other measurement stands on
 * this. What is hard about it: a slash begins a comment, a division or a regular expression, and
 * which one it is depends on what came before; and a template holds code inside its text.
 */
export type Comment = { readonly start: number; readonly end: number; readonly text: string }

export type Scan = {
  /** As long as the source; comments and what is inside strings, templates, regexes are blank. */
  readonly code: string
  readonly comments: readonly Comment[]
}

/** What may stand before a regular expression: an operator, an opening bracket, or such a word. */
const BEFORE_REGEX = /(?:[([{,;:=!&|?+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|await|void))$/

/** Offsets in the result are offsets in `text`, so line numbers and places agree. */
export function scan(text: string): Scan {
  const comments: Comment[] = []
  const code = text.split('')
  /** Depth of braces at which each open template's `${` closes. */
  const templates: number[] = []
  let braces = 0
  let at = 0
  while (at < text.length) {
    const char = text[at]!
    const end = endOfText(text, at, code)
    if (end > at) {
      if (isComment(text, at)) comments.push({ start: at, end, text: text.slice(at, end) })
      blank(code, text, isComment(text, at) ? at : at + 1, isComment(text, at) ? end : end - 1)
      at = end
    } else if (char === '`' || (char === '}' && templates.at(-1) === braces)) {
      if (char === '}') templates.pop()
      const stop = endOfTemplate(text, at + 1)
      blank(code, text, at + 1, stop)
      if (text[stop] === '$') templates.push(braces)
      at = stop + (text[stop] === '$' ? 2 : 1)
    } else {
      if (char === '{') braces += 1
      if (char === '}') braces -= 1
      at += 1
    }
  }
  return { code: code.join(''), comments }
}

function isComment(text: string, at: number): boolean {
  return text[at] === '/' && (text[at + 1] === '/' || text[at + 1] === '*')
}

/** Where the comment, string or regex that begins at `at` ends; `at` itself when none does. */
function endOfText(text: string, at: number, code: readonly string[]): number {
  const char = text[at]
  if (char === "'" || char === '"') return endOfQuoted(text, at, char)
  if (char !== '/') return at
  if (text[at + 1] === '/') return orEnd(text, text.indexOf('\n', at))
  if (text[at + 1] === '*') return orEnd(text, text.indexOf('*/', at + 2), 2)
  const before = code.slice(Math.max(0, at - 40), at).join('').trimEnd()
  return before === '' || BEFORE_REGEX.test(before) ? endOfRegex(text, at) : at
}

function orEnd(text: string, found: number, more = 0): number {
  return found === -1 ? text.length : found + more
}

function endOfQuoted(text: string, start: number, quote: string): number {
  let at = start + 1
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1
  return Math.min(at + 1, text.length)
}

function endOfRegex(text: string, start: number): number {
  let inClass = false
  for (let at = start + 1; at < text.length && text[at] !== '\n'; at += 1) {
    const char = text[at]
    if (char === '\\') at += 1
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '/' && !inClass) return at + 1
  }
  return start
}

/** The place of the closing backquote, or of the `$` of the next `${`. */
function endOfTemplate(text: string, start: number): number {
  let at = start
  while (at < text.length && text[at] !== '`') {
    if (text[at] === '$' && text[at + 1] === '{') return at
    at += text[at] === '\\' ? 2 : 1
  }
  return at
}

function blank(code: string[], text: string, start: number, end: number): void {
  for (let at = start; at < end; at += 1) if (text[at] !== '\n') code[at] = ' '
}
