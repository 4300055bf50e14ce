/** Bodies of requests on their way to an http origin: whole, in step, and never sent twice. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { say, startRawOrigin } from '../support/raw-origin.ts'
import { sendRaw, statusesOf } from '../support/raw-client.ts'
import { openWeb, valueOf, type WebHouse } from '../support/web-house.ts'

const BODY = Buffer.alloc(300_000, 'walrus ')

t.test('a body arrives as it was sent, with its length or in chunks', async (t) => {
  const house = await openWeb(t, (response) => response.end('ok'))
  const sized = await house.ask('/a', { method: 'POST', body: BODY })
  const chunked = await house.ask('/a', {
    method: 'PUT', body: BODY, fields: ['Transfer-Encoding', 'chunked'],
  })
  t.match([sized, chunked], [{ status: 200 }, { status: 200 }])
  t.same(house.heard.map(({ body }) => body.equals(BODY)), [true, true])
  t.equal(valueOf(house.heard[0]!.fields, 'content-length'), String(BODY.length))
  t.equal(valueOf(house.heard[1]!.fields, 'content-length'), null)
  t.equal(valueOf(house.heard[1]!.fields, 'transfer-encoding'), 'chunked')
})

t.test('methods that have no content as a rule may have some, too', async (t) => {
  const house = await openWeb(t, (response) => response.end('ok'))
  for (const method of ['GET', 'DELETE', 'OPTIONS', 'REPORT']) {
    const got = await house.ask('/a', {
      method, body: 'x=1', fields: ['Content-Length', '3'],
    })
    t.match(got, { status: 200, outcome: 'pass' }, method)
    t.equal(house.heard.at(-1)!.body.toString(), 'x=1', method)
  }
})

t.test('an empty body is none, and a POST says so', async (t) => {
  const house = await openWeb(t, (response) => response.end('ok'))
  await house.ask('/a', { method: 'POST', fields: ['Content-Length', '0'] })
  await house.ask('/a', { method: 'DELETE' })
  t.equal(valueOf(house.heard[0]!.fields, 'content-length'), '0')
  t.equal(valueOf(house.heard[1]!.fields, 'content-length'), null)
})

t.test('a connection goes on after a body that was read, and ends after one that was not',
  async (t) => {
    const house = await openWeb(t, (response) => response.end('ok'), {
      route: 'methods: [GET, POST]\n    cache: { respect: origin }',
    })
    const head = 'HTTP/1.1\r\nHost: www.example.org\r\n'
    const two = `POST /a ${head}Content-Length: 3\r\n\r\nabcGET /b ${head}Connection: close\r\n\r\n`
    t.same(statusesOf(await sendRaw(house.address, two)), [200, 200])
    const refused = `PUT /a ${head}Content-Length: 3\r\n\r\nabcGET /c ${head}\r\n`
    t.same(statusesOf(await sendRaw(house.address, refused)), [405])
    t.same(house.heard.map(({ url }) => url), ['/a', '/b'])
  })

t.test('100 Continue is said when the body is wanted, and not before', async (t) => {
  const house = await openWeb(t, (response) => response.end('ok'), {
    route: 'methods: [GET, POST]\n    access: { header: { name: x-may, present: true } }',
  })
  const head = 'POST /a HTTP/1.1\r\nHost: www.example.org\r\nConnection: close\r\n' +
    'Content-Length: 3\r\nExpect: 100-continue\r\n'
  t.same(statusesOf(await sendRaw(house.address, `${head}\r\n`)), [403])
  const socket = connect(house.address.port, house.address.host)
  socket.write(`${head}X-May: 1\r\n\r\n`)
  const [piece] = await once(socket, 'data') as [Buffer]
  t.equal(piece.toString(), 'HTTP/1.1 100 Continue\r\n\r\n')
  t.equal(house.heard.length, 0)
  socket.write('abc')
  const [answer] = await once(socket, 'data') as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 200 /)
  t.equal(house.heard[0]!.body.toString(), 'abc')
  t.equal(valueOf(house.heard[0]!.fields, 'expect'), null)
  socket.destroy()
})

t.test('an answer that comes before the end of the body is passed on', async (t) => {
  const house = await openWeb(t, (response) => {
    response.writeHead(413, ['Connection', 'close'])
    response.end('too much')
  }, { early: true })
  const socket = connect(house.address.port, house.address.host)
  socket.on('error', () => {})
  socket.write('POST /a HTTP/1.1\r\nHost: www.example.org\r\nContent-Length: 1000000\r\n\r\nabc')
  const [answer] = await once(socket, 'data') as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 413 [^]*Connection: close/)
  if (!socket.closed) await once(socket, 'close')
})

/** An origin on a raw socket, which reads nothing until it is told to. */
async function openStubborn(t: Test, origin = ''): Promise<{
  house: WebHouse; stubborn: { socket: Promise<Socket>; port: number }
}> {
  const arrived = Promise.withResolvers<Socket>()
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.pause()
    arrived.resolve(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.teardown(() => server.close())
  const house = await openWeb(t, () => {}, {
    endpoint: `http://127.0.0.1:${port}`, origin,
  })
  return { house, stubborn: { socket: arrived.promise, port } }
}

const UPLOAD = 512 * 1024 * 1024

t.test('a client sends no faster than the origin takes, and nothing piles up', async (t) => {
  const { house, stubborn } = await openStubborn(t)
  const socket = connect(house.address.port, house.address.host)
  t.teardown(() => socket.destroy())
  socket.write(`POST /a HTTP/1.1\r\nHost: www.example.org\r\nContent-Length: ${UPLOAD}\r\n\r\n`)
  const piece = Buffer.alloc(64 * 1024)
  let written = 0
  const pump = (): void => {
    while (written < UPLOAD) {
      written += piece.length
      if (!socket.write(piece)) return
    }
  }
  socket.on('drain', pump)
  pump()
  const origin = await stubborn.socket
  // It stops when every buffer on the way is full: nothing more is written for a while.
  let before = -1
  while (before !== written) {
    before = written
    await new Promise((resolve) => { setTimeout(resolve, 200) })
  }
  t.ok(written < 32 * 1024 * 1024, `${written} bytes are on their way`)
  let peakBytes = 0
  let read = 0
  const done = Promise.withResolvers<void>()
  origin.on('data', (bytes: Buffer) => {
    read += bytes.length
    peakBytes = Math.max(peakBytes, process.memoryUsage().arrayBuffers)
    if (read > UPLOAD) done.resolve()
  })
  origin.resume()
  await done.promise
  t.ok(peakBytes < UPLOAD / 3, `at most ${peakBytes} bytes of buffers`)
  origin.write('HTTP/1.1 204 No Content\r\n\r\n')
  const [answer] = await once(socket, 'data') as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 204 /)
})

