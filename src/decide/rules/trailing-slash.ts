import type { Exchange } from '../../model/exchange.ts'
import type { Redirection, TrailingSlash } from '../../model/policy.ts'
import { encodePath } from './template.ts'

/**
 * Where a request is sent whose path is to end otherwise: with a `/`, unless its last segment has a
 * dot and so looks like a file, or without. Null when it is as the route wants it. The path is the
 * normalised one, encoded anew, and the query as it came, so both mean what they did.
 *
 * What is hard about it: browsers take `//host` and `/\host` for another host (RFC 3986 §4.2, and
 * the URL standard), and a path that can be made to begin so is an open redirect. The normalised
 * path has no empty segment but at its end, and no backslash; and encoded it holds nothing but
 * unreserved characters, `%` and `/`. The path `/` itself is never touched.
 */
export function slashed(x: Exchange, wanted: TrailingSlash): Redirection | null {
  const { path, query } = x.target
  const ends = path.endsWith('/')
  if (path === '/' || path === '*' || wanted === 'keep' || ends === (wanted === 'add')) return null
  if (!ends && path.includes('.', path.lastIndexOf('/'))) return null
  const other = ends ? path.slice(0, -1) : `${path}/`
  const location = encodePath(other) + (query === '' ? '' : `?${query}`)
  return { kind: 'redirect', status: statusFor(x.method), location }
}

/** 301 is known to every client; but only 308 keeps other methods as they are (RFC 9110 §15.4). */
function statusFor(method: string): number {
  return method === 'GET' || method === 'HEAD' ? 301 : 308
}
