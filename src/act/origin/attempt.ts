/**
 * One request to one endpoint and what became of it: an answer in words, a rejection with what its
 * document says, or an error. Time limits, framing and counting are seen to here, so that a body
 * that is reported as ended is whole.
 */
import { HauloutError } from '../../errors.ts'
import { ERROR_DOCUMENT_BYTES } from '../../limits.ts'
import type { RequestBody } from '../../model/body.ts'
import type { Answer, WireHead } from './answer.ts'
import type { Asking, Pool, WireRequest } from './pool.ts'
import { elementOf } from './rejection.ts'
import type { Rejection } from './rejection.ts'
import { createWatch } from './watch.ts'
import type { Awaited, Watch, WatchLimits } from './watch.ts'

export type UsableAnswer = Exclude<Answer, { kind: 'rejection' }>

/**
 * Either `onAnswer`, bytes, `onEnd`; or `onRejection`; or `onError`, which may also come instead of
 * `onEnd`. Not-modified ends without bytes.
 */
export type AttemptSink = {
  /** A 1xx response on the way. */
  onInterim?(status: number, fields: readonly string[]): void
  /** Every final head as it comes, before anything else is said about it. */
  onStatus(status: number, waitMs: number): void
  onAnswer(answer: UsableAnswer, head: WireHead): void
  onBytes(bytes: Buffer): void
  onEnd(): void
  onRejection(rejection: Rejection): void
  /** `untouched`: the connection broke before the first byte, which some do as a habit. */
  onError(error: HauloutError, untouched: boolean): void
}

export type AttemptOptions = {
  readonly pool: Pool
  readonly request: WireRequest
  /** What a head promises; throws for one that is not to be trusted. */
  readonly read: (head: WireHead) => Answer
  readonly limits: WatchLimits
  /** See `Dialect.dropsAfterRefusal`. */
  readonly dropsAfterRefusal: boolean
}

type Phase = 'asking' | 'content' | 'document' | 'over'

export class Attempt {
  readonly #options: AttemptOptions
  readonly #sink: AttemptSink
  readonly #watch: Watch
  readonly #asking: Asking
  #phase: Phase = 'asking'
  #paused = false
  #sentMs = performance.now()
  #head: WireHead | null = null
  #document: Buffer[] = []
  #received = 0
  /** Bytes the body must have; null when the head does not tell. */
  #expected: number | null = null
  #delimited = true

