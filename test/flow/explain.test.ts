/**
 * A live explanation is a promise: what it says of a request is what the access log says of the
 * same request, sent right after. Every story asks first, then sends, and compares at its end.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { RouteRule } from '../../src/model/rules.ts'
import type { Trace } from '../../src/model/trace.ts'
import { passed } from '../support/clock.ts'
import { explained } from '../support/explain.ts'
import { landedAll, gauge } from '../support/gauges.ts'
import { openHouse, type House, type HouseOptions } from '../support/house.ts'
import { bytesOf } from '../support/entries.ts'
import { lineOf } from '../decide/access/vectors.ts'

const DAY_MS = 86_400_000
const MIB = 1024 * 1024

const ROUTES: readonly RouteRule[] = [
  { name: 'get', match: { path: '/get/{key**}' }, to: 'files/{key}' },
  {
    name: 'office', match: { path: '/office/{key**}' }, to: 'files/{key}',
    access: { client: ['office'] },
  },
  {
    name: 'staff', match: { path: '/staff/{key**}' }, to: 'files/{key}',
    access: { basic: { users: 'staff', realm: 'Staff' } },
  },
  { name: 'moved', match: { path: '/moved/{key**}' }, redirect: { to: '/get/{key}', status: 302 } },
  { name: 'closed', match: { path: '/closed' }, deny: 403 },
]

type Asked = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly user?: string
}

type Story = {
  house: House
  /** Explains a request, sends it, and remembers both. */
  foretell(path: string, asked?: Asked): Promise<Trace>
  /** Explains it only, to be sent by the story itself. */
  foresee(path: string, asked?: Asked): Promise<Trace>
  /** Closes the house and gives what it has logged. */
  logged(): Promise<Array<Record<string, unknown>>>
  /** Closes the house and compares what was foretold with the log; what was told, in a row. */
  compare(t: Test): Promise<string[]>
}

const NAMES = ['route', 'status', 'outcome', 'reason'] as const

async function begin(t: Test, options: HouseOptions = {}): Promise<Story> {
  const folder = t.testdir({ htpasswd: lineOf('alice'), cache: {} })
  const log = join(folder, 'access.log')
  const house = await openHouse({
    era: 's3', routes: ROUTES, log: { format: 'json', path: log },
    rules: { acls: { office: ['10.0.0.0/8'] } },
    users: [{ name: 'staff', file: join(folder, 'htpasswd') }],
    ...options,
  })
  const told: Array<Record<string, unknown>> = []
  const story: Story = {
    house,
    async foresee(path, asked = {}) {
      const url = `http://127.0.0.1${path}`
      const trace = await explained(story.house, { url, ...asked })
      const { status, outcome, reason } = trace.answer
      told.push({ route: trace.route?.name ?? '-', status, outcome, reason })
      return trace
    },
    async foretell(path, { user, ...asked } = {}) {
      const trace = await story.foresee(path, { ...asked, ...user !== undefined && { user } })
      const login = `Basic ${Buffer.from(`${user}:wonderland`).toString('base64')}`
      const headers = user === undefined ? asked.headers
        : { ...asked.headers, Authorization: login }
      await story.house.get(path, { ...asked, ...headers !== undefined && { headers } })
      return trace
    },
    async logged() {
      await story.house.close()
      return readFileSync(log, 'utf8').trimEnd().split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    },
    async compare(t) {
      const lines = await story.logged()
      t.equal(lines.length, told.length, 'as many lines as promises')
      for (const [i, promise] of told.entries()) {
        for (const name of NAMES) {
          // What only the origin knows is not foretold.
          if (promise[name] === null && name === 'status') continue
          t.equal(lines[i]?.[name], promise[name], `${name} of request ${i + 1}`)
        }
      }
      return told.map(({ outcome }) => String(outcome))
    },
  }
  return story
}

t.test('a miss, hits from memory and their parts are foretold', async (t) => {
  const story = await begin(t)
  await story.house.pocket.put('bucket', 'a', bytesOf(1000), { etag: 'md5' })
  const first = await story.foretell('/get/a')
  t.match(first, { lookup: { verdict: 'miss', stored: null }, answer: { hangs_on: 'origin' } })
  const { lookup, origin } = await story.foretell('/get/a')
  t.match(lookup, { verdict: 'hit', stored: { tier: 'memory', status: 200, bytes: 1000 } })
  t.equal(origin?.fields.some((text) => text.includes('AKIDPOCKET')), false)
  await story.foretell('/get/a', { method: 'HEAD' })
  const { headers: { etag } } = await story.house.get('/get/a')
  await story.foresee('/get/a')
  for (const headers of [
    { Range: 'bytes=0-9' }, { Range: 'bytes=2000-' }, { 'If-None-Match': String(etag) },
    { 'If-Match': '"other"' },
  ]) await story.foretell('/get/a', { headers })
  t.same(await story.compare(t), ['miss', ...Array.from({ length: 7 }, () => 'hit-memory')])
})

