/** Origins that are not quite as they should be, and what is kept of them over a restart. */
import t from 'tap'
import { say, startRawOrigin, type Script } from '../support/raw-origin.ts'
import { openWeb, valueOf, type WebHouse } from '../support/web-house.ts'
import type { Test } from 'tap'

async function openRaw(t: Test, script: Script): Promise<WebHouse> {
  const origin = await startRawOrigin(script)
  t.teardown(() => origin.close())
  return openWeb(t, () => {}, { endpoint: origin.url })
}

const OK = 'HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\n'

/** The bytes of an answer, whether the socket closes behind them, and what a client gets. */
const ODD: ReadonlyArray<readonly [
  name: string, bytes: string, got: { status: number; body?: string; complete?: boolean },
]> = [
  ['a length and chunks', `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    { status: 502 }],
  ['two lengths', `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, { status: 502 }],
  ['a coding that nobody knows', `${OK}Transfer-Encoding: gzip\r\n\r\nx`, { status: 502 }],
  ['HTTP/2.0', 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n', { status: 502 }],
  ['a status of 600', 'HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n', { status: 502 }],
  ['a control in a field', `${OK}X: a\x01b\r\nContent-Length: 0\r\n\r\n`, { status: 502 }],
  ['a body that is cut', `${OK}Content-Length: 9\r\n\r\nabc`, { status: 200, complete: false }],
  ['chunks that are cut', `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    { status: 200, complete: false }],
  ['an end without a length', `${OK}\r\nabc`, { status: 200, body: 'abc', complete: true }],
]

for (const [name, bytes, got] of ODD) {
  t.test(`${name}: ${got.status}, and nothing is stored`, async (t) => {
    const house = await openRaw(t, (socket) => socket.end(bytes, 'latin1'))
    t.match(await house.ask('/a'), got)
    t.match(await house.ask('/a'), { ...got, outcome: /^(miss|error)$/ })
  })
}

t.test('trailers are no fields, and do not go on', async (t) => {
  const house = await openRaw(t, (socket) => {
    socket.write(`${OK}Transfer-Encoding: chunked\r\nTrailer: X-After, Cache-Control\r\n\r\n` +
      '3\r\nabc\r\n0\r\nX-After: 1\r\nCache-Control: no-store\r\nSet-Cookie: a=1\r\n\r\n')
  })
  for (const outcome of ['miss', 'hit-memory']) {
    const got = await house.ask('/a')
    t.match(got, { body: 'abc', outcome, complete: true })
    t.equal(valueOf(got.fields, 'cache-control'), 'max-age=600')
    const late = ['x-after', 'trailer', 'set-cookie']
    t.same(late.map((name) => valueOf(got.fields, name)), [null, null, null])
  }
})

t.test('an unasked 304 to a request that went on as it came is passed on as it is', async (t) => {
  const house = await openRaw(t, (socket, { nth }) => {
    if (nth === 1) say(socket, 200, 'abc', ['Cache-Control: private', 'ETag: "x"'])
    else socket.write('HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 3\r\n\r\n')
  })
  await house.ask('/a')
  const got = await house.ask('/a', { fields: ['If-None-Match', '"x"'] })
  t.match(got, { status: 304, body: '', complete: true })
  t.equal(valueOf(got.fields, 'content-length'), '3', 'as the 200 would have had')
})

t.test('what is stored is there after a restart, all variants of it', async (t) => {
  const disk = t.testdir()
  const config = `storage: { disk: { path: ${disk}/cache, size: 64MiB, reserve: 0B } }`
  const sizes: Readonly<Record<string, number>> = { small: 10, large: 700_000, none: 0 }
  const answer = (response: import('node:http').ServerResponse, url: string, mood: string) => {
    response.writeHead(url === '/none' ? 204 : 200, [
      'Cache-Control', 'max-age=600', 'X-Mood-Was', mood,
      ...url === '/large' ? [] : ['Vary', 'X-Mood'],
    ])
    response.end(Buffer.alloc(sizes[url.slice(1)]!, mood))
  }
  const first = await openWeb(t, (response, { url, fields }) => {
    answer(response, url, valueOf(fields, 'x-mood') ?? 'none')
  }, { config })
  const asks = ['/small', '/large', '/none'].flatMap((path) =>
    ['good', 'bad'].map((mood) => ({ path, fields: ['Host', 'h', 'X-Mood', mood] })))
  const before = []
  for (const { path, fields } of asks) before.push(await first.ask(path, { fields }))
  await first.worker.close()
  const second = await openWeb(t, (response) => {
    response.writeHead(500)
    response.end()
  }, { config })
  for (const [i, { path, fields }] of asks.entries()) {
    const got = await second.ask(path, { fields })
    const { status, body } = before[i]!
    t.match(got, { status, outcome: /^hit-/, complete: true }, path)
    t.equal(got.body, body, path)
    t.equal(valueOf(got.fields, 'x-mood-was'), valueOf(before[i]!.fields, 'x-mood-was'))
  }
  t.equal(second.heard.length, 0)
})

t.test('purges and tags reach what http origins have said', async (t) => {
  const house = await openWeb(t, (response, _heard, number) => {
    response.writeHead(200, ['Cache-Control', 'max-age=600', 'Vary', 'X-Mood'])
    response.end(Buffer.from(`body ${number}`))
  }, {
    route: 'methods: [GET, HEAD]\n    cache: { respect: origin }',
    config: 'acls: { here: ["127.0.0.1"] }\npurge: { access: { client: here } }',
  })
  const moods = [['X-Mood', 'good'], ['X-Mood', 'bad']]
  for (const fields of moods) await house.ask('/a?x=1', { fields })
  t.match(await house.ask('/a?x=1', { method: 'PURGE' }), { status: 200 })
  for (const fields of moods) {
    t.match(await house.ask('/a?x=1', { fields }), { outcome: 'miss' })
    t.match(await house.ask('/a?x=1', { fields }), { outcome: 'hit-memory' })
  }
  t.equal(house.heard.length, 4, 'the origin never hears of it')
})

t.test('steps see what http origins say, and change it', async (t) => {
  const house = await openWeb(t, (response, _heard, number) => {
    response.writeHead(200, ['Cache-Control', 'max-age=600', 'X-Secret', '1', 'X-Kind', 'slow'])
    response.end(Buffer.from(`body ${number}`))
  }, {
    route: [
      'cache: { respect: origin }',
      'recv: [{ set: { x-from: haulout }, unset: [cookie] }]',
      'fetch: [{ set: { x-by: "1" } }]',
      'store: [{ when: { answer: { x-kind: slow } }, set: { ttl: 1h }, unset: [x-secret] }]',
      'deliver: [{ set: { x-seen: "yes" } }]',
    ].join('\n    '),
  })
  await house.ask('/a', { fields: ['Cookie', 'a=1'] })
  const { fields } = house.heard[0]!
  t.same(['x-from', 'cookie', 'x-by'].map((name) => valueOf(fields, name)), ['haulout', null, '1'])
  const got = await house.ask('/a')
  t.equal(got.outcome, 'hit-memory')
  t.same(['x-secret', 'x-seen'].map((name) => valueOf(got.fields, name)), [null, 'yes'])
  t.match(valueOf(got.fields, 'cache-status'), /ttl=3600/)
})

t.test('what a tier has lost of a body is asked for with the client\'s own request', async (t) => {
  const body = Buffer.alloc(3 * 1024 * 1024, 'haulout at the beach ')
  const house = await openWeb(t, (response, { fields }) => {
    const from = Number(/^bytes=(\d+)-$/.exec(valueOf(fields, 'range') ?? '')?.[1] ?? 0)
    response.writeHead(from > 0 ? 206 : 200, [
      'Cache-Control', 'max-age=600', 'ETag', '"v1"', 'Content-Length', String(body.length - from),
      ...from > 0 ? ['Content-Range', `bytes ${from}-${body.length - 1}/${body.length}`] : [],
    ])
    response.end(body.subarray(from))
  }, { config: 'storage: { memory: { size: 8MiB } }' })
  for (const path of ['/a', '/b', '/c']) await house.ask(path)
  // The oldest chunks have made room; the head, which was kept last, is there.
  const got = await house.ask('/a', { fields: ['X-Mood', 'good'] })
  t.match(got, { status: 200, complete: true })
  t.equal(got.body, body.toString('latin1'))
  t.equal(valueOf(house.heard[3]!.fields, 'x-mood'), 'good')
})
