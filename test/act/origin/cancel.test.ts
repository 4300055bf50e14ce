/** Cancelling, in every state a fetch can be in. */
import type { Socket } from 'node:net'
import t from 'tap'
import { createOrigin } from '../../../src/act/origin/origin.ts'
import { fetchFrom, originSettings, startScene, wanted } from '../../support/raw-origin.ts'
import type { Scene, Script } from '../../support/raw-origin.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const EMPTY = `${OK}Content-Length: 0\r\n\r\n`
const ONE_PLACE = { limits: { connections: 1, queue: 1, queueWaitMs: 60_000 } }

const silent: Script = (socket, { number }) => {
  if (number > 1) socket.write(EMPTY)
}
const begun: Script = (socket, { number }) => {
  socket.write(number > 1 ? EMPTY : `${OK}Content-Length: 9\r\n\r\nabc`)
}

type Reach = (scene: Scene, headed: Promise<void>) => unknown

/** How the first request is answered, and how to tell that the state is reached. */
const STATES: ReadonlyArray<readonly [state: string, script: Script, reach: Reach]> = [
  ['before it has begun', begun, () => null],
  ['connecting', begun, () => new Promise(setImmediate)],
  ['waiting for the head', silent, ({ server }) => server.asked(1)],
  ['within the body', begun, (_scene, headed) => headed],
]

t.test('cancelling is immediate in every state, and the next one gets the place', async (t) => {
  for (const [title, script, reach] of STATES) {
    const stage = await startScene(t, script, ONE_PLACE)
    const first = fetchFrom(stage.origin)
    const second = fetchFrom(stage.origin)
    await reach(stage, first.headed)
    const before = [...first.calls]
    first.call.cancel()
    first.call.cancel()
    // Where the first was never sent, the second is the first to be asked.
    if (stage.server.requests.length === 0) second.call.cancel()
    else await second.done
    const third = fetchFrom(stage.origin)
    await third.headed
    t.same(first.calls, before, title)
    t.equal(third.error, null)
    third.call.cancel()
    await stage.origin.close()
    await stage.server.quiet()
  }
})

t.test('cancelling while the handshake hangs closes the connection', async (t) => {
  const { server } = await startScene(t, () => {})
  const settings = originSettings([`https://127.0.0.1:${server.port}`], {
    ...ONE_PLACE, timeouts: { connectMs: 600_000, firstByteMs: 600_000, idleMs: 600_000 },
  })
  const origin = createOrigin(settings, { onResponse() {} })
  const first = fetchFrom(origin)
  while (server.accepted === 0) await new Promise(setImmediate)
  first.call.cancel()
  await server.quiet()
  const second = fetchFrom(origin)
  while (server.accepted === 1) await new Promise(setImmediate)
  second.call.cancel()
  t.same([...first.calls, ...second.calls], [])
})

t.test('cancelling from the queue leaves the others in theirs', async (t) => {
  const sockets: Socket[] = []
  const { server, origin } = await startScene(t, (socket) => { sockets.push(socket) }, {
    limits: { connections: 1, queue: 2, queueWaitMs: 60_000 },
  })
  const fetches = [1, 2, 3].map(() => fetchFrom(origin))
  await server.asked(1)
  fetches[1]!.call.cancel()
  sockets[0]!.write(EMPTY)
  await fetches[0]!.done
  await server.asked(2)
  sockets[1]!.write(EMPTY)
  await fetches[2]!.done
  t.same(fetches.map((fetched) => fetched.calls), [['head', 'end'], [], ['head', 'end']])
})

t.test('cancelling within a callback ends it there', async (t) => {
  const { server, origin } = await startScene(t, (socket) => {
    socket.write(`${OK}Content-Length: 6\r\n\r\nabcdef`)
  })
  const fetched = fetchFrom(origin, wanted(), () => fetched.call.cancel())
  await fetched.headed
  await server.quiet()
  t.same(fetched.calls, ['head', 'bytes'])
})

t.test('cancelling between two attempts makes no second', async (t) => {
  const { server, origin } = await startScene(t, (socket) => {
    socket.write('HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n')
  }, { retry: { attempts: 2, backoffMs: 20 } })
  const retried = Promise.withResolvers<void>()
  const settings = originSettings([server.url], { retry: { attempts: 2, backoffMs: 20 } })
  const watched = createOrigin(settings, { onResponse() {}, onRetry: () => retried.resolve() })
  const cancelled = fetchFrom(watched)
  await retried.promise
  cancelled.call.cancel()
  // Two attempts of another fetch take longer than the backoff of this one.
  await fetchFrom(origin).done
  await fetchFrom(origin).done
  t.equal(server.requests.length, 5)
  t.same(cancelled.calls, [])
  await watched.close()
  await origin.close()
})
