/** What runs while a reload happens keeps the generation it began with, its store included. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { startPocket } from '../../src/pocket/pocket.ts'
import type { Address } from '../../src/model/settings.ts'
import { bytesOf } from '../support/entries.ts'
import { openHouse } from '../support/house.ts'
import { say, startRawOrigin, type Script } from '../support/raw-origin.ts'

const MIB = 1024 * 1024

async function rawOrigin(t: Test, script: Script) {
  const server = await startRawOrigin(script)
  t.teardown(() => server.close())
  return server
}

/** Asks for a path, and has its answer's head when it resolves; the body waits. */
async function headOf({ host, port }: Address, path: string): Promise<IncomingMessage> {
  const [response] = await once(request({ host, port, path, agent: false }).end(), 'response')
  return response as IncomingMessage
}

t.test('an origin whose settings change is closed after its last flight', async (t) => {
  const finish = Promise.withResolvers<() => void>()
  const old = await rawOrigin(t, (socket, { text }) => {
    if (!text.startsWith('GET /bucket/held ')) return say(socket, 200, 'old')
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nold ')
    finish.resolve(() => socket.write('body'))
  })
  const next = await rawOrigin(t, (socket) => say(socket, 200, 'new'))
  const house = await openHouse({ era: 's3', origin: { endpoints: [old.url] } })
  t.teardown(() => house.close())
  // Two connections: one that is idle at the reload, and one that a download runs on.
  const held = await headOf(house.worker.httpAddress, '/get/held')
  t.equal((await house.get('/get/a')).body.toString(), 'old')
  t.equal(old.connections.size, 2)
  t.match(await house.reload({ origin: { endpoints: [next.url] } }), { kind: 'applied' })
  t.equal((await house.get('/get/b')).body.toString(), 'new')
  t.equal(old.connections.size, 2, 'its last flight is under way')
  ;(await finish.promise)()
  t.equal((await buffer(held)).toString(), 'old body')
  await old.quiet()
  t.equal(old.requests.length, 2)
  t.equal(next.requests.length, 1)
})

t.test('an origin that stays the same keeps its connections', async (t) => {
  const server = await rawOrigin(t, (socket) => say(socket, 200, 'body'))
  const house = await openHouse({ era: 's3', origin: { endpoints: [server.url] } })
  t.teardown(() => house.close())
  for (const key of ['a', 'b', 'c']) {
    t.equal((await house.get(`/get/${key}`)).status, 200)
    t.match(await house.reload({ cache: { ttlMs: 1000 } }), { kind: 'applied' })
  }
  t.equal(server.accepted, 1)
  t.same(server.requests.map(({ nth }) => nth), [1, 2, 3])
})

t.test('who comes after the reload does not wait for the old store', async (t) => {
  const answer = Promise.withResolvers<() => void>()
  const silent = await rawOrigin(t, (socket) => answer.resolve(() => say(socket, 200, 'old')))
  const next = await rawOrigin(t, (socket) => say(socket, 200, 'new'))
  const house = await openHouse({ era: 's3', origin: { endpoints: [silent.url] } })
  t.teardown(() => house.close())
  const before = house.get('/get/a')
  await silent.asked(1)
  await house.reload({ origin: { endpoints: [next.url] } })
  t.equal((await house.get('/get/a')).body.toString(), 'new')
  ;(await answer.promise)()
  t.equal((await before).body.toString(), 'old')
})

t.test('a reader that is left behind fetches its rest where it began', async (t) => {
  const body = bytesOf(24 * MIB)
  const house = await openHouse({ era: 's3', memoryBytes: MIB })
  t.teardown(() => house.close())
  const other = await startPocket({ era: 's3' })
  t.teardown(() => other.close())
  await house.pocket.put('bucket', 'big', body, { private: true })
  const { httpAddress } = house.worker
  // Too large for the tier, so that the flight leaves behind whoever is slow.
  const slow = await headOf(httpAddress, '/get/big')
  const fast = await house.get('/get/big')
  t.ok(fast.body.equals(body))
  await house.reload({ origin: { endpoints: [other.endpoint] } })
  t.ok((await buffer(slow)).equals(body))
  t.equal(house.pocket.requests.length, 2)
  t.equal(other.requests.length, 0)
})

t.test('the access log goes to its new place, and no line is lost', async (t) => {
  const folder = t.testdir({})
  const [one, two] = ['one.log', 'two.log'].map((name) => join(folder, name))
  const house = await openHouse({ log: { format: 'json', path: one! } })
  await house.pocket.put('bucket', 'a', 'here')
  await house.get('/get/a')
  // Begun before, over after: what counts is when a line is written.
  house.pocket.behave({ fault: { kind: 'hold-head' } })
  const held = house.get('/get/b')
  await house.pocket.held()
  await house.reload({ log: { format: 'combined', path: two! } })
  house.pocket.release()
  t.equal((await held).status, 404)
  await house.get('/get/a')
  await house.close()
  t.match(readFileSync(one!, 'utf8').trimEnd().split('\n'), [/^\{.*"outcome":"miss"/])
  t.match(readFileSync(two!, 'utf8').trimEnd().split('\n'),
    [/"GET \/get\/b HTTP\/1\.1" 404/, /"GET \/get\/a HTTP\/1\.1" 200/])
})

t.test('the health page and the limit of connections are those of the new file', async (t) => {
  const house = await openHouse({ listen: { maxConnections: 2 } })
  t.teardown(() => house.close())
  t.equal((await house.get('/healthz')).status, 200)
  await house.reload({ listen: { healthPath: '/up', maxConnections: 1 } })
  t.same([(await house.get('/healthz')).status, (await house.get('/up')).status], [404, 200])
  await house.pocket.put('bucket', 'a', 'here')
  house.pocket.behave({ fault: { kind: 'hold-head' } })
  const first = house.get('/get/a')
  await house.pocket.held()
  await t.rejects(house.get('/up'), 'there may be one connection now')
  house.pocket.release()
  t.equal((await first).status, 200)
})
