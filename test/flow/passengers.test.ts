/** Who may come aboard a flight and leave it, and when: it is the cache's, and nobody's own. */
import t, { type Test } from 'tap'
import { bytesOf } from '../support/entries.ts'
import { gauge, landedAll } from '../support/gauges.ts'
import { openHouse, type House } from '../support/house.ts'
import { sendVisitor, type Visiting, type Visitor } from '../support/visitor.ts'

const SIZE = 3_000_001
const HALF = 1_500_000

type Scene = {
  readonly house: House
  readonly body: Buffer
  visit(visiting?: Omit<Visiting, 'path'>): Visitor
}

/** A house whose store holds `x` and stops half way through it until it is released. */
async function halfway(t: Test): Promise<Scene> {
  const house = await openHouse({ disk: { path: t.testdir() } })
  t.teardown(async () => {
    house.pocket.release()
    await house.close()
  })
  const body = bytesOf(SIZE)
  await house.pocket.put('bucket', 'x', body)
  house.pocket.behave({ fault: { kind: 'stall', afterBytes: HALF } })
  const visit = (visiting: Omit<Visiting, 'path'> = {}): Visitor =>
    sendVisitor(house.worker.httpAddress, { path: '/get/x', ...visiting })
  return { house, body, visit }
}

/** Everything came from one request, and is on disk. */
async function isStored(t: Test, { house, body }: Scene): Promise<void> {
  await landedAll(house)
  t.equal(house.pocket.requests.length, 1)
  const again = await house.restart()
  t.teardown(() => again.worker.close())
  const stored = await again.get('/get/x')
  t.ok(stored.body.equals(body))
  t.match(stored.headers['cache-status'], /detail=hit-disk/)
  t.equal(house.pocket.requests.length, 1)
}

t.test('the first client leaves, and the flight goes on for the second', async (t) => {
  const scene = await halfway(t)
  const first = scene.visit()
  await first.has(HALF)
  const second = scene.visit()
  await second.has(HALF)
  first.socket.destroy()
  await first.ended
  scene.house.pocket.release()
  const got = await second.ended
  t.ok(got.whole && got.body.equals(scene.body))
  await isStored(t, scene)
})

t.test('all clients leave, and the response is stored all the same', async (t) => {
  const scene = await halfway(t)
  const visitors = [scene.visit(), scene.visit(), scene.visit({ version: '1.0' })]
  await Promise.all(visitors.map((visitor) => visitor.has(HALF)))
  for (const visitor of visitors) visitor.socket.resetAndDestroy()
  while (await gauge(scene.house, 'haulout_flight_passengers') > 0);
  scene.house.pocket.release()
  await isStored(t, scene)
})

t.test('the only client leaves before the head is there', async (t) => {
  const scene = await halfway(t)
  scene.house.pocket.behave({ fault: { kind: 'hold-head' } })
  const visitor = scene.visit()
  await scene.house.pocket.held()
  visitor.socket.destroy()
  await visitor.ended
  scene.house.pocket.release()
  await scene.house.pocket.asked(1)
  await isStored(t, scene)
})

t.test('whoever boards at any moment gets every byte from the first', async (t) => {
  const scene = await halfway(t)
  const { house, body } = scene
  house.pocket.behave({ fault: { kind: 'hold-head' } })
  const early = [scene.visit(), scene.visit({ version: '1.0' })]
  await house.pocket.held()
  house.pocket.release()
  for (let i = 0; i < 20; i += 1) {
    await early[0]!.has((i * SIZE) / 20)
    early.push(scene.visit())
  }
  for (const visitor of early) {
    const got = await visitor.ended
    t.ok(got.whole && got.body.equals(body))
  }
  await isStored(t, scene)
})

t.test('a range of a running flight is answered as soon as its bytes are there', async (t) => {
  const scene = await halfway(t)
  const { house, body } = scene
  const whole = scene.visit()
  await whole.has(HALF)
  const early = await scene.visit({ fields: [`Range: bytes=100-${HALF - 1}`] }).ended
  t.equal(early.status, 206)
  t.ok(early.whole && early.body.equals(body.subarray(100, HALF)))

  const first = await scene.visit({ fields: ['Range: bytes=0-0'] }).ended
  t.ok(first.whole && first.body.equals(body.subarray(0, 1)))

  // These reach beyond what is there: their heads are held with their bytes.
  const across = scene.visit({ fields: [`Range: bytes=${HALF - 10}-${HALF + 9}`] })
  const suffix = scene.visit({ fields: ['Range: bytes=-7'] })
  const several = scene.visit({ fields: ['Range: bytes=-1,0-4'] })
  await across.has(10)
  house.pocket.release()
  t.ok((await across.ended).body.equals(body.subarray(HALF - 10, HALF + 10)))
  t.ok((await suffix.ended).body.equals(body.subarray(SIZE - 7)))
  const parts = await several.ended
  t.match(parts.head, /multipart\/byteranges/)
  t.ok(parts.whole && parts.body.includes(body.subarray(0, 5)))
  t.ok((await whole.ended).body.equals(body))
  await isStored(t, scene)
})

t.test('HEAD and conditions are answered from the head of a running flight', async (t) => {
  const scene = await halfway(t)
  const whole = scene.visit()
  await whole.has(HALF)
  const head = await scene.visit({ method: 'HEAD' }).ended
  t.match(head.head, new RegExp(`^Content-Length: ${SIZE}\r$`, 'mi'))
  t.match(head.head, /detail=joined/)
  const etag = /^etag: (.+)\r$/im.exec(head.head)![1]!
  t.equal((await scene.visit({ fields: [`If-None-Match: ${etag}`] }).ended).status, 304)
  t.equal((await scene.visit({ fields: ['If-Match: "other"'] }).ended).status, 412)
  t.equal((await scene.visit({ fields: [`Range: bytes=${SIZE}-`] }).ended).status, 416)
  scene.house.pocket.release()
  t.ok((await whole.ended).body.equals(scene.body))
  await isStored(t, scene)
})

t.test('pipelined requests of one flight are answered in order, each in full', async (t) => {
  const scene = await halfway(t)
  const { socket, has } = scene.visit()
  const pieces: Buffer[] = []
  socket.on('data', (piece: Buffer) => pieces.push(piece))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write('GET /get/x HTTP/1.1\r\nHost: dl\r\nRange: bytes=0-9\r\n\r\n')
  socket.write('GET /get/x HTTP/1.1\r\nHost: dl\r\nConnection: close\r\n\r\n')
  await has(HALF)
  scene.house.pocket.release()
  await closed
  const all = Buffer.concat(pieces)
  const starts = [...all.toString('latin1').matchAll(/HTTP\/1\.1 (\d+) [^]*?\r\n\r\n/g)]
  t.same(starts.map((found) => found[1]), ['200', '206', '200'])
  const bodies = starts.map(({ 0: head, index }, i) =>
    all.subarray(index + head.length, starts[i + 1]?.index))
  t.ok(bodies[0]!.equals(scene.body))
  t.ok(bodies[1]!.equals(scene.body.subarray(0, 10)))
  t.ok(bodies[2]!.equals(scene.body))
  await isStored(t, scene)
})

t.test('whoever leaves with an answer still queued leaves nothing behind', async (t) => {
  const scene = await halfway(t)
  const first = scene.visit()
  for (let i = 0; i < 5; i += 1) first.socket.write('GET /get/x HTTP/1.1\r\nHost: dl\r\n\r\n')
  await first.has(HALF)
  first.socket.destroy()
  while (await gauge(scene.house, 'haulout_flight_passengers') > 0);
  scene.house.pocket.release()
  await isStored(t, scene)
})
