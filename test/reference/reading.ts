/**
 * What RFC 9111 says of one response or request by itself: its age, its freshness, whether it may
 * be stored. Where the RFC leaves room, it is read as haulout reads it; such places say "choice".
 */
import {
  directivesOf, instant, seconds, targetedOf, valuesOf, without, type Directive, type Field,
} from './fields.ts'

export type Request = { method: string; path: string; fields: readonly Field[] }
export type Response = { id: number; status: number; fields: readonly Field[] }
export type Times = { askedAt: number; answeredAt: number }

/** What the operator says; seconds. */
export type Wishes = { ttl: number | null; grace: number; keep: number }

export type Stored = {
  id: number
  path: string
  request: readonly Field[]
  status: number
  fields: readonly Field[]
  times: Times
}

export const HOST = 'planet.example.org'
const CACHEABLE = [200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501]
const KNOWN = new Set([
  ...CACHEABLE, 201, 202, 205, 302, 303, 304, 305, 307, 400, 401, 402, 403, 406, 407, 408, 409, 411,
  412, 413, 415, 416, 417, 421, 422, 426, 428, 429, 431, 500, 502, 503, 504, 505, 511,
])
/** Between two neighbours only (9110, 7.6.1). */
export const HOP = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']

/** The directives for this cache: of the targeted field if it is valid (RFC 9213), or the usual. */
export function directivesFor(fields: readonly Field[]): { targeted: boolean; all: Directive[] } {
  const targeted = targetedOf(valuesOf(fields, 'cdn-cache-control'))
  if (targeted !== null) return { targeted: true, all: targeted }
  return { targeted: false, all: directivesOf(valuesOf(fields, 'cache-control')) }
}

export function has(all: readonly Directive[], name: string): boolean {
  return all.some((one) => one.name === name)
}

/** What allows something must be written well, each time (choice: the safe side). */
function allows(all: readonly Directive[], name: string): boolean {
  return has(all, name) && all.filter((one) => one.name === name)
    .every((one) => one.fine && one.argument === undefined)
}

/** The seconds of a directive, undefined if it is not there, 0 for nonsense. */
export function numbers(all: readonly Directive[], name: string): number[] {
  return all.filter((one) => one.name === name)
    .map((one) => (one.fine ? seconds(one.argument) : undefined) ?? 0)
}

/** 4.2.1: given twice with different values, it is stale (choice among two). */
function freshnessOf(all: readonly Directive[], name: string): number | undefined {
  const found = numbers(all, name)
  if (found.length === 0) return undefined
  return new Set(found).size === 1 ? found[0] : 0
}

/** The names in `private="…"` or `no-cache="…"`; null when the directive is about everything. */
export function named(all: readonly Directive[], name: string): string[] | null {
  const names: string[] = []
  for (const one of all.filter((other) => other.name === name)) {
    const listed = (one.argument ?? '').split(',').map((part) => part.trim().toLowerCase())
      .filter((part) => part !== '')
    if (!one.fine || listed.length === 0 || listed.some((part) => /[^a-z-]/.test(part))) return null
    names.push(...listed)
  }
  return names
}

type Whole = { request: readonly Field[]; status: number; fields: readonly Field[]; times: Times }

/** The value of Date, the oldest of several (choice), or the time of receipt. */
export function dateOf({ fields, times }: Whole): number {
  const dates = valuesOf(fields, 'date').map(instant).filter((at) => at !== undefined)
  return dates.length === 0 ? times.answeredAt : Math.min(...dates)
}

/** 4.2.1, in seconds; undefined when nothing is said. */
function explicitLifetime(whole: Whole): number | undefined {
  const { targeted, all } = directivesFor(whole.fields)
  const said = freshnessOf(all, 's-maxage') ?? freshnessOf(all, 'max-age')
  if (said !== undefined) return said
  const expires = targeted ? [] : valuesOf(whole.fields, 'expires')
  if (expires.length === 0) return undefined
  const at = new Set(expires).size === 1 ? instant(expires[0]) : undefined
  return at === undefined ? 0 : Math.max(0, (at - dateOf(whole)) / 1000)
}

/** 4.2, in seconds. */
export function lifetime(whole: Whole, wishes: Wishes): number {
  const explicit = explicitLifetime(whole)
  if (explicit !== undefined) return explicit
  const isOpen = allows(directivesFor(whole.fields).all, 'public')
  if (!CACHEABLE.includes(whole.status) && !isOpen) return 0
  if (wishes.ttl !== null) return wishes.ttl
  // 4.2.2: a tenth of the time since the last change, at most a day (choice).
  const modified = valuesOf(whole.fields, 'last-modified')
  const at = modified.length === 1 ? instant(modified[0]) : undefined
  if (at === undefined) return 0
  const tenth = Math.floor(Math.max(0, dateOf(whole) - at) / 10)
  return Math.min(tenth, 86_400_000) / 1000
}

/** 4.2.3, word by word, in seconds. */
export function currentAge(whole: Whole, now: number): number {
  const ageLine = valuesOf(whole.fields, 'age').join(',').split(',')[0]
  const ageValue = seconds(ageLine?.trim()) ?? 0
  const apparentAge = Math.max(0, (whole.times.answeredAt - dateOf(whole)) / 1000)
  const responseDelay = (whole.times.answeredAt - whole.times.askedAt) / 1000
  const correctedAgeValue = ageValue + responseDelay
  const correctedInitialAge = Math.max(apparentAge, correctedAgeValue)
  const residentTime = (now - whole.times.answeredAt) / 1000
  return correctedInitialAge + residentTime
}

