import { TARGET_BYTES } from '../../limits.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { Refusal } from '../../model/outcome.ts'
import { hostOf } from './authority.ts'

/** Classes of the characters of a path. `%` is plain: what it stands for is seen after decoding. */
const PLAIN = 0
const SLASH = 1
const QUERY = 2
const BAD = 3
const CLASS = classes()

/**
 * Reads the request target (RFC 9112 §3.2) into `x.target`: the host, the path decoded exactly once,
 * the raw query. Gives the Refusal, or null. Needs `x.head`, so the gate comes first.
 *
 * What is hard: key, rule and upstream derive from this one reading, so whatever another reader
 * could see differently must not get through. `new URL` takes `//evil/` for a host, resolves
 * `%2e%2e` and removes tabs; here dot and empty segments, encoded separators, `#`, `\`, controls,
 * and UTF-8 that is not the one right form are 400 in every spelling. The asterisk of `OPTIONS *` is
 * the only path that does not begin with `/`.
 */
export function normalize(x: Exchange): Refusal | null {
  const url = x.url
  if (url.length > TARGET_BYTES) return { status: 414, reason: 'target-too-long', close: true }
  let host = x.head.host === null ? '' : hostOf(x.head.host)
  if (host === null) return { status: 400, reason: 'bad-host', close: true }
  let from = 0
  if (url.charCodeAt(0) !== 0x2f) {
    if (url === '*' && x.method === 'OPTIONS') {
      x.target = { host, path: '*', query: '' }
      return null
    }
    const scheme = /^https?:\/\//i.exec(url)
    if (scheme === null) return badTarget()
    from = endOfAuthority(url, scheme[0].length)
    // The target's authority wins over the Host field (RFC 9112 §3.2.2).
    host = hostOf(url.slice(scheme[0].length, from))
    if (host === null) return badTarget()
  }
  return cut(x, host, from)
}

function badTarget(): Refusal {
  return { status: 400, reason: 'bad-target', close: true }
}

function endOfAuthority(url: string, from: number): number {
  for (let i = from; i < url.length; i++) {
    const code = url.charCodeAt(i)
    if (code === 0x2f || code === 0x3f) return i
  }
  return url.length
}

/** Cuts `/path?query` at `from`; an empty path, as in `http://a?b`, is `/` (RFC 9110 §4.2.3). */
function cut(x: Exchange, host: string, from: number): Refusal | null {
  const url = x.url
  const end = endOfPath(url, from)
  if (end < 0) return badTarget()
  let path: string | null = '/'
  if (end > from) path = end === url.length && from === 0 ? url : url.slice(from, end)
  if (path.includes('%')) path = decode(path)
  if (path === null) return badTarget()
  const query = end < url.length ? url.slice(end + 1) : ''
  // Visible ASCII without `#`, which ends a query and never belongs on the wire.
  if (query !== '' && !/^[!"$-~]*$/.test(query)) return badTarget()
  x.target = { host, path, query }
  return null
}

/** Walks the path once, before decoding. Gives where it ends, -1 when it is bad. */
function endOfPath(url: string, from: number): number {
  if (url.charCodeAt(from) !== 0x2f) return from
  let start = from + 1
  let i = start
  for (; i < url.length; i++) {
    const code = url.charCodeAt(i)
    const kind = code < 128 ? CLASS[code]! : BAD
    if (kind === PLAIN) continue
    if (kind === QUERY) break
    if (kind === BAD || i === start || isDotSegment(url, start, i)) return -1
    start = i + 1
  }
  return isDotSegment(url, start, i) ? -1 : i
}

/** `.` and `..`, also before `;`, where Java servers end a segment. */
function isDotSegment(text: string, start: number, end: number): boolean {
  if (text.charCodeAt(start) !== 0x2e || start >= end) return false
  const next = start + 1 < end && text.charCodeAt(start + 1) === 0x2e ? start + 2 : start + 1
  return next === end || text.charCodeAt(next) === 0x3b
}

/**
 * Decodes a path exactly once; null when its escapes are not UTF-8 or hide something: a separator,
 * a control, a dot segment; or when a second decoding would find one of those (`%252f`).
 */
function decode(path: string): string | null {
  if (/%(?![0-9a-f]{2})|%2f|%5c/i.test(path)) return null
  let decoded
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return null
  }
  // oxlint-disable-next-line no-control-regex
  if (/[\0-\x1f\x7f-\x9f]|%(?:25)*(?:2f|2e|5c|00)/i.test(decoded)) return null
  for (const segment of decoded.split('/')) {
    if (isDotSegment(segment, 0, segment.length)) return null
  }
  return decoded
}

function classes(): Uint8Array {
  const table = new Uint8Array(128)
  table.fill(BAD, 0, 0x21)
  table[0x7f] = BAD
  table[0x23] = BAD
  table[0x5c] = BAD
  table[0x2f] = SLASH
  table[0x3f] = QUERY
  return table
}
