/** Limits of time and number, and backpressure. */
import type { Socket } from 'node:net'
import t from 'tap'
import { createOrigin } from '../../../src/act/origin/origin.ts'
import type { OriginSettings } from '../../../src/model/settings.ts'
import { fetchFrom, originSettings, startScene, wanted } from '../../support/raw-origin.ts'
import type { Script } from '../../support/raw-origin.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const EMPTY = `${OK}Content-Length: 0\r\n\r\n`

const times = (changes: Partial<OriginSettings['timeouts']>): Partial<OriginSettings> =>
  ({ timeouts: { connectMs: 5000, firstByteMs: 5000, idleMs: 5000, ...changes } })

/** Sends a byte every so often until the other end has gone. */
function drip(socket: Socket, text: string, everyMs: number): void {
  let at = 0
  const timer = setInterval(() => socket.write(text[at++ % text.length]!), everyMs)
  socket.on('close', () => clearInterval(timer))
}

t.test('connecting has a time limit, the handshake included', async (t) => {
  const { server } = await startScene(t, () => {})
  const endpoint = `https://127.0.0.1:${server.port}`
  const settings = originSettings([endpoint], times({ connectMs: 50 }))
  const origin = createOrigin(settings, { onResponse() {} })
  const fetched = fetchFrom(origin)
  await fetched.done
  t.match(fetched.error, { code: 'origin-connect-timeout', status: 504, detail: /handshake, 50/ })
  await server.quiet()
})

t.test('the head has one time limit, however it drips', async (t) => {
  const scripts: ReadonlyArray<readonly [string, Script]> = [
    ['silence', () => {}],
    ['a byte now and then', (socket) => drip(socket, `${OK}X: ${'a'.repeat(1000)}`, 10)],
    ['a 1xx now and then', (socket) => drip(socket, 'HTTP/1.1 103 Hints\r\n\r\n', 5)],
  ]
  for (const [title, script] of scripts) {
    const { server, origin } = await startScene(t, script, times({ firstByteMs: 80 }))
    const fetched = fetchFrom(origin)
    await fetched.done
    t.match(fetched.error, { code: 'origin-timeout', status: 504 }, title)
    await server.quiet()
  }
})

t.test('the limit also holds on a connection that has served before', async (t) => {
  const { server, origin } = await startScene(t, (socket, { nth }) => {
    if (nth === 1) socket.write(EMPTY)
  }, times({ firstByteMs: 80 }))
  await fetchFrom(origin).done
  const second = fetchFrom(origin)
  await second.done
  t.equal(second.error?.code, 'origin-timeout')
  t.equal(server.accepted, 1)
})

t.test('a body that stops has stalled', async (t) => {
  const { server, origin } = await startScene(t, (socket) => {
    socket.write(`${OK}Content-Length: 9\r\n\r\nabc`)
  }, times({ idleMs: 50 }))
  const fetched = fetchFrom(origin)
  await fetched.done
  t.match(fetched.error, { code: 'origin-stalled', status: 504, detail: /after 3 bytes/ })
  t.equal(fetched.body.toString(), 'abc')
  await server.quiet()
})

t.test('a body that only drips has stalled', async (t) => {
  const { origin } = await startScene(t, (socket) => {
    socket.write(`${OK}Content-Length: 999\r\n\r\n`)
    drip(socket, 'a', 40)
  }, times({ idleMs: 100 }))
  const fetched = fetchFrom(origin)
  await fetched.done
  t.equal(fetched.error?.code, 'origin-stalled')
  t.ok(fetched.body.length > 2, 'it was not the silence')
})

t.test('a process that was busy does not take its own delay for the store\'s', async (t) => {
  // Enough bytes for the minimum rate, which is about bytes and not about silence.
  const pieces = ['a', 'b', 'c'].map((letter) => letter.repeat(50))
  const rest = [...pieces]
  const { server, origin } = await startScene(t, (socket) => {
    socket.write(`${OK}Content-Length: 150\r\n\r\n${rest.shift()}`)
  }, times({ idleMs: 50 }))
  const fetched = fetchFrom(origin, wanted(), () => {
    for (const socket of server.connections) socket.write(rest.shift() ?? '')
    const startedMs = performance.now()
    while (performance.now() - startedMs < 100);
  })
  await fetched.done
  t.equal(fetched.error, null)
  t.equal(fetched.body.toString(), pieces.join(''))
})

