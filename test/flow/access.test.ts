/** Who gets what: a private bucket behind real sockets, whatever is cached. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { RouteRule } from '../../src/model/rules.ts'
import { lineOf } from '../decide/access/vectors.ts'
import type { Answered, Asked } from '../support/client.ts'
import { openHouse, type House } from '../support/house.ts'
import { bytesOf } from '../support/entries.ts'

const INSIDE = '10.2.3.4'
const AWAY = '192.0.2.7'
const BODY = bytesOf(1000)
const BOTH = { all: [{ client: ['office'] }, { basic: { users: 'staff', realm: 'Engineering' } }] }

const ROUTES: readonly RouteRule[] = [
  { name: 'eng', match: { path: '/eng/{key**}' }, to: 'files/{key}', access: BOTH },
  {
    name: 'own', match: { path: '/own/{key**}' }, to: 'files/{key}', access: { client: ['office'] },
    deliver: { set: { 'Cache-Control': 'private, max-age=0' } },
  },
  {
    name: 'moved', match: { path: '/moved/{key**}' }, access: { client: ['office'] },
    redirect: { to: '/eng/{key}', status: 302 },
  },
  { name: 'open', match: { path: '/open/{key**}' }, to: 'files/{key}' },
]

type Ask = (path: string, asked?: Partial<Asked>) => Promise<Answered>

type Scene = {
  readonly house: House
  readonly file: string
  /** As somebody at `client`, through the proxy that is believed; `user:password` if any. */
  as(client: string | null, login?: string): Ask
  logged(): Record<string, unknown>[]
}

function basic(login: string): string {
  return `Basic ${Buffer.from(login).toString('base64')}`
}

async function open(t: Test): Promise<Scene> {
  const folder = t.testdir({ htpasswd: lineOf('alice') + lineOf('bob') })
  const file = join(folder, 'htpasswd')
  const logFile = join(folder, 'access.log')
  const house = await openHouse({
    routes: ROUTES,
    users: [{ name: 'staff', file }],
    rules: { trustedProxies: ['127.0.0.1'], acls: { office: ['10.0.0.0/8', '!10.66.0.0/16'] } },
    log: { format: 'json', path: logFile },
  })
  let isOpen = true
  t.teardown(() => isOpen ? house.close() : undefined)
  await house.pocket.put('bucket', 'a.iso', BODY, { private: true })
  return {
    house,
    file,
    as: (client, login) => (path, asked = {}) => house.get(path, {
      ...asked,
      headers: {
        ...client === null ? {} : { 'X-Forwarded-For': client },
        ...login === undefined ? {} : { Authorization: basic(login) },
        ...asked.headers,
      },
    }),
    logged() {
      isOpen = false
      const text = existsSync(logFile) ? readFileSync(logFile, 'utf8') : ''
      return text.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    },
  }
}

const ALICE = 'alice:wonderland'

t.test('office network and password: both, and on every request', async (t) => {
  const { house, as } = await open(t)
  t.equal((await as(INSIDE, ALICE)('/eng/a.iso')).status, 200)
  const stories: ReadonlyArray<readonly [string | null, string | undefined, number]> = [
    [INSIDE, ALICE, 200],
    [INSIDE, undefined, 401],
    [INSIDE, 'alice:wrong', 401],
    [INSIDE, 'mallory:wonderland', 401],
    [AWAY, ALICE, 403],
    [AWAY, undefined, 403],
    ['10.66.1.1', ALICE, 403],
    [`${INSIDE}, ${AWAY}`, ALICE, 403],
    [`${AWAY}, ${INSIDE}`, ALICE, 200],
    [null, ALICE, 403],
  ]
  const forms: readonly Partial<Asked>[] = [
    {}, { method: 'HEAD' }, { headers: { Range: 'bytes=0-9' } },
    { headers: { Range: 'bytes=0-1,5-6' } }, { headers: { 'If-None-Match': '*' } },
  ]
  for (const [client, login, status] of stories) {
    for (const form of forms) {
      const answer = await as(client, login)('/eng/a.iso', form)
      const who = `${client} ${login} ${JSON.stringify(form)}`
      t.equal(answer.status >= 400 ? answer.status : 200, status, who)
      t.equal(answer.headers['cache-control'], status === 200 ? 'private' : 'no-store', who)
      t.equal(answer.headers['www-authenticate'],
        status === 401 ? 'Basic realm="Engineering", charset="UTF-8"' : undefined, who)
    }
  }
  t.equal(house.pocket.requests.length, 1, 'and all of it about one stored object')
})

t.test('an object that everybody has made warm is still not for everybody', async (t) => {
  const { as } = await open(t)
  t.equal((await as(AWAY)('/open/a.iso')).status, 200)
  t.match((await as(AWAY)('/open/a.iso')).headers['cache-status'], /hit-memory/)
  t.equal((await as(AWAY)('/eng/a.iso')).status, 403)
  const hit = await as(INSIDE, ALICE)('/eng/a.iso')
  t.match(hit.headers['cache-status'], /hit-memory/)
  t.equal(hit.headers['cache-control'], 'private')
  t.equal((await as(AWAY)('/open/a.iso')).headers['cache-control'], undefined)
})

