/** What happened, in one word: the log field, the metric label and the `Cache-Status` detail. */
export const OUTCOMES = [
  'hit-memory', 'hit-disk', 'stale', 'revalidated', 'partial', 'miss', 'joined', 'pass',
  'negative-hit', 'denied', 'synth', 'error',
] as const
export type OutcomeName = (typeof OUTCOMES)[number]

/**
 * Why something was not done: a choice, not a fault. One table, for Cache-Status details, log
 * fields and metric labels. The text is for people reading logs.
 */
export const REASONS = {
  'no-route': 'no route matches this request',
  'denied-by-route': 'a route denies this request',
  'denied-by-rule': 'a rule about requests denies this one',
  'no-object': 'the route gives an empty object key',
  'bad-request-line': 'the request line is malformed, or the version is not 1.0 or 1.1',
  'bad-host': 'the Host field is missing, repeated or malformed',
  'bad-target': 'the request target is malformed or tries to traverse',
  'target-too-long': 'the request target is longer than the limit',
  'last-hop': 'the request was not to go any further',
  'loop': 'the request has come through here too often',
  'bad-header': 'a field that may occur once occurs twice, or is malformed',
  'bad-framing': 'the request body is framed in a way this server refuses',
  'body-not-allowed': 'a request for an object carries a body',
  'cors-origin': 'the route does not let pages of this origin ask',
  'cors-method': 'the route does not let pages of other origins use this method',
  'cors-header': 'the route does not let pages of other origins send this field',
  'access-denied': 'the route is not for everybody, and not for who asks',
  'no-credentials': 'the route asks for a user and a password',
  'wrong-credentials': 'the user or the password is wrong',
  'too-many-failures': 'too many wrong passwords came from this client',
  'checks-busy': 'too many passwords are waiting to be checked',
  'method-not-allowed': 'the route does not allow this method',
  'method-unknown': 'this method is not implemented',
  'expectation-failed': 'the Expect field asks for something unknown',
  'precondition-failed': 'the request made a condition that the object does not meet',
  'range-not-satisfiable': 'no byte of the requested range exists',
  'shutting-down': 'the server is draining',
  'too-large': 'larger than the cache may hold',
  'only-if-cached': 'the client wants only what is stored, and nothing that will do is',
  'no-ttl': 'the policy gives this status no ttl',
  'no-freshness': 'the origin gives it no freshness, and no validator to ask about it with',
  'no-store': 'the origin or the client forbids storing it',
  'private': 'the origin means it for one client alone',
  'authorized': 'it answers a request with credentials, and the origin does not share it',
  'vary-any': 'Vary: * says that no other request gets the same',
  'set-cookie': 'it sets a cookie, which is for one client alone',
  'not-storable': 'a response to this method, or of this status, is not stored',
  'not-whole': 'the response cannot be proven whole, so it is not stored',
  'pass': 'the rules say that nothing is looked up or kept',
  'not-cacheable': 'the rules say that it is not to be stored',
  'tag-too-long': 'with a tag this long no ban could name it, so it is not stored',
  'disk-trouble': 'the disk tier could not take it',
  'origin-error': 'the origin failed',
} as const
export type Reason = keyof typeof REASONS

/** A client may not have what it asked for. */
export type Refusal = {
  readonly status: number
  readonly reason: Reason
  /** Whether the connection must be closed, because its framing can no longer be trusted. */
  readonly close: boolean
  /** For 405: the value of `Allow`. */
  readonly allow?: string
  /** What else the answer has to say: `WWW-Authenticate`, `Retry-After`. `[name, value, …]` */
  readonly fields?: readonly string[]
}

/** RFC 9211 `fwd` parameter: why the request went to the origin; null for a hit. */
export type Forwarded = 'uri-miss' | 'stale' | 'partial' | 'bypass' | 'method' | 'request' | null

/**
 * What happened to an exchange, filled in as it goes and recorded exactly once at the end. The log
 * line, the metrics and `Cache-Status` are three renderings of it.
 */
export type Outcome = {
  name: OutcomeName
  reason: Reason | null
  /** Code of the HauloutError behind a 5xx or a cut body; never shown to the client. */
  errorCode: string | null
  /**
   * What the log should say about it besides the code: the store's XML code, an address, a size.
   */
  errorDetail: string | null
  forwarded: Forwarded
  /** The origin's response to this exchange's flight was stored. */
  stored: boolean
  /** This exchange shared the flight of an earlier one. */
  collapsed: boolean
  /** Status of the origin's response; 0 when the origin was not asked. */
  originStatus: number
  /** Ms from asking the origin to its head; 0 when it was not asked. */
  originMs: number
}

/** What the record of one exchange holds; what the access log prints and the metrics count. */
export type ExchangeRecord = {
  readonly arrivedAt: number
  readonly client: string
  /** Who has proven to be who; null for nobody. */
  readonly user: string | null
  readonly method: string
  readonly host: string
  readonly url: string
  readonly version: string
  readonly referer: string | null
  readonly userAgent: string | null
  /** `-` where there is none, here and in `bucket` and `object`. */
  readonly route: string
  readonly bucket: string
  /** The object's key. */
  readonly object: string
  /** 0 when the client left before a status was sent. */
  readonly status: number
  /** Body bytes handed to the client's socket. */
  readonly bytes: number
  /** Whether the response was sent to its end. */
  readonly complete: boolean
  readonly durationMs: number
  /** Ms to the first byte of the response; 0 when none was sent. */
  readonly firstByteMs: number
  readonly outcome: Outcome
}
