/** Requests to http origins, and what comes back: who sees what of whom. */
import type { ServerResponse } from 'node:http'
import t from 'tap'
import { sendRaw, statusesOf } from '../support/raw-client.ts'
import { openWeb, valueOf } from '../support/web-house.ts'

t.test('end-to-end fields go on in their order and byte for byte, others do not', async (t) => {
  const house = await openWeb(t, (response) => response.end('ok'))
  await house.ask('/a', {
    fields: [
      'Accept', '*/*', 'X-Two', 'b', 'x-TWO', ' a,  c ', 'Connection', 'x-mine, close',
      'X-Mine', 'no', 'Keep-Alive', 'timeout=5', 'TE', 'trailers', 'Proxy-Authorization', 'no',
      'Upgrade', 'h2c', 'X-Latin', '\u00e9\u00ff', 'Cookie', 'a=1', 'Cookie', 'b=2',
      'Authorization', 'Bearer x', 'Accept-Encoding', 'br;q=1, gzip',
    ],
  })
  t.same(house.heard[0]!.fields.slice(4), [
    'Accept', '*/*', 'X-Two', 'b', 'x-TWO', 'a,  c', 'X-Latin', '\u00e9\u00ff',
    'Cookie', 'a=1', 'Cookie', 'b=2', 'Authorization', 'Bearer x',
    'Accept-Encoding', 'br;q=1, gzip',
    'X-Forwarded-For', '127.0.0.1', 'X-Forwarded-Host', 'www.example.org',
    'X-Forwarded-Proto', 'http', 'Via', '1.1 haulout',
  ])
  t.same(house.heard[0]!.fields.slice(2, 4), ['connection', 'keep-alive'])
})

t.test('nobody but a trusted proxy is believed where a request came from', async (t) => {
  const fields = [
    'X-Forwarded-For', '192.0.2.1', 'X-Forwarded-Host', 'evil.example',
    'X-Forwarded-Proto', 'https',
    'X-Forwarded-Prefix', '/evil', 'Forwarded', 'for=192.0.2.1', 'X-Real-IP', '192.0.2.1',
  ]
  const seen = async (config: string) => {
    const house = await openWeb(t, (response) => response.end('ok'), { config })
    await house.ask('/a', { fields: ['Host', 'www.example.org:8080', ...fields] })
    const [heard] = house.heard
    return ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-prefix',
      'forwarded', 'x-real-ip'].map((name) => valueOf(heard!.fields, name))
  }
  t.same(await seen(''), ['127.0.0.1', 'www.example.org:8080', 'http', null, null, null])
  t.same(await seen('trusted_proxies: ["127.0.0.1"]'), [
    '192.0.2.1, 127.0.0.1', 'evil.example', 'https', '/evil', 'for=192.0.2.1', '192.0.2.1',
  ])
})

t.test('Host is the endpoint\'s, the client\'s, or a name', async (t) => {
  for (const [origin, host] of [
    ['', /^127\.0\.0\.1:\d+$/], ['host: endpoint', /^127\.0\.0\.1:\d+$/],
    ['host: client', /^www\.example\.org$/], ['host: inner.example', /^inner\.example$/],
  ] as const) {
    const house = await openWeb(t, (response) => response.end('ok'), { origin })
    await house.ask('/a')
    t.match(valueOf(house.heard[0]!.fields, 'host'), host, origin)
  }
})

t.test('the target goes on as it came, whatever the path is matched as', async (t) => {
  const house = await openWeb(t, (response) => response.end('ok'))
  for (const target of [
    '/', '/a?', '/a?b=%20&c', '/%41+%2b;x=1/', '/%E2%98%83?q=%2F', '/!$&\'()*,=:@~', '/a/b/',
  ]) {
    await house.ask(target)
    t.equal(house.heard.at(-1)!.url, target)
  }
})

t.test('a path that is mapped keeps the spelling of what it keeps', async (t) => {
  const house = await openWeb(t, (response) => response.end('ok'), {
    match: '/old/{a}/{rest**}', path: '/néw/{rest}',
  })
  for (const [asked, heard] of [
    ['/old/x/%41b/c+d%2B?q', '/n%C3%A9w/%41b/c+d%2B?q'], ['/old/x/', '/n%C3%A9w/'],
    ['/old/x/y/', '/n%C3%A9w/y/'],
  ]) {
    await house.ask(asked!)
    t.equal(house.heard.at(-1)!.url, heard)
  }
})

t.test('a password of our own users is not for the origin', async (t) => {
  const house = await openWeb(t, (response) => response.end('ok'), {
    route: 'access: { header: { name: authorization, present: true } }',
  })
  await house.ask('/a', { fields: ['Authorization', 'Basic YTpi'] })
  t.equal(valueOf(house.heard[0]!.fields, 'authorization'), null)
})

