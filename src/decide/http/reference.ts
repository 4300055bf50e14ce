/**
 * References to http resources, resolved as RFC 3986 §5.2 has it. What is hard: the `URL` of the
 * platform corrects what is wrong (backslashes, tabs, many slashes) into what looks right, and what
 * is decided by it here is thrown out of the cache; so nothing is corrected, and what is not a
 * plain http URI is none.
 */
import { hostOf } from './authority.ts'

/** An http URI in one spelling: no default port, no dot segments, no fragment. */
export type Uri = {
  readonly scheme: 'http' | 'https'
  /** Lower-case host, with the port where it is not the scheme's own. */
  readonly authority: string
  readonly path: string
  /** Null when there is none, which is not the same as an empty one. */
  readonly query: string | null
}

/** RFC 3986, appendix B. */
const PARTS = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?$/
const DEFAULT_PORTS = { http: '80', https: '443' } as const

/** An absolute http URI; null when the text is none. */
export function parseUri(text: string): Uri | null {
  const found = split(text)
  if (found === null || found.scheme === undefined || found.authority === undefined) return null
  return absolute(found.scheme, found.authority, found)
}

/** What a reference (a Location, a Content-Location) means where `base` is; null for nothing. */
export function resolve(reference: string, base: string): Uri | null {
  const from = parseUri(base)
  const found = split(reference)
  if (from === null || found === null) return null
  const { scheme, authority, path, query } = found
  if (scheme !== undefined) return authority === undefined ? null : parseUri(reference)
  if (authority !== undefined) return absolute(from.scheme, authority, found)
  if (path === '') return { ...from, query: query ?? from.query }
  const merged = path.startsWith('/') ? path : from.path.replace(/[^/]*$/, path)
  return { ...from, path: withoutDots(merged), query: query ?? null }
}

/** The path and query as they stand in a request line. */
export function originForm({ path, query }: Uri): string {
  return query === null ? path : `${path}?${query}`
}

/** Same scheme, host and port (RFC 9110 §4.3.1). */
export function sameOrigin(one: Uri, other: Uri): boolean {
  return one.scheme === other.scheme && one.authority === other.authority
}

/** Whether both name one resource, byte for byte after the one spelling. */
export function sameUri(one: Uri, text: string): boolean {
  const other = parseUri(text)
  return other !== null && sameOrigin(one, other) && originForm(one) === originForm(other)
}

type Split = {
  readonly scheme: string | undefined
  readonly authority: string | undefined
  readonly path: string
  readonly query: string | undefined
}

/** Null for what has characters that no URI has, or that readers are known to disagree on. */
function split(text: string): Split | null {
  if (!/^[!#-;=?-[\]_a-z~]*$/.test(text)) return null
  const [, scheme, authority, path, query] = PARTS.exec(text)!
  return { scheme, authority, path: path!, query }
}

function absolute(scheme: string, authority: string, { path, query }: Split): Uri | null {
  const name = scheme.toLowerCase()
  const host = hostOf(authority)
  if ((name !== 'http' && name !== 'https') || host === null) return null
  const digits = /:(\d+)$/.exec(authority)?.[1]
  const port = digits === undefined ? DEFAULT_PORTS[name] : String(Number(digits))
  return {
    scheme: name,
    authority: port === DEFAULT_PORTS[name] ? host : `${host}:${port}`,
    path: path === '' ? '/' : withoutDots(path),
    query: query ?? null,
  }
}

/** RFC 3986 §5.2.4, of a path that begins with `/`. */
function withoutDots(path: string): string {
  const kept: string[] = []
  const segments = path.slice(1).split('/')
  segments.forEach((segment, i) => {
    const last = i === segments.length - 1
    if (segment === '..') kept.pop()
    if (segment !== '..' && segment !== '.') kept.push(segment)
    else if (last) kept.push('')
  })
  return `/${kept.join('/')}`
}
