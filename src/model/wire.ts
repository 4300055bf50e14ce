import type { RequestBody } from './body.ts'

/**
 * A Wire is the client's end: how a head and a body leave. HTTP/1 today.
 *
 * What the types cannot say: `head` comes once and first, and its fields hold the Content-Length
 * when the length is known; without one the body is chunked. The array belongs to the caller and is
 * not kept. Between `write` returning false and `onReady` nothing may be written. `end` with fewer
 * or more bytes than announced is a bug, and the wire cuts instead.
 */
export type Wire = {
  /**
   * Sends the status and the fields, `[name, value, …]`; `phrase` in place of the status's own
   * (RFC 9112 §4).
   */
  head(status: number, fields: string[], phrase?: string): void
  /** Sends a 1xx response ahead of the head; not for HTTP/1.0 clients (RFC 9110 §15.2). */
  interim(status: number, fields: readonly string[]): void
  /**
   * The body of the request, of a length that is known or, with null, not. `expected`: the client
   * waits for `100 Continue` before it sends it. Asked for once, and only where there is one.
   */
  body(lengthBytes: number | null, expected: boolean): RequestBody
  /** Sends body bytes; false asks the caller to wait for `onReady`. */
  write(bytes: Buffer): boolean
  /** Completes the response, with its last or only bytes. */
  end(bytes: Buffer | null): void
  /** Ends the connection so that no client can take what it has for the whole. */
  cut(): void
  /** How many bytes may wait in the socket before `write` returns false. */
  batchBytes: number
  /** Set before `head`: this response is the connection's last. */
  closing: boolean
  /** 0 until `head`. */
  readonly status: number
  /** Body bytes accepted so far. */
  readonly sentBytes: number
  /** Monotonic ms at which the head left; 0 before. */
  readonly firstByteMs: number
  /** Whether the client is no longer there. */
  readonly gone: boolean
  /** Called when writing may go on. */
  onReady: (() => void) | null
  /** Called once if the connection is lost before the end, or cut. */
  onGone: (() => void) | null
}
