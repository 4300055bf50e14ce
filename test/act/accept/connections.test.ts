/** What clients do to their connections beside asking properly. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { listen, type Listener } from '../../../src/act/accept/accept.ts'
import { CLIENT_PIPELINE } from '../../../src/limits.ts'
import type { Exchange } from '../../../src/model/exchange.ts'

type Scene = {
  readonly listener: Listener
  /** Exchanges in order of arrival. */
  readonly asked: Exchange[]
  /** What they ended with, in order of their ends: whether the answer was complete. */
  readonly settled: boolean[]
  /** Resolves when it is so; looked at whenever one was asked or has ended. */
  until(done: () => boolean): Promise<void>
}

/** A listener that leaves all answering to the test. */
async function open(t: Test): Promise<Scene> {
  const asked: Exchange[] = []
  const settled: boolean[] = []
  const watchers = new Set<() => void>()
  const tell = (): void => { for (const watcher of watchers) watcher() }
  const listener = await listen({ host: '127.0.0.1', port: 0 }, 100, {
    serve(x) {
      asked.push(x)
      tell()
    },
    settled(_x, complete) {
      settled.push(complete)
      tell()
    },
  })
  t.teardown(() => listener.cut())
  const until = (done: () => boolean): Promise<void> => new Promise((resolve) => {
    const watcher = (): void => {
      if (!done()) return
      watchers.delete(watcher)
      resolve()
    }
    watchers.add(watcher)
    watcher()
  })
  return { listener, asked, settled, until }
}

type Client = { readonly socket: Socket; text(): string; readonly ended: Promise<'fin' | 'reset'> }

function dial({ listener }: Scene): Client {
  const socket = connect(listener.address.port, '127.0.0.1')
  let text = ''
  let ending: 'fin' | 'reset' = 'fin'
  socket.on('data', (piece: Buffer) => { text += piece.toString('latin1') })
  socket.on('error', () => { ending = 'reset' })
  const ended = new Promise<'fin' | 'reset'>((resolve) => {
    socket.on('close', () => resolve(ending))
  })
  return { socket, text: () => text, ended }
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

function answer(x: Exchange, text: string): void {
  x.wire.head(200, ['Content-Length', String(text.length)])
  x.wire.end(Buffer.from(text))
}

t.test('nonsense instead of a request is 400, and the end of the connection', async (t) => {
  const scene = await open(t)
  const client = dial(scene)
  client.socket.write('nonsense\r\n\r\n')
  t.equal(await client.ended, 'fin')
  t.match(client.text(), /^HTTP\/1\.1 400 Bad Request\r\n/)
  t.equal(scene.asked.length, 0)
})

t.test('nonsense behind a request never gets into the answer to it', async (t) => {
  const scene = await open(t)
  const client = dial(scene)
  client.socket.write(GET)
  await scene.until(() => scene.asked.length === 1)
  const { wire } = scene.asked[0]!
  wire.head(200, ['Content-Length', '1000'])
  wire.write(Buffer.alloc(500, 'b'))
  while (!client.text().endsWith('b')) await once(client.socket, 'data')
  client.socket.write('nonsense\r\n\r\n')
  t.equal(await client.ended, 'reset')
  t.equal(client.text().match(/HTTP\/1\.1/g)?.length, 1, 'one head')
  t.match(client.text(), /b$/)
  await scene.until(() => scene.settled.length === 1)
  t.same(scene.settled, [false])
  t.ok(wire.gone)
})

t.test('nonsense while an answer is awaited ends the connection without one', async (t) => {
  const scene = await open(t)
  const client = dial(scene)
  client.socket.write(GET)
  await scene.until(() => scene.asked.length === 1)
  client.socket.write('nonsense\r\n\r\n')
  t.equal(await client.ended, 'reset')
  t.equal(client.text(), '')
  t.ok(scene.asked[0]!.wire.gone)
})

t.test('answers to pipelined requests leave in order, whichever comes first', async (t) => {
  const scene = await open(t)
  const client = dial(scene)
  client.socket.write(GET.repeat(3))
  await scene.until(() => scene.asked.length === 3)
  for (const i of [2, 0, 1]) answer(scene.asked[i]!, `answer ${i}`)
  await scene.until(() => scene.settled.length === 3)
  while (!client.text().includes('answer 2')) await once(client.socket, 'data')
  t.same(client.text().match(/answer \d/g), ['answer 0', 'answer 1', 'answer 2'])
  t.same(scene.settled, [true, true, true])
})

t.test('every exchange of a pipeline ends once when the client leaves', async (t) => {
  const scene = await open(t)
  const client = dial(scene)
  client.socket.write(GET.repeat(5))
  await scene.until(() => scene.asked.length === 5)
  let gone = 0
  for (const x of scene.asked) x.wire.onGone = () => { gone += 1 }
  client.socket.resetAndDestroy()
  await scene.until(() => scene.settled.length === 5)
  t.same(scene.settled, [false, false, false, false, false])
  t.equal(gone, 5, 'and whoever answers is told')
})

t.test('a pipeline has an end', async (t) => {
  const scene = await open(t)
  const client = dial(scene)
  client.socket.write(GET.repeat(10_000))
  t.equal(await client.ended, 'reset')
  t.equal(scene.asked.length, CLIENT_PIPELINE + 1)
  await scene.until(() => scene.settled.length === scene.asked.length)
})

t.test('a pipeline that is answered may go on for ever', async (t) => {
  const scene = await open(t)
  const client = dial(scene)
  const count = 3 * CLIENT_PIPELINE
  for (let i = 0; i < count; i += CLIENT_PIPELINE) {
    client.socket.write(GET.repeat(CLIENT_PIPELINE))
    await scene.until(() => scene.asked.length === i + CLIENT_PIPELINE)
    for (const x of scene.asked.slice(i)) answer(x, 'yes')
    await scene.until(() => scene.settled.length === i + CLIENT_PIPELINE)
  }
  t.ok(scene.settled.every((complete) => complete))
})

t.test('a cut resets, also before the head', async (t) => {
  const scene = await open(t)
  const client = dial(scene)
  client.socket.write(GET)
  await scene.until(() => scene.asked.length === 1)
  scene.asked[0]!.wire.cut()
  t.equal(await client.ended, 'reset')
  t.equal(client.text(), '')
})
