/** Conditions on the wire: fields, query and client choose the route, never the object. */
import t from 'tap'
import type { RouteRule } from '../../src/model/rules.ts'
import { openHouse } from '../support/house.ts'
import { sendRaw } from '../support/raw-client.ts'

const ROUTES: readonly RouteRule[] = [
  { name: 'beta', match: { path: '/{f}', query: { channel: ['beta', 'a b'] } }, to: 'files/b-{f}' },
  { name: 'phone', match: { path: '/{f}', header: { 'user-agent': ['*Mobile*'] } }, deny: 403 },
  { name: 'ours', match: { path: '/only', client: ['lo'] }, deny: 410 },
  { name: 'all', match: { path: '/{f}', not: { query: { v: ['2'] } } }, to: 'files/{f}' },
]

t.test('fields, query and client choose the route; one object stays one entry', async (t) => {
  const house = await openHouse({
    routes: ROUTES, era: 's3', rules: { acls: { lo: ['127.0.0.0/8'] } },
  })
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', 'plain')
  await house.pocket.put('bucket', 'b-a', 'beta')
  const body = async (path: string, headers: Record<string, string> = {}): Promise<string> => {
    const answer = await house.get(path, { headers })
    return answer.status === 200 ? answer.body.toString() : String(answer.status)
  }
  t.equal(await body('/a'), 'plain')
  t.equal(await body('/a?channel=beta'), 'beta')
  t.equal(await body('/a?channel=a+b&x'), 'beta')
  t.equal(await body('/a?channel=a%20b'), 'beta')
  t.equal(await body('/a?channel=A%2520b'), 'plain')
  t.equal(await body('/a', { 'User-Agent': 'A Mobile b' }), '403')
  t.equal(await body('/a?channel=beta', { 'user-agent': 'Mobile' }), 'beta', 'the first wins')
  t.equal(await body('/only'), '410')
  t.equal(await body('/a?v=2'), '404')
  t.equal(await body('/a?v=2&v=3'), '404', 'one value that fits is enough')
  const gets = house.pocket.requests.filter(({ method }) => method === 'GET')
  t.equal(gets.length, 2, 'one for each object, whatever stood in queries and fields')
  t.end()
})

t.test('of repeated lines of a field one that fits is enough', async (t) => {
  const house = await openHouse({ routes: ROUTES, era: 's3', rules: { acls: { lo: ['::1'] } } })
  t.teardown(() => house.close())
  const head = 'GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'
  const text = await sendRaw(house.worker.httpAddress,
    `${head}User-Agent: x\r\nUser-Agent: Mobile\r\n\r\n`)
  t.match(text, /^HTTP\/1\.1 403 /)
  t.end()
})
