/**
 * One request of a client on its way to an http origin. What is hard about it is what must not
 * happen twice: a request is made again only while it cannot have begun to be acted on, or where
 * its method says that twice is as good as once and nothing of its body has been read (RFC 9110
 * §9.2.2).
 */
import { endToEnd } from '../../decide/http/headers.ts'
import { isIdempotent } from '../../decide/http/methods.ts'
import { HauloutError } from '../../errors.ts'
import type { ErrorCode } from '../../errors.ts'
import type { ForwardedRequest, OriginCall, OriginSink } from '../../model/origin.ts'
import type { OriginSettings } from '../../model/settings.ts'
import type { Admission, Ticket } from './admission.ts'
import { readForwarded, type WireHead } from './answer.ts'
import { Attempt, type UsableAnswer } from './attempt.ts'
import type { Endpoint, Rotation } from './endpoints.ts'
import type { OriginObserver, Outlet } from './fetch.ts'
import { forwardedTo } from './forwarded-head.ts'
import type { WireRequest } from './pool.ts'

/** What the requests to one origin share. */
export type SharedOrigin = {
  readonly settings: OriginSettings
  readonly admission: Admission
  readonly outlets: Rotation<Outlet>
  readonly observe: OriginObserver
}

/** Nothing of the request has been sent: another endpoint may be asked. */
const UNSENT: ReadonlySet<ErrorCode> = new Set(['origin-unreachable', 'origin-connect-timeout'])

/** After these the endpoint is passed over for a while. */
const UNWELL: ReadonlySet<ErrorCode> = new Set([...UNSENT, 'origin-tls', 'origin-timeout'])

export class Forwarding implements OriginCall {
  readonly #shared: SharedOrigin
  readonly #request: ForwardedRequest
  readonly #sink: OriginSink
  readonly #ticket: Ticket
  #outlet: Outlet | null = null
  #attempt: Attempt | null = null
  #attempts = 0
  #reconnected = false
  #admittedMs = 0
  #headed = false
  #paused = false
  #over = false

  constructor(shared: SharedOrigin, request: ForwardedRequest, sink: OriginSink) {
    this.#shared = shared
    this.#request = request
    this.#sink = sink
    this.#ticket = shared.admission.enter({
      onTurn: () => {
        this.#admittedMs = performance.now()
        this.#askNext()
      },
      onRefused: (error) => this.#fail(error),
    })
  }

  pause(): void {
    this.#paused = true
    this.#attempt?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#attempt?.resume()
  }

  cancel(): void {
    if (this.#over) return
    this.#settle()
    this.#attempt?.cancel()
  }

  #askNext(): void {
    this.#attempts += 1
    this.#ask(this.#shared.outlets.next(performance.now(), {
      after: this.#outlet, subject: `${this.#request.host} ${this.#request.target}`,
    }))
  }

  #ask(outlet: Outlet): void {
    this.#outlet = outlet
    const { settings, observe } = this.#shared
    const { pool, endpoint } = outlet
    const request = this.#compose(endpoint)
    const read = (head: WireHead) => readForwarded(head, {
      method: this.#request.method,
      fromByte: this.#request.fromByte,
      version: this.#request.known,
    })
    // A stream of events may say nothing much for hours: only silence is too little.
    const limits = { ...settings.timeouts, bytesPerSecond: 0 }
    this.#attempt = new Attempt({ pool, request, read, limits, dropsAfterRefusal: false }, {
      onInterim: (status, fields) => this.#request.onInterim?.(status, endToEnd(fields)),
      onStatus: (status, waitMs) => observe.onResponse(settings.name, status, waitMs),
      onAnswer: (answer, head) => this.#answered(answer, head),
      onBytes: (bytes) => this.#sink.onBytes(bytes),
      onEnd: () => this.#end(),
      onRejection: () => {},
      onError: (error, untouched) => this.#broke(error, untouched),
    })
    if (this.#paused) this.#attempt.pause()
  }

  #compose(endpoint: Endpoint): WireRequest {
    const { method, body } = this.#request
    return {
      method,
      ...forwardedTo(this.#request, this.#shared.settings, endpoint),
      // Where a body is not usual, not every server agrees on where it ends.
      close: body !== null && !HAS_CONTENT.has(method),
      fresh: this.#reconnected || !this.#mayRepeat(),
      body,
    }
  }

  /**
   * What may not be repeated gets a new connection: one that has idled can break just as it is
   * used, and then nobody knows whether the request has been acted on.
   */
  #mayRepeat(): boolean {
    const { method, body } = this.#request
    return isIdempotent(method) && body === null
  }

  #answered(answer: UsableAnswer, { status, phrase, fields }: WireHead): void {
    this.#headed = true
    const content = answer.kind === 'content'
    this.#sink.onHead({
      kind: 'response',
      status,
      phrase,
      fields: endToEnd(fields),
      fromByte: content ? answer.fromByte : 0,
      lengthBytes: answer.kind === 'not-modified' ? null : answer.lengthBytes,
      delimited: content ? answer.delimited : true,
      code: null,
      waitMs: performance.now() - this.#admittedMs,
    })
  }

  #broke(error: HauloutError, untouched: boolean): void {
    const { settings, outlets, observe } = this.#shared
    const outlet = this.#outlet!
    const placed = this.#placed(error)
    if (this.#headed) return this.#fail(placed)
    if (UNWELL.has(error.code)) outlets.failed(outlet, performance.now())
    if (this.#request.body?.started === true) return this.#fail(placed)
    if (untouched && !this.#reconnected && this.#mayRepeat()) {
      this.#reconnected = true
      observe.onRetry?.(settings.name, error.code)
      this.#ask(outlet)
    } else if (UNSENT.has(error.code) && this.#attempts < settings.retry.attempts) {
      observe.onRetry?.(settings.name, error.code)
      this.#askNext()
    } else this.#fail(placed)
  }

  /** The error with the endpoint's address in front of its detail. */
  #placed(error: HauloutError): HauloutError {
    const { authority } = this.#outlet!.endpoint
    if (error.detail.startsWith(authority) || error.status < 500) return error
    return new HauloutError(error.code, `${authority}: ${error.detail}`, error.cause)
  }

  #end(): void {
    if (this.#over) return
    this.#settle()
    this.#sink.onEnd()
  }

  #fail(error: HauloutError): void {
    if (this.#over) return
    this.#settle()
    this.#sink.onError(error)
  }

  #settle(): void {
    this.#over = true
    this.#ticket.leave()
  }
}

/** Methods whose requests have content as a rule. */
const HAS_CONTENT: ReadonlySet<string> = new Set([
  'PUT', 'POST', 'PATCH', 'QUERY', 'PROPFIND', 'PROPPATCH',
])
