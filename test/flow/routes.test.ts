/** Routes as clients see them: fields set and unset, redirects, denials, methods, health path. */
import t from 'tap'
import type { Test } from 'tap'
import type { RouteRule } from '../../src/model/rules.ts'
import type { Answered } from '../support/client.ts'
import { openHouse } from '../support/house.ts'
import { sendRaw } from '../support/raw-client.ts'

const FIXDATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/

const ROUTES: readonly RouteRule[] = [
  { name: 'plain', match: { path: '/plain/{key}' }, to: 'files/{key}' },
  {
    name: 'dressed', match: { path: '/dressed/{key}' }, to: 'files/{key}',
    deliver: {
      set: { 'Content-Type': 'application/x-own', 'X-Own': 'set', 'Content-Disposition': 'inline' },
      unset: ['X-Gone', 'etag', 'x-many-*'],
      cacheStatus: false,
    },
  },
  {
    name: 'named', match: { path: '/as/{file}.tgz' }, to: 'files/a',
    deliver: { set: {
      'Content-Disposition': 'attachment; filename="{file}.tgz"', 'X-File': '{file}',
    } },
  },
  { name: 'moved', match: { path: '/old/{rest**}' }, redirect: { to: '/new/{rest}', status: 301 } },
  { name: 'away', match: { path: '/away/{a}' },
    redirect: { to: 'https://dl.example.org/x/{a}?v=1', status: 302 } },
  { name: 'temporary', match: { path: '/t' }, redirect: { to: '/u', status: 307 } },
  { name: 'permanent', match: { path: '/p' }, redirect: { to: '/q', status: 308 } },
  { name: 'no', match: { path: '/no/**' }, deny: 403 },
  { name: 'gone', match: { path: '/gone/**' }, deny: 410 },
  { name: 'absent', match: { path: '/absent/**' }, deny: 404 },
  { name: 'get-only', match: { path: '/get-only/{key}' }, to: 'files/{key}', methods: ['GET'] },
  { name: 'by-host', match: { host: ['dl.example.org'], path: '/h/{key}' }, to: 'files/{key}' },
  { name: 'health-denied', match: { path: '/healthz' }, deny: 403 },
]

/** A house with these routes and one object, `a`. */
async function open(t: Test) {
  const house = await openHouse({ routes: ROUTES, era: 's3' })
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', 'bytes', {
    contentType: 'text/html',
    fields: [['X-Gone', '1'], ['X-Many-A', '1'], ['X-Many-B', '2'], ['X-Stays', '1'],
      ['x-amz-meta-a', '1']],
  })
  return house
}

/** What haulout's own answers have in common. */
function checkOwn(t: Test, { headers, body, status }: Answered): void {
  t.equal(headers['content-length'], String(body.length))
  t.equal(headers['content-type'], 'text/plain; charset=utf-8')
  t.equal(headers['x-content-type-options'], 'nosniff')
  t.match(headers['date'], FIXDATE)
  t.equal(headers['via'], '1.1 haulout')
  t.equal(headers['cache-control'], status >= 400 ? 'no-store' : undefined)
  for (const name of ['etag', 'last-modified', 'age', 'server']) t.equal(headers[name], undefined)
}

t.test('captures in header fields are those of each request, whoever came first', async (t) => {
  const house = await open(t)
  const cases = [
    ['b', 'attachment; filename="b.tgz"', 'b'],
    ['c%20d', 'attachment; filename="c d.tgz"', 'c%20d'],
    ['e%22;x=%22', 'attachment; filename="e\\";x=\\".tgz"', 'e%22%3Bx%3D%22'],
    ['%C3%B6',
      'attachment; filename="_.tgz"; filename*=UTF-8\'\'%C3%B6.tgz', '%C3%B6'],
    ['b', 'attachment; filename="b.tgz"', 'b'],
  ] as const
  for (const [file, disposition, own] of cases) {
    for (const headers of [{}, { range: 'bytes=1-2' }, { range: 'bytes=0-0,2-3' }]) {
      const { status, headers: got } = await house.get(`/as/${file}.tgz`, { headers })
      t.equal(status, 'range' in headers ? 206 : 200)
      t.same([got['content-disposition'], got['x-file']], [disposition, own])
    }
  }
  t.equal((await house.get('/as/a%0d%0aSet-Cookie:%20b.tgz')).status, 400)
  t.equal((await house.get('/plain/a')).headers['content-disposition'], undefined)
  t.equal(house.pocket.requests.length, 1)
})

t.test('one stored object leaves by each route as that route says', async (t) => {
  const house = await open(t)
  for (const _ of ['cold', 'warm', 'and again']) {
    const { headers: plain } = await house.get('/plain/a')
    t.match(plain, {
      'content-type': 'text/html', 'x-gone': '1', 'x-many-a': '1', 'x-many-b': '2',
      'x-stays': '1', 'etag': /^"/, 'cache-status': /^haulout; /,
    })
    t.equal(plain['x-amz-meta-a'], undefined)
    t.equal(plain['server'], undefined)
    const { headers: dressed, body } = await house.get('/dressed/a')
    t.match(dressed, {
      'content-type': 'application/x-own', 'x-own': 'set', 'content-disposition': 'inline',
      'x-stays': '1', 'content-length': '5', 'accept-ranges': 'bytes',
    })
    for (const name of ['x-gone', 'etag', 'x-many-a', 'x-many-b', 'cache-status', 'x-amz-meta-a']) {
      t.equal(dressed[name], undefined, name)
    }
    t.equal(body.toString(), 'bytes')
  }
  t.equal(house.pocket.requests.length, 1)
})

