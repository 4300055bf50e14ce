/**
 * Reads the head of a store's answer, and is strict about it: what an HTTP parser lets through may
 * still be a response whose end nobody can be sure of, and such a thing must never be stored as the
 * whole object. All of it is decided here, from plain data.
 */
import { find, findAll } from '../../decide/http/headers.ts'
import { HauloutError } from '../../errors.ts'
import { HEADER_FIELDS } from '../../limits.ts'
import type { Known } from '../../model/origin.ts'

/** What was asked, as far as the answer must fit it. */
export type AskedFor = {
  readonly method: 'GET' | 'HEAD'
  /** The validators that were sent to ask "still the same?"; null when that was not asked. */
  readonly condition: Known | null
  /** First byte of the range that was asked for, 0 when none was; `version` is what it is of. */
  readonly fromByte: number
  /** The first byte behind the range; null when it goes to the end. */
  readonly untilByte: number | null
  readonly version: Known | null
}

/** A response head as it came. */
export type WireHead = {
  /** The first eight characters of the response: `HTTP/1.1`. */
  readonly opening: string
  readonly status: number
  /** What stands behind the status; a text for people. */
  readonly phrase: string
  /** `[name, value, …]` in Latin-1. */
  readonly fields: readonly string[]
}

/** What the head promises. `rejection` is every other status; an error document may follow. */
export type Answer =
  | {
      readonly kind: 'content'
      readonly fromByte: number
      readonly lengthBytes: number | null
      /** Bytes to come with this response; null when the head does not say. */
      readonly bodyBytes: number | null
      readonly delimited: boolean
    }
  | { readonly kind: 'not-modified' }
  /** Of an http origin: nothing follows the head. */
  | { readonly kind: 'bare'; readonly lengthBytes: number | null }
  | { readonly kind: 'rejection' }

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** RFC 9110 §5.5: visible characters, blanks, and obs-text, which is passed on as it is. */
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/
const CONTENT_RANGE = /^bytes (\d+)-(\d+)\/(\d+|\*)$/

/** Throws `origin-protocol` for a head not to be trusted, `origin-changed` for a lost race. */
export function readAnswer(head: WireHead, asked: AskedFor): Answer {
  checkHead(head)
  const framing = readFraming(head)
  const ranged = find(head.fields, 'content-range')
  if (head.status === 304) {
    if (asked.condition === null) throw improper('304 to an unconditional request')
    return { kind: 'not-modified' }
  }
  if (head.status === 206) return readPart(head, asked, framing)
  if (head.status !== 200) return { kind: 'rejection' }
  // Some gateways send a part as 200: whatever its status, what carries this field is a part.
  if (ranged !== null) throw improper(`200 with Content-Range: ${ranged}`)
  return {
    kind: 'content',
    fromByte: 0,
    lengthBytes: framing.lengthBytes,
    bodyBytes: asked.method === 'HEAD' ? 0 : framing.lengthBytes,
    delimited: framing.lengthBytes !== null || framing.chunked,
  }
}

/** Whether a status has no content, whatever its fields say (RFC 9112 §6.3). */
function isBare(status: number): boolean {
  return status === 204 || status === 304
}

/** What was asked of an http origin, as far as the answer must fit it. */
export type ForwardedAsked = {
  readonly method: string
  readonly fromByte: number
  readonly version: Known | null
}

/**
 * The same for an http origin, whose answers are its clients' business: every final status will do.
 * Only where haulout itself has asked for the rest of a body it must be just that.
 */
export function readForwarded(head: WireHead, asked: ForwardedAsked): Answer {
  checkHead(head)
  const framing = readFraming(head)
  const { lengthBytes } = framing
  if (isBare(head.status)) return { kind: 'bare', lengthBytes: null }
  if (asked.method === 'HEAD') return { kind: 'bare', lengthBytes }
  if (asked.fromByte > 0 && head.status === 206) return readPart(head, asked, framing)
  return {
    kind: 'content', fromByte: 0, lengthBytes, bodyBytes: lengthBytes,
    delimited: lengthBytes !== null || framing.chunked,
  }
}

function checkHead({ opening, status, fields }: WireHead): void {
  if (!/^HTTP\/1\.[01]$/.test(opening)) throw improper(`version ${JSON.stringify(opening)}`)
  if (status < 200 || status > 599) throw improper(`status ${status}`)
  if (fields.length > HEADER_FIELDS * 2) throw improper(`${fields.length / 2} fields`)
  for (let i = 0; i < fields.length; i += 2) {
    if (!TOKEN.test(fields[i]!)) throw improper(`field name ${JSON.stringify(fields[i])}`)
    if (!VALUE.test(fields[i + 1]!)) throw improper(`value of ${fields[i]}`)
  }
}

type Framing = { readonly lengthBytes: number | null; readonly chunked: boolean }

/** RFC 9112 §6: a length, or exactly one chunked coding, or neither; anything else is a trap. */
function readFraming({ opening, fields }: WireHead): Framing {
  const lengths = findAll(fields, 'content-length')
  const codings = findAll(fields, 'transfer-encoding')
  if (codings.length > 0) {
    if (codings.length > 1 || codings[0]!.trim().toLowerCase() !== 'chunked') {
      throw improper(`Transfer-Encoding: ${codings.join(', ')}`)
    }
    if (lengths.length > 0) throw improper('Content-Length and Transfer-Encoding')
    if (opening === 'HTTP/1.0') throw improper('Transfer-Encoding in HTTP/1.0')
    return { lengthBytes: null, chunked: true }
  }
  if (lengths.length === 0) return { lengthBytes: null, chunked: false }
  const length = Number(lengths[0])
  if (lengths.length > 1 || !/^\d+$/.test(lengths[0]!) || !Number.isSafeInteger(length)) {
    throw improper(`Content-Length: ${lengths.join(', ')}`)
  }
  return { lengthBytes: length, chunked: false }
}

type PartAsked = Pick<AskedFor, 'fromByte' | 'version'> & { readonly untilByte?: number | null }

/** A 206 is usable only if it is exactly the rest of the version that was asked for. */
function readPart(
  head: WireHead, asked: PartAsked, framing: Framing,
): Answer {
  const { fromByte, untilByte = null } = asked
  if (fromByte === 0 && untilByte === null) throw improper('206 to a request without Range')
  const text = find(head.fields, 'content-range') ?? ''
  const found = CONTENT_RANGE.exec(text)
  if (found === null) throw improper(`206 with Content-Range: ${text}`)
  const [first, last, total] = [Number(found[1]), Number(found[2]), Number(found[3])]
  const bodyBytes = last - first + 1
  if (first !== fromByte || last !== Math.min(total, untilByte ?? Infinity) - 1) {
    throw improper(`asked for bytes ${fromByte}-${untilByte ?? ''}, got ${text}`)
  }
  if (framing.lengthBytes !== null && framing.lengthBytes !== bodyBytes) {
    throw improper(`Content-Length ${framing.lengthBytes} with Content-Range: ${text}`)
  }
  const etag = find(head.fields, 'etag')
  const { version } = asked
  const otherEtag = etag !== null && version !== null && etag !== version.originEtag
  const otherLength = version !== null && version.lengthBytes !== null &&
    version.lengthBytes !== total
  if (otherEtag || otherLength) {
    throw new HauloutError('origin-changed', `the rest is of another version: ${etag} ${text}`)
  }
  // The range says where the body ends, so even one that runs to the end of the connection is
  // counted against it.
  return { kind: 'content', fromByte: first, lengthBytes: total, bodyBytes, delimited: true }
}

function improper(detail: string): HauloutError {
  return new HauloutError('origin-protocol', detail)
}
