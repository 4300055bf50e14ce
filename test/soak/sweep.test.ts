/**
 * SQLite's sweep: the same story again and again, in which the N-th operation on the database
 * fails, for every N until a run has no N-th operation any more. Whatever fails, downloads are
 * right, nobody waits for ever, and nothing rejects unheard.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { passingBans } from '../../src/act/cache/bans.ts'
import { createCache } from '../../src/act/cache/cache.ts'
import { openDisk, type Disk } from '../../src/act/cache/disk.ts'
import { openMemory } from '../../src/act/cache/memory.ts'
import { CHUNK_BYTES } from '../../src/limits.ts'
import { serve, type Parts } from '../../src/serve.ts'
import { bytesOf } from '../support/entries.ts'
import { failingRooms, type FailingRooms } from '../support/failing-rooms.ts'
import { arrive, partsOn, watchWire } from '../support/line.ts'
import { scriptOrigin } from '../support/scripted-origin.ts'

const MIB = 1024 * 1024

const BODIES: ReadonlyMap<string, Buffer> = new Map([
  ['small', bytesOf(1000)],
  ['empty', bytesOf(0)],
  ['three', bytesOf(3 * CHUNK_BYTES - 5)],
  ['other', bytesOf(4 * CHUNK_BYTES)],
  ['third', bytesOf(3 * CHUNK_BYTES)],
])

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

type House = { readonly parts: Parts; readonly disk: Disk; pump(): void }

/** A house whose tiers are so small that things go up and down all the time. */
async function openHouse(path: string, rooms: FailingRooms): Promise<House> {
  const settings = { path, sizeBytes: 3 * MIB, reserveBytes: 0 }
  const disk = await openDisk(settings, { log: { info() {}, error() {} }, open: rooms.open })
  const scripted = scriptOrigin({
    body: bytesOf(0), bodies: BODIES, etag: '"v1"', ranges: true, tellsLength: true,
  })
  const cache = createCache({ memory: openMemory(400_000), disk }, passingBans())
  return {
    parts: partsOn(cache, scripted.origin),
    disk,
    pump() {
      for (const fetched of scripted.fetches) {
        if (!fetched.over && !fetched.paused) fetched.send(300_000)
      }
    },
  }
}

/** What a client gets; null when it is still waiting after a thousand turns of the loop. */
async function download(house: House, key: string): Promise<Buffer | null> {
  const said = watchWire()
  serve(house.parts, arrive(said.wire, { url: `/get/${key}` }))
  for (let round = 0; round < 1000 && said.ends + said.cuts === 0; round += 1) {
    house.pump()
    await turn()
  }
  return said.ends === 1 ? Buffer.concat(said.body) : null
}

/** The story: twice over everything, a new beginning, once more. Tells what went wrong. */
async function tell(path: string, rooms: FailingRooms): Promise<string[]> {
  const wrong: string[] = []
  for (const times of [2, 1]) {
    const house = await openHouse(path, rooms)
    for (let time = 0; time < times; time += 1) {
      for (const [key, body] of BODIES) {
        const got = await download(house, key)
        if (got === null) wrong.push(`${key} did not end`)
        else if (!got.equals(body)) wrong.push(`${key} has ${got.length} bytes that are wrong`)
        await turn()
      }
    }
    await house.disk.close()
    // Where closing fails the lock is kept, until the process ends.
    rmSync(join(path, 'haulout.lock'), { force: true })
  }
  return wrong
}

t.test('whichever operation fails, once or from then on, downloads are right', async (t) => {
  const unheard: unknown[] = []
  const hear = (reason: unknown): void => { unheard.push(reason) }
  process.on('unhandledRejection', hear)
  t.teardown(() => process.off('unhandledRejection', hear))
  const folder = t.testdir()
  for (const lasting of [false, true]) {
    let runs = 0
    for (let nth = 1; ; nth += 1) {
      const path = join(folder, `${nth}`)
      const rooms = failingRooms((number) => lasting ? number >= nth : number === nth)
      const wrong = await tell(path, rooms)
      rmSync(path, { recursive: true, force: true })
      if (wrong.length > 0) t.same(wrong, [], `operation ${nth}${lasting ? ' and all after' : ''}`)
      runs = nth
      if (!rooms.failed) break
    }
    t.comment(`${runs} runs, ${lasting ? 'from the N-th on' : 'the N-th alone'}`)
    t.ok(runs > 100, 'and there was something to fail')
  }
  await turn()
  t.same(unheard, [])
})
