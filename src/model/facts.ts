/**
 * What RFC 9111 makes of a response, boiled down once when it is stored, so that a hit only
 * compares numbers. What is hard: what the origin said must be kept apart from what the operator
 * says where the origin is silent, because the operator's word may change after the storing.
 */
export type Facts = {
  /** Ms of freshness that the origin gave (§4.2.1); 0 where it gave nonsense, -1 where nothing. */
  readonly lifetimeMs: number
  /** Ms to assume where it gave nothing (§4.2.2); -1 where nothing may be assumed. */
  readonly heuristicMs: number
  /** Ms of age that the response had at `Entry.storedAt` (§4.2.3, corrected_initial_age). */
  readonly initialAgeMs: number
  /** `no-cache`: asked about before every use (§5.2.2.4). */
  readonly validateAlways: boolean
  /** Never used stale, not even when the origin is gone: `must-revalidate` and its like. */
  readonly neverStale: boolean
  /** Ms of `stale-while-revalidate` (RFC 5861 §3); -1 where the origin did not speak of it. */
  readonly whileRevalidateMs: number
  /** Ms of `stale-if-error` (RFC 5861 §4); -1 where the origin did not speak of it. */
  readonly ifErrorMs: number
  /**
   * Lower-case names of fields that are for the first client alone, since `private` or `no-cache`
   * names them: they are left out of what is stored (§5.2.2.4, §5.2.2.7).
   */
  readonly withheld: readonly string[]
}

/**
 * `cache: {respect: origin}`: RFC 9111 decides, and this is the operator's word where it leaves
 * room. A policy without it (null) never asks the RFC.
 */
export type Respect = {
  /** Fresh for so long where the origin is silent; null: estimated as in §4.2.2. */
  readonly ttlMs: number | null
  /** `stale-while-revalidate` where the origin is silent; 0 for none. */
  readonly graceMs: number
  /** Kept so long after freshness, to be asked about, and for when the origin fails. */
  readonly keepMs: number
  /** A response with Set-Cookie: not stored, stored without that field, or stored as it is. */
  readonly cookies: 'refuse' | 'strip' | 'store'
  /** Whether the cache directives of requests count. */
  readonly directives: boolean
}

/** What a request's Cache-Control asks of a cache (§5.2.1), in ms. */
export type Asked = {
  readonly noCache: boolean
  readonly noStore: boolean
  readonly onlyIfCached: boolean
  /** Infinity where not asked. */
  readonly maxAgeMs: number
  readonly minFreshMs: number
  /** 0: nothing stale; Infinity: however stale. */
  readonly maxStaleMs: number
  /** `stale-if-error` (RFC 5861 §4); 0 where not asked. */
  readonly ifErrorMs: number
}

/** A final response of an `http` origin with the request it answers, as a cache looks at them. */
export type Received = {
  readonly method: string
  /** The request's fields as they went to the origin, `[name, value, …]`. */
  readonly asked: readonly string[]
  readonly status: number
  /** The response's fields, `[name, value, …]`. */
  readonly fields: readonly string[]
  /** Epoch ms at which the request was sent and the response's head was there. */
  readonly requestedAt: number
  readonly receivedAt: number
  /** Whether the end of the body can be told from a cut (RFC 9112 §8). */
  readonly delimited: boolean
  /** Absolute, without fragment: `http://host/path?query`. */
  readonly targetUri: string
}

/**
 * What to do with an exchange on a route that respects its origin. `refuse` is 504: the client
 * wants nothing but what is stored (§5.2.1.7).
 */
export type HttpVerdict = 'hit' | 'stale' | 'revalidate' | 'miss' | 'refuse'

/** One of the responses stored under a key, and which requests it answers (§4.1). */
export type Variant = {
  /** The key of its entry. */
  readonly key: string
  /** What its Vary nominates: lower case, sorted, each once. Empty without Vary. */
  readonly names: readonly string[]
  /** The values that its request had for them, normalised; null for a field that was not there. */
  readonly values: ReadonlyArray<string | null>
  /** Its Content-Language, lower case. */
  readonly languages: readonly string[]
  /** Epoch ms of its Date. */
  readonly dateAt: number
}
