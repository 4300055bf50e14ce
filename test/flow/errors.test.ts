/** What a client learns when the store says no, in every era: the honest status and no more. */
import t from 'tap'
import type { Test } from 'tap'
import type { Answered } from '../support/client.ts'
import { bytesOf } from '../support/entries.ts'
import { openHouse } from '../support/house.ts'
import type { House } from '../support/house.ts'
import { askedFor, checkUpstream } from '../support/origin-view.ts'

const ERAS = ['walrus2', 'walrus3', 'osg4', 'osg5', 's3'] as const

/** Of an error: its status, worded here, not for any cache, and without a word of the store's. */
function checkError(t: Test, house: House, got: { answer: Answered; status: number }): void {
  const { answer, status } = got
  const { headers } = answer
  t.equal(answer.status, status)
  t.ok(answer.complete)
  t.equal(headers['cache-control'], 'no-store')
  t.equal(headers['content-type'], 'text/plain; charset=utf-8')
  t.equal(headers['content-length'], String(answer.body.length))
  t.match(answer.body.toString(), new RegExp(`^${status} [A-Z][A-Za-z ]+: [a-z ,]+\\n$`))
  const all = `${JSON.stringify(headers)} ${answer.body.toString()}`
  t.notMatch(all, /xml|<|NoSuch|Denied|Signature|AccessKey|Internal|SlowDown|Ceph|RequestId/)
  t.notOk(all.includes(String(house.pocket.port)), 'nor where the store is')
  t.equal(headers['etag'], undefined)
}

