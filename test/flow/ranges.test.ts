/** Ranges over real sockets (RFC 9110 §14): from memory, from disk, and from a flight. */
import { createHash } from 'node:crypto'
import t from 'tap'
import type { Test } from 'tap'
import { readByteranges } from '../support/byteranges.ts'
import type { Answered } from '../support/client.ts'
import { bytesOf } from '../support/entries.ts'
import { openHouse } from '../support/house.ts'
import type { House, HouseOptions } from '../support/house.ts'

/** Three chunks, the last one short. */
const SIZE = 600_000
const LAST = SIZE - 1
/** So little memory that half of it does not hold the object. */
const LITTLE_BYTES = 1024 * 1024

type Spans = ReadonlyArray<readonly [first: number, last: number]>

/** A Range, and the spans it asks for; `whole` where it is to be ignored, `none` for 416. */
const RANGES: ReadonlyArray<readonly [range: string, expected: Spans | 'whole' | 'none']> = [
  ['bytes=0-0', [[0, 0]]],
  ['bytes=0-', [[0, LAST]]],
  ['bytes=-1', [[LAST, LAST]]],
  ['bytes=-700000', [[0, LAST]]],
  ['bytes=599999-', [[LAST, LAST]]],
  ['bytes=599999-99999999999999999999', [[LAST, LAST]]],
  ['bytes=262123-262124', [[262_123, 262_124]]],
  ['bytes=262124-524247', [[262_124, 524_247]]],
  ['bytes=1-599998', [[1, 599_998]]],
  ['Bytes=5-9', [[5, 9]]],
  ['bytes=0-9, 20-29', [[0, 9], [20, 29]]],
  ['bytes=500000-500009,0-9,-10', [[500_000, 500_009], [0, 9], [599_990, LAST]]],
  ['bytes=0-300000,590000-', [[0, 300_000], [590_000, LAST]]],
  ['bytes=0-99,50-149', [[0, 149]]],
  ['bytes=0-9,10-19', [[0, 19]]],
  ['bytes=20-29,0-9,10-19,700000-', [[0, 29]]],
  ['bytes=0-9,,700000-800000', [[0, 9]]],
  [`bytes=${Array.from({ length: 16 }, (_, i) => `${i * 10}-${i * 10 + 4}`).join()}`,
    Array.from({ length: 16 }, (_, i) => [i * 10, i * 10 + 4] as const)],
  [`bytes=${Array.from({ length: 17 }, (_, i) => `${i * 10}-${i * 10 + 4}`).join()}`, 'whole'],
  ['bytes=600000-', 'none'],
  ['bytes=600000-700000,800000-', 'none'],
  ['bytes=-0', 'none'],
  ['bytes=9-5', 'whole'],
  ['bytes=a-b', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=', 'whole'],
  ['bytes', 'whole'],
  ['bytes=0x1-2', 'whole'],
  ['bytes 0-9', 'whole'],
  ['seconds=0-9', 'whole'],
]

function checkSpans(t: Test, answer: Answered, { body, spans }: { body: Buffer; spans: Spans }) {
  t.equal(answer.status, 206)
  t.equal(answer.headers['content-length'], String(answer.body.length))
  const named = spans.map(([first, last]) => `bytes ${first}-${last}/${SIZE}`)
  const expected = spans.map(([first, last]) => body.subarray(first, last + 1))
  if (spans.length === 1) {
    t.equal(answer.headers['content-range'], named[0])
    t.equal(answer.headers['content-type'], 'application/gzip')
    t.ok(answer.body.equals(expected[0]!), 'the bytes of the range')
    return
  }
  t.equal(answer.headers['content-range'], undefined, 'each part has its own')
  const parts = readByteranges(answer)
  t.same(parts.map(({ range }) => range), named)
  for (const [i, { type, bytes }] of parts.entries()) {
    t.equal(type, 'application/gzip')
    t.ok(bytes.equals(expected[i]!), `the bytes of part ${i}`)
  }
}

async function checkRanges(t: Test, house: House, body: Buffer): Promise<void> {
  for (const [range, expected] of RANGES) {
    await t.test(range.slice(0, 40), async (t) => {
      const answer = await house.get('/get/a', { headers: { Range: range } })
      t.ok(answer.complete)
      t.equal(answer.headers['accept-ranges'], 'bytes')
      if (expected === 'none') {
        t.equal(answer.status, 416)
        t.equal(answer.headers['content-range'], `bytes */${SIZE}`)
        t.equal(answer.headers['cache-control'], 'no-store')
      } else if (expected === 'whole') {
        t.equal(answer.status, 200)
        t.equal(answer.headers['content-range'], undefined)
        t.ok(answer.body.equals(body), 'all bytes')
      } else {
        checkSpans(t, answer, { body, spans: expected })
      }
    })
  }
}

/** An object of three chunks, `a`; its bytes. */
async function putObject({ pocket }: House): Promise<Buffer> {
  const body = bytesOf(SIZE)
  await pocket.put('bucket', 'a', body, {
    contentType: 'application/gzip', lastModifiedAt: Date.UTC(2011, 10, 15, 12, 45, 26),
  })
  return body
}

async function openWithObject(t: Test, options: HouseOptions = {}) {
  const house = await openHouse(options)
  t.teardown(() => house.close())
  return { house, body: await putObject(house) }
}

t.test('ranges of what is in memory', async (t) => {
  const { house, body } = await openWithObject(t)
  await house.get('/get/a')
  await checkRanges(t, house, body)
  t.equal(house.pocket.requests.length, 1)
})

t.test('ranges of what is on disk alone', async (t) => {
  const before = await openHouse({ memoryBytes: LITTLE_BYTES, disk: { path: t.testdir() } })
  const body = await putObject(before)
  await before.get('/get/a')
  const house = await before.restart()
  t.teardown(() => house.close())
  await checkRanges(t, house, body)
  const { headers } = await house.get('/get/a', { headers: { Range: 'bytes=9-300000' } })
  t.match(headers['cache-status'], /detail=hit-disk/)
  t.equal(house.pocket.requests.length, 1)
})

t.test('ranges of what is not here yet, each beginning a flight of its own', async (t) => {
  const { house, body } = await openWithObject(t, { cache: { ttlMs: 0 } })
  await checkRanges(t, house, body)
  t.equal(house.pocket.requests.length, RANGES.length)
})

t.test('ranges boarding one flight that has only begun', async (t) => {
  const { house, body } = await openWithObject(t)
  house.pocket.behave({ fault: { kind: 'stall', afterBytes: 0 } })
  const first = house.get('/get/a')
  await house.pocket.held()
  const checked = RANGES.map(async ([range, expected]) => {
    const answer = await house.get('/get/a', { headers: { Range: range } })
    return { answer, expected }
  })
  // What needs no byte is answered before there is one.
  const none = await house.get('/get/a', { headers: { Range: 'bytes=600000-' } })
  t.equal(none.status, 416)
  house.pocket.release()
  for (const one of checked) {
    const { answer, expected } = await one
    if (typeof expected === 'string') t.equal(answer.status, expected === 'none' ? 416 : 200)
    else checkSpans(t, answer, { body, spans: expected })
  }
  t.ok((await first).body.equals(body))
  t.equal(house.pocket.requests.length, 1)
})

t.test('If-Range: a part only of the very version the client has', async (t) => {
  // A store's clock that stands an hour after the upload makes its date a strong validator.
  const at = Date.UTC(2011, 10, 15, 12, 45, 26)
  const pocket = { now: () => at + 3_600_000 }
  const origin = { signing: 'none', credentials: null } as const
  const { house, body } = await openWithObject(t, { era: 's3', pocket, origin })
  const etag = `"${createHash('md5').update(body).digest('hex')}"`
  const cases: ReadonlyArray<readonly [ifRange: string, status: number]> = [
    [etag, 206],
    [`W/${etag}`, 200],
    ['"another"', 200],
    [`${etag}, "another"`, 200],
    ['*', 200],
    ['Tue, 15 Nov 2011 12:45:26 GMT', 206],
    ['Tue, 15 Nov 2011 12:45:27 GMT', 200],
    ['Tue, 15 Nov 2011 12:45:25 GMT', 200],
    ['nonsense', 200],
  ]
  for (const [ifRange, status] of cases) {
    const headers = { 'Range': 'bytes=10-19', 'If-Range': ifRange }
    const answer = await house.get('/get/a', { headers })
    t.equal(answer.status, status, ifRange)
    t.ok(answer.body.equals(status === 206 ? body.subarray(10, 20) : body))
    const beyond = { 'Range': 'bytes=900000-', 'If-Range': ifRange }
    const { status: far } = await house.get('/get/a', { headers: beyond })
    t.equal(far, status === 206 ? 416 : 200)
  }
})

t.test('a date that may hide a second change does not join parts', async (t) => {
  const { house, body } = await openWithObject(t)
  await house.pocket.put('bucket', 'new', body)
  const { headers } = await house.get('/get/new')
  const ifRange = { 'Range': 'bytes=10-19', 'If-Range': String(headers['last-modified']) }
  t.equal((await house.get('/get/new', { headers: ifRange })).status, 200)
})

t.test('HEAD has no ranges', async (t) => {
  const { house } = await openWithObject(t)
  for (const range of ['bytes=0-9', 'bytes=900000-', 'bytes=0-9,20-29']) {
    const answer = await house.get('/get/a', { method: 'HEAD', headers: { Range: range } })
    t.equal(answer.status, 200)
    t.equal(answer.headers['content-length'], String(SIZE))
    t.equal(answer.headers['content-range'], undefined)
  }
})

t.test('of an empty object there are no ranges', async (t) => {
  const { house } = await openWithObject(t)
  await house.pocket.put('bucket', 'empty', '')
  for (const [range, status] of [['bytes=0-', 416], ['bytes=0-0', 416], ['bytes=-5', 200]]) {
    const answer = await house.get('/get/empty', { headers: { Range: String(range) } })
    t.equal(answer.status, status, String(range))
    if (status === 416) t.equal(answer.headers['content-range'], 'bytes */0')
  }
})
