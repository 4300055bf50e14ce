/** The scripted origin does what it is told, seen as bytes and seen by an HTTP client. */
import { connect } from 'node:net'
import t from 'tap'
import type { Rule } from '../../src/pocket/faults.ts'
import { generatedBytes } from '../../src/pocket/generated.ts'
import { base, pocketOf } from './scene.ts'
import { ask, parseAnswer, requestText, talk } from './talk.ts'

const KEY = '/services/Walrus/b/k.txt'
const GET = requestText('GET', KEY, [['Host', 'localhost'], ['Connection', 'close']])

type Case = readonly [
  name: string, fault: Rule['fault'],
  seen: { text?: RegExp; not?: RegExp; body?: string; reset?: boolean },
]

const CASES: readonly Case[] = [
  ['close-before-head sends nothing', { kind: 'close-before-head' }, { text: /^$/, reset: false }],
  ['close-before-head can tear', { kind: 'close-before-head', how: 'rst' },
    { text: /^$/, reset: true }],
  ['close-inside-head sends half a head', { kind: 'close-inside-head' },
    { text: /^HTTP\/1\.1 200/, not: /\r\n\r\n/, reset: false }],
  ['close-inside-head can tear', { kind: 'close-inside-head', how: 'rst' },
    { not: /\r\n\r\n/, reset: true }],
  ['cut ends a body early', { kind: 'cut', afterBytes: 4 },
    { text: /Content-Length: 11\r\n/, body: 'hell', reset: false }],
  ['cut can tear', { kind: 'cut', afterBytes: 4, how: 'rst' }, { reset: true }],
  ['cut at nothing leaves the head', { kind: 'cut', afterBytes: 0 }, { body: '' }],
  ['cut of a chunked body has no last chunk', { kind: 'cut', afterBytes: 4, framing: 'chunked' },
    { text: /Transfer-Encoding: chunked/, not: /Content-Length/, body: '4\r\nhell\r\n' }],
  ['cut of a chunked body at its end has no last chunk',
    { kind: 'cut', afterBytes: 11, framing: 'chunked' }, { body: 'b\r\nhello world\r\n' }],
  ['chunked framing', { kind: 'framing', framing: 'chunked' },
    { not: /Content-Length/, body: 'b\r\nhello world\r\n0\r\n\r\n' }],
  ['framing by the end of the connection', { kind: 'framing', framing: 'eof' },
    { not: /Content-Length|Transfer-Encoding/, body: 'hello world' }],
  ['flip turns one byte over', { kind: 'flip', atByte: 1 }, { body: 'h\x9allo world' }],
  ['announce lies about the length', { kind: 'announce', contentLength: 7 },
    { text: /Content-Length: 7\r\n/, body: 'hello world' }],
  ['partial is a part under 200', { kind: 'partial', from: 2, end: 5 },
    { text: /^HTTP\/1\.1 200 [^]*Content-Range: 2-4\/3\r\n[^]*Content-Length: 3/, body: 'llo' }],
  ['fields come and go',
    { kind: 'fields', set: [['Set-Cookie', 'a=b']], unset: ['etag', 'last-modified'] },
    { text: /Set-Cookie: a=b\r\n/, not: /ETag|Last-Modified/, body: 'hello world' }],
  ['status is an error document', { kind: 'status', status: 503 },
    { text: /^HTTP\/1\.1 503 [^]*<Code>SlowDown<\/Code>/, not: /hello/ }],
  ['status can have any code', { kind: 'status', status: 404, code: 'NoSuchBucket' },
    { text: /^HTTP\/1\.1 404 [^]*<Code>NoSuchBucket<\/Code>/ }],
  ['raw says exactly what it is given', { kind: 'raw', bytes: 'HTTP/1.1 099 \xff\n\n' },
    { text: /^HTTP\/1\.1 099 \xff\n\n$/, reset: false }],
  ['raw can tear', { kind: 'raw', bytes: '', after: 'rst' }, { reset: true }],
]

