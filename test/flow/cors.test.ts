/** Pages of other origins as browsers have them ask: beforehand, and then for real. */
import t, { type Test } from 'tap'
import type { RouteRule } from '../../src/model/rules.ts'
import { lineOf } from '../decide/access/vectors.ts'
import type { Answered, Asked } from '../support/client.ts'
import { openHouse, type House } from '../support/house.ts'

const APP = 'https://app.example.org'
const OTHER = 'https://other.example.org'
const EVIL = 'https://evil.example'

const ROUTES: readonly RouteRule[] = [
  {
    name: 'api', match: { path: '/api/{key}' }, to: 'files/{key}', cors: {
      origins: [APP, 'https://*.example.org'], headers: ['range', 'authorization'],
      expose: ['etag', 'content-range'], credentials: true, maxAgeMs: 600_000,
    },
  },
  {
    name: 'office', match: { path: '/office/{key}' }, to: 'files/{key}', trailingSlash: 'remove',
    access: { basic: { users: 'staff', realm: 'Office' } },
    cors: { origins: [APP], headers: ['authorization'] },
  },
  { name: 'public', match: { path: '/public/{key}' }, to: 'files/{key}', cors: { origins: ['*'] } },
  { name: 'plain', match: { path: '/plain/{key}' }, to: 'files/{key}' },
  { name: 'no', match: { path: '/no' }, deny: 403, cors: { origins: [APP] } },
  {
    name: 'moved', match: { path: '/moved' }, redirect: { to: '/api/a', status: 302 },
    cors: { origins: [APP] },
  },
  {
    name: 'reads', match: { path: '/two', method: ['GET'] }, to: 'files/a', methods: ['GET'],
    cors: { origins: [APP] },
  },
  { name: 'heads', match: { path: '/two', method: ['HEAD'] }, to: 'files/a', methods: ['HEAD'] },
]

async function open(t: Test): Promise<House> {
  const file = `${t.testdir({ htpasswd: lineOf('alice') })}/htpasswd`
  const house = await openHouse({
    routes: ROUTES, era: 's3', users: [{ name: 'staff', file }],
    origin: { retry: { attempts: 1, backoffMs: 0 } },
  })
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', 'bytes', { fields: [
    ['Vary', 'Accept-Encoding'], ['Access-Control-Allow-Origin', 'https://store.example'],
    ['access-control-expose-headers', 'x-store'], ['Access-Control-Max-Age', '1'],
  ] })
  return house
}

type Told = Readonly<Record<string, string | undefined>>

/** The fields of the protocol in an answer, by the rest of their names; and Vary. */
function told({ headers }: Answered): Told {
  return Object.fromEntries(Object.entries(headers)
    .filter(([name]) => name.startsWith('access-control-') || name === 'vary')
    .map(([name, value]) => [name.replace('access-control-', ''), String(value)]))
}

function from(origin: string | null, asked: Partial<Asked> = {}): Partial<Asked> {
  const { headers = {} } = asked
  return { ...asked, headers: origin === null ? headers : { ...headers, Origin: origin } }
}

function beforehand(origin: string, method: string, headers?: string): Partial<Asked> {
  return from(origin, { method: 'OPTIONS', headers: {
    'Access-Control-Request-Method': method,
    ...headers === undefined ? {} : { 'Access-Control-Request-Headers': headers },
  } })
}

const PERMITTED = {
  'allow-origin': APP, 'allow-credentials': 'true', 'expose-headers': 'etag, content-range',
}
const ASKED = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'

t.test('a browser asks, and then has what it asked for', async (t) => {
  const house = await open(t)
  const asked = await house.get('/api/a', beforehand(APP, 'GET', 'authorization,range'))
  t.equal(asked.status, 204)
  t.equal(asked.body.length, 0)
  t.equal(asked.headers['content-length'], undefined)
  t.equal(asked.headers['content-type'], undefined)
  t.same(told(asked), {
    'allow-origin': APP, 'allow-methods': 'GET, HEAD', 'allow-credentials': 'true',
    'max-age': '600', 'allow-headers': 'range, authorization', 'vary': ASKED,
  })
  t.equal(house.pocket.requests.length, 0, 'the store is not asked what pages may do')
  for (const _ of ['cold', 'warm']) {
    const answer = await house.get('/api/a', from(APP))
    t.equal(answer.body.toString(), 'bytes')
    t.same(told(answer), { ...PERMITTED, vary: 'Accept-Encoding, Origin' })
  }
})

t.test('what is not allowed is not permitted, and says why in the log only', async (t) => {
  const house = await open(t)
  const cases = [
    ['/api/a', EVIL, 'GET', undefined], ['/api/a', 'null', 'GET', undefined],
    ['/api/a', APP, 'PUT', undefined], ['/api/a', APP, 'GET', 'x-other'],
    ['/api/a', 'http://app.example.org', 'GET', undefined],
  ] as const
  for (const [path, origin, method, headers] of cases) {
    const answer = await house.get(path, beforehand(origin, method, headers))
    t.equal(answer.status, 204)
    t.same(told(answer), { vary: ASKED })
    t.equal(answer.headers['cache-status'], 'haulout; detail=denied')
  }
  const answer = await house.get('/api/a', from(EVIL))
  t.equal(answer.body.toString(), 'bytes', 'it is the browser that keeps it from the page')
  t.same(told(answer), { vary: 'Accept-Encoding, Origin' })
})

