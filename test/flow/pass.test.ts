/** What passes: each request is one to the origin, nothing is kept, and the answer is right. */
import t, { type Test } from 'tap'
import type { RouteRule } from '../../src/model/rules.ts'
import { bytesOf } from '../support/entries.ts'
import { gauge, landedAll } from '../support/gauges.ts'
import { openHouse } from '../support/house.ts'
import { startRawOrigin } from '../support/raw-origin.ts'
import { sendVisitor } from '../support/visitor.ts'

const MIB = 1024 * 1024

const ROUTES: readonly RouteRule[] = [
  { name: 'pass', match: { path: '/pass/{key**}' }, to: 'files/{key}', pass: true },
  { name: 'get', match: { path: '/get/{key**}' }, to: 'files/{key}' },
]

async function open(t: Test) {
  const house = await openHouse({
    routes: ROUTES, era: 's3', disk: { path: t.testdir() },
    cache: { notFoundMs: 60_000, forbiddenMs: 60_000 },
  })
  t.teardown(() => house.close())
  return house
}

t.test('each request is one to the origin, and nothing is kept of it', async (t) => {
  const house = await open(t)
  await house.pocket.put('bucket', 'a', 'first')
  for (const [index, body] of ['first', 'second', 'third'].entries()) {
    await house.pocket.put('bucket', 'a', body)
    const got = await house.get('/pass/a')
    t.equal(got.body.toString(), body)
    t.equal(got.headers['cache-status'], 'haulout; fwd=bypass; fwd-status=200; detail=pass')
    t.equal(got.headers['age'], '0')
    t.equal(house.pocket.requests.length, index + 1)
  }
  t.equal((await house.get('/pass/absent')).status, 404)
  t.equal((await house.get('/pass/absent')).status, 404)
  t.equal(house.pocket.requests.length, 5)
  for (const tier of ['memory', 'disk']) {
    t.equal(await gauge(house, 'haulout_tier_bytes', `tier="${tier}"`), 0, tier)
  }
  t.equal(await gauge(house, 'haulout_flights_running'), 0)
})

t.test('what another route has stored is neither used nor touched', async (t) => {
  const house = await open(t)
  await house.pocket.put('bucket', 'a', 'stored')
  t.equal((await house.get('/get/a')).body.toString(), 'stored')
  await landedAll(house)
  await house.pocket.put('bucket', 'a', 'newer')
  t.equal((await house.get('/pass/a')).body.toString(), 'newer')
  const { body, headers } = await house.get('/get/a')
  t.equal(body.toString(), 'stored')
  t.match(headers['cache-status'], /hit/)
  t.equal(house.pocket.requests.length, 2)
})

t.test('those who ask at the same time do not share', async (t) => {
  const house = await open(t)
  await house.pocket.put('bucket', 'a', 'bytes')
  house.pocket.behave({ fault: { kind: 'hold-head' } })
  const all = [house.get('/pass/a'), house.get('/pass/a'), house.get('/get/a')]
  await house.pocket.asked(3)
  house.pocket.release()
  t.same((await Promise.all(all)).map(({ body }) => body.toString()), ['bytes', 'bytes', 'bytes'])
  t.equal(house.pocket.requests.length, 3)
})

t.test('conditions and ranges are answered as from the cache', async (t) => {
  const house = await open(t)
  const body = bytesOf(3 * MIB)
  await house.pocket.put('bucket', 'big', body)
  const ask = (headers: Record<string, string>, method = 'GET') =>
    house.get('/pass/big', { headers, method })
  const { headers: { etag, 'last-modified': modified } } = await ask({})
  t.equal((await ask({ 'if-none-match': String(etag) })).status, 304)
  t.equal((await ask({ 'if-modified-since': String(modified) })).status, 304)
  t.equal((await ask({ 'if-match': '"other"' })).status, 412)
  t.equal((await ask({ range: `bytes=${4 * MIB}-` })).status, 416)
  const head = await ask({}, 'HEAD')
  t.same([head.status, head.headers['content-length'], head.body.length], [200, `${3 * MIB}`, 0])
  const end = await ask({ range: 'bytes=-5' })
  t.same([end.status, end.body.equals(body.subarray(-5))], [206, true])
  const mid = await ask({ range: 'bytes=1000000-2000000' })
  t.same([mid.status, mid.body.equals(body.subarray(1_000_000, 2_000_001))], [206, true])
  const several = await ask({ range: 'bytes=-2,0-1' })
  t.equal(several.status, 206)
  t.ok(several.complete && several.body.includes(body.subarray(-2)), 'backwards too')
  await landedAll(house)
  t.equal(await gauge(house, 'haulout_tier_bytes', 'tier="disk"'), 0)
})

t.test('the fetch ends when its client leaves, before the head and in the body', async (t) => {
  const origin = await startRawOrigin((socket, { text }) => {
    if (text.includes('/silent')) return
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${64 * MIB}\r\n\r\n${'x'.repeat(1000)}`)
  })
  t.teardown(() => origin.close())
  const house = await openHouse({ routes: ROUTES, era: 's3', origin: { endpoints: [origin.url] } })
  t.teardown(() => house.close())
  const { httpAddress } = house.worker
  const silent = sendVisitor(httpAddress, { path: '/pass/silent' })
  await origin.asked(1)
  silent.socket.destroy()
  await origin.quiet()
  const reading = sendVisitor(httpAddress, { path: '/pass/talks' })
  await reading.has(1000)
  t.equal(origin.connections.size, 1)
  reading.socket.destroy()
  await origin.quiet()
  const condition = await house.get('/pass/talks', { headers: { 'if-none-match': '*' } })
  t.equal(condition.status, 304)
  await origin.quiet()
  t.equal(origin.requests.length, 3)
  t.equal(await gauge(house, 'haulout_flights_running'), 0)
})

t.test('a failing origin is an error, whatever is stored', async (t) => {
  const house = await open(t)
  await house.pocket.put('bucket', 'a', 'stored')
  await house.get('/get/a')
  await house.pocket.refuse()
  const { status, headers } = await house.get('/pass/a')
  t.equal(status, 502)
  t.match(headers['cache-status'], /^haulout; fwd=bypass; detail=error$/)
})
