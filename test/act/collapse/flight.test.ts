/** A flight on its own: what stories over sockets cannot bring about at will. */
import t from 'tap'
import { FLIGHT_RECENT_CHUNKS, FLIGHT_WINDOW_CHUNKS } from '../../../src/limits.ts'
import { HauloutError } from '../../../src/errors.ts'
import { bytesOf, entryOf } from '../../support/entries.ts'
import { chunks, feed, scriptFlight, type Scripted } from '../../support/scripted-flight.ts'

const WINDOW = FLIGHT_WINDOW_CHUNKS
const nobody = (): void => { throw new Error('nobody waits') }

t.test('the last byte waits for the end', (t) => {
  const body = bytesOf(1000)
  const { flight } = scriptFlight({ body })
  const passenger = flight.board(0)
  feed(flight, body)
  t.equal((flight.read(passenger, nobody) as Buffer).length, 999)
  passenger.position = 999
  let woken = 0
  t.equal(flight.read(passenger, () => { woken += 1 }), null)
  flight.end()
  t.equal(woken, 1)
  t.same(flight.read(passenger, nobody), body.subarray(999))
  passenger.position = 1000
  t.equal((flight.read(passenger, nobody) as Buffer).length, 0)
  t.end()
})

t.test('a disk that lags pauses the origin, and lets it go on', (t) => {
  const body = bytesOf(chunks(WINDOW + 8))
  const { flight, calls, given } = scriptFlight({ body })
  const passenger = flight.board(0)
  feed(flight, body, [0, chunks(WINDOW) - 1])
  t.same(calls, ['pause'])
  for (const { done } of given.slice(0, 2)) done(true)
  t.same(calls, ['pause', 'resume'])
  t.equal(flight.read(passenger, nobody), 'gone', 'the first chunk is to be read from the disk')
  passenger.position = chunks(2)
  t.ok(flight.read(passenger, nobody))
  for (const { done } of given.slice(2)) done(true)
  passenger.position = chunks(WINDOW - FLIGHT_RECENT_CHUNKS - 1)
  t.equal(flight.read(passenger, nobody), 'gone')
  passenger.position = chunks(WINDOW - FLIGHT_RECENT_CHUNKS)
  t.ok(flight.read(passenger, nobody), 'the latest chunks stay for those that keep up')
  flight.fail(new HauloutError('origin-cut', 'a test'))
  t.end()
})

t.test('a body that goes on to be stored needs no passengers', (t) => {
  const body = bytesOf(chunks(2))
  const { flight, calls, given } = scriptFlight({ body })
  flight.leave(flight.board(0))
  feed(flight, body)
  flight.end()
  t.same(given.map(({ index }) => index), [0, 1])
  t.same(calls, [])
  t.end()
})

t.test('a body that cannot be stored ends with its last passenger', (t) => {
  const body = bytesOf(chunks(2))
  const { flight, calls } = scriptFlight({ body, reason: 'too-large' })
  const [one, two] = [flight.board(0), flight.board(0)]
  feed(flight, body, [0, 1000])
  flight.leave(one)
  t.same(calls, [])
  flight.leave(two)
  t.same(calls, ['cancel', 'abandon', 'over'])
  t.end()
})

t.test('it ends too when all who are left have been left behind, and fails none of them', (t) => {
  const body = bytesOf(chunks(WINDOW + 40))
  const script = scriptFlight({ body })
  const { flight, calls, given } = script
  const [behind, ahead] = [flight.board(0), flight.board(0)]
  feed(flight, body, [0, chunks(20)])
  for (const { done } of given) done(true)
  // The tiers give it up: what has left the window is nowhere now.
  script.reason = 'disk-trouble'
  ahead.position = chunks(20)
  t.equal(flight.read(behind, nobody), 'gone')
  flight.leave(ahead)
  t.same(calls, ['cancel', 'abandon', 'over'])
  t.equal(flight.read(behind, nobody), 'gone', 'it may still find another way')
  t.end()
})

t.test('a flight that stops being stored while it is paused still loses patience', async (t) => {
  const body = bytesOf(chunks(2 * WINDOW))
  const script = scriptFlight({ body })
  const { flight, calls, given } = script
  const [stalled, fast] = [flight.board(0), flight.board(0)]
  feed(flight, body, [0, chunks(WINDOW)])
  t.same(calls, ['pause'])
  script.reason = 'disk-trouble'
  fast.position = chunks(WINDOW)
  flight.read(fast, () => {})
  for (const { done } of given.slice()) done(false)
  while (calls.at(-1) !== 'resume') await new Promise((tick) => setImmediate(tick))
  t.equal(flight.read(stalled, nobody), 'gone')
  flight.fail(new HauloutError('origin-cut', 'a test'))
  t.end()
})

