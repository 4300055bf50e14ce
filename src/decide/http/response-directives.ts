import { deltaMs, parseCacheControl, parseTargeted, type Directive } from './cache-control.ts'
import { findAll, isToken } from './headers.ts'

/** What an origin's cache directives say to a shared cache. Durations in ms, -1 where unsaid. */
export type Said = {
  /** Whether a targeted field said it; then Cache-Control and Expires have no say (RFC 9213). */
  readonly targeted: boolean
  readonly noStore: boolean
  readonly noCache: boolean
  readonly isPrivate: boolean
  readonly isPublic: boolean
  readonly mustUnderstand: boolean
  /** `must-revalidate`, `proxy-revalidate` or `s-maxage`. */
  readonly neverStale: boolean
  /** `must-revalidate`, `public` or `s-maxage`: what Authorization needs (§3.5). */
  readonly sharesAuthorized: boolean
  readonly sharedMaxAgeMs: number
  readonly maxAgeMs: number
  readonly whileRevalidateMs: number
  readonly ifErrorMs: number
  /** Lower-case fields named by `private` and `no-cache`. */
  readonly withheld: readonly string[]
}

/** The fields that are meant for us, most closely first (RFC 9213 §2.2). */
const TARGETS = ['haulout-cache-control', 'cdn-cache-control']

/**
 * Reads what a response says to caches (RFC 9111 §5.2.2, RFC 5861). What is hard is contradiction
 * (§4.2.1): the more restrictive directive is the one that counts, and freshness that is given
 * twice, or in nonsense, is none. What it does not know it ignores (§5.2.3).
 */
export function responseDirectives(fields: readonly string[]): Said {
  for (const target of TARGETS) {
    const lines = findAll(fields, target)
    const directives = lines.length === 0 ? null : parseTargeted(lines.join(', '))
    if (directives !== null) return read(directives, true)
  }
  return read(parseCacheControl(findAll(fields, 'cache-control')), false)
}

function read(directives: readonly Directive[], targeted: boolean): Said {
  const has = (name: string) => directives.some((one) => one.name === name)
  // What allows something has to be written properly, each time.
  const allows = (name: string) => has(name) &&
    directives.every((one) => one.name !== name || (one.valid && one.argument === null))
  const qualifiedNoCache = namedFields(directives, 'no-cache')
  const qualifiedPrivate = namedFields(directives, 'private')
  const sharedMaxAgeMs = freshness(directives, 's-maxage')
  const mustRevalidate = has('must-revalidate')
  const isPublic = allows('public')
  return {
    targeted,
    // §5.2.2.3: must-understand takes the place of no-store where both are there, since it forbids
    // by itself what is not understood.
    noStore: has('no-store') && !allows('must-understand'),
    noCache: qualifiedNoCache === 'all',
    isPrivate: qualifiedPrivate === 'all',
    isPublic,
    mustUnderstand: has('must-understand'),
    // §5.2.2.2, §5.2.2.8; s-maxage says proxy-revalidate as well (§5.2.2.10).
    neverStale: mustRevalidate || has('proxy-revalidate') || has('s-maxage'),
    // §3.5
    sharesAuthorized: isPublic || allows('must-revalidate') || sharedMaxAgeMs > 0,
    sharedMaxAgeMs,
    maxAgeMs: freshness(directives, 'max-age'),
    whileRevalidateMs: window(directives, 'stale-while-revalidate'),
    ifErrorMs: window(directives, 'stale-if-error'),
    withheld: [
      ...(qualifiedNoCache === 'all' ? [] : qualifiedNoCache),
      ...(qualifiedPrivate === 'all' ? [] : qualifiedPrivate),
    ],
  }
}

/**
 * The fields that `no-cache` or `private` is about (§5.2.2.4, §5.2.2.7): lower case, none when the
 * directive is not there; `all` when it stands without names, or with anything that is none.
 */
function namedFields(directives: readonly Directive[], name: string): readonly string[] | 'all' {
  const names: string[] = []
  for (const { name: other, argument, valid } of directives) {
    if (other !== name) continue
    const listed = (argument ?? '').split(',').map((one) => one.trim()).filter((one) => one !== '')
    if (!valid || listed.length === 0 || !listed.every(isToken)) return 'all'
    names.push(...listed.map((one) => one.toLowerCase()))
  }
  return names
}

/** A lifetime: 0 (stale) when it is nonsense or given with different values (§4.2.1). */
function freshness(directives: readonly Directive[], name: string): number {
  const values = valuesOf(directives, name)
  if (values.length === 0) return -1
  return values.every((one) => one === values[0]) ? values[0]! : 0
}

/** A window for staleness: the narrowest that is given, none when one is nonsense. */
function window(directives: readonly Directive[], name: string): number {
  const values = valuesOf(directives, name)
  return values.length === 0 ? -1 : Math.min(...values)
}

/** In ms; what cannot be read is 0. */
function valuesOf(directives: readonly Directive[], name: string): number[] {
  return directives.filter((one) => one.name === name)
    .map(({ argument, valid }) => (valid ? deltaMs(argument) : null) ?? 0)
}