t.test('what a route sets is on parts and on 304 too', async (t) => {
  const house = await open(t)
  const part = await house.get('/dressed/a', { headers: { Range: 'bytes=1-2' } })
  t.equal(part.status, 206)
  t.match(part.headers, { 'content-type': 'application/x-own', 'x-own': 'set' })
  const unchanged = await house.get('/dressed/a', { headers: { 'If-None-Match': '*' } })
  t.equal(unchanged.status, 304)
  t.equal(unchanged.headers['x-own'], 'set')
  t.equal(unchanged.headers['etag'], undefined)
})

t.test('redirects keep their status, and no value of a capture leads elsewhere', async (t) => {
  const house = await open(t)
  const cases: ReadonlyArray<readonly [path: string, status: number, location: string]> = [
    ['/old/a/b.tgz', 301, '/new/a/b.tgz'],
    ['/old/a%20b%25/%C3%A9%23?q=1', 301, '/new/a%20b%25/%C3%A9%23'],
    ['/old/%3Cscript%3E%22', 301, '/new/%3Cscript%3E%22'],
    ['/away/@evil.example', 302, 'https://dl.example.org/x/%40evil.example?v=1'],
    ['/away/b%3Fc=d', 302, 'https://dl.example.org/x/b%3Fc%3Dd?v=1'],
    ['/t', 307, '/u'],
    ['/p?x', 308, '/q'],
  ]
  for (const [path, status, location] of cases) {
    const answer = await house.get(path)
    t.equal(answer.status, status)
    t.equal(answer.headers['location'], location)
    checkOwn(t, answer)
    const head = await house.get(path, { method: 'HEAD' })
    t.equal(head.headers['location'], location)
    t.equal(head.headers['content-length'], answer.headers['content-length'])
    t.equal(head.body.length, 0)
  }
  t.equal((await house.get('/old/a%0d%0aSet-Cookie:x')).status, 400)
  t.equal(house.pocket.requests.length, 0)
})

t.test('denials and paths without a route ask nobody', async (t) => {
  const house = await open(t)
  const cases: ReadonlyArray<readonly [path: string, status: number, host?: string]> = [
    ['/no/a', 403], ['/gone/a', 410], ['/absent/a', 404],
    ['/', 404], ['/plain', 404], ['/plain/a/b', 404], ['/plain/', 404], ['/PLAIN/a', 404],
    ['/h/a', 404], ['/h/a', 404, 'dl.example.org.evil'], ['/h/a', 404, 'xdl.example.org'],
    ['/favicon.ico', 404], ['/..a', 404],
  ]
  for (const [path, status, host = 'other'] of cases) {
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
      const answer = await house.get(path, { method, headers: { Host: host } })
      t.equal(answer.status, status, `${method} ${path}`)
      if (method !== 'HEAD') checkOwn(t, answer)
      t.match(answer.headers['cache-status'], /^haulout; detail=denied$/)
    }
  }
  t.equal(house.pocket.requests.length, 0)
  t.equal((await house.get('/h/a', { headers: { Host: 'DL.example.ORG.:8080' } })).status, 200)
})

t.test('a method that a route has not is 405, and Allow says which it has', async (t) => {
  const house = await open(t)
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PURGE', 'QUERY']) {
    const answer = await house.get('/plain/a', { method })
    t.equal(answer.status, 405, method)
    t.equal(answer.headers['allow'], 'GET, HEAD')
    checkOwn(t, answer)
  }
  const head = await house.get('/get-only/a', { method: 'HEAD' })
  t.equal(head.status, 405)
  t.equal(head.headers['allow'], 'GET')
  t.equal(house.pocket.requests.length, 0)
  t.equal((await house.get('/get-only/a')).status, 200)
})

t.test('a body is refused, and on a method that is not allowed it is not needed', async (t) => {
  const house = await open(t)
  const { httpAddress } = house.worker
  const fields = 'Host: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nbytes'
  t.match(await sendRaw(httpAddress, `GET /plain/a HTTP/1.1\r\n${fields}`), /^HTTP\/1\.1 413 /)
  t.match(await sendRaw(httpAddress, `PUT /plain/a HTTP/1.1\r\n${fields}`), /^HTTP\/1\.1 405 /)
  t.equal(house.pocket.requests.length, 0)
})

t.test('the health path says 200, whatever the rules and the origin say', async (t) => {
  const house = await open(t)
  await house.pocket.refuse()
  for (const path of ['/healthz', '/healthz?probe=1']) {
    for (const method of ['GET', 'HEAD']) {
      const answer = await house.get(path, { method })
      t.equal(answer.status, 200)
      if (method === 'GET') checkOwn(t, answer)
    }
  }
  const probe = await sendRaw(house.worker.httpAddress, 'GET /healthz HTTP/1.0\r\n\r\n')
  t.match(probe, /^HTTP\/1\.1 200 OK\r\n/)
  for (const path of ['/healthz/', '/healthz/x', '/Healthz', '/health']) {
    t.equal((await house.get(path)).status, 404, path)
  }
})
