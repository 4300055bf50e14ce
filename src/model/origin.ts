import type { HauloutError } from '../errors.ts'
import type { RequestBody } from './body.ts'
import type { BucketObject } from './object.ts'

/**
 * In which dialect an origin speaks. See act/origin/dialects for what each of the stores' means;
 * `http` is any other server, which gets its clients' own requests.
 */
export const DIALECTS = ['walrus', 'osg', 's3', 'http'] as const
export type DialectName = (typeof DIALECTS)[number]

/**
 * Which of the endpoints is asked: each in turn; the first that is well; or always the same one for
 * the same object.
 */
export const CHOICES = ['round_robin', 'fallback', 'shard'] as const
export type Choose = (typeof CHOICES)[number]

/** What probes think of an endpoint. */
export type EndpointState = {
  /** Its base URL. */
  readonly endpoint: string
  readonly up: boolean
  /** Epoch ms since which that is so. */
  readonly sinceAt: number
  /** Why it is down; null when it is up. */
  readonly detail: string | null
}

/** What an origin is asked for: a store for an object, an http origin for what a client wants. */
export type OriginRequest = ObjectRequest | ForwardedRequest

/** What haulout wants of a store. Nothing in it comes from a client but the object. */
export type ObjectRequest = {
  readonly kind: 'object'
  readonly object: BucketObject
  readonly method: 'GET' | 'HEAD'
  /** What the rules add; signed with the rest. */
  readonly fields: ReadonlyArray<readonly [name: string, value: string]>
  /** Revalidation: answer `not-modified` if the object still has these validators. */
  readonly known: Known | null
  /**
   * Continue at this byte, only if the version is still `known`. Origins whose dialect has no
   * ranges (`Origin.ranges` false) ignore it and send the whole from byte 0.
   */
  readonly fromByte: number
  /** Bytes from here on are not wanted, and may come all the same; absent or null: to the end. */
  readonly untilByte?: number | null
}

/** A client's request as it goes on to an http origin. */
export type ForwardedRequest = {
  readonly kind: 'forwarded'
  readonly method: string
  /** Path and query, as they will be on the wire. */
  readonly target: string
  /** The host that the client asked; the origin's settings say whether it hears of it as Host. */
  readonly host: string
  /** End-to-end fields, `[name, value, …]`, without Host and Content-Length. */
  readonly fields: readonly string[]
  /** What follows the head; null for nothing. */
  readonly body: RequestBody | null
  /** Continue at this byte of `known`; 0 for a request as it is. */
  readonly fromByte: number
  readonly known: Known | null
  /** Told of 1xx responses as they come; null when nobody can take them. */
  readonly onInterim: ((status: number, fields: readonly string[]) => void) | null
}

/** The validators of a version we hold. */
export type Known = {
  /** As the origin wrote it. */
  readonly originEtag: string | null
  readonly lastModified: string | null
  readonly lengthBytes: number | null
}

/**
 * The origin's answer, in haulout's words. Every other status of a store (5xx, redirects, nonsense)
 * arrives as an error, so that nothing can be stored by accident; that of an http origin is a
 * `response`, whatever it is, and what it means is for its clients to say.
 */
export type OriginHead = {
  readonly kind: 'content' | 'not-modified' | 'absent' | 'forbidden' | 'response'
  /** The status on the wire. */
  readonly status: number
  /** What the origin calls the status. */
  readonly phrase: string
  /** End-to-end fields, `[name, value, …]`, names as the origin wrote them. */
  readonly fields: readonly string[]
  /** First byte of what follows: 0, or `fromByte` where a range was granted. */
  readonly fromByte: number
  /** Bytes of the whole object or response, null when not stated. */
  readonly lengthBytes: number | null
  /** Whether the end of the body can be told from a cut (Content-Length or chunked). */
  readonly delimited: boolean
  /** The store's XML code for `absent` and `forbidden`, e.g. `NoSuchKey`; null when not given. */
  readonly code: string | null
  /** Ms between asking and this head. */
  readonly waitMs: number
}

/**
 * Where the answer goes. Called in the order head, bytes…, then end or error, each of the last two
 * at most once; never synchronously from `fetch`. For `not-modified`, `absent` and `forbidden`, for
 * HEAD, and for responses that have no content, `end` follows the head without bytes. Bytes may
 * be kept: they are nobody else's.
 */
export type OriginSink = {
  onHead(head: OriginHead): void
  onBytes(bytes: Buffer): void
  onEnd(): void
  onError(error: HauloutError): void
}

/** A fetch under way. After `cancel` the sink is not called again. */
export type OriginCall = {
  pause(): void
  resume(): void
  cancel(): void
}

/** Where bytes come from. */
export type Origin = {
  readonly name: string
  readonly dialect: DialectName
  /** Whether `fromByte` is honoured. */
  readonly ranges: boolean
  fetch(request: OriginRequest, sink: OriginSink): OriginCall
  /** Lets running fetches finish and closes idle connections. */
  close(): Promise<void>
}