t.test('a client that follows a flight is asked like any other', async (t) => {
  const { house, as } = await open(t)
  const both = await Promise.all([
    as(AWAY)('/open/a.iso'), as(AWAY, ALICE)('/eng/a.iso'), as(INSIDE)('/eng/a.iso'),
    as(INSIDE, ALICE)('/eng/a.iso'),
  ])
  t.same(both.map(({ status }) => status), [200, 403, 401, 200])
  t.ok(both[3].body.equals(BODY))
  t.equal(house.pocket.requests.length, 1)
})

t.test('what the route says of caches holds; otherwise only the client may keep it', async (t) => {
  const { as } = await open(t)
  const fields = async (path: string, asked: Partial<Asked> = {}): Promise<unknown> => {
    const { status, headers } = await as(INSIDE, ALICE)(path, asked)
    return [status, headers['cache-control']]
  }
  t.same(await fields('/own/a.iso'), [200, 'private, max-age=0'])
  t.same(await fields('/own/a.iso'), [200, 'private, max-age=0'])
  t.same(await fields('/moved/a.iso'), [302, 'private'])
  t.same(await fields('/eng/none'), [404, 'no-store'])
  t.same(await fields('/eng/a.iso', { headers: { 'If-None-Match': '*' } }), [304, 'private'])
  t.same(await fields('/eng/a.iso', { headers: { Range: 'bytes=2000-' } }), [416, 'no-store'])
})

t.test('who is taken out of the file is out at the next request', async (t) => {
  const { as, file } = await open(t)
  const alice = as(INSIDE, ALICE)
  t.equal((await alice('/eng/a.iso')).status, 200)
  t.equal((await alice('/eng/a.iso')).status, 200)
  writeFileSync(file, lineOf('bob'))
  t.equal((await alice('/eng/a.iso')).status, 401)
  t.equal((await as(INSIDE, 'bob:wonderland')('/eng/a.iso')).status, 200)
  writeFileSync(file, 'bob:plain\n')
  t.equal((await as(INSIDE, 'bob:wonderland')('/eng/a.iso')).status, 200, 'a bad file says nothing')
})

t.test('the store and the log see no password, and the log sees who it was', async (t) => {
  const { house, as, logged } = await open(t)
  await as(INSIDE, ALICE)('/eng/a.iso')
  await as(INSIDE, 'alice:wrong')('/eng/a.iso')
  await as(INSIDE)('/eng/a.iso')
  await as(AWAY, ALICE)('/eng/a.iso')
  const asked = JSON.stringify(house.pocket.requests)
  await house.close()
  const lines = logged()
  t.match(lines, [
    { client: INSIDE, user: 'alice', status: 200, outcome: 'miss', reason: null },
    { client: INSIDE, user: null, status: 401, outcome: 'denied', reason: 'wrong-credentials' },
    { client: INSIDE, user: null, status: 401, outcome: 'denied', reason: 'no-credentials' },
    { client: AWAY, user: null, status: 403, outcome: 'denied', reason: 'access-denied' },
  ])
  const tokens = [basic(ALICE).slice(6), basic('alice:wrong').slice(6)]
  for (const secret of ['wonderland', 'wrong', ...tokens]) {
    t.notOk(asked.includes(secret))
    t.notOk(JSON.stringify(lines).replaceAll('wrong-credentials', '').includes(secret))
  }
})

t.test('a client that guesses gets 429, and who is known or elsewhere does not', async (t) => {
  const { as } = await open(t)
  const known = as(INSIDE, ALICE)
  t.equal((await known('/eng/a.iso')).status, 200)
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) =>
    as(INSIDE, `alice:guess ${i}`)('/eng/a.iso')))
  const refused = answers.filter(({ status }) => status === 429)
  t.ok(refused.length >= 180, `${refused.length} of 200 are refused`)
  t.ok(refused.every(({ headers }) => Number(headers['retry-after']) >= 1))
  t.ok(refused.every(({ headers }) => headers['cache-control'] === 'no-store'))
  t.equal((await known('/eng/a.iso')).status, 200, 'a proof stays one')
  t.equal((await as('10.9.9.9', 'bob:wonderland')('/eng/a.iso')).status, 200)
})

t.test('a client that leaves while its password is checked leaves no trouble', async (t) => {
  const { house, as } = await open(t)
  const { host, port } = house.worker.httpAddress
  for (let i = 0; i < 20; i++) {
    await new Promise<void>((resolve) => {
      const socket = connect(port, host, () => {
        socket.write(`GET /eng/a.iso HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.1.1.${i}\r\n` +
          `Authorization: ${basic('alice:wonderland')}\r\n\r\n`, () => socket.resetAndDestroy())
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve())
    })
  }
  t.equal((await as(INSIDE, ALICE)('/eng/a.iso')).status, 200)
})

t.test('two Authorization fields are one too many', async (t) => {
  const { as } = await open(t)
  const headers = { Authorization: [basic(ALICE), basic(ALICE)] }
  t.equal((await as(INSIDE)('/eng/a.iso', { headers })).status, 400)
})
