/**
 * Removes bodies chunk by chunk in small transactions, so that a body of 4 GiB does not put 16,000
 * writes before everybody else's. What is hard about it: chunks that are queued behind us must go
 * too, so they go by index and not by what is there; and a crash in the middle must leave a name
 * behind by which the next start goes on.
 */
import { DISK_REMOVE_CHUNKS } from '../../limits.ts'
import type { BodyKey, Rooms } from './rooms.ts'

export type Removal = {
  /** Removes the first `count` chunks of a body, the first ones at once. */
  remove(bodyId: number, count: number): void
  /** Removes what bodies without an entry, by their ids, have left behind. */
  sweep(left: Iterable<number>): void
  /** How many chunks of a body there are up to its last one. */
  countOf(bodyId: number): number
  close(): void
}

/** `settle` sees to a write that nobody waits for; `attempt` to a read that may fail. */
export type RemovalOptions = {
  readonly rooms: Pick<Rooms, 'chunks' | 'pending' | 'sums'>
  settle(write: Promise<boolean>): void
  attempt(read: () => void): void
}

/** Makes the queue of removals. */
export function createRemoval({ rooms, settle, attempt }: RemovalOptions): Removal {
  const { chunks, pending, sums } = rooms
  const queue: Array<{ readonly bodyId: number; index: number; readonly count: number }> = []
  let running: NodeJS.Immediate | null = null

  function countOf(bodyId: number): number {
    const start: BodyKey = [bodyId + 1, 0]
    let count = 0
    attempt(() => {
      const [last] = chunks.getKeys({ start, end: [bodyId, -1], reverse: true, limit: 1 })
      count = last === undefined ? 0 : last[1] + 1
    })
    return count
  }

  /** A part of the first body in the queue; the next part comes in a turn of its own. */
  function step(): void {
    running = null
    const body = queue[0]
    if (body === undefined) return
    const end = Math.min(body.count, body.index + DISK_REMOVE_CHUNKS)
    for (; body.index < end; body.index += 1) settle(chunks.remove([body.bodyId, body.index]))
    if (body.index === body.count) {
      queue.shift()
      settle(pending.remove(body.bodyId))
    }
    goOn()
  }

  function goOn(): void {
    if (queue.length > 0) running ??= setImmediate(step)
  }

  return {
    remove(bodyId, count) {
      const first = Math.min(count, DISK_REMOVE_CHUNKS)
      for (let index = 0; index < first; index += 1) settle(chunks.remove([bodyId, index]))
      settle(sums.remove(bodyId))
      if (first === count) return settle(pending.remove(bodyId))
      settle(pending.put(bodyId, 1))
      queue.push({ bodyId, index: first, count })
      goOn()
    },
    sweep(left) {
      for (const bodyId of left) {
        queue.push({ bodyId, index: 0, count: countOf(bodyId) })
        settle(sums.remove(bodyId))
      }
      step()
    },
    countOf,
    close() {
      if (running !== null) clearImmediate(running)
      running = null
    },
  }
}
