/**
 * Turns over single bits of a stored database, opens a house on it and reads everything back. It
 * may die of that, so it is a process of its own; it says what it is about to do before it does it.
 */
import { copyFileSync, openSync, closeSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { startPocket } from '../../src/pocket/pocket.ts'
import { generatedBytes } from '../../src/pocket/generated.ts'
import { CREDENTIAL, houseAt, type House } from '../support/house.ts'
import { landedAll } from '../support/gauges.ts'
import { randomOf } from '../support/random.ts'

/** Bytes of the bodies that are stored; some are inside their entry, some have many chunks. */
const SIZES = [
  0, 1, 100, 4000, 5000, 20_000, 70_000, 200_000, 262_124, 262_125, 600_000, 1_500_000, 3_000_000,
]

const [folder, first, count, when] = process.argv.slice(2)
const path = join(folder!, 'disk')
const kept = join(folder!, 'kept.mdb')
const file = join(path, 'data.mdb')

/** Whole, and the bytes that were put. */
async function isRight(house: House, size: number): Promise<boolean> {
  const { status, complete, body } = await house.get(`/get/${size}`)
  return status === 200 && complete && body.equals(generatedBytes(size, 0, size))
}

function flip(seed: number): void {
  const random = randomOf(seed)
  const at = Math.floor(random() * statSync(file).size)
  const byte = Buffer.alloc(1)
  const handle = openSync(file, 'r+')
  readSync(handle, byte, 0, 1, at)
  byte[0]! ^= 1 << Math.floor(random() * 8)
  writeSync(handle, byte, 0, 1, at)
  closeSync(handle)
  console.log(`seed ${seed}: byte ${at}`)
}

const pocket = await startPocket({ era: 'walrus3', credentials: [CREDENTIAL] })
for (const size of SIZES) await pocket.put('bucket', `${size}`, generatedBytes(size, 0, size))
const options = { disk: { path }, memoryBytes: 1024 * 1024 }

async function open(): Promise<House> {
  return houseAt(pocket, options)
}

if (statSync(kept, { throwIfNoEntry: false }) === undefined) {
  const house = await open()
  for (const size of SIZES) if (!await isRight(house, size)) throw new Error(`${size} at first`)
  await landedAll(house)
  await house.worker.close()
  copyFileSync(file, kept)
}

for (let seed = Number(first); seed < Number(first) + Number(count); seed += 1) {
  rmSync(path, { recursive: true, force: true })
  const empty = await open()
  await empty.worker.close()
  copyFileSync(kept, file)
  if (when === 'before') flip(seed)
  const house = await open()
  if (when === 'while') flip(seed)
  pocket.requests.length = 0
  // Twice: the second time what was refetched is read, and what was written after the damage.
  for (const size of [...SIZES, ...SIZES]) {
    if (!await isRight(house, size)) console.log(`WRONG seed ${seed}: ${size} bytes`)
  }
  console.log(`done ${seed}: ${pocket.requests.length} fetched again`)
  await house.worker.close()
}
await pocket.close()