t.test('one entry in memory serves pages of all origins, each with its own head', async (t) => {
  const house = await open(t)
  await house.get('/api/a')
  const asking = [APP, OTHER, EVIL, null, APP, null, OTHER]
  for (const origin of asking) {
    const answer = await house.get('/api/a', from(origin))
    t.match(answer.headers['cache-status'], /detail=hit-memory/)
    const may = origin === APP || origin === OTHER
    t.equal(answer.headers['access-control-allow-origin'], may ? origin : undefined)
    t.equal(answer.headers['vary'], 'Accept-Encoding, Origin', 'also to who asks from no page')
    t.equal(answer.headers['content-length'], '5')
  }
  const together = await Promise.all(asking.map((origin) => house.get('/api/a', from(origin))))
  t.same(together.map(({ headers }) => headers['access-control-allow-origin']),
    [APP, OTHER, undefined, undefined, APP, undefined, OTHER])
  t.equal(house.pocket.requests.length, 1)
})

t.test('every answer of the route can be read: parts, 304, refusals, errors', async (t) => {
  const house = await open(t)
  const etag = String((await house.get('/api/a')).headers['etag'])
  const cases: ReadonlyArray<readonly [number, string, Partial<Asked>]> = [
    [206, '/api/a', { headers: { range: 'bytes=1-2' } }],
    [206, '/api/a', { headers: { range: 'bytes=0-0,2-3' } }],
    [304, '/api/a', { headers: { 'if-none-match': etag } }],
    [412, '/api/a', { headers: { 'if-match': '"x"' } }],
    [416, '/api/a', { headers: { range: 'bytes=9-' } }],
    [200, '/api/a', { method: 'HEAD' }],
    [404, '/api/absent', {}],
    [405, '/api/a', { method: 'DELETE' }],
    [405, '/api/a', { method: 'OPTIONS' }],
    [401, '/office/a', {}],
    [403, '/no', {}],
    [302, '/moved', {}],
  ]
  for (const [status, path, asked] of cases) {
    const answer = await house.get(path, from(APP, asked))
    t.equal(answer.status, status, path)
    t.equal(answer.headers['access-control-allow-origin'], APP, `${status} ${path}`)
    t.match(answer.headers['vary'], /\bOrigin$/)
    const other = await house.get(path, from(EVIL, asked))
    t.equal(other.headers['access-control-allow-origin'], undefined)
    t.match((await house.get(path, asked)).headers['vary'], /\bOrigin$/)
  }
  await house.pocket.refuse()
  const gone = await house.get('/api/b', from(APP))
  t.equal(gone.status, 502)
  t.same(told(gone), { ...PERMITTED, vary: 'Origin' })
})

t.test('a preflight has no password, and needs none; what follows it does', async (t) => {
  const house = await open(t)
  const asked = await house.get('/office/a', beforehand(APP, 'GET', 'authorization'))
  t.equal(asked.status, 204)
  t.equal(asked.headers['access-control-allow-origin'], APP)
  t.equal((await house.get('/office/a', from(APP))).status, 401)
  const authorization = `Basic ${Buffer.from('alice:wonderland').toString('base64')}`
  const answer = await house.get('/office/a', from(APP, { headers: { authorization } }))
  t.equal(answer.body.toString(), 'bytes')
  t.match(answer.headers, { 'access-control-allow-origin': APP, 'cache-control': 'private' })
})

t.test('a preflight is about the route of the request that is to follow', async (t) => {
  const house = await open(t)
  t.equal((await house.get('/two', beforehand(APP, 'GET'))).status, 204)
  t.equal((await house.get('/two', beforehand(APP, 'HEAD'))).status, 404, 'no route for OPTIONS')
  t.equal((await house.get('/plain/a', beforehand(APP, 'GET'))).status, 405, 'says nothing')
  t.equal((await house.get('/elsewhere', beforehand(APP, 'GET'))).status, 404)
  t.equal(house.pocket.requests.length, 0)
})

t.test('what is for all is one for all, and who says nothing changes nothing', async (t) => {
  const house = await open(t)
  for (const origin of [APP, EVIL, 'null', null]) {
    t.same(told(await house.get('/public/a', from(origin))),
      { 'allow-origin': '*', 'vary': 'Accept-Encoding' })
    t.same(told(await house.get('/public/absent', from(origin))), { 'allow-origin': '*' })
    t.same(told(await house.get('/plain/a', from(origin))), {
      'allow-origin': 'https://store.example', 'expose-headers': 'x-store', 'max-age': '1',
      'vary': 'Accept-Encoding',
    })
  }
})
