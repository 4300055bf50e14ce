/** The end of a house: what is under way is finished, if there is time, and nothing begins. */
import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { bytesOf } from '../support/entries.ts'
import { gauge } from '../support/gauges.ts'
import { openHouse, type House, type HouseOptions } from '../support/house.ts'
import { sendVisitor } from '../support/visitor.ts'

const SIZE = 2_000_000
const HALF = 1_000_000
/** Longer than a test may take: who waits for all of it fails. */
const LONG_MS = 600_000

const body = bytesOf(SIZE)

/** A house whose store stops in the middle of `x`. */
async function open(t: Test, options: HouseOptions): Promise<House> {
  const house = await openHouse({ disk: { path: t.testdir() }, ...options })
  t.teardown(async () => {
    house.pocket.release()
    await house.close()
  })
  await house.pocket.put('bucket', 'x', body)
  house.pocket.behave({ fault: { kind: 'stall', afterBytes: HALF } })
  return house
}

async function refusal(house: House): Promise<string> {
  const socket = connect(house.worker.httpAddress.port, '127.0.0.1')
  const [error] = await once(socket, 'error') as [NodeJS.ErrnoException]
  return error.code ?? ''
}

t.test('a running download is finished, on connections of every kind', async (t) => {
  const house = await open(t, { drainMs: LONG_MS })
  const address = house.worker.httpAddress
  const visitors = [
    sendVisitor(address, { path: '/get/x' }),
    sendVisitor(address, { path: '/get/x', fields: ['Connection: close'] }),
    sendVisitor(address, { path: '/get/x', version: '1.0' }),
  ]
  await Promise.all(visitors.map((visitor) => visitor.has(HALF)))
  const drained = house.worker.drain()
  t.equal(await refusal(house), 'ECONNREFUSED', 'nobody new is let in')
  house.pocket.release()
  for (const visitor of visitors) {
    const got = await visitor.ended
    t.ok(got.whole && got.body.equals(body))
  }
  await drained
  t.ok(visitors.every(({ socket }) => socket.closed || socket.readableEnded))
})

t.test('idle connections are closed, and those that ask once more are told so', async (t) => {
  const house = await open(t, { drainMs: LONG_MS })
  const address = house.worker.httpAddress
  const idle = sendVisitor(address, { path: '/healthz' })
  t.equal((await idle.ended).ending, 'open')
  const idleClosed = once(idle.socket, 'close')

  const busy = sendVisitor(address, { path: '/get/x' })
  await busy.has(HALF)
  const drained = house.worker.drain()
  await idleClosed
  let text = ''
  busy.socket.on('data', (piece: Buffer) => { text = (text + String(piece)).slice(-500) })
  busy.socket.write('GET /healthz HTTP/1.1\r\nHost: dl\r\n\r\n')
  house.pocket.release()
  t.ok((await busy.ended).body.equals(body))
  await drained
  t.match(text, /HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n[^]*alive\n$/)
})

t.test('when time is up, what still runs is cut', async (t) => {
  const house = await open(t, { drainMs: 100 })
  const visitor = sendVisitor(house.worker.httpAddress, { path: '/get/x' })
  await visitor.has(HALF)
  const drained = house.worker.drain()
  const { whole, ending } = await visitor.ended
  t.equal(whole, false)
  t.equal(ending, 'reset')
  house.pocket.release()
  await drained
})

t.test('a flight without passengers is finished and stored', async (t) => {
  const house = await open(t, { drainMs: LONG_MS })
  const visitor = sendVisitor(house.worker.httpAddress, { path: '/get/x' })
  await visitor.has(HALF)
  visitor.socket.destroy()
  while (await gauge(house, 'haulout_flight_passengers') > 0);
  const drained = house.worker.drain()
  house.pocket.release()
  await drained
  const again = await house.restart()
  t.teardown(() => again.worker.close())
  const got = await again.get('/get/x')
  t.ok(got.body.equals(body))
  t.match(got.headers['cache-status'], /detail=hit-disk/)
})

t.test('closing at once cuts, and harms nothing that is stored', async (t) => {
  const house = await open(t, { drainMs: LONG_MS })
  await house.pocket.put('bucket', 'y', body)
  house.pocket.behave({ fault: { kind: 'stall', afterBytes: HALF }, path: '/x' })
  t.ok((await house.get('/get/y')).body.equals(body))
  const visitor = sendVisitor(house.worker.httpAddress, { path: '/get/x' })
  await visitor.has(HALF)
  const closed = house.worker.close()
  t.equal((await visitor.ended).whole, false)
  await house.pocket.refuse()
  await closed
  await house.pocket.listen()
  const again = await house.restart()
  t.teardown(() => again.worker.close())
  t.match((await again.get('/get/y')).headers['cache-status'], /detail=hit-disk/)
  house.pocket.behave(null)
  const got = await again.get('/get/x')
  t.ok(got.body.equals(body))
  t.match(got.headers['cache-status'], /detail=miss/)
})
