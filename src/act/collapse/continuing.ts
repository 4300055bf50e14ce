/**
 * One fetch over as many connections as it takes: a body that breaks in the middle goes on, and the
 * flight above notices nothing but time. What is hard about it: what follows must belong to what
 * came before. So the version has to be the same, and where the origin has no ranges and sends
 * everything again, the bytes that are passed over must be those that went by the first time.
 */
import { CONTINUE_BACKOFF_MS, CONTINUE_MOST, CONTINUE_TRIES } from '../../limits.ts'
import { HauloutError } from '../../errors.ts'
import { isVersion, versionOf, type Version } from '../../decide/http/landing.ts'
import type {
  ObjectRequest, Origin, OriginCall, OriginHead, OriginRequest, OriginSink,
} from '../../model/origin.ts'
import { Passed } from './passed.ts'

/** Asks the origin, and asks it again for the rest as often as that helps. */
export function fetchOn(origin: Origin, request: OriginRequest, sink: OriginSink): OriginCall {
  if (request.kind !== 'object' || request.method !== 'GET') return origin.fetch(request, sink)
  return new Continuing(origin, request, sink)
}

class Continuing implements OriginCall {
  readonly #origin: Origin
  readonly #request: ObjectRequest
  readonly #sink: OriginSink
  #call: OriginCall
  /** What was said first, as far as what follows has to agree with it; null before. */
  #version: Version | null = null
  #passed = new Passed(0)
  /** Bytes to be compared before there is anything new. */
  #again = 0
  /** How far it had come when it was last asked for the rest. */
  #askedAt = 0
  /** Times that it was asked for the rest, and those since there was last something new. */
  #asked = 0
  #vain = 0
  #paused = false
  #over = false
  #timer: NodeJS.Timeout | undefined

  constructor(origin: Origin, request: ObjectRequest, sink: OriginSink) {
    this.#origin = origin
    this.#request = request
    this.#sink = sink
    this.#call = origin.fetch(request, {
      onHead: (head) => this.#begun(head),
      onBytes: (bytes) => this.#took(bytes),
      onEnd: () => this.#end(),
      onError: (error) => this.#broke(error),
    })
  }

  pause(): void {
    this.#paused = true
    this.#call.pause()
  }

  resume(): void {
    this.#paused = false
    this.#call.resume()
  }

  cancel(): void {
    this.#over = true
    clearTimeout(this.#timer)
    this.#call.cancel()
  }

  #begun(head: OriginHead): void {
    if (head.kind === 'content') {
      this.#version = versionOf(head, Date.now())
      this.#passed = new Passed(head.fromByte)
    }
    this.#sink.onHead(head)
  }

  #took(bytes: Buffer): void {
    if (this.#over) return
    const compared = bytes.subarray(0, this.#again)
    this.#again -= compared.length
    if (compared.length > 0 && !this.#passed.agrees(compared)) return this.#changed()
    const fresh = bytes.subarray(compared.length)
    if (fresh.length === 0) return
    this.#passed.take(fresh)
    this.#sink.onBytes(fresh)
  }

  #end(): void {
    if (this.#over) return
    if (this.#again > 0) return this.#changed()
    this.#over = true
    this.#sink.onEnd()
  }

  #broke(error: HauloutError): void {
    if (this.#over) return
    const { position } = this.#passed
    this.#vain = position > this.#askedAt ? 0 : this.#vain + 1
    this.#asked += 1
    this.#askedAt = position
    const helps = error.retry && this.#version !== null && this.#vain < CONTINUE_TRIES
    if (!helps || this.#asked > CONTINUE_MOST) return this.#fail(error)
    // At once the first time, and wherever it came on.
    const delayMs = this.#vain < 2 ? 0 : CONTINUE_BACKOFF_MS * 2 ** (this.#vain - 2)
    this.#timer = setTimeout(() => this.#askForRest(error), delayMs)
  }

  #fail(error: HauloutError): void {
    this.#over = true
    this.#sink.onError(error)
  }

  /** `why` is what is reported if the rest cannot be had. */
  #askForRest(why: HauloutError): void {
    const { position } = this.#passed
    const version = this.#version!
    // Without a length there is nothing that a part could be recognised by.
    const part = this.#origin.ranges && version.lengthBytes !== null && position > 0
    const request = part ? { ...this.#request, known: version, fromByte: position }
      : { ...this.#request, known: null, fromByte: 0 }
    this.#call = this.#origin.fetch(request, {
      onHead: (head) => this.#continued(head),
      onBytes: (bytes) => this.#took(bytes),
      onEnd: () => this.#end(),
      // What went wrong first says more than what goes wrong with trying again.
      onError: (error) => this.#broke(error.retry ? why : error),
    })
    if (this.#paused) this.#call.pause()
  }

  #continued(head: OriginHead): void {
    if (head.kind !== 'content' || !isVersion(this.#version!, head)) return this.#changed()
    this.#again = this.#passed.restart(head.fromByte)
    if (this.#again < 0) this.#changed()
  }

  #changed(): void {
    this.cancel()
    const { bucket, key } = this.#request.object
    const detail = `${bucket}/${key} is no longer the version that was being sent`
    this.#sink.onError(new HauloutError('origin-changed', detail))
  }
}
