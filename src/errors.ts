/**
 * One error class and one table of codes. The world misbehaved; what it means for the client, whose
 * fault it was and whether trying again may help is a property of the code, not of the place that
 * threw. Bugs are failed asserts, choices are Reasons, neither is in here.
 */
export const ERRORS = {
  'origin-unreachable': { status: 502, fault: 'origin', retry: true, help: 'the origin cannot be connected to' },
  'origin-tls': { status: 502, fault: 'origin', retry: false, help: 'the TLS handshake with the origin failed' },
  'origin-connect-timeout': { status: 504, fault: 'origin', retry: true, help: 'connecting took longer than timeouts.connect' },
  'origin-timeout': { status: 504, fault: 'origin', retry: true, help: 'no response within timeouts.first_byte' },
  'origin-stalled': { status: 504, fault: 'origin', retry: true, help: 'the body paused for longer than timeouts.idle' },
  'origin-reset': { status: 502, fault: 'origin', retry: true, help: 'the origin closed the connection early' },
  'origin-cut': { status: 502, fault: 'origin', retry: true, help: 'the body ended before its announced length' },
  'origin-protocol': { status: 502, fault: 'origin', retry: false, help: 'the origin answered with something that is not proper HTTP' },
  'origin-status': { status: 502, fault: 'origin', retry: false, help: 'the origin answered with a status that has no use here' },
  'origin-busy': { status: 502, fault: 'origin', retry: true, help: 'the origin answered 5xx' },
  'origin-digest': { status: 502, fault: 'origin', retry: false, help: 'the bytes do not have the MD5 that the ETag states' },
  'origin-changed': { status: 502, fault: 'origin', retry: true, help: 'the object changed while it was being fetched' },
  'origin-away': { status: 504, fault: 'origin', retry: true, help: 'the origin failed, and what is stored must not be used without it' },
  'origin-queue-full': { status: 503, fault: 'load', retry: false, help: 'limits.queue fetches are already waiting for this origin' },
  'origin-queue-wait': { status: 503, fault: 'load', retry: false, help: 'no connection became free within limits.queue_wait' },
  'credentials': { status: 502, fault: 'operator', retry: false, help: 'the credentials of the origin cannot be read' },
  'client-gone': { status: 499, fault: 'client', retry: false, help: 'the client closed its connection' },
  'client-stalled': { status: 499, fault: 'client', retry: false, help: 'the client took no bytes for too long' },
  'request-stalled': { status: 408, fault: 'client', retry: false, help: 'the client sent too little of its request for too long' },
  'config': { status: 500, fault: 'operator', retry: false, help: 'the configuration has errors' },
  'listen': { status: 500, fault: 'operator', retry: false, help: 'an address cannot be listened on' },
  'disk': { status: 500, fault: 'disk', retry: false, help: 'the disk tier failed' },
  'ban': { status: 503, fault: 'disk', retry: true, help: 'an invalidation cannot be made durable' },
  'admin': { status: 500, fault: 'operator', retry: true, help: 'the admin listener does not answer' },
  'usage': { status: 500, fault: 'operator', retry: false, help: 'the command line is not understood' },
} as const

export type ErrorCode = keyof typeof ERRORS

export class HauloutError extends Error {
  readonly code: ErrorCode
  /** For the log: an address, a store's code, a size. Never a secret. */
  readonly detail: string

  constructor(code: ErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail}`, cause === undefined ? undefined : { cause })
    this.name = 'HauloutError'
    this.code = code
    this.detail = detail
  }

  /** The status a client gets for this. */
  get status(): number {
    return ERRORS[this.code].status
  }

  /** Whether the same request may succeed if it is made again. */
  get retry(): boolean {
    return ERRORS[this.code].retry
  }
}
