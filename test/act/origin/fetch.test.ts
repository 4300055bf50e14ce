/** What is sent, what is asked again, and what is not. */
import t from 'tap'
import { createOrigin } from '../../../src/act/origin/origin.ts'
import { signV2 } from '../../../src/decide/sign/sigv2.ts'
import { ERROR_DOCUMENT_BYTES } from '../../../src/limits.ts'
import {
  fetchFrom, originSettings, say, sentField, startRawOrigin, startScene, wanted,
} from '../../support/raw-origin.ts'
import type { RawRequest } from '../../support/raw-origin.ts'

const fail = (code: string): string => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`
const KNOWN = { originEtag: '"one"', lastModified: null, lengthBytes: 10 }
const conditional = (request: RawRequest): boolean =>
  sentField(request, 'If-None-Match') !== null
const KEYS = {
  accessKey: { kind: 'env', name: 'HAULOUT_TEST_ACCESS' },
  secretKey: { kind: 'env', name: 'HAULOUT_TEST_SECRET' },
  sessionToken: null,
} as const
process.env.HAULOUT_TEST_ACCESS = 'AKID'
process.env.HAULOUT_TEST_SECRET = 'geheim'
const CREDENTIAL = { accessKey: 'AKID', secretKey: 'geheim', sessionToken: null }

t.test('a request has its own fields and no others', async (t) => {
  const server = await startRawOrigin((socket) => say(socket, 200, 'a'))
  t.teardown(() => server.close())
  const settings = originSettings([`${server.url}/services/Walrus/`], {
    dialect: 'walrus', signing: 'v2', credentials: KEYS,
  })
  const origin = createOrigin(settings, { onResponse() {} })
  const object = { origin: 'store', bucket: 'releases', bucketName: 'b', key: '3.1/a+b c.tgz' }
  await fetchFrom(origin, wanted({ object, known: { ...KNOWN, originEtag: 'abc' } })).done
  const [request] = server.requests
  const lines = request!.text.trimEnd().split('\r\n')
  const path = '/services/Walrus/b/3.1/a%2Bb%20c.tgz'
  const host = `127.0.0.1:${server.port}`
  const date = sentField(request, 'Date')!
  const signed = signV2({ method: 'GET', host, path, query: '' }, CREDENTIAL, Date.parse(date))
  t.equal(lines[0], `GET ${path} HTTP/1.1`)
  t.same(lines.slice(1).sort(), [
    'Accept-Encoding: identity',
    ...signed.map(([name, value]) => `${name}: ${value}`).filter((line) => line.startsWith('A')),
    `Date: ${date}`,
    'If-None-Match: abc',
    'User-Agent: haulout',
    'connection: keep-alive',
    `host: ${host}`,
  ])
  await origin.close()
})

t.test('the head says what the store said, less the connection', async (t) => {
  const { origin, heard } = await startScene(t, (socket) =>
    say(socket, 200, 'abc', ['ETag: "x"', 'Keep-Alive: timeout=9', 'x-amz-meta-a: b']))
  const fetched = fetchFrom(origin)
  t.same(fetched.calls, [], 'nothing is said while fetch runs')
  await fetched.done
  t.match(fetched.head, { kind: 'content', status: 200, fromByte: 0, lengthBytes: 3, code: null })
  t.same(fetched.head?.fields, ['Content-Length', '3', 'ETag', '"x"', 'x-amz-meta-a', 'b'])
  t.ok(fetched.head!.waitMs >= 0)
  t.same(heard, { statuses: [200], retries: [] })
})

t.test('connections are used again', async (t) => {
  const { origin, server } = await startScene(t, (socket) => say(socket, 200, 'abc'))
  for (let i = 0; i < 5; i += 1) await fetchFrom(origin).done
  t.equal(server.accepted, 1)
})

t.test('a busy store is asked again until it answers', async (t) => {
  const { origin, server, heard } = await startScene(t, (socket, { number }) =>
    (number < 3 ? say(socket, 503, fail('SlowDown')) : say(socket, 200, 'ok')), {
    retry: { attempts: 3, backoffMs: 1 },
  })
  const fetched = fetchFrom(origin)
  await fetched.done
  t.equal(fetched.body.toString(), 'ok')
  t.equal(server.requests.length, 3)
  t.same(heard, { statuses: [503, 503, 200], retries: ['origin-busy', 'origin-busy'] })
})

t.test('a store that stays busy is an error that names address and code', async (t) => {
  const { origin, server } = await startScene(t, (socket) => say(socket, 503, fail('SlowDown')), {
    retry: { attempts: 2, backoffMs: 1 },
  })
  const fetched = fetchFrom(origin)
  await fetched.done
  t.match(fetched.error, {
    code: 'origin-busy', status: 502, detail: `127.0.0.1:${server.port}: 503 SlowDown`,
  })
  t.equal(server.requests.length, 2)
})

t.test('Retry-After is waited for, and one that is too long is not', async (t) => {
  const { origin, server } = await startScene(t, (socket, { number }) =>
    (number === 1 ? say(socket, 429, '', ['Retry-After: 1']) : say(socket, 200, 'ok')), {
    retry: { attempts: 2, backoffMs: 1 },
  })
  const startedMs = performance.now()
  await fetchFrom(origin).done
  t.ok(performance.now() - startedMs >= 990)
  const late = await startScene(t, (socket) => say(socket, 503, '', ['Retry-After: 3600']), {
    retry: { attempts: 2, backoffMs: 1 },
  })
  await fetchFrom(late.origin).done
  t.equal(server.requests.length, 2)
  t.equal(late.server.requests.length, 1)
})

t.test('a body that breaks is not asked for again', async (t) => {
  const { origin, server } = await startScene(t, (socket) => {
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')
  }, { retry: { attempts: 3, backoffMs: 1 } })
  const fetched = fetchFrom(origin)
  await fetched.done
  t.equal(fetched.error?.code, 'origin-cut')
  t.same(fetched.calls.filter((call) => call !== 'bytes'), ['head', 'error'])
  t.equal(server.requests.length, 1)
})

t.test('a 5xx to a condition is asked again without it, though there is one attempt', async (t) => {
  const { origin, server } = await startScene(t, (socket, request) =>
    (conditional(request) ? say(socket, 500, fail('InternalError')) : say(socket, 200, 'ok')))
  const fetched = fetchFrom(origin, wanted({ known: KNOWN }))
  await fetched.done
  t.equal(fetched.body.toString(), 'ok')
  t.same(server.requests.map((request) => conditional(request)), [true, false])
})

t.test('a clock that is off is put right once, and stays right', async (t) => {
  const ahead = Date.now() + 3_600_000
  const right = (request: RawRequest): boolean =>
    Math.abs(Date.parse(sentField(request, 'Date')!) - ahead) < 60_000
  const { origin, server } = await startScene(t, (socket, request) => {
    const date = `Date: ${new Date(ahead).toUTCString()}`
    if (right(request)) say(socket, 200, 'ok')
    else say(socket, 403, fail('RequestTimeTooSkewed'), [date])
  }, { signing: 'v2', credentials: KEYS })
  const first = fetchFrom(origin)
  await first.done
  t.equal(first.body.toString(), 'ok')
  await fetchFrom(origin).done
  t.same(server.requests.map(right), [false, true, true])
})

t.test('a clock that cannot be put right is an error that says how far it is off', async (t) => {
  const { origin, server } = await startScene(t, (socket) => {
    const date = new Date(Date.now() - 7_200_000).toUTCString()
    say(socket, 403, fail('RequestTimeTooSkewed'), [`Date: ${date}`])
  })
  const fetched = fetchFrom(origin)
  await fetched.done
  t.equal(fetched.error?.code, 'origin-status')
  t.match(fetched.error?.detail, /403 RequestTimeTooSkewed, its clock is -720\d s ahead$/)
  t.equal(server.requests.length, 2)
})

t.test('credentials that cannot be read are an error, and nothing is asked', async (t) => {
  const missing = { kind: 'env', name: 'HAULOUT_TEST_UNSET' } as const
  const { origin, server } = await startScene(t, (socket) => say(socket, 200), {
    signing: 'v4', credentials: { accessKey: missing, secretKey: missing, sessionToken: null },
  })
  const fetched = fetchFrom(origin)
  await fetched.done
  t.equal(fetched.error?.code, 'credentials')
  t.equal(server.requests.length, 0)
})

t.test('an endpoint that refuses is passed over', async (t) => {
  const gone = await startRawOrigin(() => {})
  await gone.close()
  const server = await startRawOrigin((socket) => say(socket, 200, 'ok'))
  const retries: string[] = []
  const settings = originSettings([gone.url, server.url, gone.url], {
    retry: { attempts: 2, backoffMs: 1 },
  })
  const origin = createOrigin(settings, {
    onResponse() {}, onRetry: (_name, code) => { retries.push(code) },
  })
  t.teardown(() => server.close())
  for (let i = 0; i < 6; i += 1) {
    const fetched = fetchFrom(origin)
    await fetched.done
    if (fetched.error === null) t.equal(fetched.body.toString(), 'ok')
    else t.equal(fetched.error.code, 'origin-unreachable')
  }
  t.ok(server.requests.length >= 5)
  t.ok(retries.every((code) => code === 'origin-unreachable') && retries.length <= 2)
  await origin.close()
})

t.test('what a store denies is told apart by its code', async (t) => {
  const cases = [
    [404, 'NoSuchKey', 'absent'],
    [403, 'AccessDenied', 'forbidden'],
    [403, 'SignatureDoesNotMatch', 'origin-status'],
  ] as const
  let answer: (typeof cases)[number] = cases[0]
  const { origin, server } = await startScene(t, (socket) => {
    say(socket, answer[0], fail(answer[1]))
  })
  for (const one of cases) {
    answer = one
    const fetched = fetchFrom(origin)
    await fetched.done
    t.equal(fetched.error?.code ?? fetched.head?.kind, one[2])
    t.match(fetched.error?.detail ?? fetched.head?.code, one[1])
    if (fetched.error === null) t.same(fetched.calls, ['head', 'end'])
  }
  t.equal(server.accepted, 1, 'an s3 store keeps the connection')
})

t.test('an error document is read only so far', async (t) => {
  const { origin, server } = await startScene(t, (socket) => {
    say(socket, 404, fail('NoSuchKey').padEnd(ERROR_DOCUMENT_BYTES * 100))
  })
  const fetched = fetchFrom(origin)
  await fetched.done
  t.match(fetched.head, { kind: 'absent', code: 'NoSuchKey' })
  await server.quiet()
})

t.test('an error document that never ends does not change the answer', async (t) => {
  const { origin } = await startScene(t, (socket) => {
    socket.write('HTTP/1.1 404 N\r\nContent-Length: 99\r\n\r\n<Error><Code>NoSuchKey</Code>')
  }, { timeouts: { connectMs: 1000, firstByteMs: 1000, idleMs: 20 } })
  const fetched = fetchFrom(origin)
  await fetched.done
  t.match(fetched.head, { kind: 'absent', status: 404, code: 'NoSuchKey' })
})
