/**
 * A database under the disk tier that fails on command. It is the real one, but every operation is
 * counted, and those that the test picks fail as LMDB lets them fail: writes of one turn all
 * together, or not at all.
 */
import { openRooms } from '../../src/act/cache/lmdb.ts'
import type { OpenRooms, Room, Rooms } from '../../src/act/cache/rooms.ts'

export type FailingRooms = {
  readonly open: OpenRooms
  /** Operations so far. */
  readonly count: number
  /** Whether an operation was made to fail. */
  readonly failed: boolean
}

/** `fails` is asked for each operation, by its number from 1 on and its name. */
export function failingRooms(fails: (number: number, name: string) => boolean): FailingRooms {
  const state = { count: 0, failed: false }

  /** Counts an operation and throws if it is its turn. */
  function meet(name: string): void {
    state.count += 1
    if (!fails(state.count, name)) return
    state.failed = true
    const error = new Error(`EIO: the test lets operation ${state.count} fail: ${name}`)
    throw Object.assign(error, { code: 5 })
  }

  let turn: Promise<void> | null = null
  let doomed: Error | null = null

  /** What one turn writes is handed on at its end, or fails as a whole. */
  function write(name: string, make: () => Promise<boolean>): Promise<boolean> {
    try {
      meet(name)
    } catch (error) {
      doomed = error as Error
    }
    turn ??= new Promise((resolve) => {
      queueMicrotask(() => {
        turn = null
        const error = doomed
        doomed = null
        resolve(error === null ? undefined : Promise.reject(error))
      })
    })
    return turn.then(make)
  }

  function failing<V, K>(name: string, room: Room<V, K>): Room<V, K> {
    return {
      get(key) {
        meet(`${name}.get`)
        return room.get(key)
      },
      put: (key, value) => write(`${name}.put`, () => room.put(key, value)),
      remove: (key) => write(`${name}.remove`, () => room.remove(key)),
      getKeys(range) {
        meet(`${name}.getKeys`)
        return room.getKeys(range)
      },
    }
  }

  function open(settings: Parameters<OpenRooms>[0]): Rooms {
    meet('open')
    const rooms = openRooms(settings)
    return {
      heads: failing('heads', rooms.heads),
      chunks: failing('chunks', rooms.chunks),
      sums: failing('sums', rooms.sums),
      pending: failing('pending', rooms.pending),
      ages: failing('ages', rooms.ages),
      accounts: failing('accounts', rooms.accounts),
      totals: failing('totals', rooms.totals),
      fileBytes() {
        meet('fileBytes')
        return rooms.fileBytes()
      },
      async prefetch(keys) {
        meet('prefetch')
        await rooms.prefetch(keys)
      },
      async flushed() {
        meet('flushed')
        await rooms.flushed()
      },
      async trial() {
        meet('trial')
        await rooms.trial()
      },
      async close() {
        await rooms.close()
        meet('close')
      },
    }
  }

  return {
    open,
    get count() { return state.count },
    get failed() { return state.failed },
  }
}
