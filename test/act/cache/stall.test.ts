/** Disks that stop answering, and removals that would hold everybody up. */
import t from 'tap'
import { passingBans } from '../../../src/act/cache/bans.ts'
import { createCache } from '../../../src/act/cache/cache.ts'
import { openRooms } from '../../../src/act/cache/lmdb.ts'
import { openMemory } from '../../../src/act/cache/memory.ts'
import type { OpenRooms, Room } from '../../../src/act/cache/rooms.ts'
import { CHUNK_BYTES, DISK_QUEUE_BYTES, DISK_REMOVE_CHUNKS } from '../../../src/limits.ts'
import { serve } from '../../../src/serve.ts'
import { openSound, openTalkative } from '../../support/disk.ts'
import { bytesOf, entryOf } from '../../support/entries.ts'
import { arrive, partsOn, watchWire } from '../../support/line.ts'
import { scriptOrigin } from '../../support/scripted-origin.ts'

const MIB = 1024 * 1024

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

/** Rooms whose writes of chunks wait for as long as the gate is shut. */
function gated(): { open: OpenRooms; shut(): void; release(): void; waiting: () => number } {
  let gate: Promise<void> | null = null
  let release: (() => void) | null = null
  let waiting = 0
  function slow<V, K>(room: Room<V, K>): Room<V, K> {
    return {
      ...room,
      async put(key, value) {
        waiting += 1
        await gate
        waiting -= 1
        return room.put(key, value)
      },
    }
  }
  return {
    open: (settings) => {
      const rooms = openRooms(settings)
      return { ...rooms, chunks: slow(rooms.chunks) }
    },
    shut() {
      gate = new Promise((resolve) => { release = resolve })
    },
    release() {
      gate = null
      release?.()
    },
    waiting: () => waiting,
  }
}

t.test('a disk that does not answer is not waited for, and used again when it does', async (t) => {
  const body = bytesOf(60 * CHUNK_BYTES)
  const gate = gated()
  const { disk } = await openTalkative({ path: t.testdir(), sizeBytes: 256 * MIB }, gate.open)
  t.teardown(() => disk.close())
  const scripted = scriptOrigin({ body, etag: '"v"', ranges: true, tellsLength: true })
  const cache = createCache({ memory: openMemory(MIB), disk }, passingBans())
  const parts = partsOn(cache, scripted.origin)

  async function download(key: string): Promise<void> {
    const said = watchWire()
    serve(parts, arrive(said.wire, { url: `/get/${key}` }))
    while (said.ends + said.cuts === 0) {
      for (const each of scripted.fetches) if (!each.over && !each.paused) each.send(MIB)
      await turn()
    }
    t.ok(Buffer.concat(said.body).equals(body), key)
  }

  gate.shut()
  await download('stalled')
  t.ok(disk.health().droppedWrites > 0, 'what it did not take is counted')
  await download('stalled-still')
  t.ok(gate.waiting() * CHUNK_BYTES <= DISK_QUEUE_BYTES, `${gate.waiting()} chunks wait`)
  gate.release()
  while (!await new Promise((done) => disk.keepChunk(1, 1, bytesOf(1), done))) await turn()
  await download('after')
  await turn()
  while (parts.flights.state().running > 0) await turn()
  t.ok(disk.find(entryOf('after', 1, body).key), 'it is stored')
})

t.test('the queue for the disk has an end, and what is beyond it is dropped', async (t) => {
  const gate = gated()
  const { disk } = await openTalkative({ path: t.testdir(), sizeBytes: 256 * MIB }, gate.open)
  gate.shut()
  const chunk = bytesOf(CHUNK_BYTES)
  const most = Math.floor(DISK_QUEUE_BYTES / CHUNK_BYTES)
  let refused = 0
  for (let index = 0; index < most + 10; index += 1) {
    disk.keepChunk(1, index, chunk, (kept) => { if (!kept) refused += 1 })
  }
  t.ok(refused >= 10 && refused <= 11, `${refused} were refused at once`)
  t.equal(disk.health().droppedWrites, refused)
  gate.release()
  await disk.close()
})

t.test('a large body goes a few chunks at a time, and all of it', async (t) => {
  const path = t.testdir()
  const removes: number[] = []
  let inTurn = 0
  const counting: OpenRooms = (settings) => {
    const rooms = openRooms(settings)
    return {
      ...rooms,
      chunks: {
        ...rooms.chunks,
        remove(key) {
          if (inTurn === 0) {
            setImmediate(() => {
              removes.push(inTurn)
              inTurn = 0
            })
          }
          inTurn += 1
          return rooms.chunks.remove(key)
        },
      },
    }
  }
  const { disk } = await openTalkative({ path, sizeBytes: 256 * MIB }, counting)
  const count = 5 * DISK_REMOVE_CHUNKS + 3
  const body = bytesOf(1)
  const entry = { ...entryOf('large', 5, body), lengthBytes: count * CHUNK_BYTES, body: null }
  for (let index = 0; index < count; index += 1) disk.keepChunk(5, index, body, () => {})
  await new Promise((done) => disk.keep(entry, done))
  disk.drop(entry)
  while (removes.length < 6) await turn()
  t.ok(Math.max(...removes) <= DISK_REMOVE_CHUNKS, `at most ${Math.max(...removes)} in a turn`)
  await new Promise((done) => disk.keepChunk(6, 1, body, done))
  t.equal(disk.find(entry.key), null)
  for (let index = 0; index < count; index += 1) {
    if (disk.chunk(5, index) !== null) t.fail(`chunk ${index} is still there`)
  }
  await disk.close()
})

t.test('a removal that was interrupted goes on after the restart', async (t) => {
  const path = t.testdir()
  const first = await openSound({ path })
  const body = bytesOf(300)
  const count = 3 * DISK_REMOVE_CHUNKS
  const entry = { ...entryOf('large', 5, body), lengthBytes: count * CHUNK_BYTES, body: null }
  for (let index = 0; index < count; index += 1) first.keepChunk(5, index, body, () => {})
  await new Promise((done) => first.keep(entry, done))
  first.drop(entry)
  await first.close()

  const second = await openSound({ path })
  t.teardown(() => second.close())
  for (let round = 0; round < 10; round += 1) await turn()
  await new Promise((done) => second.keepChunk(6, 1, body, done))
  for (let index = 0; index < count; index += 1) {
    if (second.chunk(5, index) !== null) t.fail(`chunk ${index} is still there`)
  }
  t.equal(second.state().bytes, 0)
})
