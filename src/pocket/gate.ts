/** Where faults wait until the test says go, and where the test waits until they are there. */
import type { Socket } from 'node:net'
import { createWatch } from './log.ts'

export type Gate = {
  /** Waits for `release`, or for the end of the connection. */
  hold(socket: Socket): Promise<void>
  /** Lets go whoever waits, and whoever comes until `reset`. */
  release(): void
  /** Lets go whoever waits, and holds whoever comes. */
  reset(): void
  /** Resolves once `count` connections wait at the same time. */
  held(count: number): Promise<void>
}

/** A closed gate. */
export function createGate(): Gate {
  const waiting = new Set<() => void>()
  const watch = createWatch(() => waiting.size)
  let open = false

  function letGo(): void {
    for (const go of waiting) go()
  }

  return {
    hold(socket) {
      if (open || socket.destroyed) return Promise.resolve()
      return new Promise((resolve) => {
        const go = (): void => {
          waiting.delete(go)
          socket.off('close', go)
          resolve()
        }
        waiting.add(go)
        socket.once('close', go)
        watch.look()
      })
    },
    release() {
      open = true
      letGo()
    },
    reset() {
      letGo()
      open = false
    },
    held: (count) => watch.reaches(count),
  }
}
