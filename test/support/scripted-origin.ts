/** An Origin without sockets: each fetch goes on exactly as far as the test lets it. */
import { HauloutError } from '../../src/errors.ts'
import { assert } from '../../src/lib/assert.ts'
import type { ObjectRequest, Origin, OriginHead, OriginSink } from '../../src/model/origin.ts'

export type Fetched = {
  readonly request: ObjectRequest
  /** The next byte it will send. */
  position: number
  headed: boolean
  paused: boolean
  /** Ended, failed or cancelled. */
  over: boolean
  /** Sends the head, unless it has been sent. */
  head(changes?: Partial<OriginHead>): void
  /** Sends up to so many bytes, head first, and the end with the last. */
  send(bytes: number): void
  fail(): void
}

export type ScriptedOrigin = { readonly origin: Origin; readonly fetches: Fetched[] }

export type Truth = {
  readonly body: Buffer
  readonly etag: string | null
  readonly ranges: boolean
  /** Whether its heads tell the length. */
  readonly tellsLength: boolean
  /** Other bodies, by the object's key. */
  readonly bodies?: ReadonlyMap<string, Buffer>
}

/** An origin that holds one body for whatever object is asked of it. */
export function scriptOrigin(truth: Truth): ScriptedOrigin {
  const fetches: Fetched[] = []
  const origin: Origin = {
    name: 'walrus',
    dialect: truth.ranges ? 's3' : 'walrus',
    ranges: truth.ranges,
    fetch(request, sink) {
      assert(request.kind === 'object', 'only objects are scripted here')
      const fetched = scriptFetch(truth, request, sink)
      fetches.push(fetched)
      return {
        pause() { fetched.paused = true },
        resume() { fetched.paused = false },
        cancel() { fetched.over = true },
      }
    },
    close: () => Promise.resolve(),
  }
  return { origin, fetches }
}

function scriptFetch(truth: Truth, request: ObjectRequest, sink: OriginSink): Fetched {
  const { etag, ranges, tellsLength } = truth
  const body = truth.bodies?.get(request.object.key) ?? truth.body
  const fromByte = ranges ? request.fromByte : 0
  const fetched: Fetched = {
    request, position: fromByte, headed: false, paused: false, over: false,
    head(changes = {}) {
      if (fetched.headed || fetched.over) return
      fetched.headed = true
      sink.onHead({
        kind: 'content', status: fromByte > 0 ? 206 : 200, phrase: '',
        fields: etag === null ? [] : ['ETag', etag],
        fromByte, lengthBytes: tellsLength ? body.length : null, delimited: true, code: null,
        waitMs: 1, ...changes,
      })
      if (request.method === 'HEAD') fetched.over = true
    },
    send(bytes) {
      fetched.head()
      if (fetched.over) return
      const end = Math.min(body.length, fetched.position + bytes)
      // The bytes belong to the sink from now on, as an origin promises.
      const piece = Buffer.from(body.subarray(fetched.position, end))
      fetched.position = end
      if (piece.length > 0) sink.onBytes(piece)
      if (end < body.length || fetched.over) return
      fetched.over = true
      sink.onEnd()
    },
    fail() {
      if (fetched.over) return
      fetched.over = true
      sink.onError(new HauloutError('origin-cut', 'as the test wants it'))
    },
  }
  return fetched
}
