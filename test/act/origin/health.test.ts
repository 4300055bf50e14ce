/** Probes over real sockets: what counts as alive, when minds change, and that they end. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { createOrigin } from '../../../src/act/origin/origin.ts'
import type { EndpointState } from '../../../src/model/origin.ts'
import type { OriginSettings } from '../../../src/model/settings.ts'
import {
  fetchFrom, originSettings, say, sentField, startRawOrigin, wanted,
} from '../../support/raw-origin.ts'

const PROBE = { everyMs: 5, path: '/bucket/', downAfter: 3, upAfter: 2 }
const isProbe = (text: string): boolean => text.startsWith('GET /bucket/ ')

/** An origin that has begun to probe, and the changes of mind that it tells. */
function watched(t: Test, endpoints: readonly string[], changes: Partial<OriginSettings> = {}) {
  const told: EndpointState[] = []
  const waiting: Array<() => void> = []
  const settings = originSettings(endpoints, { probe: PROBE, ...changes })
  const origin = createOrigin(settings, {
    onResponse() {},
    onHealth(_name, state) {
      told.push(state)
      for (const resolve of waiting.splice(0)) resolve()
    },
  })
  t.teardown(() => origin.close())
  origin.probe()
  const changed = async (count: number): Promise<readonly EndpointState[]> => {
    while (told.length < count) await new Promise<void>((resolve) => { waiting.push(resolve) })
    return told
  }
  return { origin, told, changed: changed }
}

const XML = '<Error><Code>NoSuchBucket</Code></Error>'

/** Status and body of a store, its dialect, and whether it is alive. */
const ANSWERS: ReadonlyArray<readonly [number, string, OriginSettings['dialect'], boolean]> = [
  [200, 'a listing', 's3', true],
  [301, '', 's3', true],
  [403, '<Error><Code>AccessDenied</Code></Error>', 'walrus', true],
  [404, XML, 'osg', true],
  [404, 'Not Found', 'walrus', false],
  [404, 'Not Found', 'http', true],
  [500, '<Error><Code>InternalError</Code></Error>', 's3', false],
  [503, 'not up yet', 'http', false],
  [503, '', 'osg', false],
]

for (const [status, body, dialect, alive] of ANSWERS) {
  const name = `${status} "${body}" of ${dialect} is ${alive ? 'a sign of life' : 'none'}`
  t.test(name, async (t) => {
    const server = await startRawOrigin((socket) => {
      say(socket, status, body)
      if (dialect === 'osg') socket.end()
    })
    t.teardown(() => server.close())
    const { origin, told, changed } = watched(t, [server.url], { dialect })
    if (alive) {
      await server.asked(6)
      t.same(told, [])
      t.match(origin.endpoints(), [{ endpoint: server.url, up: true, detail: null }])
    } else {
      await changed(1)
      t.ok(server.requests.length >= 3, 'three in a row')
      t.match(origin.endpoints(), [{ up: false, detail: /^status / }])
    }
  })
}

t.test('two bad answers among good ones change nothing', async (t) => {
  const server = await startRawOrigin((socket, { number }) => {
    say(socket, number % 3 === 0 ? 200 : 503, XML)
  })
  t.teardown(() => server.close())
  const { told } = watched(t, [server.url])
  await server.asked(12)
  t.same(told, [])
})

t.test('an endpoint that is down is passed over, and asked again once it is up', async (t) => {
  let well = false
  const [sick, other] = await Promise.all([
    startRawOrigin((socket) => say(socket, well ? 200 : 503, 'sick')),
    startRawOrigin((socket) => say(socket, 200, 'other')),
  ])
  t.teardown(() => Promise.all([sick.close(), other.close()]))
  const { origin, changed } = watched(t, [sick.url, other.url], { choose: 'fallback' })
  await changed(1)
  t.match(origin.endpoints(), [
    { endpoint: sick.url, up: false }, { endpoint: other.url, up: true },
  ])
  const fetched = fetchFrom(origin)
  await fetched.done
  t.equal(fetched.body.toString(), 'other')
  t.ok(sick.requests.every(({ text }) => isProbe(text)), 'nothing but probes')
  well = true
  await changed(2)
  const again = fetchFrom(origin)
  await again.done
  t.equal(again.body.toString(), 'sick')
})

t.test('where all are down they are asked all the same', async (t) => {
  const server = await startRawOrigin((socket, { text }) => {
    say(socket, isProbe(text) ? 503 : 200, 'body')
  })
  t.teardown(() => server.close())
  const { origin, changed } = watched(t, [server.url])
  await changed(1)
  const fetched = fetchFrom(origin)
  await fetched.done
  t.equal(fetched.body.toString(), 'body')
})

t.test('an endpoint that nobody listens on is down', async (t) => {
  const free = createServer()
  free.listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as { port: number }
  free.close()
  await once(free, 'close')
  const { changed } = watched(t, [`http://127.0.0.1:${port}`])
  t.match(await changed(1), [{ up: false, detail: /origin|ECONNREFUSED|refused/i }])
})

t.test('a probe is signed, goes behind the service path, and takes nobody\'s place', async (t) => {
  process.env.HAULOUT_TEST_ACCESS = 'AKID'
  process.env.HAULOUT_TEST_SECRET = 'geheim'
  const held: Socket[] = []
  const server = await startRawOrigin((socket, { text }) => {
    if (text.includes('/bucket/ ')) say(socket, 200, 'x'.repeat(100_000))
    else held.push(socket)
  })
  t.teardown(() => server.close())
  const { origin, told } = watched(t, [`${server.url}/services/Walrus`], {
    dialect: 'walrus', signing: 'v2', limits: { connections: 1, queue: 1, queueWaitMs: 2000 },
    credentials: {
      accessKey: { kind: 'env', name: 'HAULOUT_TEST_ACCESS' },
      secretKey: { kind: 'env', name: 'HAULOUT_TEST_SECRET' }, sessionToken: null,
    },
  })
  const fetched = fetchFrom(origin, wanted())
  await server.asked(8)
  const probe = server.requests.find(({ text }) => text.startsWith('GET /services/Walrus/bucket/ '))
  t.match(sentField(probe, 'Authorization'), /^AWS AKID:/)
  t.same(told, [], 'a long listing is alive, and so is a busy store')
  fetched.call.cancel()
})

t.test('after close nothing is asked any more', async (t) => {
  const server = await startRawOrigin((socket) => say(socket, 200, 'a'))
  t.teardown(() => server.close())
  const { origin } = watched(t, [server.url], { probe: { ...PROBE, everyMs: 1 } })
  await server.asked(3)
  await origin.close()
  await server.quiet()
  const before = server.requests.length
  const other = await startRawOrigin((socket) => say(socket, 200, 'a'))
  t.teardown(() => other.close())
  const { origin: second } = watched(t, [other.url])
  await other.asked(5)
  await second.close()
  t.equal(server.requests.length, before)
})

t.test('without a probe nobody is asked, and nothing is said', async (t) => {
  const server = await startRawOrigin((socket) => say(socket, 200, 'a'))
  t.teardown(() => server.close())
  const { origin } = watched(t, [server.url], { probe: null })
  await fetchFrom(origin).done
  t.equal(server.requests.length, 1)
  t.same(origin.endpoints(), [])
})
