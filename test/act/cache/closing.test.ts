/**
 * When the database is closed. What is hard about it: a thread that comes late cannot be arranged,
 * so lmdb is told late that its thread is done, which is all that it can know.
 */
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import * as lmdb from 'lmdb'
import t from 'tap'
import { openRooms } from '../../../src/act/cache/lmdb.ts'

type Told = (status: number) => unknown
type Env = { startWriting(address: number, told: Told): void; close(): void }

const DONE = 0

/** What lmdb itself calls to begin a commit and to close; its types do not tell of it. */
function envOf(path: string): Env {
  const { allDbs } = lmdb as unknown as { allDbs: Map<string, { env: Env }> }
  return allDbs.get(`${basename(path)}-totals`)!.env
}

t.test('the database is open until the threads of all commits are done', async (t) => {
  const path = join(t.testdir(), 'rooms')
  const rooms = openRooms({ path, sizeBytes: 1024 * 1024 })
  const env = envOf(path)
  const done = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
  const { startWriting, close } = env
  let begun = 0
  let tellFirst: () => unknown = () => t.fail('nothing to tell')
  let closed = false
  Object.defineProperties(env, {
    startWriting: {
      value(address: number, told: Told) {
        const number = begun++
        startWriting.call(env, address, (status) => {
          if (status !== DONE) return told(status)
          if (number === 0) tellFirst = () => told(status)
          else told(status)
          return done[number]?.resolve()
        })
      },
    },
    close: {
      value() {
        closed = true
        close.call(env)
      },
    },
  })

  void rooms.totals.put('total', { bytes: 1, entries: 1, nextBodyId: 1 })
  await done[0].promise
  void rooms.totals.put('total', { bytes: 2, entries: 2, nextBodyId: 2 })
  const closing = rooms.close()
  await done[1].promise
  await setImmediate()
  t.equal(begun, 2, 'the second commit began while the first was not over')
  t.equal(closed, false, 'the first thread is still at it')
  tellFirst()
  await closing
  t.ok(closed, 'closed when both are done')

  const again = openRooms({ path, sizeBytes: 1024 * 1024 })
  t.equal(again.totals.get('total')?.bytes, 2)
  await again.close()
})
