import { TARGET_BYTES } from '../../limits.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { Refusal } from '../../model/outcome.ts'
import { hostOf } from './authority.ts'

/** What nearly all paths look like: nothing to decode, nothing to suspect, told by one pass. */
const PLAIN = /^(?:\/[\w~+-][\w.~+-]*)+$/
/** Anything but visible ASCII, and `#`, which never belongs on the wire (RFC 9112 §3.2). */
const FORBIDDEN = /[^!"$-~]/

/**
 * Reads the request target (RFC 9112 §3.2) into `x.target`: the host, the path decoded exactly
 * once, the raw query. Gives the Refusal, or null. Needs `x.head`, so the gate comes first.
 *
 * What is hard: key, rule and upstream derive from this one reading, so whatever another reader
 * could see differently must not get through. `new URL` takes `//evil/` for a host, resolves
 * `%2e%2e` and removes tabs; here dot and empty segments, encoded separators, `#`, `\`, controls,
 * and UTF-8 that is not the one right form are 400 in every spelling. The asterisk of `OPTIONS *`
 * is the only path that does not begin with `/`.
 */
export function normalize(x: Exchange): Refusal | null {
  const url = x.url
  if (url.length > TARGET_BYTES) return { status: 414, reason: 'target-too-long', close: true }
  // A Host that is malformed is refused even where the target's own authority wins over it.
  let host = x.head.host === null ? '' : hostOf(x.head.host)
  if (host === null) return { status: 400, reason: 'bad-host', close: true }
  let from = 0
  if (url.charCodeAt(0) !== 0x2f && url !== '*') {
    const authority = /^https?:\/\/([^/?]*)/i.exec(url)
    if (authority === null) return badTarget()
    from = authority[0].length
    host = hostOf(authority[1]!)
    if (host === null) return badTarget()
  }
  const mark = url.indexOf('?', from)
  const raw = url.slice(from, mark < 0 ? url.length : mark)
  const query = mark < 0 ? '' : url.slice(mark + 1)
  const path = PLAIN.test(raw) ? raw : decode(raw, x.method)
  if (path === null || (mark >= 0 && FORBIDDEN.test(query))) return badTarget()
  x.target = { host, path, raw: raw === '' ? path : raw, query }
  return null
}

function badTarget(): Refusal {
  return { status: 400, reason: 'bad-target', close: true }
}

/**
 * Decodes a path exactly once; null when it is malformed or hides something: a separator, a
 * control, a dot segment, or anything that would turn into one if it were decoded again (`%252f`).
 */
function decode(raw: string, method: string): string | null {
  if (raw === '*') return method === 'OPTIONS' ? raw : null
  // The empty path of `http://host` is `/` (RFC 9110 §4.2.3).
  if (raw === '') return '/'
  if (FORBIDDEN.test(raw) || /\\|%(?![0-9a-f]{2})|%2f|%5c/i.test(raw)) return null
  let path
  try {
    path = decodeURIComponent(raw)
  } catch {
    return null
  }
  if (/\p{Cc}|%(?:25)*(?:2f|2e|5c|00)/iu.test(path)) return null
  const segments = path.split('/')
  const isBad = (segment: string, i: number) =>
    isDots(segment) || (segment === '' && i > 0 && i < segments.length - 1)
  return segments.some(isBad) ? null : path
}

/** `.` and `..`, also before `;`, where Java servers end a segment. */
function isDots(segment: string): boolean {
  return /^\.\.?(?:;|$)/.test(segment)
}
