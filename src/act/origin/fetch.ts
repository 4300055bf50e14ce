/**
 * One fetch from admission to its last byte, over as many attempts as it takes. It may ask again
 * only as long as nothing has been handed on; from the head on an error is final. Whatever state it
 * is in, cancelling ends it at once and gives its place to the next in the queue.
 */
import { endToEnd, find } from '../../decide/http/headers.ts'
import { HauloutError } from '../../errors.ts'
import type { ErrorCode } from '../../errors.ts'
import { BODY_BYTES_PER_SECOND } from '../../limits.ts'
import { assert } from '../../lib/assert.ts'
import type {
  EndpointState, OriginCall, OriginHead, ObjectRequest, OriginSink,
} from '../../model/origin.ts'
import { keyOfObject } from '../../model/object.ts'
import type { OriginSettings } from '../../model/settings.ts'
import type { Admission, Ticket } from './admission.ts'
import { readAnswer } from './answer.ts'
import type { Answer, AskedFor, WireHead } from './answer.ts'
import { Attempt } from './attempt.ts'
import type { UsableAnswer } from './attempt.ts'
import { composeRequest } from './compose.ts'
import type { Composed } from './compose.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { Endpoint, Rotation } from './endpoints.ts'
import type { Pool } from './pool.ts'
import { judgeRejection, saysSkewed } from './rejection.ts'
import type { Rejection } from './rejection.ts'
import { nextStep, parseRetryAfter } from './retry.ts'
import type { Fault, Tried } from './retry.ts'
import type { Signer } from './signer.ts'

/** Hears of every answer of the store and of every repeat; for the metrics. */
export type OriginObserver = {
  /** A final response head, also of an attempt that is repeated. `waitMs` since it was sent. */
  onResponse(origin: string, status: number, waitMs: number): void
  /** The request is going to be made again because of this error. */
  onRetry?(origin: string, code: ErrorCode): void
  /** Probes have changed their mind about an endpoint. */
  onHealth?(origin: string, state: EndpointState): void
}

/** An endpoint and the connections to it. */
export type Outlet = { readonly endpoint: Endpoint; readonly pool: Pool }

/** What the fetches of one origin share. */
export type Shared = {
  readonly settings: OriginSettings
  readonly dialect: Dialect
  readonly admission: Admission
  readonly outlets: Rotation<Outlet>
  readonly sign: Signer
  /** How far the store's clock is ahead of ours, in ms, as far as it has complained. */
  readonly clock: { skewMs: number }
  readonly observe: OriginObserver
}

/** After these the endpoint is passed over for a while. */
const UNWELL: ReadonlySet<ErrorCode> = new Set([
  'origin-unreachable', 'origin-connect-timeout', 'origin-tls', 'origin-timeout',
])

