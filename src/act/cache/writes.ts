/**
 * Writes on their way to the disk, counted. What is hard about it: a disk may stop answering, and
 * then neither memory may fill with what waits for it nor anybody wait along. So the queue has an
 * end, and what has waited for too long is reported as not kept, whatever becomes of it.
 */
import { DISK_QUEUE_BYTES, DISK_STALL_CHECK_MS, DISK_STALL_MS } from '../../limits.ts'
import type { Done } from '../../model/tier.ts'

type Waiting = { readonly sinceMs: number; readonly bytes: number; done: Done | null }

export type Writes = {
  /** Whether so many bytes more may wait. Counts a drop when they may not. */
  admits(bytes: number): boolean
  /** Tells `done` how a write has ended, or that it takes too long; once. */
  watch(write: Promise<boolean>, bytes: number, done: Done): void
  readonly waitingBytes: number
  /** Writes that were not begun, or not waited for, because the disk was too slow. */
  readonly dropped: number
  close(): void
}

/** `onFault` is told of every write that fails, `onDone` of every one that does not. */
export function createWrites(onFault: (error: Error) => void): Writes {
  const waiting = new Set<Waiting>()
  let waitingBytes = 0
  let dropped = 0
  let stalled = false
  let timer: NodeJS.Timeout | null = null

  function give(one: Waiting, kept: boolean): void {
    const { done } = one
    one.done = null
    done?.(kept)
  }

  function leave(one: Waiting, kept: boolean): void {
    waiting.delete(one)
    waitingBytes -= one.bytes
    if (waitingBytes === 0) stalled = false
    if (waiting.size === 0) stop()
    give(one, kept)
  }

  function look(): void {
    const nowMs = performance.now()
    for (const one of waiting) {
      // In order of their age.
      if (nowMs - one.sinceMs < DISK_STALL_MS) return
      stalled = true
      if (one.done === null) continue
      dropped += 1
      give(one, false)
    }
  }

  function stop(): void {
    if (timer !== null) clearInterval(timer)
    timer = null
  }

  return {
    admits(bytes) {
      const may = !stalled && waitingBytes + bytes <= DISK_QUEUE_BYTES
      if (!may) dropped += 1
      return may
    },
    watch(write, bytes, done) {
      const one: Waiting = { sinceMs: performance.now(), bytes, done }
      waiting.add(one)
      waitingBytes += bytes
      timer ??= setInterval(look, DISK_STALL_CHECK_MS).unref()
      write.then(() => leave(one, true), (error: Error) => {
        onFault(error)
        leave(one, false)
      })
    },
    get waitingBytes() {
      return waitingBytes
    },
    get dropped() {
      return dropped
    },
    close: stop,
  }
}
