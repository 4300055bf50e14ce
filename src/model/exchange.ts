import type { BucketObject } from './object.ts'
import type { Onward } from './onward.ts'
import type { Outcome } from './outcome.ts'
import type { Pages } from './page.ts'
import type { Policy } from './policy.ts'
import type { Wire } from './wire.ts'

/**
 * The request fields that the line looks at, picked once from the raw header list by the gate.
 * A field that is absent is `null`; list-valued fields are joined with `, `.
 */
export type RequestHead = {
  host: string | null
  range: string | null
  ifRange: string | null
  ifMatch: string | null
  ifNoneMatch: string | null
  ifModifiedSince: string | null
  ifUnmodifiedSince: string | null
  contentLength: string | null
  transferEncoding: string | null
  expect: string | null
  userAgent: string | null
  referer: string | null
  /** Credentials: nothing that logs or an origin may see. */
  authorization: string | null
  /** Where the page is from that asks (RFC 6454 §7). */
  origin: string | null
  forwardedFor: string | null
}

/** Where the request points, after normalisation. Key, rule and upstream derive from this alone. */
export type Target = {
  /** Lower case, without port; empty for an HTTP/1.0 request that named none. */
  host: string
  /** Percent-decoded exactly once; begins with `/`; no dot, empty or control-bearing segments. */
  path: string
  /** The path as it came. */
  raw: string
  /** The raw query without `?`; empty when there is none. */
  query: string
}

/**
 * One client request and what has been decided about it so far. One fixed shape, called `x`
 * everywhere: every property exists from the start, so that V8 sees one hidden class.
 */
export type Exchange = {
  readonly wire: Wire
  /**
   * Epoch ms; the only wall-clock reading of the exchange, passed to everything that needs time.
   */
  readonly arrivedAt: number
  /** Monotonic ms, for durations. */
  readonly startedMs: number
  /** The address at the other end of the connection, in its one plain spelling. */
  readonly peer: string
  /** The peer, or the address that a trusted proxy gives. */
  client: string
  /** Whether the peer is a trusted proxy. */
  trusted: boolean
  readonly method: string
  /** The request target as received. */
  readonly url: string
  /** `1.0` or `1.1` once the gate is passed. */
  readonly version: string
  /** The header section as received: `[name, value, name, value, …]`, case and order kept. */
  fields: readonly string[]

  /** The generation of the configuration it began under and keeps to its end; 0 before. */
  generation: number
  /** What answers of haulout's own are worded with under that generation; null: plain lines. */
  pages: Pages | null
  head: RequestHead
  target: Target
  policy: Policy | null
  /** A rule about requests wants nothing looked up or kept for this one. */
  pass: boolean
  /** Values of the route's captures, in the order of `policy.captures`. */
  captures: readonly string[]
  object: BucketObject | null
  /** Where a request to an http origin goes on to; null for others. */
  onward: Onward | null
  /** Who has proven to be who, by a password; null for nobody. */
  user: string | null
  key: string
  outcome: Outcome
}

/** What is known of a request before anything has been decided about it. */
export type Arrival = Pick<
  Exchange,
  'wire' | 'arrivedAt' | 'startedMs' | 'peer' | 'method' | 'url' | 'version' | 'fields'
>

/**
 * An exchange about which nothing has been decided. The only place that makes one, property by
 * property, so that all of them have the same shape.
 */
export function newExchange(arrival: Arrival): Exchange {
  return {
    wire: arrival.wire,
    arrivedAt: arrival.arrivedAt,
    startedMs: arrival.startedMs,
    peer: arrival.peer,
    client: arrival.peer,
    trusted: false,
    method: arrival.method,
    url: arrival.url,
    version: arrival.version,
    fields: arrival.fields,
    generation: 0,
    pages: null,
    head: emptyHead(),
    target: { host: '', path: '', raw: '', query: '' },
    policy: null,
    pass: false,
    captures: [],
    object: null,
    onward: null,
    user: null,
    key: '',
    outcome: {
      name: 'synth',
      reason: null,
      errorCode: null,
      errorDetail: null,
      forwarded: null,
      stored: false,
      collapsed: false,
      originStatus: 0,
      originMs: 0,
    },
  }
}

/** A head of which nothing has been read. */
export function emptyHead(): RequestHead {
  return {
    host: null,
    range: null,
    ifRange: null,
    ifMatch: null,
    ifNoneMatch: null,
    ifModifiedSince: null,
    ifUnmodifiedSince: null,
    contentLength: null,
    transferEncoding: null,
    expect: null,
    userAgent: null,
    referer: null,
    authorization: null,
    origin: null,
    forwardedFor: null,
  }
}
