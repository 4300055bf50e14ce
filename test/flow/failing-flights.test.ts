/** Flights that fail: everybody aboard is cut so that it shows, and nothing of it stays. */
import t, { type Test } from 'tap'
import type { Fault } from '../../src/pocket/faults.ts'
import type { PutOptions } from '../../src/pocket/objects.ts'
import { bytesOf } from '../support/entries.ts'
import { landedAll } from '../support/gauges.ts'
import { openHouse, type House, type HouseOptions } from '../support/house.ts'
import { sendVisitor, type Visiting } from '../support/visitor.ts'

const SIZE = 1_000_003
const AT = 600_000

/** The ways in which clients ask; all must be able to tell that they were cut. */
const MANNERS: ReadonlyArray<Omit<Visiting, 'path'>> = [
  { version: '1.1' },
  { version: '1.1', fields: ['Connection: close'] },
  { version: '1.0' },
  { version: '1.0', fields: ['Connection: keep-alive'] },
]

async function open(t: Test, options: HouseOptions = {}): Promise<House> {
  const house = await openHouse({ disk: { path: t.testdir() }, ...options })
  t.teardown(async () => {
    house.pocket.behave(null)
    house.pocket.release()
    await house.close()
  })
  return house
}

/** The next request goes to the origin, gets everything, and what comes after is a hit. */
async function recovers(t: Test, house: House, body: Buffer): Promise<void> {
  house.pocket.behave(null)
  await landedAll(house)
  const before = house.pocket.requests.length
  const next = await house.get('/get/x')
  t.equal(next.status, 200)
  t.ok(next.complete && next.body.equals(body), 'the next request gets all of it')
  t.match(next.headers['cache-status'], /detail=miss/, 'nothing was stored')
  t.equal(house.pocket.requests.length, before + 1)
  await landedAll(house)
  t.match((await house.get('/get/x')).headers['cache-status'], /detail=hit-memory/)
  t.same(house.pocket.failures, [])
}

type Case = readonly [name: string, fault: Fault, put: PutOptions]

const CUTS: readonly Case[] = [
  ['a FIN before the announced length', { kind: 'cut', afterBytes: AT }, {}],
  ['a RST before the announced length', { kind: 'cut', afterBytes: AT, how: 'rst' }, {}],
  ['a FIN one byte before the end', { kind: 'cut', afterBytes: SIZE - 1 }, {}],
  ['a FIN right after the head', { kind: 'cut', afterBytes: 0 }, {}],
  ['a FIN without the last chunk', { kind: 'cut', afterBytes: AT, framing: 'chunked' }, {}],
  ['a FIN where only the last chunk is missing',
    { kind: 'cut', afterBytes: SIZE, framing: 'chunked' }, { etag: 'multipart' }],
  ['a RST among chunks', { kind: 'cut', afterBytes: AT, how: 'rst', framing: 'chunked' }, {}],
  ['a RST where the end would have been a FIN',
    { kind: 'cut', afterBytes: AT, how: 'rst', framing: 'eof' }, { etag: 'multipart' }],
  ['a FIN too early, told by the digest', { kind: 'cut', afterBytes: AT, framing: 'eof' }, {}],
  ['silence', { kind: 'stall', afterBytes: AT }, {}],
  ['silence among chunks', { kind: 'stall', afterBytes: AT, framing: 'chunked' }, {}],
  ['a longer body announced than comes', { kind: 'announce', contentLength: SIZE + 9 }, {}],
  ['a shorter body announced than comes', { kind: 'announce', contentLength: SIZE - 9 }, {}],
  ['one wrong byte', { kind: 'flip', atByte: AT }, {}],
  ['one wrong byte, the last', { kind: 'flip', atByte: SIZE - 1 }, {}],
]