t.test('one that was left behind holds nobody any more', (t) => {
  const body = bytesOf(chunks(3 * WINDOW))
  const script = scriptFlight({ body })
  const { flight, calls, given } = script
  flight.board(0)
  const fast = flight.board(0)
  feed(flight, body, [0, chunks(WINDOW / 2)])
  for (const { done } of given) done(true)
  script.reason = 'disk-trouble'
  for (let at = WINDOW / 2; at < 3 * WINDOW; at += 4) {
    fast.position = chunks(at)
    flight.read(fast, () => {})
    feed(flight, body, [chunks(at), chunks(Math.min(3 * WINDOW, at + 4))])
  }
  t.notOk(calls.includes('pause'))
  flight.fail(new HauloutError('origin-cut', 'a test'))
  t.end()
})

type Wrong = (script: Scripted, body: Buffer) => void

const WRONG: ReadonlyArray<readonly [string, Wrong, HauloutError['code']]> = [
  ['too few bytes', ({ flight }, body) => {
    feed(flight, body, [0, 999])
    flight.end()
  }, 'origin-cut'],
  ['too many bytes', ({ flight }, body) => {
    feed(flight, Buffer.concat([body, body]))
    flight.end()
  }, 'origin-protocol'],
  ['an error', ({ flight }) => flight.fail(new HauloutError('origin-reset', 'a test')),
    'origin-reset'],
]

for (const [name, happen, code] of WRONG) {
  t.test(`${name}: the tiers forget it, and everybody learns it, once`, (t) => {
    const body = bytesOf(1000)
    const script = scriptFlight({ body })
    const { flight, calls } = script
    const passenger = flight.board(0)
    let woken = 0
    flight.read(passenger, () => { woken += 1 })
    happen(script, body)
    flight.end()
    flight.fail(new HauloutError('origin-stalled', 'too late'))
    t.equal(woken, 1)
    t.equal(calls.filter((call) => call === 'abandon').length, 1)
    t.equal(calls.filter((call) => call === 'over').length, 1)
    t.equal(script.kept, null)
    passenger.position = 999
    t.throws(() => flight.read(passenger, nobody), { code })
    t.end()
  })
}

t.test('a wrong digest is a failure, and the last byte is never given', (t) => {
  const body = bytesOf(1000)
  const script = scriptFlight({ body, changes: { md5: '0'.repeat(32) } })
  const passenger = script.flight.board(0)
  feed(script.flight, body)
  script.flight.end()
  t.equal((script.flight.read(passenger, nobody) as Buffer).length, 999)
  passenger.position = 999
  t.throws(() => script.flight.read(passenger, nobody), { code: 'origin-digest' })
  t.equal(script.kept, null)
  t.end()
})

t.test('the right digest, and the length that turned out, are kept', (t) => {
  for (const size of [0, 1, chunks(1) - 1, chunks(1), chunks(1) + 1, chunks(3)]) {
    const body = bytesOf(size)
    const md5 = entryOf('flown', 1, body).originEtag
    const script = scriptFlight({ body, lengthBytes: null, changes: { md5 } })
    feed(script.flight, body)
    script.flight.end()
    t.equal(script.kept?.entry.lengthBytes, size)
    t.ok(Buffer.concat(script.given.map(({ bytes }) => bytes)).equals(body))
    if (size <= chunks(1)) t.ok(script.kept?.entry.body?.equals(body))
    else t.equal(script.kept?.entry.body, null)
    t.same(script.calls, [], 'it can be boarded until the tiers have it')
    script.kept?.done(true)
    t.same(script.calls, ['over'])
  }
  t.end()
})

t.test('the rest of a body is cut out of the whole where there are no ranges', (t) => {
  const body = bytesOf(chunks(5) + 77)
  const script = scriptFlight({ body, reason: 'too-large', changes: { fromChunk: 3, fromByte: 0 } })
  const passenger = script.flight.board(chunks(3))
  feed(script.flight, body)
  script.flight.end()
  const got: Buffer[] = []
  for (;;) {
    const bytes = script.flight.read(passenger, nobody) as Buffer
    if (bytes.length === 0) break
    got.push(bytes)
    passenger.position += bytes.length
  }
  t.ok(Buffer.concat(got).equals(body.subarray(chunks(3))))
  t.end()
})
