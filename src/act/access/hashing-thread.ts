/**
 * What runs in a thread that checks passwords: one question at a time, and its answer. On Linux a
 * thread has a priority of its own, and this one has to stand back behind the event loop.
 */
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { verify } from './verify.ts'

/** `nice`'s usual step: a tenth of the share of a thread that wants the same core. */
const NICE = 10

/** A question for a thread; the answer is whether the password has the hash. */
export type Question = { readonly password: string; readonly hash: string }

if (process.platform === 'linux') setPriority(0, NICE)
parentPort?.on('message', ({ password, hash }: Question) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a window
  parentPort?.postMessage(verify(password, hash))
})
