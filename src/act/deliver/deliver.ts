/**
 * Delivery: which status, which part of the body, and in what frame. What is hard about it is that
 * a body may still be arriving: everything here needs only the entry's head, and a range of a body
 * that is not there yet is simply a later place to read from.
 */
import { randomBytes } from 'node:crypto'
import { isContentless } from '../../decide/http/methods.ts'
import { multipart } from '../../decide/http/multipart.ts'
import type { Span } from '../../decide/http/ranges.ts'
import { select } from '../../decide/http/select.ts'
import { find } from '../../decide/http/headers.ts'
import type { Entry } from '../../model/entry.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { LiveBody } from '../../model/landing.ts'
import type { Policy } from '../../model/policy.ts'
import { notModifiedHead, partHead, wholeHead } from './head.ts'
import { Reader, type Source } from './reader.ts'
import type { HauloutError } from '../../errors.ts'
import { stream, type Part } from './stream.ts'
import { sentence, synthesize } from './synth.ts'

/** What is delivered: an entry, its policy, and the flight it is still arriving on, if any. */
export type Delivery = {
  readonly entry: Entry
  readonly policy: Policy
  readonly live: LiveBody | null
  /** The origin has seen the conditions and ranges itself: its answer is delivered as it is. */
  readonly raw: boolean
}

/** Told how a body went: null when everything was handed to the wire. Heads alone are not told. */
export type Sent = (x: Exchange, error: HauloutError | null) => void

/** Answers `x` with a stored or arriving response. */
export function deliver(x: Exchange, delivery: Delivery, source: Source, sent: Sent): void {
  const { entry, policy } = delivery
  if (entry.status !== 200 && entry.web === null) return negative(x, entry)
  if (entry.status !== 200 || delivery.raw) return whole(x, delivery, source, sent)
  const wanted = select(x.head, entry, x.method)
  switch (wanted) {
    case 'whole': return whole(x, delivery, source, sent)
    case 'not-modified': return notModified(x, entry, policy)
    case 'failed': return failed(x)
    case 'unsatisfiable': return unsatisfiable(x, entry)
    default: return parts(x, { ...delivery, wanted }, source, sent)
  }
}

function whole(x: Exchange, delivery: Delivery, source: Source, sent: Sent): void {
  const { entry, policy, live } = delivery
  const { wire } = x
  wire.head(entry.status, wholeHead(x, entry, policy), entry.web?.phrase)
  if (isContentless(x.method, entry.status) || entry.lengthBytes === 0) return wire.end(null)
  if (entry.body !== null) return wire.end(entry.body)
  const end = entry.lengthBytes === null ? Infinity : entry.lengthBytes - 1
  const reader = new Reader(source, delivery, live === null ? null : { body: live, position: 0 })
  send(x, reader, [{ start: 0, end }], sent)
}

function send(x: Exchange, reader: Reader, sends: readonly Part[], sent: Sent): void {
  stream(x.wire, reader, sends, (error) => {
    // Part of what was stored had to be fetched again on the way.
    if (reader.resumed) x.outcome.name = 'partial'
    sent(x, error)
  })
}

/** One span as itself, several as multipart/byteranges (RFC 9110 §15.3.7). */
function parts(x: Exchange, delivery: Delivery & { wanted: Span[] }, source: Source, sent: Sent) {
  const { entry, policy, live, wanted } = delivery
  const fields = wholeHead(x, entry, policy)
  const length = entry.lengthBytes!
  const first = wanted[0]!
  const sends: Part[] = wanted.length === 1 ? [first] : framed(x, fields, wanted, length)
  if (wanted.length === 1) {
    const { start, end } = first
    const range = `bytes ${start}-${end}/${length}`
    x.wire.head(206, partHead(fields, { lengthBytes: end - start + 1, range }))
    if (entry.body !== null) return x.wire.end(entry.body.subarray(start, end + 1))
  }
  const position = first.start
  const reader = new Reader(source, delivery, live === null ? null : { body: live, position })
  send(x, reader, sends, sent)
}

/** Sends the head of a multipart answer and returns its parts with their frame. */
function framed(x: Exchange, fields: readonly string[], wanted: Span[], length: number): Part[] {
  const boundary = randomBytes(16).toString('hex')
  const frame = multipart(wanted, length, find(fields, 'content-type'), boundary)
  const type = `multipart/byteranges; boundary=${boundary}`
  x.wire.head(206, partHead(fields, { lengthBytes: frame.lengthBytes, type }))
  const sends: Part[] = []
  for (const [i, span] of wanted.entries()) sends.push({ bytes: frame.heads[i]! }, span)
  sends.push({ bytes: frame.tail })
  return sends
}

function notModified(x: Exchange, entry: Entry, policy: Policy): void {
  x.wire.head(304, notModifiedHead(wholeHead(x, entry, policy)))
  x.wire.end(null)
}

function failed(x: Exchange): void {
  x.outcome.reason = 'precondition-failed'
  synthesize(x, { status: 412, text: sentence('precondition-failed') })
}

function unsatisfiable(x: Exchange, entry: Entry): void {
  x.outcome.reason = 'range-not-satisfiable'
  const fields = ['Content-Range', `bytes */${entry.lengthBytes}`, 'Accept-Ranges', 'bytes']
  synthesize(x, { status: 416, text: sentence('range-not-satisfiable'), fields })
}

const NEGATIVE: Readonly<Record<number, string>> = {
  403: 'the store does not give this object to anybody who asks here',
  404: 'there is no such object',
  410: 'this object is gone',
}

function negative(x: Exchange, entry: Entry): void {
  synthesize(x, { status: entry.status, text: NEGATIVE[entry.status] ?? 'there is no such object' })
}
