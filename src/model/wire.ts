/**
 * A Wire is the client's end: how a head and a body leave. HTTP/1 today.
 *
 * What the types cannot say: `head` comes once and first. Between `write` returning false and
 * `onReady` nothing may be written. `end` without having written what the head promised is a bug,
 * and the wire cuts instead. After `cut` or `onGone` nothing is called any more.
 */
export type Wire = {
  /** Sends the status and the fields (`[name, value, …]`); `lengthBytes` null means chunked. */
  head(status: number, fields: string[], lengthBytes: number | null): void
  /** Sends body bytes; false asks the caller to wait for `onReady`. */
  write(bytes: Buffer): boolean
  /** Completes the response, with its last or only bytes. */
  end(bytes: Buffer | null): void
  /** Ends the connection so that no client can take what it has for the whole. */
  cut(): void
  /** True when this response must be the connection's last. */
  closing: boolean
  readonly status: number
  /** Body bytes accepted so far. */
  readonly sentBytes: number
  /** Whether the head has left. */
  readonly started: boolean
  /** Whether the client is no longer there. */
  readonly gone: boolean
  /** Called when writing may go on. */
  onReady: (() => void) | null
  /** Called once, when the connection is lost before the end. */
  onGone: (() => void) | null
}