t.test('a reader that pauses does not make the origin stall', async (t) => {
  const size = 4 * 1024 * 1024
  const { origin } = await startScene(t, (socket, { number }) => {
    if (number === 1) socket.write(`${OK}Content-Length: ${size}\r\n\r\n${'a'.repeat(size)}`)
    else socket.write(`${OK}Content-Length: 9\r\n\r\n`)
  }, times({ idleMs: 40 }))
  const held = fetchFrom(origin, wanted(), () => { if (held.calls.length === 2) held.call.pause() })
  await held.headed
  // Bodies that do stall, one after the other, tell that the limit has passed several times.
  for (let i = 0; i < 4; i += 1) {
    const stalled = fetchFrom(origin)
    await stalled.done
    t.equal(stalled.error?.code, 'origin-stalled')
  }
  t.same(held.calls, ['head', 'bytes'], 'nothing came while it was paused')
  held.call.resume()
  await held.done
  t.equal(held.error, null)
  t.equal(held.body.length, size)
})

t.test('a paused reader holds its store back, and no other', async (t) => {
  const size = 24 * 1024 * 1024
  const sockets: Socket[] = []
  const { origin } = await startScene(t, (socket) => {
    sockets.push(socket)
    socket.write(`${OK}Content-Length: ${size}\r\n\r\n`)
    socket.write(Buffer.alloc(size))
  })
  const held = fetchFrom(origin, wanted(), () => held.call.pause())
  await held.headed
  const other = fetchFrom(origin)
  await other.done
  t.equal(other.body.length, size)
  t.same(held.calls, ['head', 'bytes'])
  t.ok(sockets[0]!.writableLength > 0, 'the store cannot get rid of its bytes')
  held.call.cancel()
})

t.test('over many pauses no byte is lost, repeated or overwritten', async (t) => {
  const size = 24 * 1024 * 1024
  const body = Buffer.alloc(size)
  for (let at = 0; at < size; at += 4) body.writeUInt32LE(at * 2654435761 % 2 ** 32, at)
  const { origin } = await startScene(t, (socket) => {
    socket.write(`${OK}Content-Length: ${size}\r\n\r\n`)
    socket.write(body)
  })
  let pieces = 0
  const fetched = fetchFrom(origin, wanted(), () => {
    pieces += 1
    if (pieces % 50 !== 0) return
    const { length } = fetched.calls
    fetched.call.pause()
    setImmediate(() => {
      t.equal(fetched.calls.length, length, 'nothing came while it was paused')
      fetched.call.resume()
    })
  })
  await fetched.done
  t.ok(pieces > 100)
  t.ok(fetched.body.equals(body))
})

t.test('bodies may be resumed from within another body', async (t) => {
  const size = 1024 * 1024
  const { origin } = await startScene(t, (socket) => {
    socket.write(`${OK}Content-Length: ${size}\r\n\r\n${'a'.repeat(size)}`)
  })
  const first = fetchFrom(origin, wanted(), () => first.call.pause())
  await first.headed
  const second = fetchFrom(origin, wanted(), () => first.call.resume())
  await second.done
  const drain = setInterval(() => first.call.resume(), 1)
  await first.done
  clearInterval(drain)
  t.equal(first.body.length, size)
  t.equal(second.body.length, size)
  await origin.close()
})

t.test('a full queue and a long wait are 503', async (t) => {
  const { server, origin } = await startScene(t, () => {}, {
    limits: { connections: 1, queue: 1, queueWaitMs: 30 },
  })
  const running = fetchFrom(origin)
  const waiting = fetchFrom(origin)
  const refused = fetchFrom(origin)
  await refused.done
  await waiting.done
  t.match(refused.error, { code: 'origin-queue-full', status: 503 })
  t.match(waiting.error, { code: 'origin-queue-wait', status: 503 })
  t.equal(server.accepted, 1)
  running.call.cancel()
})

t.test('never more than limits.connections at once', async (t) => {
  let most = 0
  const { server, origin } = await startScene(t, (socket) => {
    most = Math.max(most, server.connections.size)
    socket.write(EMPTY)
  }, { limits: { connections: 3, queue: 100, queueWaitMs: 5000 } })
  await Promise.all(Array.from({ length: 50 }, () => fetchFrom(origin).done))
  t.equal(server.requests.length, 50)
  t.ok(most <= 3)
  await origin.close()
})

t.test('closing waits for what is running and then closes the connections', async (t) => {
  let store: Socket | null = null
  const { server, origin } = await startScene(t, (socket) => {
    store = socket
    socket.write(`${OK}Content-Length: 6\r\n\r\nabc`)
  })
  const fetched = fetchFrom(origin)
  await fetched.headed
  let closed = false
  const closing = origin.close().finally(() => { closed = true })
  await new Promise(setImmediate)
  t.equal(closed, false)
  store!.write('def')
  await closing
  t.equal(fetched.body.toString(), 'abcdef')
  await server.quiet()
})