t.test('a hit from disk is foretold, and not carried up by being asked about', async (t) => {
  const folder = t.testdir({ cache: {} })
  const story = await begin(t, {
    log: { format: 'json', path: join(folder, 'access.log') },
    disk: { path: join(folder, 'cache') },
  })
  await story.house.pocket.put('bucket', 'a', bytesOf(1000), { etag: 'md5' })
  await story.house.pocket.put('bucket', 'big', bytesOf(MIB), { etag: 'md5' })
  for (const path of ['/get/a', '/get/big']) await story.house.get(path)
  await landedAll(story.house)
  story.house = await story.house.restart()
  t.teardown(() => story.house.close())
  for (const [key, chunks] of [['a', 1], ['big', 5]] as const) {
    for (let i = 0; i < 3; i++) {
      const { answer, lookup } = await explained(story.house, { url: `/get/${key}` })
      t.equal(answer.outcome, 'hit-disk')
      t.same(lookup?.stored?.chunks, { all: chunks, in_memory: 0, on_disk: chunks, lost: 0 })
    }
    const { headers } = await story.house.get(`/get/${key}`)
    t.match(headers['cache-status'], /detail=hit-disk$/)
    const { answer } = await explained(story.house, { url: `/get/${key}` })
    t.equal(answer.outcome, 'hit-memory')
  }
})

t.test('what is stale, revalidated, changed or gone is foretold', async (t) => {
  const cache = { ttlMs: 1, graceMs: 0, keepMs: DAY_MS, notFoundMs: DAY_MS }
  const story = await begin(t, { cache })
  const { pocket } = story.house
  await pocket.put('bucket', 'a', 'first bytes', { etag: 'md5' })
  await story.foretell('/get/a')
  await passed(2)
  const kept = await story.foretell('/get/a')
  t.match(kept.answer, { outcome: 'revalidated', hangs_on: 'origin', otherwise: 'miss' })
  t.ok(kept.origin?.fields.includes('If-None-Match'), 'the condition is told')
  await story.foretell('/get/none')
  await story.foretell('/get/none')
  await story.house.reload({ cache: { ...cache, graceMs: DAY_MS } })
  const stale = await story.foretell('/get/a')
  t.match(stale.answer, { outcome: 'stale', refresh: true })
  t.same(await story.compare(t),
    ['miss', 'revalidated', 'miss', 'negative-hit', 'stale'])
})

t.test('whoever would join a flight is told so, and how many are aboard', async (t) => {
  const story = await begin(t, { era: 'walrus3' })
  const { house } = story
  await house.pocket.put('bucket', 'big', { sizeBytes: 4 * MIB, seed: 'big' }, { etag: 'md5' })
  house.pocket.behave({ fault: { kind: 'stall', afterBytes: 2 * MIB } })
  await story.foresee('/get/big')
  const leader = house.get('/get/big')
  await house.pocket.held()
  const trace = await story.foresee('/get/big')
  t.match(trace.lookup, { verdict: 'miss', flight: { clients: 1, length_bytes: 4 * MIB } })
  t.equal(trace.answer.status, 200)
  const follower = house.get('/get/big')
  while (await gauge(house, 'haulout_flight_passengers') < 2);
  house.pocket.release()
  await Promise.all([leader, follower])
  t.same(await story.compare(t), ['miss', 'joined'])
})

t.test('a body that has lost a chunk is told to be fetched from there', async (t) => {
  const story = await begin(t, { memoryBytes: 4 * MIB })
  const { house } = story
  const bytes = bytesOf(MIB)
  await house.pocket.put('bucket', 'a', bytes, { etag: 'md5' })
  await house.get('/get/a')
  t.equal((await explained(house, { url: '/get/a' })).answer.outcome, 'hit-memory')
  // The head has been used just now, the body has not.
  await house.get('/get/a', { method: 'HEAD' })
  let lost: Trace | null = null
  for (let i = 0; lost === null; i++) {
    await house.pocket.put('bucket', `b${i}`, bytesOf(MIB / 4), { etag: 'md5' })
    await house.get(`/get/b${i}`)
    const trace = await explained(house, { url: '/get/a' })
    if (trace.answer.outcome !== 'hit-memory') lost = trace
  }
  t.match(lost.answer, { outcome: 'partial', refetch_from: 0, status: 200 })
  t.ok((lost.lookup?.stored?.chunks.lost ?? 0) > 0)
  const { body } = await house.get('/get/a')
  t.ok(body.equals(bytes), 'all bytes')
  t.equal((await story.logged()).at(-1)?.['outcome'], 'partial')
})

