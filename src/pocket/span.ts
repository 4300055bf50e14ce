/**
 * Range as each era reads it, and as it names the part it sends. None of the Walrus eras gets it
 * right, which is why a proxy must not send Range to them.
 */
import type { Era } from './eras.ts'

export type Span = {
  readonly from: number
  /** Not included. */
  readonly end: number
  readonly status: 200 | 206
  readonly contentRange: string
}

/** The part to send; `whole` when the field is to be ignored; or how the store fails. */
export type SpanResult = Span | 'whole' | 'unsatisfiable' | 'crash'

/** Where a Java int overflows. */
const INT_MAX = 2 ** 31 - 1

/** What of an object of this size the field asks for. */
export function spanOf(field: string | null, sizeBytes: number, era: Era): SpanResult {
  const found = /^bytes=(\d*)-(\d*)$/.exec(field ?? '')
  if (found === null || (found[1] === '' && found[2] === '')) return 'whole'
  const first = found[1] === '' ? null : Number(found[1])
  const last = found[2] === '' ? null : Number(found[2])
  switch (era.range) {
    case 'exclusive-end': return exclusiveEnd(first, last, sizeBytes)
    case 'no-unit': return noUnit(first, last, sizeBytes)
    case 'whole-status': return wholeStatus(first, last, sizeBytes)
    case 'rfc': return rfcSpan(first, last, sizeBytes)
  }
}

/** Walrus 2: the end is where it stops, and without one it falls over. */
function exclusiveEnd(first: number | null, last: number | null, sizeBytes: number): SpanResult {
  if (first === null || last === null) return 'crash'
  const end = Math.min(last, sizeBytes)
  if (first >= end) return 'unsatisfiable'
  return { from: first, end, status: 206, contentRange: `${first}-${last}/${sizeBytes}` }
}

/** Walrus 3: a suffix is taken for a prefix, and offsets are ints. */
function noUnit(first: number | null, last: number | null, sizeBytes: number): SpanResult {
  const from = first ?? 0
  const to = Math.min(last ?? sizeBytes - 1, sizeBytes - 1)
  if (from > INT_MAX || to > INT_MAX) return 'crash'
  if (from > to) return 'unsatisfiable'
  return { from, end: to + 1, status: 206, contentRange: `${from}-${to}/${sizeBytes}` }
}

/** OSG: a part that passes itself off as the whole: 200, and the part's size for the total. */
function wholeStatus(first: number | null, last: number | null, sizeBytes: number): SpanResult {
  const span = rfcSpan(first, last, sizeBytes)
  if (typeof span === 'string') return span
  const contentRange = `${span.from}-${span.end - 1}/${span.end - span.from}`
  return { ...span, status: 200, contentRange }
}

/** RFC 9110 §14.1.2. */
function rfcSpan(first: number | null, last: number | null, sizeBytes: number): SpanResult {
  if (first !== null && last !== null && first > last) return 'whole'
  const from = first ?? Math.max(0, sizeBytes - last!)
  const end = first === null ? sizeBytes : Math.min((last ?? sizeBytes - 1) + 1, sizeBytes)
  if (from >= end) return 'unsatisfiable'
  return { from, end, status: 206, contentRange: `bytes ${from}-${end - 1}/${sizeBytes}` }
}
