/**
 * Dictionaries of Structured Fields (RFC 9651 §3.2, §4.2.2): what targeted cache control is written
 * in (RFC 9213 §2.1). What is hard: a dictionary is all or nothing, so any slip anywhere makes the
 * whole field void, and a reader that is kinder than the RFC disagrees with other caches on what
 * the origin said. Parameters are checked and dropped, for no directive has any.
 */

/** One value. A date is epoch seconds; a byte sequence stays in base64. */
export type BareItem =
  | { readonly kind: 'integer' | 'decimal' | 'date'; readonly value: number }
  | { readonly kind: 'string' | 'token' | 'bytes' | 'display'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }

/** The value of a key: an item, or an inner list of them. */
export type Member = BareItem | { readonly kind: 'list'; readonly items: readonly BareItem[] }

const SPACES = /^ */
const BLANKS = /^[ \t]*/
const KEY = /^[a-z*][a-z0-9_.*-]*/
const DECIMAL = /^-?\d{1,12}\.\d{1,3}(?![\d.])/
const INTEGER = /^-?\d{1,15}(?![\d.])/
const DATE = /^@(-?\d{1,15})(?![\d.])/
const STRING = /^"((?:[ !#-[\]-~]|\\["\\])*)"/
const TOKEN = /^[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*/
const BYTES = /^:([A-Za-z0-9+/]*={0,2}):/
const BOOLEAN = /^\?([01])/
const DISPLAY = /^%"((?:[ !#$&-~]|%[0-9a-f]{2})*)"/

/** A text and how much of it has been read. */
type Cursor = { readonly text: string; at: number }

/** The members of a field value, by key, the last of equal keys; null when it is malformed. */
export function parseDictionary(text: string): Map<string, Member> | null {
  const members = new Map<string, Member>()
  const cursor: Cursor = { text, at: 0 }
  take(cursor, SPACES)
  while (cursor.at < text.length) {
    const key = take(cursor, KEY)
    if (key === null) return null
    const value = member(cursor)
    if (value === null || !parameters(cursor)) return null
    members.delete(key[0])
    members.set(key[0], value)
    const end = cursor.at
    take(cursor, SPACES)
    if (cursor.at === text.length) break
    cursor.at = end
    if (!comma(cursor)) return null
  }
  return members
}

/** The comma between two members; false where there is none, or nothing after it. */
function comma(cursor: Cursor): boolean {
  take(cursor, BLANKS)
  if (!skip(cursor, ',')) return false
  take(cursor, BLANKS)
  return cursor.at < cursor.text.length
}

/** A key without a value is true. */
function member(cursor: Cursor): Member | null {
  if (!skip(cursor, '=')) return { kind: 'boolean', value: true }
  return skip(cursor, '(') ? innerList(cursor) : bareItem(cursor)
}

function innerList(cursor: Cursor): Member | null {
  const items: BareItem[] = []
  for (;;) {
    const before = cursor.at
    take(cursor, SPACES)
    if (skip(cursor, ')')) return { kind: 'list', items }
    // Items stand apart by spaces alone.
    if (items.length > 0 && cursor.at === before) return null
    const item = bareItem(cursor)
    if (item === null || !parameters(cursor)) return null
    items.push(item)
  }
}

function parameters(cursor: Cursor): boolean {
  while (skip(cursor, ';')) {
    take(cursor, SPACES)
    if (take(cursor, KEY) === null) return false
    if (skip(cursor, '=') && bareItem(cursor) === null) return false
  }
  return true
}

function bareItem(cursor: Cursor): BareItem | null {
  return item(cursor, DECIMAL, (found) => ({ kind: 'decimal', value: Number(found[0]) })) ??
    item(cursor, INTEGER, (found) => ({ kind: 'integer', value: Number(found[0]) })) ??
    item(cursor, DATE, (found) => ({ kind: 'date', value: Number(found[1]) })) ??
    item(cursor, STRING, (found) => (
      { kind: 'string', value: text(found).replaceAll(/\\(.)/g, '$1') })) ??
    item(cursor, TOKEN, (found) => ({ kind: 'token', value: found[0] })) ??
    item(cursor, BYTES, (found) => ({ kind: 'bytes', value: text(found) })) ??
    item(cursor, BOOLEAN, (found) => ({ kind: 'boolean', value: found[1] === '1' })) ??
    item(cursor, DISPLAY, (found) => display(text(found)))
}

/** What stands between the signs around it. */
function text(found: RegExpExecArray): string {
  return found[1]!
}

function item(
  cursor: Cursor, pattern: RegExp, make: (found: RegExpExecArray) => BareItem | null,
): BareItem | null {
  const found = take(cursor, pattern)
  return found === null ? null : make(found)
}

/** A display string is UTF-8 behind percent signs, and must be well-formed. */
function display(escaped: string): BareItem | null {
  try {
    return { kind: 'display', value: decodeURIComponent(escaped) }
  } catch {
    return null
  }
}

/** What stands at the cursor, if it is of that pattern; the cursor then stands behind it. */
function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | null {
  const found = pattern.exec(cursor.text.slice(cursor.at))
  if (found !== null) cursor.at += found[0].length
  return found
}

function skip(cursor: Cursor, char: string): boolean {
  if (cursor.text[cursor.at] !== char) return false
  cursor.at += 1
  return true
}
