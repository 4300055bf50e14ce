/**
 * What pages of other origins may do, by the Fetch standard (fetch.spec.whatwg.org, "CORS
 * protocol"). Nothing is kept from anybody here: a browser keeps an answer from the page that asked
 * for it, unless the answer permits it.
 *
 * What is hard about it is caches. An answer that depends on who asked must say so also to those
 * who did not ask from a page (`Vary: Origin`), or a cache downstream gives one page's permission,
 * or the lack of it, to all others.
 */
import type { Cors, Origins } from '../../model/cors.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { Reason } from '../../model/outcome.ts'
import { find, findAll, isToken } from './headers.ts'

/** The answer to a preflight: its fields, and why it permits nothing; null when it does. */
export type Preflight = {
  readonly kind: 'preflight'
  readonly fields: readonly string[]
  readonly reason: Reason | null
}

/** The fields of a store's answer that speak of other origins are not its to send. */
export function withoutCors(fields: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i + 1 < fields.length; i += 2) {
    if (!isCorsField(fields[i]!)) kept.push(fields[i]!, fields[i + 1]!)
  }
  return kept
}

/** Whether it is a field of the CORS protocol, in any case. */
export function isCorsField(name: string): boolean {
  return name.toLowerCase().startsWith('access-control-')
}

/** What every answer of the route has to say, whoever asks, besides these fields. */
export function corsForAll(cors: Cors, fields: readonly string[]): readonly string[] {
  if (cors.origins === null) return ['Access-Control-Allow-Origin', '*', ...cors.said]
  const isSaid = findAll(fields, 'vary').join().split(',')
    .some((name) => /^(?:\*|origin)$/i.test(name.trim()))
  return isSaid ? [] : ['Vary', 'Origin']
}

/** What an answer says to who asks from this origin alone; null: no page asks. */
export function corsForOne(cors: Cors, origin: string | null): readonly string[] {
  if (cors.origins === null || origin === null || !isAmong(cors.origins, origin)) return []
  return ['Access-Control-Allow-Origin', origin, ...cors.said]
}

/** Whether the page may read the answer. */
export function isPermitted({ origins }: Cors, origin: string): boolean {
  return origins === null || isAmong(origins, origin)
}

/** Labels of a host, as browsers write them: lower case, in ASCII. */
const LABELS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/

function isAmong({ exact, below }: Origins, origin: string): boolean {
  return exact.has(origin) || below.some(({ scheme, end }) => {
    return origin.startsWith(scheme) && origin.endsWith(end) &&
      LABELS.test(origin.slice(scheme.length, origin.length - end.length))
  })
}

/**
 * The method that a browser wants to use, where it asks beforehand whether it may; null for all
 * other requests, an OPTIONS that a page makes itself included.
 */
export function preflightMethod({ method, head, fields }: Exchange): string | null {
  if (method !== 'OPTIONS' || head.origin === null) return null
  const wanted = find(fields, 'access-control-request-method')
  return wanted !== null && isToken(wanted) ? wanted : null
}

/**
 * Answers a preflight for this method. Where anything of it is not allowed, nothing is: a browser
 * would let a GET pass whose method alone is missing from the list.
 */
export function answerPreflight(cors: Cors, x: Exchange, method: string): Preflight {
  const origin = x.head.origin!
  const wanted = requestedHeaders(x.fields)
  const reason = !isPermitted(cors, origin) ? 'cors-origin'
    : !cors.methods.has(method) ? 'cors-method'
      : wanted.every((name) => mayBeSent(cors, name)) ? null : 'cors-header'
  if (reason !== null) return { kind: 'preflight', fields: ASKED, reason }
  const headers = cors.headers === null ? wanted : [...cors.headers]
  const allowed = cors.origins === null ? '*' : origin
  return {
    kind: 'preflight', reason,
    fields: [
      'Access-Control-Allow-Origin', allowed, ...cors.saidBefore,
      ...headers.length === 0 ? [] : ['Access-Control-Allow-Headers', headers.join(', ')],
      ...ASKED,
    ],
  }
}

/** What the answer hangs on. */
const ASKED: readonly string[] = [
  'Vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
]

function requestedHeaders(fields: readonly string[]): string[] {
  return findAll(fields, 'access-control-request-headers').join().split(',')
    .map((name) => name.trim().toLowerCase()).filter((name) => name !== '')
}

function mayBeSent({ headers }: Cors, name: string): boolean {
  return headers === null ? isToken(name) : headers.has(name)
}