  constructor(options: AttemptOptions, sink: AttemptSink) {
    this.#options = options
    this.#sink = sink
    this.#watch = createWatch(options.limits, (what) => this.#expired(what))
    const { body } = options.request
    const request = { ...options.request, body: body === null ? null : this.#watched(body) }
    this.#asking = options.pool.ask(request, {
      onSent: () => {
        this.#sentMs = performance.now()
        if (body === null) this.#watch.awaitHead()
      },
      onInterim: (status, fields) => sink.onInterim?.(status, fields),
      onHead: (head) => this.#headed(head),
      onBytes: (bytes) => this.#took(bytes),
      onEnd: (torn) => this.#ended(torn),
      onError: (error) => this.#broke(error),
    })
  }

  /**
   * The body of the request, with an eye on the origin while that takes it. It may answer whenever
   * it likes, and has to once the body has been sent.
   */
  #watched(body: RequestBody): RequestBody {
    const asking = (): boolean => this.#phase === 'asking'
    return {
      get lengthBytes() { return body.lengthBytes },
      get started() { return body.started },
      start: (sink) => body.start({
        ...sink,
        onEnd: () => {
          if (asking()) this.#watch.awaitHead()
          sink.onEnd()
        },
      }),
      pause: () => {
        if (asking()) this.#watch.awaitDrain()
        body.pause()
      },
      resume: () => {
        if (asking()) this.#watch.drained()
        body.resume()
      },
    }
  }

  /** Counts only for content: an error document is small and read at once. */
  pause(): void {
    this.#paused = true
    if (this.#phase !== 'content') return
    this.#watch.pause()
    this.#asking.pause()
  }

  resume(): void {
    this.#paused = false
    if (this.#phase !== 'content') return
    this.#watch.resume()
    this.#asking.resume()
  }

  cancel(): void {
    this.#phase = 'over'
    this.#watch.stop()
    this.#asking.abandon()
  }

  #headed(head: WireHead): void {
    if (this.#phase !== 'asking') return
    this.#head = head
    this.#sink.onStatus(head.status, performance.now() - this.#sentMs)
    const answer = this.#read(head)
    if (answer instanceof HauloutError) this.#fail(answer)
    else if (answer.kind === 'rejection') this.#awaitDocument()
    else if (answer.kind === 'content') this.#awaitContent(answer, head)
    else this.#bare(answer, head)
  }

  #read(head: WireHead): Answer | HauloutError {
    try {
      return this.#options.read(head)
    } catch (error) {
      if (error instanceof HauloutError) return error
      throw error
    }
  }

  /** Final at its head: what some stores send behind it is nobody's (RFC 9112 §6.3). */
  #bare(answer: UsableAnswer, head: WireHead): void {
    this.#settle()
    if (this.#options.dropsAfterRefusal) this.#asking.abandon()
    this.#sink.onAnswer(answer, head)
    this.#sink.onEnd()
  }

  #awaitContent(answer: Extract<Answer, { kind: 'content' }>, head: WireHead): void {
    this.#phase = 'content'
    this.#expected = answer.bodyBytes
    this.#delimited = answer.delimited
    this.#watch.awaitBody()
    this.#sink.onAnswer(answer, head)
    if (this.#paused) this.pause()
  }

  #awaitDocument(): void {
    this.#phase = 'document'
    if (this.#options.dropsAfterRefusal) this.#asking.retire()
    this.#watch.awaitDocument()
  }

  #took(bytes: Buffer): void {
    if (this.#phase === 'content') {
      this.#received += bytes.length
      // The last bytes are never too late.
      if (this.#received !== this.#expected) this.#watch.bytes(bytes.length)
      if (this.#phase === 'content') this.#sink.onBytes(bytes)
    } else if (this.#phase === 'document') {
      this.#received += bytes.length
      this.#document.push(bytes)
      if (this.#received > ERROR_DOCUMENT_BYTES) this.#reject()
    }
  }

  #ended(torn: Error | null): void {
    if (this.#phase === 'document') {
      this.#reject()
    } else if (this.#phase === 'content') {
      if (this.#isWhole(torn)) {
        this.#settle()
        this.#sink.onEnd()
      } else {
        const detail = `${this.#received} of ${this.#expected ?? 'unknown'} bytes`
        this.#fail(new HauloutError('origin-cut', detail, torn ?? undefined))
      }
    }
  }

  #isWhole(torn: Error | null): boolean {
    if (this.#expected !== null) return this.#received === this.#expected
    return this.#delimited || torn === null
  }

  #broke(error: HauloutError): void {
    if (this.#phase === 'document') this.#reject()
    else if (this.#phase !== 'over') this.#fail(error)
  }

  #expired(what: Awaited): void {
    if (this.#phase === 'document') {
      this.#reject()
      return
    }
    const { firstByteMs, idleMs } = this.#options.limits
    const stalled = what === 'drain' ? 'while it was being sent to'
      : `after ${this.#received} bytes`
    this.#fail(what === 'head'
      ? new HauloutError('origin-timeout', `no head within ${firstByteMs} ms`)
      : new HauloutError('origin-stalled', `${stalled}, limit ${idleMs} ms`))
  }

  /** Reports the rejection; a document that was cut, slow or long is used as far as it came. */
  #reject(): void {
    this.#settle()
    // Nothing to abandon when it has come to its end.
    this.#asking.abandon()
    const { status, fields } = this.#head!
    const text = Buffer.concat(this.#document).toString('utf8', 0, ERROR_DOCUMENT_BYTES)
    this.#sink.onRejection({
      status,
      fields,
      code: elementOf(text, 'Code'),
      serverTime: elementOf(text, 'ServerTime'),
    })
  }

  #fail(error: HauloutError): void {
    const untouched = this.#phase === 'asking' && error.code === 'origin-reset' &&
      !this.#asking.heard && (this.#asking.reused || this.#options.request.close)
    this.#settle()
    this.#asking.abandon()
    this.#sink.onError(error, untouched)
  }

  #settle(): void {
    this.#phase = 'over'
    this.#watch.stop()
  }
}
