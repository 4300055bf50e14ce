/**
 * The body of a request over HTTP/1, on node:http. What is hard about it is time: a client may send
 * for hours as long as it does send, so there is no limit for the whole; silence and dripping have
 * one each, and neither counts while it is we who do not read.
 */
import type { IncomingMessage } from 'node:http'
import { HauloutError } from '../../errors.ts'
import { CLIENT_BODY_BYTES_PER_SECOND, CLIENT_BODY_MS } from '../../limits.ts'
import type { BodySink, RequestBody } from '../../model/body.ts'

export class ClientBody implements RequestBody {
  readonly lengthBytes: number | null
  readonly #request: IncomingMessage
  /** Tells a client that waits for it to go on. */
  readonly #welcome: () => void
  #sink: BodySink | null = null
  #started = false
  #timer: NodeJS.Timeout | null = null
  /** Bytes since the timer was set. */
  #bytes = 0

  constructor(request: IncomingMessage, lengthBytes: number | null, welcome: () => void) {
    this.#request = request
    this.lengthBytes = lengthBytes
    this.#welcome = welcome
  }

  get started(): boolean {
    return this.#started
  }

  start(sink: BodySink): void {
    this.#started = true
    this.#sink = sink
    const request = this.#request
    request.on('data', (bytes: Buffer) => {
      this.#bytes += bytes.length
      this.#sink?.onBytes(bytes)
    })
    request.on('end', () => this.#over()?.onEnd())
    // An error is always followed by it, and so is the loss of the connection.
    request.on('error', () => {})
    request.on('close', () => this.#fail('client-gone', 'before the end of its request'))
    this.#welcome()
    this.#listen()
  }

  pause(): void {
    if (this.#sink === null) return
    this.#stopTimer()
    this.#request.pause()
  }

  resume(): void {
    if (this.#sink === null || this.#timer !== null) return
    this.#listen()
    this.#request.resume()
  }

  /** In every period there must be some bytes, and not too few. */
  #listen(): void {
    this.#bytes = 0
    this.#timer = setInterval(() => {
      if (this.#bytes < CLIENT_BODY_BYTES_PER_SECOND * CLIENT_BODY_MS / 1000) {
        this.#fail('request-stalled', `${this.#bytes} bytes of its request in ${CLIENT_BODY_MS} ms`)
      }
      this.#bytes = 0
    }, CLIENT_BODY_MS)
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #over(): BodySink | null {
    const sink = this.#sink
    this.#stopTimer()
    this.#sink = null
    return sink
  }

  #fail(code: 'client-gone' | 'request-stalled', detail: string): void {
    this.#over()?.onError(new HauloutError(code, detail))
  }
}
