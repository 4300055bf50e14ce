import { Readable } from 'node:stream'
import type { HauloutError } from '../../errors.ts'
import { REQUEST_WINDOW_BYTES } from '../../limits.ts'
import type { RequestBody } from '../../model/body.ts'

/**
 * The body of a request as the stream that undici takes. What is hard about it is that nobody may
 * run ahead: the client is read only as far as the origin takes it. Whoever destroys the stream,
 * because the answer or an error came first, stops the reading.
 */
export function streamOf(body: RequestBody): Readable {
  const stream: Readable = new Readable({
    highWaterMark: REQUEST_WINDOW_BYTES,
    read() {
      if (body.started) body.resume()
      else body.start(sink)
    },
    destroy(error, done) {
      body.pause()
      done(error)
    },
  })
  const sink = {
    onBytes(bytes: Buffer) { if (!stream.push(bytes)) body.pause() },
    onEnd() { stream.push(null) },
    onError(error: HauloutError) { stream.destroy(error) },
  }
  return stream
}