t.test('an origin that takes nothing more has stalled', async (t) => {
  const { house } = await openStubborn(t, 'timeouts: { idle: 300ms }')
  const socket = connect(house.address.port, house.address.host)
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(`POST /a HTTP/1.1\r\nHost: www.example.org\r\nContent-Length: ${UPLOAD}\r\n\r\n`)
  const piece = Buffer.alloc(1024 * 1024)
  const pump = (): void => { while (socket.write(piece)); }
  socket.on('drain', pump)
  pump()
  const [answer] = await once(socket, 'data') as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 504 /)
})

t.test('an origin may take its time with the body, and then has its time for the answer',
  async (t) => {
    const { house, stubborn } = await openStubborn(t, 'timeouts: { first_byte: 400ms, idle: 2s }')
    const socket = connect(house.address.port, house.address.host)
    t.teardown(() => socket.destroy())
    socket.write('POST /a HTTP/1.1\r\nHost: www.example.org\r\nContent-Length: 6\r\n\r\nabc')
    const origin = await stubborn.socket
    origin.resume()
    await new Promise((resolve) => { setTimeout(resolve, 800) })
    socket.write('def')
    const [answer] = await once(socket, 'data') as [Buffer]
    t.match(answer.toString(), /^HTTP\/1\.1 504 /, 'the clock has started with the last byte')
  })