t.test('every field, status and phrase of the origin comes back as it was', async (t) => {
  const given = [
    'Server', 'x/1', 'Content-Type', 'text/plain', 'x-a', '1', 'X-B', '2', 'x-a', '3',
    'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Latin', '\u00e9', 'Cache-Control', 'private',
    'Content-Length', '4', 'Date', 'Tue, 24 Nov 2026 00:00:00 GMT', 'Age', '7', 'Via', '1.0 x',
    'X-Amz-Request-Id', '1', 'ETag', 'bare', 'Warning', '199 - "x"',
  ]
  const house = await openWeb(t, (response) => {
    response.writeHead(299, 'Peculiar Thing', [
      ...given, 'Connection', 'x-hop', 'X-Hop', '1', 'Keep-Alive', 'timeout=9',
      'Proxy-Connection', 'x',
    ])
    // As a text it would take the head along into UTF-8.
    response.end(Buffer.from('body'))
  })
  const got = await house.ask('/a')
  t.match(got, { status: 299, phrase: 'Peculiar Thing', body: 'body', complete: true })
  t.same(got.fields.slice(0, given.length), given)
  t.same(got.fields.slice(given.length, given.length + 2), ['Via', '1.1 haulout'])
})

t.test('a Date is added where there is none, and a 204 has no length', async (t) => {
  const house = await openWeb(t, (response) => {
    response.sendDate = false
    response.writeHead(204, ['Content-Length', '0', 'X-A', '1'])
    response.end()
  })
  const got = await house.ask('/a')
  t.match(got, { status: 204, body: '' })
  t.equal(valueOf(got.fields, 'content-length'), null)
  t.match(valueOf(got.fields, 'date'), / GMT$/)
})

const LINKS = ['Link', '</a.css>; rel=preload', 'Link', '</b.js>; rel=preload']

t.test('interim responses are relayed to those who can take them, and not stored', async (t) => {
  const house = await openWeb(t, (response) => {
    response.writeProcessing()
    response.writeInformation(103, LINKS)
    response.writeHead(200, ['Cache-Control', 'max-age=60'])
    response.end('ok')
  })
  const first = await house.ask('/a')
  t.same(first.interim, [
    { status: 102, fields: [] },
    { status: 103, fields: LINKS },
  ])
  const second = await house.ask('/a')
  t.match(second, { status: 200, outcome: 'hit-memory', interim: [] })
  const old = await sendRaw(house.address, 'GET /b HTTP/1.0\r\nHost: www.example.org\r\n\r\n')
  t.same(statusesOf(old), [200])
})

t.test('OPTIONS with Max-Forwards 0 is for haulout, else it goes on with one less', async (t) => {
  const house = await openWeb(t, (response) => response.end('ok'))
  const last = await house.ask('/a', { method: 'OPTIONS', fields: ['Max-Forwards', '0'] })
  t.match(last, { status: 200 })
  t.match(valueOf(last.fields, 'allow'), /OPTIONS/)
  t.equal(house.heard.length, 0)
  await house.ask('/a', { method: 'OPTIONS', fields: ['Max-Forwards', '3'] })
  t.equal(valueOf(house.heard[0]!.fields, 'max-forwards'), '2')
})

t.test('a request that goes round in circles ends', async (t) => {
  const house = await openWeb(t, (response) => response.end('ok'))
  const via = Array.from({ length: 8 }, () => ['Via', '1.1 haulout']).flat()
  t.match(await house.ask('/a', { fields: via }), { status: 508 })
  t.match(await house.ask('/a', { fields: via.slice(2) }), { status: 200 })
  t.equal(house.heard.length, 1)
})

t.test('CONNECT is not implemented, and an Upgrade is ignored', async (t) => {
  const house = await openWeb(t, (response) => response.end('ok'))
  const refused = await sendRaw(house.address, 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n')
  t.same(statusesOf(refused), [501])
  const plain = await sendRaw(house.address, 'GET /a HTTP/1.1\r\nHost: www.example.org\r\n' +
    'Connection: upgrade, close\r\nUpgrade: websocket\r\n\r\n')
  t.same(statusesOf(plain), [200])
  t.equal(valueOf(house.heard[0]!.fields, 'upgrade'), null)
})

t.test('what the route does not allow never gets to the origin', async (t) => {
  const house = await openWeb(t, (response) => response.end('ok'), {
    route: 'cache: { respect: origin }',
  })
  const got = await house.ask('/a', { method: 'POST', body: 'x'.repeat(1000) })
  t.match(got, { status: 405 })
  t.equal(valueOf(got.fields, 'allow'), 'GET, HEAD')
  t.equal(house.heard.length, 0)
})

/** An answer that may be kept for a minute. */
function fresh(response: ServerResponse): void {
  response.setHeader('Cache-Control', 'max-age=60').setHeader('X-Inner', '1').end('ok')
}

t.test('routes to http origins pass, and change requests and what is kept by rules', async (t) => {
  const passing = await openWeb(t, fresh, { route: 'pass: true' })
  for (let i = 0; i < 2; i++) t.equal((await passing.ask('/a?utm_source=x')).outcome, 'pass')
  t.same(passing.heard.map(({ url }) => url), ['/a?utm_source=x', '/a?utm_source=x'])
  const keeping = await openWeb(t, fresh, {
    route: 'cache: { respect: origin }\n    tags: [site]\n    fetch: [{ set: { x-by: cache } }]\n' +
      '    store: [{ unset: [x-inner] }, { when: { status: 404 }, set: { cacheable: false } }]',
  })
  t.equal((await keeping.ask('/a')).outcome, 'miss')
  const hit = await keeping.ask('/a')
  t.equal(hit.outcome, 'hit-memory')
  t.equal(valueOf(hit.fields, 'x-inner'), null)
  t.equal(valueOf(keeping.heard[0]!.fields, 'x-by'), 'cache')
})
