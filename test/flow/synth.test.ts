/** Pages in place of haulout's plain lines, and routes that are nothing but a page. */
import t, { type Test } from 'tap'
import type { RouteRule } from '../../src/model/rules.ts'
import { lineOf } from '../decide/access/vectors.ts'
import type { Answered } from '../support/client.ts'
import { openHouse, type HouseOptions } from '../support/house.ts'
import { sendRaw } from '../support/raw-client.ts'

function html(text: string) {
  return { type: 'text/html', text }
}

const ROUTES: readonly RouteRule[] = [
  { name: 'get', match: { path: '/get/{key**}' }, to: 'files/{key}' },
  {
    name: 'office', match: { path: '/office/{key}' }, to: 'files/{key}',
    access: { basic: { users: 'staff', realm: 'Office' } },
  },
  { name: 'moved', match: { path: '/moved' }, redirect: { to: '/get/a', status: 302 } },
  {
    name: 'robots', match: { path: '/robots.txt' },
    synth: { status: 200, page: { type: 'text/plain', text: 'User-agent: *\nDisallow: /\n' } },
  },
  {
    name: 'closed', match: { path: '/closed/**' },
    synth: { status: 503, page: html('<b>{status} {phrase}{text}</b> é') },
  },
]

const PAGES = {
  404: html('<h1>nothing here</h1>'),
  '5xx': { type: 'application/json', text: '{"status":{status},"why":"{text}"}' },
  default: html('<h1>{phrase}</h1>{text}'),
}

async function open(t: Test, options: HouseOptions = {}) {
  const file = `${t.testdir({ htpasswd: lineOf('alice') })}/htpasswd`
  const house = await openHouse({
    routes: ROUTES, rules: { synth: PAGES }, users: [{ name: 'staff', file }],
    cache: { notFoundMs: 1e6 }, origin: { retry: { attempts: 1, backoffMs: 0 } }, ...options,
  })
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', 'bytes')
  return house
}

/** The answer is this page, and nobody keeps it. */
function checkPage(t: Test, answer: Answered, [status, type, text]: [number, string, string]) {
  const { headers, body } = answer
  t.equal(answer.status, status)
  t.equal(headers['content-type'], type)
  t.equal(body.toString(), text)
  t.equal(headers['content-length'], String(body.length))
  t.equal(headers['x-content-type-options'], 'nosniff')
  t.equal(headers['cache-control'], status >= 400 ? 'no-store' : undefined)
}

const HTML = 'text/html; charset=utf-8'

t.test('what the store has not and what no route leads to is the page for 404', async (t) => {
  const house = await open(t)
  for (const path of ['/get/absent', '/get/absent', '/elsewhere', '/get/b/']) {
    checkPage(t, await house.get(path), [404, HTML, '<h1>nothing here</h1>'])
    const head = await house.get(path, { method: 'HEAD' })
    t.equal(head.status, 404)
    t.equal(head.headers['content-length'], '21')
    t.equal(head.headers['content-type'], HTML)
    t.equal(head.body.length, 0)
  }
  t.equal(house.pocket.requests.length, 1, 'a negative answer is remembered as without a page')
})

t.test('every other refusal has the default page, and says in fields what it has to', async (t) => {
  const house = await open(t)
  const login = await house.get('/office/a')
  checkPage(t, login, [401, HTML,
    '<h1>Unauthorized</h1>the route asks for a user and a password'])
  t.match(login.headers['www-authenticate'], /^Basic realm="Office"/)
  const method = await house.get('/get/a', { method: 'PUT' })
  checkPage(t, method, [405, HTML,
    '<h1>Method Not Allowed</h1>the route does not allow this method'])
  t.equal(method.headers['allow'], 'GET, HEAD')
  const range = await house.get('/get/a', { headers: { range: 'bytes=99-' } })
  t.equal(range.status, 416)
  t.equal(range.headers['content-range'], 'bytes */5')
  t.match(range.body.toString(), /^<h1>Range Not Satisfiable/)
  const condition = await house.get('/get/a', { headers: { 'if-match': '"x"' } })
  t.match(condition.body.toString(), /^<h1>Precondition Failed/)
  const early = await sendRaw(house.worker.httpAddress,
    'GET /<script>/.. HTTP/1.1\r\nHost: a\r\n\r\n')
  t.match(early, /^HTTP\/1\.1 400 [^]*<h1>Bad Request<\/h1>the request target is malformed/)
  t.notMatch(early, '<script>', 'nothing of a request gets into a page')
})

t.test('an origin that is away is the page of its class, in its language', async (t) => {
  const house = await open(t)
  await house.pocket.refuse()
  const answer = await house.get('/get/a')
  checkPage(t, answer, [502, 'application/json',
    '{"status":502,"why":"the origin did not give a usable answer"}'])
  const head = await house.get('/get/a', { method: 'HEAD' })
  t.equal(head.headers['content-length'], String(answer.body.length))
})

t.test('what is no refusal keeps its line', async (t) => {
  const house = await open(t)
  const moved = await house.get('/moved')
  t.equal(moved.body.toString(), '302 Found: /get/a\n')
  t.equal((await house.get('/healthz')).body.toString(), '200 OK: alive\n')
  t.equal((await house.get('/get/a')).body.toString(), 'bytes')
})

t.test('a route can be a page, whatever the pages for its status are', async (t) => {
  const log = `${t.testdir({})}/access.log`
  const house = await open(t, { log: { format: 'json', path: log } })
  checkPage(t, await house.get('/robots.txt'),
    [200, 'text/plain; charset=utf-8', 'User-agent: *\nDisallow: /\n'])
  const closed: [number, string, string] = [503, HTML, '<b>503 Service Unavailable</b> é']
  for (const method of ['GET', 'POST', 'DELETE']) {
    const answer = await house.get('/closed/a', { method })
    checkPage(t, answer, closed)
    t.equal(answer.headers['cache-status'], 'haulout; detail=synth')
  }
  const head = await house.get('/closed', { method: 'HEAD' })
  t.equal(head.headers['content-length'], String(Buffer.byteLength(closed[2])))
  t.equal((await house.get('/robots.txt', { method: 'PUT' })).status, 405)
  t.equal(house.pocket.requests.length, 0)
})

t.test('a reload brings other pages with it', async (t) => {
  const house = await open(t)
  await house.reload({ rules: { synth: { 404: html('moved out') } } })
  t.equal((await house.get('/elsewhere')).body.toString(), 'moved out')
  const plain = await house.get('/get/a', { method: 'PUT' })
  t.match(plain.body.toString(), /^405 Method Not Allowed: /)
})