for (const [name, fault, seen] of CASES) {
  t.test(name, async (t) => {
    const pocket = await pocketOf(t, 'walrus3')
    pocket.behave({ fault })
    const { text, reset } = await talk(pocket.port, GET)
    if (seen.text) t.match(text, seen.text)
    if (seen.not) t.notMatch(text, seen.not)
    if (seen.body !== undefined) t.equal(parseAnswer(text).body, seen.body)
    if (seen.reset !== undefined) t.equal(reset, seen.reset)
    pocket.behave(null)
    t.equal((await ask(pocket.port, 'GET', KEY)).body, 'hello world', 'behaves again')
    t.same(pocket.failures, [])
  })
}

t.test('raw can leave the connection open for the next request', async (t) => {
  const pocket = await pocketOf(t, 'walrus3')
  const fault = { kind: 'raw', bytes: 'HTTP/1.1 204 N\r\n\r\n', after: 'keep' } as const
  pocket.behave({ fault, times: 1 })
  const { text } = await talk(pocket.port, requestText('GET', KEY, [['Host', 'x']]) + GET)
  t.match(text, /^HTTP\/1\.1 204 N\r\n\r\nHTTP\/1\.1 200 OK/)
})

t.test('a rule is spent after its times, and the next one takes over', async (t) => {
  const pocket = await pocketOf(t, 's3')
  pocket.behave([
    { fault: { kind: 'status', status: 503 }, times: 2 },
    { fault: { kind: 'status', status: 500 }, times: 1 },
  ])
  const statuses: number[] = []
  for (let n = 0; n < 4; n++) statuses.push((await ask(pocket.port, 'GET', '/b/k.txt')).status)
  t.same(statuses, [503, 503, 500, 200])
  t.same(pocket.requests.map(({ status }) => status), statuses)
})

t.test('a rule is for its method, its path and conditional requests alone', async (t) => {
  const fault = { kind: 'status', status: 500 } as const
  const cases: ReadonlyArray<readonly [rule: Rule, statuses: number[]]> = [
    [{ fault, method: 'HEAD' }, [200, 200, 200, 500]],
    [{ fault, path: '/b/a%20b' }, [200, 500, 200, 200]],
    [{ fault, conditional: true }, [200, 200, 500, 200]],
    [{ fault, conditional: false }, [500, 500, 200, 500]],
  ]
  for (const [rule, statuses] of cases) {
    const pocket = await pocketOf(t, 's3')
    pocket.behave(rule)
    const { port } = pocket
    const answers = [
      await ask(port, 'GET', '/b/k.txt'),
      await ask(port, 'GET', '/b/a%20b'),
      await ask(port, 'GET', '/b/k.txt', [['if-none-match', '"x"']]),
      await ask(port, 'HEAD', '/b/k.txt'),
    ]
    t.same(answers.map(({ status }) => status), statuses)
  }
})

t.test('a held head comes when it is released, for all who wait', async (t) => {
  const pocket = await pocketOf(t, 'walrus3')
  pocket.behave({ fault: { kind: 'hold-head' } })
  let answered = 0
  const waiting = [1, 2, 3].map(async () => {
    const { body } = await ask(pocket.port, 'GET', KEY)
    answered += 1
    return body
  })
  await pocket.held(3)
  t.equal(answered, 0)
  t.same(pocket.requests.map(({ complete }) => complete), [false, false, false])
  pocket.release()
  t.same(await Promise.all(waiting), ['hello world', 'hello world', 'hello world'])
  t.equal((await ask(pocket.port, 'GET', KEY)).body, 'hello world', 'nobody is held after that')
})

t.test('a stalled body goes on where it stopped', async (t) => {
  const pocket = await pocketOf(t, 'walrus3')
  const sizeBytes = 3 * 1024 * 1024
  await pocket.put('b', 'big', { sizeBytes, seed: 'stall' })
  pocket.behave({ fault: { kind: 'stall', afterBytes: 1_000_001 } })
  const answer = ask(pocket.port, 'GET', '/services/Walrus/b/big')
  await pocket.held()
  t.equal(pocket.requests[0]?.bodyBytes, 1_000_001)
  pocket.behave(null)
  const { body } = await answer
  t.ok(Buffer.from(body, 'latin1').equals(generatedBytes('stall', 0, sizeBytes)))
  t.equal(pocket.requests[0]?.complete, true)
})

