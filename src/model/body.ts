import type { HauloutError } from '../errors.ts'

/**
 * The body of a request while it arrives from the client.
 *
 * What the types cannot say: nothing is read from the client, and none that waits for `100
 * Continue` is told to go on, before `start`, which is called at most once. Then come bytes, and
 * last either the end or an error, never from within a call of `start` or `resume`. Bytes may be
 * kept. Whatever is not read in the end makes the answer the connection's last.
 */
export type RequestBody = {
  /** What Content-Length has announced; null for a chunked body. */
  readonly lengthBytes: number | null
  /** Whether `start` has been called: what has begun to be read cannot be sent again. */
  readonly started: boolean
  start(sink: BodySink): void
  pause(): void
  resume(): void
}

/** Where the bytes of a request go. */
export type BodySink = {
  onBytes(bytes: Buffer): void
  onEnd(): void
  /** The client is gone, has stalled, or has sent what is no body. */
  onError(error: HauloutError): void
}
