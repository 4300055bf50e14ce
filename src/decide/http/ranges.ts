import { RANGE_PARTS } from '../../limits.ts'
import type { Entry } from '../../model/entry.ts'
import type { RequestHead } from '../../model/exchange.ts'
import { parseDate } from './date.ts'
import { strongMatch } from './etag.ts'

/** Bytes from `start` to `end`, both included, counted from 0. */
export type Span = { start: number; end: number }

/**
 * With this much between Last-Modified and Date, clocks that are not quite alike cannot hide a
 * second change within the same second (RFC 9110 §8.8.2.2), and the date is a strong validator.
 */
const STRONG_AFTER_MS = 60_000

/**
 * The parts of a stored 200 that a GET asks for (RFC 9110 §14): spans to send as 206, `whole` for
 * 200, `unsatisfiable` for 416. For GET only; other methods have no ranges, so do not call it.
 *
 * Spans come in the order asked for, but for those that overlap or touch: they are one, in the
 * place of the first. So the answer is never longer than the object, whatever is asked. What is
 * malformed, of another unit, or of more than `RANGE_PARTS` ranges gets the whole.
 */
export function spans(head: RequestHead, entry: Entry): Span[] | 'whole' | 'unsatisfiable' {
  if (head.range === null || entry.status !== 200 || entry.lengthBytes === null) return 'whole'
  if (head.ifRange !== null && !isSame(head.ifRange, entry)) return 'whole'
  const set = /^bytes=(.*)$/i.exec(head.range)
  if (set === null) return 'whole'
  const length = entry.lengthBytes
  const found: Span[] = []
  let count = 0
  for (const member of set[1]!.split(',')) {
    // Empty members are no members (RFC 9110 §5.6.1.2).
    const text = member.trim()
    if (text === '') continue
    const range = parseRange(text, length)
    count += 1
    if (range === null || count > RANGE_PARTS) return 'whole'
    if (range.start <= range.end) add(found, range)
    // The suffix of nothing is satisfiable, but no Content-Range could tell of it.
    else if (length === 0 && text.startsWith('-') && Number(text) !== 0) return 'whole'
  }
  if (count === 0) return 'whole'
  return found.length === 0 ? 'unsatisfiable' : found
}

/** One range; null when malformed, a start behind its end when no byte of it exists. */
function parseRange(text: string, length: number): Span | null {
  const found = /^(\d*)-(\d*)$/.exec(text)
  if (found === null) return null
  const [, first, last] = found
  if (first === '') {
    // Digits beyond 2^53 lose their last places, all of them far beyond any length.
    return last === '' ? null : { start: Math.max(0, length - Number(last)), end: length - 1 }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return null
  const end = last === '' ? length - 1 : Math.min(Number(last), length - 1)
  return { start, end }
}

/** Adds a span; every other that it overlaps or touches becomes part of the first of them. */
function add(found: Span[], { start, end }: Span): void {
  let home: Span | null = null
  for (let i = 0; i < found.length; i++) {
    const other = found[i]!
    if (other.start > end + 1 || other.end + 1 < start) continue
    start = Math.min(start, other.start)
    end = Math.max(end, other.end)
    if (home === null) home = other
    else found.splice(i--, 1)
    home.start = start
    home.end = end
  }
  if (home === null) found.push({ start, end })
}

/** If-Range (RFC 9110 §13.1.5): only a strong validator may join parts of two answers. */
function isSame(ifRange: string, entry: Entry): boolean {
  if (ifRange.includes('"')) return entry.etag !== null && strongMatch(ifRange, entry.etag)
  const { lastModifiedAt, storedAt } = entry
  if (lastModifiedAt === null || parseDate(ifRange, storedAt) !== lastModifiedAt) return false
  const date = parseDate(entry.date, storedAt)
  return date !== null && date - lastModifiedAt >= STRONG_AFTER_MS
}
