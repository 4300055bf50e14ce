/**
 * Random exchanges, from a seed: few resources and many collisions, so that what is stored is met
 * again, in every state. Half of what is said is what origins say, the rest what they should not.
 */
import type { Field } from './fields.ts'
import { HOST, type Request, type Response } from './reading.ts'

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export type Exchanges = {
  request(): Request
  /** Of the origin, at that time; `known` is whether it was asked about something. */
  response(id: number, at: number, known: boolean): Response
  /** Ms to the next thing that happens: quarters of a second. */
  pause(): number
  delay(): number
}

const PATHS = ['/a', '/b', '/c']
const ASKS = [
  'no-cache', 'no-store', 'only-if-cached', 'max-age=0', 'max-age=10', 'max-age=60', 'min-fresh=5',
  'min-fresh=30', 'max-stale', 'max-stale=10', 'max-stale=100', 'stale-if-error=100', 'max-age=x',
  'min-fresh=x', 'max-stale=x', 'foo', 'max-stale=0', 'max-age="10"', 'max-age =10',
]
const SAYS = [
  'max-age=0', 'max-age=10', 'max-age=60', 'max-age=60', 'max-age=600', 's-maxage=20',
  's-maxage=0', 'no-cache', 'no-store', 'private', 'public', 'public', 'must-revalidate',
  'proxy-revalidate', 'must-understand', 'stale-while-revalidate=30', 'stale-if-error=30',
  'stale-if-error=0',
  'private="x-user"', 'no-cache="x-user, set-cookie"', 'no-cache="', 'private=', 'max-age=x',
  'max-age="60"', 'max-age=-1', 'max-age= 60', 'MAX-AGE=60', 'maxage=60',
  'foo="max-age=1, no-store"', 'foo="bar', 'no-store=1', 'public=1', 'must-understand=1',
  'max-age=99999999999', 'a="b"c',   'stale-while-revalidate=x', 'immutable', 'no-transform',
]
const TARGETED = [
  'max-age=60', 'max-age=10, stale-while-revalidate=30', 'no-store', 'private', 'max-age="60"',
  'max-age=60, &', 'MAX-AGE=60', '', 'public', 's-maxage=60', 'no-cache', 'max-age=-5',
  'no-store=?0', 'private="x-user", max-age=60', 'max-age=60,',
]
const STATUSES = [
  200, 200, 200, 200, 200, 200, 203, 204, 301, 302, 307, 404, 404, 410, 206, 499, 500, 503, 503,
  101,
]
const VARIES = [
  'Accept-Encoding', 'accept-language', 'X-A', 'Accept-Encoding, X-A', '*', 'X-A,, x-a', 'a b',
]

/** As fields have it: whole seconds. */
function date(at: number): string {
  return new Date(Math.floor(at / 1000) * 1000).toUTCString()
}

export function exchanges(seed: number): Exchanges {
  const next = chance(seed)
  const maybe = (share: number) => next() < share
  const pick = <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)]!
  const some = (all: readonly string[]) => {
    const found = Array.from({ length: 1 + Math.floor(next() * 3) }, () => pick(all))
    return found.join(pick([', ', ',', ' , ']))
  }

  function request(): Request {
    const fields: Field[] = []
    const add = (share: number, name: string, value: () => string) => {
      if (maybe(share)) fields.push([name, value()])
    }
    add(0.5, 'Accept-Encoding', () => pick(['gzip', 'br, gzip', 'gzip,br', 'GZIP', 'x-gzip;q=1.0']))
    add(0.4, 'Accept-Language', () => pick(['de', 'en', 'de, en;q=0.5', 'en;q=0.5,DE', '*;q=0.1']))
    add(0.3, 'X-A', () => pick(['1', '2']))
    add(0.05, 'x-a', () => '1')
    add(0.25, 'Cache-Control', () => some(ASKS))
    add(0.02, 'Cache-Control', () => some(ASKS))
    add(0.05, 'Pragma', () => pick(['no-cache', 'x']))
    add(0.08, 'Authorization', () => 'Basic eDp5')
    const method = maybe(0.85) ? 'GET' : pick(['HEAD', 'HEAD', 'POST', 'PUT', 'FOO', 'OPTIONS'])
    return { method, path: pick(PATHS), fields }
  }

  function response(id: number, at: number, known: boolean): Response {
    const status = known && maybe(0.6) ? 304 : pick(STATUSES)
    const fields: Field[] = []
    const add = (share: number, name: string, value: () => string) => {
      if (maybe(share)) fields.push([name, value()])
    }
    const later = () => date(at + pick([-60_000, 0, 10_000, 60_000, 600_000]))
    const older = () => date(at - pick([0, 10_000, 600_000, 6_000_000, 10 * 86_400_000]))
    const odd = () => pick([date(at - 30_000), date(at + 30_000), 'x'])
    add(0.9, 'Date', () => (maybe(0.9) ? date(at) : odd()))
    add(0.02, 'Date', () => date(at - 5000))
    add(0.7, 'Cache-Control', () => some(SAYS))
    add(0.1, 'cache-control', () => some(SAYS))
    add(0.1, 'CDN-Cache-Control', () => pick(TARGETED))
    add(0.25, 'Expires', () => (maybe(0.8) ? later() : pick(['0', '-1', 'x', ''])))
    add(0.03, 'Expires', later)
    add(0.2, 'Age', () => pick(['0', '5', '30', '30, 60', 'x', '-1', '99999999999', '']))
    add(0.5, 'ETag', () => pick(['"a"', '"a"', '"b"', 'W/"a"', 'W/"b"']))
    add(0.4, 'Last-Modified', () => (maybe(0.5) ? older() : 'Sun, 06 Nov 1994 08:49:37 GMT'))
    add(0.35, 'Vary', () => pick(VARIES))
    add(0.2, 'Content-Language', () => pick(['de', 'en', 'en-GB', 'de, fr']))
    add(0.06, 'Set-Cookie', () => 'a=b')
    add(0.2, 'X-User', () => `user ${id}`)
    add(0.1, 'Connection', () => pick(['X-User', 'close', 'x-user, keep-alive']))
    add(0.3, 'Content-Length', () => pick(['10', '20']))
    add(0.3, 'X-Version', () => `${id}`)
    add(0.1, 'Location', () => pick(['/a', '/b', `http://${HOST}/c`, 'http://other.example/a']))
    add(0.1, 'Content-Location', () => pick(['/a', `http://${HOST}/b`, '//other.example/c']))
    return { id, status, fields }
  }

  return {
    request, response,
    pause: () => (maybe(0.1) ? 250 * Math.floor(next() * 4000) : 250 * Math.floor(next() * 60)),
    delay: () => 250 * Math.floor(next() * 4),
  }
}