t.test('a client that goes away in the middle takes its request along', async (t) => {
  const gone = Promise.withResolvers<void>()
  const house = await openWeb(t, (_response, _heard, _number, request) => {
    request.on('error', () => {})
    request.on('close', () => { if (!request.complete) gone.resolve() })
    request.resume()
  }, { early: true })
  const socket = connect(house.address.port, house.address.host)
  socket.write('POST /a HTTP/1.1\r\nHost: www.example.org\r\nContent-Length: 100\r\n\r\nabc')
  await new Promise<void>((resolve) => {
    const look = (): void => { if (house.heard.length > 0) resolve(); else setImmediate(look) }
    look()
  })
  socket.destroy()
  await gone.promise
  t.pass('the origin saw it end')
})

t.test('bodies that do not keep to their framing never get anywhere', async (t) => {
  const house = await openWeb(t, (response) => response.end('ok'))
  const head = 'POST /a HTTP/1.1\r\nHost: www.example.org\r\n'
  for (const [name, text, status] of [
    ['length and chunked', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['two lengths', 'Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd', 400],
    ['a coding in front', 'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 501],
    ['a length that is none', 'Content-Length: +3\r\n\r\nabc', 400],
  ] as const) {
    t.same(statusesOf(await sendRaw(house.address, `${head}${text}`)), [status], name)
  }
  t.equal(house.heard.length, 0)
})

t.test('a chunk that is none ends the request, and nothing of it is an answer', async (t) => {
  const house = await openWeb(t, (response) => response.end('ok'))
  const head = 'POST /a HTTP/1.1\r\nHost: www.example.org\r\nTransfer-Encoding: chunked\r\n\r\n'
  const said = await sendRaw(house.address, `${head}3\r\nabc\r\nzz\r\n`)
  t.notMatch(said, /200/)
  t.equal(house.heard.length, 0)
})

t.test('what may change something is asked once, even if nobody knows what became of it',
  async (t) => {
    let asked = 0
    const house = await openWeb(t, (response, _heard, number) => {
      asked = number
      response.socket!.destroy()
    })
    for (const method of ['POST', 'PATCH', 'PUT', 'DELETE']) {
      const before = asked
      t.match(await house.ask('/a', { method, body: 'x' }), { status: 502 }, method)
      t.equal(asked, before + 1, method)
    }
  })

t.test('a read that an idle connection has broken under is asked again, on a new one',
  async (t) => {
    const origin = await startRawOrigin((socket, { nth }) => {
      if (nth > 1) socket.destroy()
      else say(socket, 200, 'ok', ['Cache-Control: no-store'])
    })
    t.teardown(() => origin.close())
    const house = await openWeb(t, () => {}, { endpoint: origin.url })
    for (const method of ['GET', 'GET', 'OPTIONS']) {
      t.match(await house.ask('/a', { method }), { status: 200 }, method)
    }
    const before = origin.requests.length
    t.match(await house.ask('/a', { method: 'POST' }), { status: 200 })
    t.equal(origin.requests.length, before + 1, 'a POST does not take the risk')
  })

t.test('who cannot be reached has seen nothing, so another endpoint is asked', async (t) => {
  const origin = await startRawOrigin((socket) => say(socket, 200, 'ok'))
  t.teardown(() => origin.close())
  const closed = await startRawOrigin(() => {})
  await closed.close()
  const house = await openWeb(t, () => {}, { endpoint: `${closed.url}", "${origin.url}` })
  for (const method of ['GET', 'POST', 'POST', 'POST']) {
    t.match(await house.ask('/a', { method }), { status: 200 }, method)
  }
})
