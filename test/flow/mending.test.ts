/** Chunks that the disk has lost or damaged: what is fetched in their place has to be the same. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { CHUNK_BYTES } from '../../src/limits.ts'
import { bytesOf } from '../support/entries.ts'
import { landedAll } from '../support/gauges.ts'
import { openHouse, type House, type HouseOptions } from '../support/house.ts'

const BODY = bytesOf(12 * CHUNK_BYTES + 99)
const KEPT = { lastModifiedAt: Date.UTC(2026, 1, 3), etag: { exactly: 'the-same' } } as const

/** Turns over one bit in each of these chunks. */
function damage(path: string, chunks: readonly number[]): void {
  const file = join(path, 'data.mdb')
  const bytes = readFileSync(file)
  for (const chunk of chunks) {
    const marker = BODY.subarray(chunk * CHUNK_BYTES + 10, chunk * CHUNK_BYTES + 50)
    for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at)) bytes[at]! ^= 4
  }
  writeFileSync(file, bytes)
}

/** A house that has the body on disk, some chunks of it damaged. */
async function damaged(t: Test, options: HouseOptions, chunks: readonly number[]): Promise<House> {
  const path = t.testdir()
  const first = await openHouse({ ...options, disk: { path }, memoryBytes: 1024 * 1024 })
  await first.pocket.put('bucket', 'x', BODY, KEPT)
  t.ok((await first.get('/get/x')).body.equals(BODY))
  await landedAll(first)
  await first.worker.close()
  damage(path, chunks)
  const house = await first.restart()
  t.teardown(() => house.close())
  house.pocket.requests.length = 0
  return house
}

for (const chunks of [[0], [5], [12], [3, 4, 9]]) {
  t.test(`s3: chunks ${chunks.join(', ')} cost no more than themselves`, async (t) => {
    const house = await damaged(t, { era: 's3' }, chunks)
    const got = await house.get('/get/x')
    t.ok(got.complete && got.body.equals(BODY))
    await landedAll(house)
    const fetched = house.pocket.requests.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0)
    const lost = chunks.reduce((sum, chunk) =>
      sum + Math.min(CHUNK_BYTES, BODY.length - chunk * CHUNK_BYTES), 0)
    // Damage shows one chunk at a time: chunk 4 is not known to be lost when 3 is asked for.
    t.equal(fetched, lost)
    t.ok(house.pocket.requests.every(({ status }) => status === 206))
    house.pocket.requests.length = 0
    const again = await house.restart()
    t.teardown(() => again.worker.close())
    t.ok((await again.get('/get/x')).body.equals(BODY))
    t.equal(house.pocket.requests.length, 0, 'and are there again')
  })
}

for (const era of ['s3', 'walrus3'] as const) {
  t.test(`${era}: other bytes under the same tag are not mixed with what is stored`, async (t) => {
    const house = await damaged(t, { era }, [5])
    const other = Buffer.from(BODY)
    // Within the lost chunk, so that nothing but its checksum can tell.
    other[5 * CHUNK_BYTES + 3]! ^= 1
    await house.pocket.put('bucket', 'x', other, KEPT)
    const cut = await house.get('/get/x')
    t.equal(cut.complete, false)
    t.ok(cut.body.length <= 5 * CHUNK_BYTES, 'not a byte of the lost chunk')
    t.ok(cut.body.equals(BODY.subarray(0, cut.body.length)))
    const next = await house.get('/get/x')
    t.ok(next.complete && next.body.equals(other), 'who comes next gets the new bytes, all of them')
  })
}