t.test('what is refused, redirected or malformed is foretold with its reason', async (t) => {
  const story = await begin(t)
  const { house } = story
  await house.pocket.put('bucket', 'a', 'bytes')
  for (const [path, asked] of [
    ['/nothing', {}], ['/closed', {}], ['/moved/a', {}], ['/healthz', {}],
    ['/get/a', { method: 'DELETE' }], ['/office/a', {}], ['/staff/a', {}],
    ['/staff/a', { user: 'alice' }], ['/staff/a', { user: 'alice' }],
    ['/get/..%2fa', {}], ['/get/a%00', {}], ['/get//a', {}], [`/${'a'.repeat(9000)}`, {}],
    ['/get/a', { headers: { 'Content-Length': '5' }, method: 'POST' }],
    ['/get/a/', {}],
  ] as const) await story.foretell(path, asked)
  const told = await story.compare(t)
  t.same(told.slice(0, 4), ['denied', 'denied', 'synth', 'synth'])
})

t.test('to be asked about changes nothing', async (t) => {
  const story = await begin(t, { memoryBytes: 2 * MIB })
  const { house } = story
  await house.pocket.put('bucket', 'old', bytesOf(200_000), { etag: 'md5' })
  await house.get('/get/old')
  // Were it a use, `old` would outlive what has come after it.
  for (let i = 0; i < 12; i++) {
    await house.pocket.put('bucket', `n${i}`, bytesOf(200_000), { etag: 'md5' })
    await house.get(`/get/n${i}`)
    await explained(house, { url: '/get/old' })
  }
  t.equal((await explained(house, { url: '/get/old' })).lookup?.verdict, 'miss')
  const asked = house.pocket.requests.length
  const wrong = { Authorization: `Basic ${Buffer.from('alice:wrong').toString('base64')}` }
  for (let i = 0; i < 50; i++) {
    const { access, answer } = await explained(house, { url: '/staff/old', headers: wrong })
    t.same([access.answer, answer.hangs_on], ['unknown', 'password'])
  }
  t.equal(house.pocket.requests.length, asked)
  t.equal(await gauge(house, 'haulout_requests_total'), 13)
  const right = Buffer.from('alice:wonderland').toString('base64')
  const { status } = await house.get('/staff/old', { headers: { Authorization: `Basic ${right}` } })
  t.equal(status, 200, 'no failure has been counted')
  await house.close()
})

t.test('of a ban it is told that it has made a miss', async (t) => {
  const story = await begin(t, {
    rules: { acls: { office: ['10.0.0.0/8'], here: ['127.0.0.0/8'] }, purge: { client: ['here'] } },
  })
  await story.house.pocket.put('bucket', 'a', bytesOf(1000), { etag: 'md5' })
  await story.foretell('/get/a')
  await story.foretell('/get/a')
  const purge = await story.foretell('/get/a', { method: 'PURGE' })
  t.same([purge.answer.status, purge.origin], [200, null])
  const after = await story.foretell('/get/a')
  t.match(after.lookup, { verdict: 'miss', stored: { ban: 'banned' } })
  t.same(await story.compare(t), ['miss', 'hit-memory', 'synth', 'miss'])
})

function applied({ policy }: Trace) {
  return policy.filter(({ key }) => key.includes('[')).map(({ key, applies }) => [key, applies])
}

t.test('of the steps those that apply are told apart from those that do not', async (t) => {
  const story = await begin(t, {
    rules: {
      acls: { office: ['10.0.0.0/8'] },
      recv: [
        { when: { header: { 'X-Old': true } }, set: { 'X-New': '1' }, unset: ['X-Old'] },
        { when: { header: { 'X-New': ['1'] } }, deny: 410 },
      ],
      store: [{ when: { sizeOver: 500 }, set: { ttlMs: DAY_MS } }],
    },
  })
  await story.house.pocket.put('bucket', 'a', bytesOf(1000), { etag: 'md5' })
  t.same(applied(await story.foretell('/get/a')),
    [['recv[0]', false], ['recv[1]', false], ['store[0]', null]])
  t.same(applied(await story.foretell('/get/a')),
    [['recv[0]', false], ['recv[1]', false], ['store[0]', true]])
  t.same(applied(await story.foretell('/get/a', { headers: { 'X-Old': 'x' } })),
    [['recv[0]', true], ['recv[1]', true]])
  await story.compare(t)
})
