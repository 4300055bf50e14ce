/** The log of requests, which tests read and wait on. */
import type { Field } from './request.ts'

/** One line of the server's log; status and bytes are filled in as the answer goes out. */
export type PocketRequest = {
  /** Counts connections from 1. */
  readonly connection: number
  readonly method: string
  /** Path and query as sent. */
  readonly target: string
  readonly path: string
  readonly query: string
  /** Case and order as sent. */
  readonly fields: readonly Field[]
  /** 0 until an answer is decided, and for good where a fault took its place. */
  status: number
  /** Bytes of body that the kernel has taken. */
  bodyBytes: number
  /** Whether the answer went out to its end. */
  complete: boolean
}

export type RequestLog = {
  /** In order of arrival. */
  readonly requests: PocketRequest[]
  add(request: PocketRequest): void
  /** Resolves once `count` requests have come in. */
  asked(count: number): Promise<void>
}

/** An empty log. */
export function createRequestLog(): RequestLog {
  const requests: PocketRequest[] = []
  const watch = createWatch(() => requests.length)
  return {
    requests,
    add(request) {
      requests.push(request)
      watch.look()
    },
    asked: (count) => watch.reaches(count),
  }
}

/** Promises of a growing number. */
export type Watch = {
  /** To be called when the number has changed. */
  look(): void
  /** Resolves once the number is at least `count`. */
  reaches(count: number): Promise<void>
}

/** A watch over what `number` gives. */
export function createWatch(number: () => number): Watch {
  const waiting = new Set<{ count: number; resolve: () => void }>()
  function look(): void {
    for (const one of waiting) {
      if (number() < one.count) continue
      waiting.delete(one)
      one.resolve()
    }
  }
  return {
    look,
    reaches: (count) => new Promise((resolve) => {
      waiting.add({ count, resolve })
      look()
    }),
  }
}