t.test('closing ends what is held', async (t) => {
  const pocket = await pocketOf(t, 'walrus3')
  pocket.behave({ fault: { kind: 'hold-head' } })
  const said = talk(pocket.port, GET)
  await pocket.held()
  await pocket.close()
  t.equal((await said).text, '')
})

t.test('nobody connects to a refusing pocket until it listens again', async (t) => {
  const pocket = await pocketOf(t, 'walrus3')
  await pocket.refuse()
  const refused = await new Promise((resolve) => {
    connect(pocket.port, '127.0.0.1').on('error', resolve)
  })
  t.match(refused, { code: 'ECONNREFUSED' })
  await pocket.listen()
  t.equal((await ask(pocket.port, 'GET', KEY)).body, 'hello world')
})

t.test('a taken port is an error that names it', async (t) => {
  const { port } = await pocketOf(t, 's3')
  await t.rejects(pocketOf(t, 's3', { port }), { code: 'listen', detail: `127.0.0.1:${port}` })
})

t.test('a rate keeps a body from arriving all at once, and changes no byte', async (t) => {
  const pocket = await pocketOf(t, 'osg5', { rateBytesPerSecond: 400 })
  await pocket.put('b', 'slow', 'x'.repeat(60))
  const started = performance.now()
  const { body } = await ask(pocket.port, 'GET', `${base('osg5')}/b/slow`)
  t.equal(body, 'x'.repeat(60))
  t.ok(performance.now() - started >= 100, 'took its time')
})

t.test('requests are logged as they came, and can be waited for', async (t) => {
  const pocket = await pocketOf(t, 'walrus3')
  const two = pocket.asked(2)
  const target = `${KEY}?a=b`
  const first = requestText('GET', target, [['hOsT', 'h'], ['X', '1'], ['X', '2']])
  await talk(pocket.port, first + GET)
  await talk(pocket.port, GET)
  await two
  t.match(pocket.requests, [
    {
      connection: 1, method: 'GET', target, path: KEY, query: 'a=b',
      fields: [['hOsT', 'h'], ['X', '1'], ['X', '2']],
      status: 200, bodyBytes: 11, complete: true,
    },
    { connection: 1 },
    { connection: 2 },
  ])
  t.equal(pocket.connectionCount(), 2)
})

t.test('a client that leaves is logged as incomplete, and no failure of the pocket', async (t) => {
  const pocket = await pocketOf(t, 'walrus3')
  await pocket.put('b', 'huge', { sizeBytes: 2 ** 40, seed: 0 })
  const socket = connect(pocket.port, '127.0.0.1')
  socket.write(requestText('GET', '/services/Walrus/b/huge', [['Host', 'x']]))
  await new Promise((resolve) => {
    socket.once('data', resolve)
  })
  socket.destroy()
  await ask(pocket.port, 'GET', KEY)
  t.equal(pocket.requests[0]?.complete, false)
  t.same(pocket.failures, [])
})

t.test('what is no request is 400 and the end', async (t) => {
  const pocket = await pocketOf(t, 'walrus3')
  for (const text of ['nonsense\r\n\r\n', 'GET x HTTP/1.1\r\n\r\n', 'GET / HTTP/2.0\r\n\r\n',
    'GET / HTTP/1.1\r\nbad field: x\r\n\r\n']) {
    const said = await talk(pocket.port, text + GET)
    t.match(said.text, /^HTTP\/1\.1 400 Bad Request\r\n[^]*Connection: close\r\n\r\n$/, text)
  }
})

t.test('HTTP/1.0 gets its answer and the end', async (t) => {
  const pocket = await pocketOf(t, 'walrus3')
  const { text } = await talk(pocket.port, `GET ${KEY} HTTP/1.0\r\n\r\n${GET}`)
  t.equal(text.split('hello world').length - 1, 1)
})
