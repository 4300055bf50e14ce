/**
 * The Wire over HTTP/1, on node:http. What is hard about it: node would rather lose an error than
 * raise one. A response that is cut must look cut, also to clients that read until the connection
 * ends, so it is reset and never just closed; and what a slow client does not take must not pile
 * up.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { WIRE_BATCH_BYTES } from '../../limits.ts'
import type { RequestBody } from '../../model/body.ts'
import type { Wire } from '../../model/wire.ts'
import { ClientBody } from './client-body.ts'

export class Http1Wire implements Wire {
  batchBytes = WIRE_BATCH_BYTES
  closing = false
  status = 0
  sentBytes = 0
  firstByteMs = 0
  onReady: (() => void) | null = null
  onGone: (() => void) | null = null
  readonly #response: ServerResponse
  /** The connection; `response.socket` is null while an answer before this one is on its way. */
  readonly #socket: Socket
  /** Whether writes are being gathered, to leave in one system call at the end of this turn. */
  #corked = false

  constructor(response: ServerResponse) {
    this.#response = response
    this.#socket = response.req.socket
  }

  get gone(): boolean {
    return this.#socket.destroyed || this.#response.destroyed
  }

  head(status: number, fields: string[], phrase?: string): void {
    this.status = status
    this.firstByteMs = performance.now()
    const response = this.#response
    // Where a request's body ends is known only to who has read it (RFC 9112 §9.3).
    if (!response.req.readableEnded) this.closing = true
    response.strictContentLength = true
    response.sendDate = false
    const all = this.closing ? [...fields, 'Connection', 'close'] : fields
    if (phrase === undefined) response.writeHead(status, all)
    else response.writeHead(status, phrase, all)
  }

  interim(status: number, fields: readonly string[]): void {
    if (!this.gone && !this.#response.headersSent) this.#response.writeInformation(status, fields)
  }

  body(lengthBytes: number | null, expected: boolean): RequestBody {
    const response = this.#response
    return new ClientBody(response.req, lengthBytes, () => {
      if (expected && !this.gone && !response.headersSent) response.writeContinue()
    })
  }

  write(bytes: Buffer): boolean {
    const response = this.#response
    if (!this.#corked) this.#cork()
    this.sentBytes += bytes.length
    response.write(bytes)
    return response.writableLength < this.batchBytes
  }

  #cork(): void {
    this.#corked = true
    const response = this.#response
    response.cork()
    if (response.listenerCount('drain') === 0) response.on('drain', () => this.onReady?.())
    process.nextTick(() => {
      this.#corked = false
      response.uncork()
    })
  }

  end(bytes: Buffer | null): void {
    if (bytes === null) this.#response.end()
    else {
      this.sentBytes += bytes.length
      this.#response.end(bytes)
    }
  }

  cut(): void {
    this.#socket.resetAndDestroy()
  }
}
