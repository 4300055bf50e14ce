import type { HttpVerdict } from './facts.ts'
import type { OutcomeName, Reason } from './outcome.ts'

/**
 * A Trace is one request, told step by step: what each has found, and what of the configuration has
 * decided it. It is plain data, in the form in which the admin listener and `--json` give it away:
 * keys are only ever added. Instants are ISO 8601. It holds no value of a header field.
 */
export type Trace = {
  /** The instant for which it holds. */
  readonly at: string
  /** Of the process that was asked; null when only the files were. */
  readonly generation: number | null
  readonly recv: ReceivedTrace
  /** Null when the request is refused before any route is looked at. */
  readonly route: RouteTrace | null
  /** Other routes that came near, the nearest first. */
  readonly near: readonly NearMiss[]
  readonly access: AccessTrace
  readonly object: ObjectTrace | null
  /** Of a request that goes on to an http origin. */
  readonly onward: OnwardTrace | null
  /** What holds for the route, field by field. */
  readonly policy: readonly PolicyTrace[]
  /** What the response is stored under besides its key, captures filled in. */
  readonly tags: readonly string[]
  /** Null when the request leads to no object. */
  readonly lookup: LookupTrace | null
  /** What the origin would be asked, if it came to that; null when nothing leads to one. */
  readonly origin: FetchTrace | null
  readonly answer: AnswerTrace
}

/** A line of a configuration; null for one that does not come from a file. */
export type TracePlace = { readonly file: string; readonly line: number } | null

export type ReceivedTrace = {
  readonly method: string
  /** As received, behind the host. */
  readonly url: string
  /** Normalised; empty when the request is refused before. */
  readonly host: string
  readonly path: string
  readonly query: string
  readonly client: string
  /** Whose word that is: the socket's, or that of a trusted proxy. */
  readonly client_from: 'peer' | 'x-forwarded-for'
  readonly peer: string
}

export type RouteTrace = {
  /** `default` where no route matches. */
  readonly name: string
  readonly captures: Readonly<Record<string, string>>
  readonly place: TracePlace
}

export type NearMiss = {
  readonly name: string
  readonly place: TracePlace
  /** What did not hold: the key of `match`, and why. `order`: everything held, but too late. */
  readonly misses: ReadonlyArray<{ readonly matcher: string; readonly why: string }>
}

export type AccessTrace = {
  /** `unknown`: it hangs on a password; `not-asked`: it did not come to that. */
  readonly answer: 'allowed' | 'denied' | 'unknown' | 'not-asked'
  /** The predicates that have decided, as facts; for a "no" also what would be needed. */
  readonly why: readonly string[]
  /** Of the `access` that was asked. */
  readonly place: TracePlace
}

export type ObjectTrace = {
  /** `origin:bucket/key`, the bucket by its name in the store. */
  readonly name: string
  readonly origin: string
  /** By its name in the configuration. */
  readonly bucket: string
  readonly key: string
}

export type OnwardTrace = {
  readonly origin: string
  /** As an absolute URI: what was asked. */
  readonly uri: string
  /** What responses are stored under, and whether the origin's word on caching counts. */
  readonly key: string
  readonly respects: boolean
}

export type PolicyTrace = {
  /** As it would be written in the route: `cache.ttl`. */
  readonly key: string
  readonly value: string
  /** Whose value it is: `policies.immutable`. */
  readonly from: string
  readonly place: TracePlace
  /**
   * Whether it does anything for this request: false for a step whose condition does not hold, null
   * where that hangs on an answer that is not there yet.
   */
  readonly applies: boolean | null
}

export type LookupTrace = {
  /** Null when only the files were asked, which know nothing of the cache. */
  readonly verdict: HttpVerdict | null
  readonly stored: StoredTrace | null
  readonly flight: FlightTrace | null
}

export type StoredTrace = {
  /** Where the entry is found. */
  readonly tier: 'memory' | 'disk'
  /** `banned`: it would be dropped; `spent`: a soft ban has it asked about first. */
  readonly ban: 'banned' | 'spent' | null
  readonly status: number
  readonly etag: string | null
  readonly bytes: number | null
  readonly stored_at: string
  readonly fresh_until: string
  readonly grace_until: string
  readonly keep_until: string
  /** Of the body, as far as they are there: counted, not read. */
  readonly chunks: {
    readonly all: number
    readonly in_memory: number
    readonly on_disk: number
    /** In neither. */
    readonly lost: number
  }
}

export type FlightTrace = {
  /** Who waits for it or reads from it. */
  readonly clients: number
  readonly arrived_bytes: number
  /** Null while it is not known. */
  readonly length_bytes: number | null
}

export type FetchTrace = {
  readonly method: string
  readonly url: string
  /** `[name, value, …]`, without secrets. */
  readonly fields: readonly string[]
}

/** What the client would get, and the log would say. Null: it hangs on something. */
export type AnswerTrace = {
  readonly status: number | null
  readonly outcome: OutcomeName | null
  readonly reason: Reason | null
  readonly location: string | null
  /** What cannot be known in advance. */
  readonly hangs_on: 'password' | 'cache' | 'origin' | null
  /** What it is called when the origin does not answer as `outcome` assumes. */
  readonly otherwise: OutcomeName | null
  /** Of a stale one: whether a refresh would begin behind it. */
  readonly refresh: boolean
  /** The first chunk that would have to be fetched again; null when none. */
  readonly refetch_from: number | null
}
