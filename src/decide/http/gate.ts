import { HEADER_FIELDS } from '../../limits.ts'
import { emptyHead, type Exchange, type RequestHead } from '../../model/exchange.ts'
import type { Reason, Refusal } from '../../model/outcome.ts'
import { isToken } from './headers.ts'

/**
 * The first look at a request: version, method, one Host, framing, and the fields that the line
 * looks at picked into `x.head`. Gives the Refusal, or null when the request may go on. What the
 * Host says is read, and refused, by `normalize`: reading it twice would cost as much as the gate.
 *
 * What is hard is to be both the strictest reader and the fastest. node:http lets a good deal pass
 * (the first of two Hosts wins; `gzip, chunked` is de-chunked; HTTP/0.9 has bodies), so the gate
 * trusts only the raw list. It reads that once, and for most fields looks at nothing but the length
 * of the name and its first character. Every refusal closes the connection: what follows on it
 * cannot be told from a smuggled request (RFC 9112 §6.3, §11.2).
 */
export function gate(x: Exchange): Refusal | null {
  if (x.version !== '1.1' && x.version !== '1.0') {
    return no(x.version === '0.9' ? 400 : 505, 'bad-request-line')
  }
  if (x.method !== 'GET' && x.method !== 'HEAD' && !isToken(x.method)) {
    return no(400, 'bad-request-line')
  }
  if (x.fields.length > 2 * HEADER_FIELDS) return no(431, 'bad-header')
  const reason = pick(x.fields, x.head)
  if (reason !== null) return no(400, reason)
  const { host, contentLength, transferEncoding, expect } = x.head
  if (host === null && x.version === '1.1') return no(400, 'bad-host')
  if (transferEncoding !== null || contentLength !== null) {
    const refusal = refuseFraming(x)
    if (refusal !== null) return refusal
  }
  // Whether a 100 is sent is not decided here: RFC 9110 §10.1.1 forbids it towards HTTP/1.0, and a
  // body that is refused needs none.
  if (expect !== null && expect.toLowerCase() !== '100-continue') {
    return no(417, 'expectation-failed')
  }
  return null
}

/**
 * Refuses a body: object routes are read-only. Called once the route is known, so that a method the
 * route does not allow gets its 405 rather than this.
 */
export function refuseBody(x: Exchange): Refusal | null {
  return hasBody(x.head) ? no(413, 'body-not-allowed') : null
}

/** Whether a body follows the head (RFC 9112 §6.3). The gate has seen to its framing. */
export function hasBody({ contentLength, transferEncoding }: RequestHead): boolean {
  return transferEncoding !== null || (contentLength !== null && Number(contentLength) > 0)
}

function no(status: number, reason: Reason): Refusal {
  return { status, reason, close: true }
}

/** The head in fields that the gate has let through before, or that rules have changed since. */
export function headOf(fields: readonly string[]): RequestHead {
  const head = emptyHead()
  pick(fields, head)
  return head
}

/** Fills the head; a Reason when a field that may stand once stands twice. */
function pick(fields: readonly string[], head: RequestHead): Reason | null {
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i]!
    const value = fields[i + 1]!
    switch (name.length) {
      case 4:
        if (!is(name, 'Host', 'host')) break
        if (head.host !== null) return 'bad-host'
        head.host = value
        break
      case 5:
        if (!is(name, 'Range', 'range')) break
        if (head.range !== null) return 'bad-header'
        head.range = value
        break
      case 6:
        if (is(name, 'Expect', 'expect')) head.expect = joined(head.expect, value)
        else if (is(name, 'Origin', 'origin')) {
          if (head.origin !== null) return 'bad-header'
          head.origin = value
        }
        break
      case 7:
        if (is(name, 'Referer', 'referer')) head.referer ??= value
        break
      case 8:
        if (is(name, 'If-Match', 'if-match')) head.ifMatch = joined(head.ifMatch, value)
        else if (is(name, 'If-Range', 'if-range')) {
          if (head.ifRange !== null) return 'bad-header'
          head.ifRange = value
        }
        break
      case 10:
        if (is(name, 'User-Agent', 'user-agent')) head.userAgent ??= value
        break
      case 13:
        if (is(name, 'If-None-Match', 'if-none-match')) {
          head.ifNoneMatch = joined(head.ifNoneMatch, value)
        } else if (is(name, 'Authorization', 'authorization')) {
          if (head.authorization !== null) return 'bad-header'
          head.authorization = value
        }
        break
      case 14:
        if (!is(name, 'Content-Length', 'content-length')) break
        if (head.contentLength !== null) return 'bad-framing'
        head.contentLength = value
        break
      case 15:
        if (is(name, 'X-Forwarded-For', 'x-forwarded-for')) {
          head.forwardedFor = joined(head.forwardedFor, value)
        }
        break
      case 17:
        if (is(name, 'If-Modified-Since', 'if-modified-since')) {
          if (head.ifModifiedSince !== null) return 'bad-header'
          head.ifModifiedSince = value
        } else if (is(name, 'Transfer-Encoding', 'transfer-encoding')) {
          if (head.transferEncoding !== null) return 'bad-framing'
          head.transferEncoding = value
        }
        break
      case 19:
        if (!is(name, 'If-Unmodified-Since', 'if-unmodified-since')) break
        if (head.ifUnmodifiedSince !== null) return 'bad-header'
        head.ifUnmodifiedSince = value
        break
      default:
    }
  }
  return null
}

/** Field names are compared without case; the two usual spellings need no new string. */
function is(name: string, usual: string, lower: string): boolean {
  // Setting bit 5 lowers a letter; a name that begins otherwise is most often another field.
  if ((name.charCodeAt(0) | 0x20) !== lower.charCodeAt(0)) return false
  return name === usual || name === lower || name.toLowerCase() === lower
}

/** Lines of a list-valued field are one list (RFC 9110 §5.3). */
function joined(before: string | null, value: string): string {
  return before === null ? value : `${before}, ${value}`
}

function refuseFraming(x: Exchange): Refusal | null {
  const { contentLength, transferEncoding } = x.head
  if (contentLength !== null && !/^\d{1,15}$/.test(contentLength)) return no(400, 'bad-framing')
  if (transferEncoding === null) return null
  // Both together are how requests are smuggled; in 1.0 there is no such field (RFC 9112 §6.1).
  if (contentLength !== null || x.version === '1.0') return no(400, 'bad-framing')
  if (transferEncoding.toLowerCase() === 'chunked') return null
  // RFC 9112 §6.3: a body that does not end chunked has no known end, 400; one that does, below a
  // coding not spoken here, is 501 (§6.1). Chunked twice, or in quotes, is nonsense.
  const codings = transferEncoding.split(',').map((coding) => coding.trim().toLowerCase())
  const last = codings.pop()
  const unknown = last === 'chunked' && codings.every((c) => isToken(c) && c !== 'chunked')
  return no(unknown ? 501 : 400, 'bad-framing')
}
