/**
 * Origins whose connections break in the middle of a body: who downloads notices a pause, and
 * what changed in between is never mixed. `BROKEN_MIB` and `SEED` make it larger and repeat it.
 */
import t, { type Test } from 'tap'
import { crc32 } from 'node:zlib'
import { generatedBytes } from '../../src/pocket/generated.ts'
import type { Rule } from '../../src/pocket/faults.ts'
import { visit } from '../support/crowd.ts'
import { bytesOf } from '../support/entries.ts'
import { landedAll } from '../support/gauges.ts'
import { openHouse, type House, type HouseOptions } from '../support/house.ts'
import { randomOf, seedOf } from '../support/random.ts'

const MIB = 1024 * 1024
const SIZE = Number(process.env['BROKEN_MIB'] ?? 24) * MIB + 12_345
const SEED = seedOf()
const BREAKS = 10
const CLIENTS = 20

async function open(t: Test, options: HouseOptions): Promise<House> {
  const house = await openHouse(options)
  t.teardown(() => house.close())
  return house
}

function crcOf(seed: string, sizeBytes: number): number {
  let crc = 0
  for (let at = 0; at < sizeBytes; at += MIB) {
    crc = crc32(generatedBytes(seed, at, Math.min(MIB, sizeBytes - at)), crc)
  }
  return crc
}

/** Where the connections break: bytes of the body, in order. */
function breaksOf(seed: number): number[] {
  const random = randomOf(seed)
  return Array.from({ length: BREAKS }, () => Math.floor(random() * SIZE)).toSorted((a, b) => a - b)
}

/** Each connection breaks once; `parts` are counted from where the one before has ended. */
function rulesFor(breaks: readonly number[], parts: boolean): Rule[] {
  return breaks.map((at, i) => ({
    fault: {
      kind: 'cut', afterBytes: parts ? at - (breaks[i - 1] ?? 0) : at,
      how: i % 2 === 0 ? 'rst' : 'fin',
    },
    times: 1,
  }))
}

for (const era of ['s3', 'walrus3'] as const) {
  t.test(`${era}: ten breaks, and twenty clients get every byte`, async (t) => {
    t.comment(`seed ${SEED}, ${SIZE} bytes`)
    const breaks = breaksOf(SEED)
    // The first client asks for more than the tiers have; the disk holds what memory cannot.
    const house = await open(t, {
      era, memoryBytes: 8 * MIB, disk: { path: t.testdir(), sizeBytes: 2 * SIZE },
    })
    await house.pocket.put('bucket', 'big', { sizeBytes: SIZE, seed: 'v1' })
    house.pocket.behave(rulesFor(breaks, era === 's3'))
    const all = await Promise.all(Array.from({ length: CLIENTS }, () =>
      visit(house.worker.httpAddress, { path: '/get/big' })))
    const crc = crcOf('v1', SIZE)
    for (const got of all) t.same(got, { status: 200, bytes: SIZE, crc, whole: true })
    await landedAll(house)
    const asked = house.pocket.requests.length
    t.ok(asked > 1 && asked <= BREAKS + 1, `${asked} requests`)
    if (era === 's3') {
      const statuses = house.pocket.requests.slice(1).map(({ status }) => status)
      t.ok(statuses.every((status) => status === 206), 'each but the first is for a part')
    }
    const again = await visit(house.worker.httpAddress, { path: '/get/big' })
    t.same(again, { status: 200, bytes: SIZE, crc, whole: true })
    t.equal(house.pocket.requests.length, asked, 'and it is stored')
  })

  t.test(`${era}: a body that cannot be stored goes on all the same`, async (t) => {
    const body = bytesOf(5_000_000)
    const house = await open(t, { era, memoryBytes: MIB })
    await house.pocket.put('bucket', 'x', body)
    house.pocket.behave(rulesFor([1, 70_000, 1_000_000, 4_999_999], era === 's3'))
    const got = await house.get('/get/x')
    t.ok(got.complete && got.body.equals(body))
    t.equal(house.pocket.requests.length, 5)
  })

  t.test(`${era}: what has changed meanwhile is cut, and the new version comes next`, async (t) => {
    const house = await open(t, { era })
    const old = bytesOf(3_000_000)
    const next = bytesOf(3_000_000)
    await house.pocket.put('bucket', 'x', old)
    house.pocket.behave({ fault: { kind: 'cut', afterBytes: 2_000_000 }, times: 1 })
    const changes: Array<Promise<void>> = []
    const pieces: Buffer[] = []
    const cut = await house.get('/get/x', {
      onBytes(piece) {
        pieces.push(piece)
        if (changes.length === 0) changes.push(house.pocket.put('bucket', 'x', next))
      },
    })
    await Promise.all(changes)
    t.equal(cut.complete, false)
    const got = Buffer.concat(pieces)
    t.ok(got.equals(old.subarray(0, got.length)), 'nobody got any of it under the old name')
    const whole = await house.get('/get/x')
    t.ok(whole.complete && whole.body.equals(next))
  })
}
