/** What the dialects and broken connections ask of a fetch. */
import t from 'tap'
import { fetchFrom, say, sentField, startScene, wanted } from '../../support/raw-origin.ts'
import type { Script } from '../../support/raw-origin.ts'

const KNOWN = { originEtag: '"one"', lastModified: null, lengthBytes: 10 }
const absent: Script = (socket) => say(socket, 404)

t.test('walrus: what follows a 304 is never the next answer, announced or not', async (t) => {
  for (const field of ['Content-Length: 44\r\n', '']) {
    const { origin, server } = await startScene(t, (socket, { number }) => {
      if (number === 1) socket.write(`HTTP/1.1 304 N\r\n${field}\r\n`)
      else say(socket, 200, 'right')
    }, { dialect: 'walrus' })
    const first = fetchFrom(origin, wanted({ known: KNOWN }))
    await first.done
    t.same(first.calls, ['head', 'end'])
    t.equal(first.head?.kind, 'not-modified')
    for (const socket of server.connections) say(socket, 200, 'wrong')
    const second = fetchFrom(origin)
    await second.done
    t.equal(second.body.toString(), 'right')
    t.same(server.requests.map((request) => request.nth), [1, 1])
  }
})

t.test('walrus and HEAD: the connection goes after an error', async (t) => {
  for (const method of ['GET', 'HEAD'] as const) {
    const { origin, server } = await startScene(t, absent, { dialect: 'walrus' })
    await fetchFrom(origin, wanted({ method })).done
    await fetchFrom(origin, wanted({ method })).done
    t.equal(server.accepted, 2, method)
  }
})

t.test('osg: one request per connection, and a break before the first byte is usual', async (t) => {
  const { origin, server, heard } = await startScene(t, (socket, { number }) => {
    if (number === 2) socket.end()
    else say(socket, 200, 'ok')
  }, { dialect: 'osg' })
  for (let i = 0; i < 3; i += 1) {
    const fetched = fetchFrom(origin)
    await fetched.done
    t.equal(fetched.body.toString(), 'ok')
  }
  t.same(server.requests.map((request) => request.nth), [1, 1, 1, 1])
  t.ok(server.requests.every((request) => sentField(request, 'connection') === 'close'))
  t.same(heard.retries, ['origin-reset'])
})

t.test('osg: a break that comes twice is an error', async (t) => {
  const { origin, server } = await startScene(t, (socket) => socket.end(), { dialect: 'osg' })
  const fetched = fetchFrom(origin)
  await fetched.done
  t.equal(fetched.error?.code, 'origin-reset')
  t.equal(server.requests.length, 2)
})

t.test('an old connection that breaks as it is used is replaced, once', async (t) => {
  const { origin, server } = await startScene(t, (socket, { nth }) => {
    if (nth === 2) socket.resetAndDestroy()
    else say(socket, 200, 'ok')
  })
  await Promise.all([fetchFrom(origin).done, fetchFrom(origin).done])
  const third = fetchFrom(origin)
  await third.done
  t.equal(third.body.toString(), 'ok')
  // The other old connection may be as dead, so it is not tried.
  t.same(server.requests.map((request) => request.nth), [1, 1, 2, 1])
})

t.test('an old connection that breaks within the status line is not', async (t) => {
  const { origin, server } = await startScene(t, (socket, { nth }) => {
    if (nth === 2) socket.end('HTTP/1.1 2')
    else say(socket, 200, 'ok')
  })
  await fetchFrom(origin).done
  const second = fetchFrom(origin)
  await second.done
  t.equal(second.error?.code, 'origin-reset')
  t.equal(server.requests.length, 2)
})

t.test('s3: the rest of a version is asked for, and other dialects send the whole', async (t) => {
  for (const dialect of ['s3', 'walrus', 'osg'] as const) {
    const { origin, server } = await startScene(t, (socket, request) => {
      const ranged = sentField(request, 'Range') === 'bytes=4-' &&
        sentField(request, 'If-Match') === '"one"'
      if (ranged) say(socket, 206, 'efghij', ['Content-Range: bytes 4-9/10', 'ETag: "one"'])
      else say(socket, 200, 'abcdefghij')
    }, { dialect })
    t.equal(origin.ranges, dialect === 's3')
    const fetched = fetchFrom(origin, wanted({ known: KNOWN, fromByte: 4 }))
    await fetched.done
    const fromByte = dialect === 's3' ? 4 : 0
    t.match(fetched.head, { kind: 'content', fromByte, lengthBytes: 10, delimited: true })
    t.equal(fetched.body.toString(), 'abcdefghij'.slice(fromByte))
    t.equal(sentField(server.requests[0], 'If-None-Match'), null)
  }
})
