/**
 * Stored parts of a response (RFC 9111 §3.3, §3.4; RFC 9110 §15.3.7). What is hard is that parts of
 * two versions look alike; so only a strong validator, the same for both, may join them, and what
 * contradicts itself joins nothing.
 */
import type { Facts, Received, Respect } from '../../model/facts.ts'
import type { Reason } from '../../model/outcome.ts'
import { parseContentRange } from './content-range.ts'
import { parseDate } from './date.ts'
import { quoteEtag } from './etag.ts'
import { dateAt } from './freshness.ts'
import { findAll } from './headers.ts'
import type { Span } from './ranges.ts'
import { storablePart } from './storable-http.ts'

/** What there is of one version: spans in order that neither overlap nor touch. */
export type Parts = {
  /** A strong tag, or a date behind `date `: what all of it came with. */
  readonly validator: string
  readonly spans: readonly Span[]
  /** Bytes of the whole; null while nobody has said. */
  readonly lengthBytes: number | null
}

/** With a minute between it and Date, a Last-Modified is strong (RFC 9110 §8.8.2.2). */
const STRONG_AFTER_MS = 60_000

/**
 * The one part that a 206 brings, or why it is not to be stored. Of several in one answer
 * (multipart/byteranges) none is.
 */
export function partOf(received: Received, facts: Facts, respect: Respect): Parts | Reason {
  const storable = storablePart(received, facts, respect)
  if (storable !== true) return storable
  const lines = findAll(received.fields, 'content-range')
  const range = lines.length === 1 ? parseContentRange(lines[0]!) : null
  const validator = strongValidator(received)
  if (range === null || range.span === null || validator === null) return 'not-whole'
  const { span, lengthBytes } = range
  const stated = findAll(received.fields, 'content-length')
  if (stated.some((one) => Number(one) !== span.end - span.start + 1)) return 'not-whole'
  return { validator, spans: [span], lengthBytes }
}

/** What identifies a version byte for byte (RFC 9110 §8.8.1); null for nothing. */
export function strongValidator(received: Received): string | null {
  const tags = findAll(received.fields, 'etag')
  if (tags.length > 0) {
    const tag = tags.length === 1 ? quoteEtag(tags[0]!) : null
    return tag === null || tag.startsWith('W/') ? null : tag
  }
  const modified = findAll(received.fields, 'last-modified')
  const modifiedAt = modified.length === 1 ? parseDate(modified[0]!, received.receivedAt) : null
  if (modifiedAt === null || findAll(received.fields, 'date').length !== 1) return null
  return dateAt(received) - modifiedAt >= STRONG_AFTER_MS ? `date ${modifiedAt}` : null
}

/** Both together (RFC 9111 §3.4); null when they are not of one version. */
export function combined(stored: Parts, arrived: Parts): Parts | null {
  if (stored.validator !== arrived.validator) return null
  const { lengthBytes: one } = stored
  const { lengthBytes: other } = arrived
  if (one !== null && other !== null && one !== other) return null
  const lengthBytes = one ?? other
  const spans = arrived.spans.reduce(joined, stored.spans)
  const past = spans.length > 0 && lengthBytes !== null && spans.at(-1)!.end >= lengthBytes
  return past ? null : { validator: stored.validator, spans, lengthBytes }
}

function joined(spans: readonly Span[], { start, end }: Span): Span[] {
  const apart = spans.filter((one) => one.end + 1 < start || one.start > end + 1)
  const near = spans.filter((one) => !apart.includes(one))
  const whole = {
    start: Math.min(start, ...near.map((one) => one.start)),
    end: Math.max(end, ...near.map((one) => one.end)),
  }
  return [...apart, whole].sort((one, other) => one.start - other.start)
}

/** The spans of `wanted` that are not there, in order: empty when the parts can answer for it. */
export function missing({ spans }: Parts, wanted: Span): Span[] {
  const gaps: Span[] = []
  let { start } = wanted
  for (const one of spans) {
    if (one.end < start) continue
    if (one.start > wanted.end) break
    if (one.start > start) gaps.push({ start, end: one.start - 1 })
    start = one.end + 1
  }
  if (start <= wanted.end) gaps.push({ start, end: wanted.end })
  return gaps
}

/** Whether the parts are the whole, which is then a 200 (RFC 9110 §15.3.7.3). */
export function isWhole(parts: Parts): boolean {
  const { lengthBytes } = parts
  if (lengthBytes === null) return false
  return lengthBytes === 0 || missing(parts, { start: 0, end: lengthBytes - 1 }).length === 0
}

/**
 * Whether a 416 speaks of another version than the stored parts: then they are of no use any more
 * (RFC 9110 §15.5.17).
 */
export function disowns(stored: Parts, contentRange: string | null): boolean {
  const range = contentRange === null ? null : parseContentRange(contentRange)
  if (range === null || range.span !== null || stored.lengthBytes === null) return false
  return range.lengthBytes !== stored.lengthBytes
}
