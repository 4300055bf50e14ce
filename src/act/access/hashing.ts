/**
 * Checks passwords in threads of their own, because a hash that is worth anything takes a hundred
 * milliseconds. What waits for a thread is bounded, threads are started when they are first needed,
 * and one that dies takes only its own question with it. No client has two threads at a time: who
 * guesses keeps neither other clients nor the event loop's core busy with all of them.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { PASSWORD_QUEUE, PASSWORD_THREADS } from '../../limits.ts'
import type { Question } from './hashing-thread.ts'

export type Hashing = {
  /**
   * Finds out for a client whether a password has a hash. `done` is called later, once; false also
   * when the thread died over it. Returns false, and does nothing, when too many are waiting.
   */
  check(client: string, question: Question, done: (right: boolean) => void): boolean
  /** How many wait for a thread. */
  readonly waiting: number
  close(): Promise<void>
}

type Job = {
  readonly client: string
  readonly question: Question
  readonly done: (right: boolean) => void
}
type Thread = { readonly worker: Worker; job: Job | null }

/** Makes the queue; there is no thread yet. */
export function createHashing(): Hashing {
  const threads = new Set<Thread>()
  const queue: Job[] = []
  let closed = false

  function start(): Thread {
    // The file beside this one: a source, or what it was compiled to.
    const file = `./hashing-thread${extname(import.meta.filename)}`
    const thread: Thread = { worker: new Worker(new URL(file, import.meta.url)), job: null }
    thread.worker.unref()
    thread.worker.on('message', (right: boolean) => finish(thread, right))
    thread.worker.on('error', () => {})
    thread.worker.on('exit', () => {
      threads.delete(thread)
      if (!closed) finish(thread, false)
    })
    threads.add(thread)
    return thread
  }

  function finish(thread: Thread, right: boolean): void {
    const { job } = thread
    thread.job = null
    job?.done(right)
    next()
  }

  function next(): void {
    const busy = new Set([...threads].map(({ job }) => job?.client))
    const at = queue.findIndex(({ client }) => !busy.has(client))
    if (closed || at < 0) return
    const free = [...threads].find(({ job }) => job === null) ??
      (threads.size < PASSWORD_THREADS ? start() : null)
    if (free === null) return
    free.job = queue.splice(at, 1)[0]!
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a window
    free.worker.postMessage(free.job.question)
  }

  return {
    check(client, question, done) {
      if (closed || queue.length >= PASSWORD_QUEUE) return false
      queue.push({ client, question, done })
      next()
      return true
    },
    get waiting() { return queue.length },
    async close() {
      closed = true
      queue.length = 0
      await Promise.all([...threads].map(({ worker }) => worker.terminate()))
    },
  }
}