/** Section 3, clause by clause; and whether storing it would be of any use (choice). */
export function maybeStored(method: string, path: string, whole: Whole, wishes: Wishes): boolean {
  const { request, status, fields } = whole
  const { targeted, all } = directivesFor(fields)
  const explicit = has(all, 'max-age') || has(all, 's-maxage') ||
    (!targeted && valuesOf(fields, 'expires').length > 0)
  const location = valuesOf(fields, 'content-location')
  const ownContent = explicit && status === 200 && location.length === 1 &&
    (location[0] === path || location[0] === `http://${HOST}${path}`)
  if (method !== 'GET' && !(method === 'POST' && ownContent)) return false
  if (status < 200 || status > 599 || status === 304 || status === 206) return false
  if (has(all, 'must-understand') && !KNOWN.has(status)) return false
  if (has(all, 'no-store') && !allows(all, 'must-understand')) return false
  if (has(directivesOf(valuesOf(request, 'cache-control')), 'no-store')) return false
  if (named(all, 'private') === null) return false
  const shares = allows(all, 'public') || allows(all, 'must-revalidate') ||
    (freshnessOf(all, 's-maxage') ?? 0) > 0
  if (valuesOf(request, 'authorization').length > 0 && !shares) return false
  if (nominated(fields) === null) return false
  if (!explicit && !allows(all, 'public') && !CACHEABLE.includes(status)) return false
  const withheld = [...(named(all, 'private') ?? []), ...(named(all, 'no-cache') ?? [])]
  if (valuesOf(fields, 'set-cookie').length > 0 && !withheld.includes('set-cookie')) return false
  const validators = [...valuesOf(fields, 'etag'), ...valuesOf(fields, 'last-modified')]
  if (validators.length > 0) return true
  if (named(all, 'no-cache') === null) return false
  const windows = [...numbers(all, 'stale-while-revalidate'), ...numbers(all, 'stale-if-error')]
  const longest = Math.max(0, ...['stale-while-revalidate', 'stale-if-error'].map((name) =>
    (has(all, name) ? Math.min(...numbers(all, name)) : 0)))
  const reach = lifetime(whole, wishes) + (windows.length === 0 ? 0 : longest)
  return reach > currentAge(whole, whole.times.answeredAt)
}

/** What Vary nominates; null when nothing can ever match. */
export function nominated(fields: readonly Field[]): string[] | null {
  const members = valuesOf(fields, 'vary').flatMap((line) => line.split(','))
    .map((one) => one.trim().toLowerCase()).filter((one) => one !== '')
  return members.some((one) => !/^[a-z-]+$/.test(one)) ? null : [...new Set(members)].sort()
}

/** 3.1, and what is not for others. */
export function keptFields(fields: readonly Field[]): Field[] {
  const { all } = directivesFor(fields)
  const options = valuesOf(fields, 'connection').join(',').toLowerCase().split(',')
    .map((one) => one.trim())
  const withheld = [...(named(all, 'private') ?? []), ...(named(all, 'no-cache') ?? [])]
  return without(fields, [...HOP, ...options, ...withheld, 'set-cookie'])
}

export function requestDirectives({ fields }: Request): Directive[] {
  const lines = valuesOf(fields, 'cache-control')
  if (lines.length > 0) return directivesOf(lines)
  // 5.4
  return directivesOf(valuesOf(fields, 'pragma')).filter((one) => one.name === 'no-cache')
}

/** 5.2.2.2, 5.2.2.8, 5.2.2.10 */
export function isNeverStale(all: readonly Directive[]): boolean {
  return has(all, 'must-revalidate') || has(all, 'proxy-revalidate') || has(all, 's-maxage')
}

/** Nonsense cannot be met (choice). */
export function minFreshes(asked: readonly Directive[]): number[] {
  return asked.filter((one) => one.name === 'min-fresh')
    .map((one) => (one.fine ? seconds(one.argument) : undefined) ?? Infinity)
}

export function maxStale(asked: readonly Directive[]): number {
  return Math.min(...asked.filter((one) => one.name === 'max-stale').map((one) => {
    if (!one.fine) return 0
    return one.argument === undefined ? Infinity : seconds(one.argument) ?? 0
  }))
}

/** To allow no staleness is not to allow any, even on the very instant (choice). */
export function isWithin(staleness: number, allowed: number): boolean {
  return allowed > 0 && staleness <= allowed
}

/** How much a client likes the language of a response. */
export function liking(one: Stored, wanted: ReadonlyArray<readonly [string, number]>): number {
  if (wanted.length === 0) return 0
  const languages = valuesOf(one.fields, 'content-language').join(',').toLowerCase().split(',')
    .map((language) => language.trim()).filter((language) => language !== '')
  return Math.max(0, ...languages.map((language) => {
    const fitting = wanted.filter(([range]) => range === '*' || language === range ||
      language.startsWith(`${range}-`))
    return fitting.sort(([a], [b]) => b.length - a.length)[0]?.[1] ?? 0
  }))
}