for (const era of ERAS) {
  t.test(`${era}: absent is 404, for GET and HEAD, and the connection survives`, async (t) => {
    const house = await openHouse({ era })
    t.teardown(() => house.close())
    await house.pocket.put('bucket', 'there', 'bytes')
    for (let round = 0; round < 3; round++) {
      checkError(t, house, { answer: await house.get('/get/absent'), status: 404 })
      const head = await house.get('/get/absent', { method: 'HEAD' })
      t.equal(head.status, 404)
      t.equal(head.body.length, 0)
      const present = await house.get('/get/there', { method: 'HEAD' })
      t.equal(present.status, 200)
    }
    const [get, head] = ['GET 404', 'HEAD 404']
    t.same(askedFor(house), [get, head, 'HEAD 200', get, head, 'HEAD 200', get, head, 'HEAD 200'])
    checkUpstream(t, house)
  })

  t.test(`${era}: a bucket that does not exist is 404`, async (t) => {
    const house = await openHouse({ era })
    t.teardown(() => house.close())
    checkError(t, house, { answer: await house.get('/get/a'), status: 404 })
    checkUpstream(t, house)
  })

  t.test(`${era}: private, asked without a signature, is 403`, async (t) => {
    const house = await openHouse({ era, origin: { signing: 'none', credentials: null } })
    t.teardown(() => house.close())
    await house.pocket.put('bucket', 'secret', 'hush', { private: true })
    await house.pocket.put('bucket', 'open', 'bytes')
    checkError(t, house, { answer: await house.get('/get/secret'), status: 403 })
    t.equal((await house.get('/get/secret', { method: 'HEAD' })).status, 403)
    t.equal((await house.get('/get/open')).body.toString(), 'bytes')
    checkUpstream(t, house)
  })

  t.test(`${era}: a condition or a range cannot make an error look like success`, async (t) => {
    const house = await openHouse({ era })
    t.teardown(() => house.close())
    const conditions = [
      { 'If-None-Match': '*' }, { 'If-Match': '*' }, { Range: 'bytes=0-10' },
      { 'If-Modified-Since': 'Tue, 15 Nov 2011 12:45:26 GMT' },
    ]
    for (const headers of conditions) {
      checkError(t, house, { answer: await house.get('/get/a', { headers }), status: 404 })
    }
    house.pocket.behave({ fault: { kind: 'status', status: 500 } })
    for (const headers of conditions) {
      checkError(t, house, { answer: await house.get('/get/a', { headers }), status: 502 })
    }
    checkUpstream(t, house)
  })

  for (const status of [500, 503]) {
    t.test(`${era}: ${status} is asked again once, and then is 502 and not stored`, async (t) => {
      const house = await openHouse({ era, cache: { notFoundMs: 1e6, forbiddenMs: 1e6 } })
      t.teardown(() => house.close())
      await house.pocket.put('bucket', 'a', 'bytes')
      house.pocket.behave({ fault: { kind: 'status', status } })
      checkError(t, house, { answer: await house.get('/get/a'), status: 502 })
      t.same(askedFor(house), [`GET ${status}`, `GET ${status}`])
      house.pocket.behave({ fault: { kind: 'status', status }, times: 1 })
      const answer = await house.get('/get/a')
      t.equal(`${answer.status} ${answer.body.toString()}`, '200 bytes')
      t.same(askedFor(house).slice(2), [`GET ${status}`, 'GET 200'])
      checkUpstream(t, house)
    })
  }

  t.test(`${era}: a status of no use here is 502`, async (t) => {
    const house = await openHouse({ era })
    t.teardown(() => house.close())
    await house.pocket.put('bucket', 'a', 'bytes')
    for (const status of [204, 301, 307, 400, 401, 405, 412, 416, 418, 501]) {
      house.pocket.behave({ fault: { kind: 'status', status, code: 'InternalError' } })
      checkError(t, house, { answer: await house.get('/get/a'), status: 502 })
    }
    t.equal(house.pocket.requests.length, 10, 'and asking again is of no use')
  })

  t.test(`${era}: a store that is not there is 502, and used again once it is`, async (t) => {
    const house = await openHouse({ era })
    t.teardown(() => house.close())
    await house.pocket.put('bucket', 'a', 'bytes')
    await house.pocket.refuse()
    checkError(t, house, { answer: await house.get('/get/a'), status: 502 })
    await house.pocket.listen()
    t.equal((await house.get('/get/a')).body.toString(), 'bytes')
    checkUpstream(t, house)
  })

  t.test(`${era}: a store that says nothing is 504`, async (t) => {
    const timeouts = { connectMs: 1000, firstByteMs: 20, idleMs: 1000 }
    const house = await openHouse({ era, origin: { timeouts } })
    t.teardown(() => house.close())
    await house.pocket.put('bucket', 'a', 'bytes')
    house.pocket.behave({ fault: { kind: 'hold-head' } })
    checkError(t, house, { answer: await house.get('/get/a'), status: 504 })
    house.pocket.behave(null)
    t.equal((await house.get('/get/a')).body.toString(), 'bytes')
  })

  t.test(`${era}: a body that breaks where it broke before is cut, and never stored`, async (t) => {
    const house = await openHouse({ era })
    t.teardown(() => house.close())
    const body = bytesOf(600_000)
    await house.pocket.put('bucket', 'a', body)
    for (const how of ['fin', 'rst'] as const) {
      // Where there are parts, all that follow break before their first byte.
      const next = era === 's3' ? 0 : 300_000
      house.pocket.behave([
        { fault: { kind: 'cut', afterBytes: 300_000, how }, times: 1 },
        { fault: { kind: 'cut', afterBytes: next, how } },
      ])
      const all = await Promise.all([house.get('/get/a'), house.get('/get/a')])
      for (const { status, complete, body: part } of all) {
        t.equal(status, 200)
        t.equal(complete, false)
        t.ok(part.equals(body.subarray(0, part.length)), 'what came is right, as far as it goes')
      }
    }
    house.pocket.behave(null)
    const whole = await house.get('/get/a')
    t.ok(whole.complete && whole.body.equals(body))
    t.match(whole.headers['cache-status'], /detail=miss/)
    checkUpstream(t, house)
  })

  t.test(`${era}: a body that is not what its MD5 says is cut before its last byte`, async (t) => {
    const house = await openHouse({ era })
    t.teardown(() => house.close())
    await house.pocket.put('bucket', 'a', bytesOf(600_000))
    house.pocket.behave({ fault: { kind: 'flip', atByte: 10 }, times: 1 })
    const wrong = await house.get('/get/a')
    t.equal(wrong.complete, false)
    t.ok(wrong.body.length < 600_000)
    const right = await house.get('/get/a')
    t.ok(right.complete)
    t.same(askedFor(house), ['GET 200', 'GET 200'])
    checkUpstream(t, house)
  })
}

/** Which of our mistakes a store tells apart from a private object; those are ours, so 502. */
const CREDENTIALS = [
  { era: 'walrus2', unknownKey: 502, wrongSecret: 403 },
  { era: 'walrus3', unknownKey: 403, wrongSecret: 403 },
  { era: 'osg4', unknownKey: 502, wrongSecret: 502 },
  { era: 'osg5', unknownKey: 502, wrongSecret: 502 },
  { era: 's3', unknownKey: 502, wrongSecret: 502 },
] as const

for (const { era, unknownKey, wrongSecret } of CREDENTIALS) {
  t.test(`${era}: wrong credentials are our fault where the store says so`, async (t) => {
    const cases = [
      { accessKey: 'SOMEBODY', secretKey: 'pocketsecret', status: unknownKey },
      { accessKey: 'AKIDPOCKET', secretKey: 'another', status: wrongSecret },
    ]
    for (const { status, ...owner } of cases) {
      const house = await openHouse({ era, pocket: { credentials: [owner] } })
      t.teardown(() => house.close())
      await house.pocket.put('bucket', 'secret', 'hush', { private: true })
      checkError(t, house, { answer: await house.get('/get/secret'), status })
      checkUpstream(t, house)
    }
  })
}
