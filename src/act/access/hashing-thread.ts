/**
 * What runs in a thread that checks passwords: one question at a time, and its answer. On Linux a
 * thread has a priority of its own, and this one has to stand back behind the event loop.
 */
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { verify } from './verify.ts'

/**
 * The least share: where the event loop keeps a core busy all the time, some 3 % of it. A core that
 * has nothing to do is free for hashing, whatever the priority.
 */
const NICE = 19

/** A question for a thread; the answer is whether the password has the hash. */
export type Question = { readonly password: string; readonly hash: string }

if (process.platform === 'linux') setPriority(0, NICE)
parentPort?.on('message', ({ password, hash }: Question) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a window
  parentPort?.postMessage(verify(password, hash))
})