for (const [name, fault, put] of CUTS) {
  t.test(`${name} cuts everybody, and the next request starts anew`, async (t) => {
    const origin = { timeouts: { connectMs: 2000, firstByteMs: 2000, idleMs: 250 } }
    const house = await open(t, { origin })
    const body = bytesOf(SIZE)
    await house.pocket.put('bucket', 'x', body, put)
    house.pocket.behave({ fault })
    const visits = MANNERS.map((manner) =>
      sendVisitor(house.worker.httpAddress, { path: '/get/x', ...manner }).ended)
    for (const [i, visited] of (await Promise.all(visits)).entries()) {
      const { version } = MANNERS[i]!
      // A head may still be waiting for its first byte to leave with when the connection is reset.
      t.ok(visited.status === 200 || visited.head === '', `HTTP/${version}: no other answer`)
      t.equal(visited.whole, false, `HTTP/${version}: it does not look whole`)
      t.equal(visited.ending, 'reset', `HTTP/${version}: reset, and not just closed`)
      const same = visited.body.equals(body.subarray(0, visited.body.length))
      t.ok(fault.kind === 'flip' || same, `HTTP/${version}: what came is right`)
    }
    await recovers(t, house, body)
  })
}

t.test('a body that only its connection delimits is given, and never stored', async (t) => {
  const house = await open(t)
  const body = bytesOf(SIZE)
  await house.pocket.put('bucket', 'x', body, { etag: 'multipart' })
  house.pocket.behave({ fault: { kind: 'framing', framing: 'eof' } })
  for (const manner of MANNERS) {
    const visited = await sendVisitor(house.worker.httpAddress, { path: '/get/x', ...manner }).ended
    t.ok(visited.whole && visited.body.equals(body))
    t.match(visited.head, /detail=miss/)
  }
  t.equal(house.pocket.requests.length, MANNERS.length, 'each asked the origin again')
  await recovers(t, house, body)
})

t.test('such a body is stored where its digest proves it whole', async (t) => {
  const house = await open(t)
  const body = bytesOf(SIZE)
  await house.pocket.put('bucket', 'x', body)
  house.pocket.behave({ fault: { kind: 'framing', framing: 'eof' } })
  const first = await house.get('/get/x')
  t.ok(first.complete && first.body.equals(body))
  await landedAll(house)
  const second = await house.get('/get/x')
  t.match(second.headers['cache-status'], /detail=hit-memory/)
  t.equal(second.headers['content-length'], String(SIZE), 'now the length is known')
})

const REFUSALS: ReadonlyArray<readonly [name: string, fault: Fault, status: number]> = [
  ['503 from the store', { kind: 'status', status: 503 }, 502],
  ['500 from the store', { kind: 'status', status: 500 }, 502],
  ['a connection closed before the head', { kind: 'close-before-head' }, 502],
  ['a connection torn before the head', { kind: 'close-before-head', how: 'rst' }, 502],
  ['half a head', { kind: 'close-inside-head' }, 502],
  ['no head in time', { kind: 'hold-head' }, 504],
]

for (const [name, fault, status] of REFUSALS) {
  t.test(`${name} is ${status} for everybody aboard, and the next starts anew`, async (t) => {
    const origin = { timeouts: { connectMs: 2000, firstByteMs: 250, idleMs: 2000 } }
    const house = await open(t, { origin })
    const body = bytesOf(SIZE)
    await house.pocket.put('bucket', 'x', body)
    house.pocket.behave({ fault })
    const answers = await Promise.all(MANNERS.map((manner) =>
      sendVisitor(house.worker.httpAddress, { path: '/get/x', ...manner }).ended))
    for (const answer of answers) {
      t.equal(answer.status, status)
      t.ok(answer.whole, 'an error is a whole answer')
      t.notMatch(answer.body.toString(), /Error|Slow|127\.0\.0\.1/, 'and says nothing of the store')
    }
    await recovers(t, house, body)
  })
}

t.test('a store that refuses connections is 502, until it does not', async (t) => {
  const house = await open(t)
  const body = bytesOf(SIZE)
  await house.pocket.put('bucket', 'x', body)
  await house.pocket.refuse()
  const refused = await Promise.all(MANNERS.map(() => house.get('/get/x')))
  t.same(refused.map(({ status }) => status), [502, 502, 502, 502])
  await house.pocket.listen()
  await recovers(t, house, body)
})