export class Fetch implements OriginCall {
  readonly #shared: Shared
  readonly #request: ObjectRequest
  readonly #sink: OriginSink
  readonly #ticket: Ticket
  readonly #tried: Tried = {
    attempts: 0, reconnected: false, resigned: false, unconditional: false,
  }
  #outlet: Outlet | null = null
  #attempt: Attempt | null = null
  #backoff: NodeJS.Timeout | undefined
  #admittedMs = 0
  #headed = false
  #paused = false
  #over = false

  constructor(shared: Shared, request: ObjectRequest, sink: OriginSink) {
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
    this.#tried.attempts += 1
    this.#ask(this.#shared.outlets.next(performance.now(), {
      after: this.#outlet, subject: keyOfObject(this.#request.object),
    }))
  }

  #ask(outlet: Outlet): void {
    this.#outlet = outlet
    const composed = this.#compose(outlet.endpoint)
    if (composed instanceof HauloutError) {
      this.#fail(composed)
      return
    }
    const { settings, dialect, observe } = this.#shared
    const { request, asked } = composed
    const { pool } = outlet
    const { dropsAfterRefusal } = dialect
    const limits = { ...settings.timeouts, bytesPerSecond: BODY_BYTES_PER_SECOND }
    const read = (head: WireHead): Answer => readAnswer(head, asked)
    this.#attempt = new Attempt({ pool, request, read, limits, dropsAfterRefusal }, {
      onStatus: (status, waitMs) => observe.onResponse(settings.name, status, waitMs),
      onAnswer: (answer, head) => this.#answered(answer, head),
      onBytes: (bytes) => this.#sink.onBytes(bytes),
      onEnd: () => this.#end(),
      onRejection: (rejection) => this.#rejected(rejection, asked),
      onError: (error, untouched) => this.#broke(error, untouched, asked),
    })
    if (this.#paused) this.#attempt.pause()
  }

  #compose(endpoint: Endpoint): Composed | HauloutError {
    const { dialect, sign, clock } = this.#shared
    const now = Date.now() + clock.skewMs
    const { unconditional, reconnected: fresh } = this.#tried
    try {
      return composeRequest(this.#request, { dialect, endpoint, sign, now, unconditional, fresh })
    } catch (error) {
      if (error instanceof HauloutError) return error
      throw error
    }
  }

  #answered(answer: UsableAnswer, { status, phrase, fields }: WireHead): void {
    assert(answer.kind !== 'bare', 'a store answers with objects')
    const content = answer.kind === 'content'
    this.#deliver({
      kind: answer.kind,
      status,
      phrase,
      fields: endToEnd(fields),
      fromByte: content ? answer.fromByte : 0,
      lengthBytes: content ? answer.lengthBytes : null,
      delimited: content ? answer.delimited : true,
      code: null,
    })
  }

  #deliver(head: Omit<OriginHead, 'waitMs'>): void {
    this.#headed = true
    this.#sink.onHead({ ...head, waitMs: performance.now() - this.#admittedMs })
  }

  #rejected(rejection: Rejection, asked: AskedFor): void {
    const { status, fields, code } = rejection
    const judged = judgeRejection(rejection, asked)
    if (judged instanceof HauloutError) {
      const retryAfterMs = parseRetryAfter(find(fields, 'retry-after'), Date.now())
      const skewMs = saysSkewed(rejection) ? skewOf(rejection) : null
      const error = this.#placed(judged, skewMs)
      this.#faulted(asked, { error, status, untouched: false, retryAfterMs, skewMs })
      return
    }
    this.#deliver({
      kind: judged, status, phrase: '', fields: endToEnd(fields), fromByte: 0, lengthBytes: null,
      delimited: true, code,
    })
    this.#end()
  }

  #broke(error: HauloutError, untouched: boolean, asked: AskedFor): void {
    const fault = { status: 0, untouched, retryAfterMs: null, skewMs: null }
    if (this.#headed) this.#fail(this.#placed(error))
    else this.#faulted(asked, { ...fault, error: this.#placed(error) })
  }

  /** Something failed before the head could be handed on: again, or the end of it. */
  #faulted(asked: AskedFor, fault: Fault): void {
    const { settings, outlets, observe, clock } = this.#shared
    const outlet = this.#outlet!
    if (UNWELL.has(fault.error.code)) outlets.failed(outlet, performance.now())
    const conditional = asked.condition !== null
    const step = nextStep(fault, this.#tried, {
      ...settings.retry, conditional, random: Math.random(),
    })
    if (step.kind === 'fail') {
      this.#fail(fault.error)
      return
    }
    observe.onRetry?.(settings.name, fault.error.code)
    if (step.kind === 'backoff') {
      this.#backoff = setTimeout(() => this.#askNext(), step.delayMs)
    } else {
      if (step.kind === 'resign') clock.skewMs = fault.skewMs ?? 0
      this.#tried.resigned ||= step.kind === 'resign'
      this.#tried.reconnected ||= step.kind === 'reconnect'
      this.#tried.unconditional ||= step.kind === 'unconditional'
      this.#ask(outlet)
    }
  }

  /** The error with the endpoint's address in front of its detail, and its clock behind it. */
  #placed(error: HauloutError, skewMs: number | null = null): HauloutError {
    const authority = this.#outlet!.endpoint.authority
    const clock = skewMs === null ? '' : `, its clock is ${Math.round(skewMs / 1000)} s ahead`
    if (error.detail.startsWith(authority)) return error
    return new HauloutError(error.code, `${authority}: ${error.detail}${clock}`, error.cause)
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
    clearTimeout(this.#backoff)
    this.#ticket.leave()
  }
}

/** The store's clock minus ours, from its document or its Date; null when it tells neither. */
function skewOf({ serverTime, fields }: Rejection): number | null {
  const at = Date.parse(serverTime ?? find(fields, 'date') ?? '')
  return Number.isNaN(at) ? null : at - Date.now()
}
