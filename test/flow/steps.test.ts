/** Steps over real sockets: what becomes of requests, of what is fetched, of what is delivered. */
import t, { type Test } from 'tap'
import type { RuleSet } from '../../src/model/rules.ts'
import { openHouse, type HouseOptions } from '../support/house.ts'
import { say, startRawOrigin } from '../support/raw-origin.ts'

async function open(t: Test, rules: Partial<RuleSet>, options: HouseOptions = {}) {
  const house = await openHouse({ era: 's3', rules, ...options })
  t.teardown(() => house.close())
  return house
}

t.test('two clients of one stored entry get heads of their own, again and again', async (t) => {
  const house = await open(t, { deliver: [
    { when: { header: { 'user-agent': ['*Mobile*'] } }, set: { 'X-For': 'mobile' } },
    { when: { type: ['text/*'] }, unset: ['x-gone'], set: { 'Cache-Control': 'no-cache' } },
  ] })
  await house.pocket.put('bucket', 'a', 'words', {
    contentType: 'text/plain', fields: [['X-Gone', '1']],
  })
  await house.pocket.put('bucket', 'b', 'bytes', { fields: [['X-Gone', '1']] })
  for (const key of ['a', 'b', 'a', 'b']) {
    for (const agent of ['A Mobile', 'another', 'A Mobile']) {
      const { headers } = await house.get(`/get/${key}`, { headers: { 'user-agent': agent } })
      t.equal(headers['x-for'], agent === 'another' ? undefined : 'mobile')
      t.equal(headers['cache-control'], key === 'a' ? 'no-cache' : undefined)
      t.equal(headers['x-gone'], key === 'a' ? undefined : '1')
    }
  }
  t.equal(house.pocket.requests.length, 2)
  const { status, headers } = await house.get('/get/absent')
  t.same([status, headers['cache-control']], [404, 'no-store'])
})

t.test('an answer of haulout\'s own is changed where its status is named', async (t) => {
  const house = await open(t, { deliver: [
    { when: { status: [{ from: 404, to: 404 }] }, set: { 'X-Help': 'ask the archive' } },
    { when: { host: ['*.example.org'] }, set: { 'X-Host': 'known' } },
  ] })
  const { headers } = await house.get('/get/absent', { headers: { host: 'a.example.org' } })
  t.same([headers['x-help'], headers['x-host']], ['ask the archive', undefined])
})

for (const era of ['s3', 'walrus3'] as const) {
  t.test(`fields of fetch arrive at the store, signed, at ${era}`, async (t) => {
    const fetch = [
      { set: { 'X-Amz-Request-Payer': 'requester', 'x-tenant': 'mirror' } },
      { when: { key: ['private/**'] }, unset: ['x-tenant'] },
    ]
    const house = await open(t, { fetch }, { era, cache: { ttlMs: 0 } })
    await house.pocket.put('bucket', 'a', 'bytes', { private: true })
    await house.pocket.put('bucket', 'private/b', 'bytes', { private: true })
    for (const [path, times] of [['/get/a', 2], ['/get/private/b', 1]] as const) {
      for (let i = 0; i < times; i += 1) t.equal((await house.get(path)).status, 200)
    }
    t.equal((await house.get('/get/a', { method: 'HEAD' })).status, 200)
    const { requests } = house.pocket
    t.equal(requests.length, 4)
    for (const { fields, path } of requests) {
      const found = new Map(fields.map(([name, value]) => [name.toLowerCase(), value]))
      t.equal(found.get('x-amz-request-payer'), 'requester')
      t.equal(found.get('x-tenant'), path.endsWith('/a') ? 'mirror' : undefined)
      const signed = /SignedHeaders=([^,]*)/.exec(found.get('authorization')!)
      if (era === 's3') t.match(signed![1], /x-amz-request-payer/)
    }
  })
}

t.test('the rest of a body is asked for with the same fields', async (t) => {
  const MIB = 1024 * 1024
  const rules = { fetch: [{ set: { 'x-tenant': 'mirror' } }] }
  // Too large for the tier and the window, so that what lies before has to be fetched again.
  const house = await open(t, rules, { memoryBytes: MIB })
  await house.pocket.put('bucket', 'big', { sizeBytes: 24 * MIB, seed: 'big' }, { etag: 'md5' })
  const parts = await house.get('/get/big', { headers: { range: 'bytes=-2,0-1' } })
  t.ok(parts.status === 206 && parts.complete)
  const { requests } = house.pocket
  t.equal(requests.length, 2)
  for (const { fields } of requests) t.ok(fields.some(([name]) => name === 'x-tenant'))
})

t.test('what a client sends is never among them', async (t) => {
  const origin = await startRawOrigin((socket) => say(socket, 200, 'body'))
  t.teardown(() => origin.close())
  const house = await open(t, {
    fetch: [{ set: { 'x-tenant': 'mirror' } }], recv: [{ set: { 'x-mine': '1' } }],
  }, { origin: { endpoints: [origin.url] } })
  await house.get('/get/a', { headers: { 'x-tenant': 'evil', 'x-other': 'evil' } })
  t.match(origin.requests[0]!.text, /x-tenant: mirror/)
  t.notMatch(origin.requests[0]!.text, /evil|x-mine|x-other/)
})

t.test('recv denies, redirects and passes before anything is looked up', async (t) => {
  const house = await open(t, { recv: [
    { when: { header: { 'x-bot': true } }, deny: 403 },
    { when: { host: ['old.org'] }, redirect: { to: 'https://new.org/', status: 301 } },
    { when: { header: { 'cache-control': ['no-cache'] } }, pass: true },
    { when: { header: { 'x-whole': true } }, unset: ['range'] },
  ] })
  await house.pocket.put('bucket', 'a', 'bytes')
  const ask = (headers: Record<string, string>) => house.get('/get/a', { headers })
  t.equal((await ask({})).status, 200)
  t.same([(await ask({ 'x-bot': '1' })).status, (await ask({ host: 'old.org' })).status],
    [403, 301])
  t.match((await ask({ 'cache-control': 'no-cache' })).headers['cache-status'], /detail=pass/)
  t.equal((await ask({ range: 'bytes=0-1' })).status, 206)
  t.equal((await ask({ range: 'bytes=0-1', 'x-whole': '1' })).status, 200)
  t.equal((await house.get('/nowhere', { headers: { 'x-bot': '1' } })).status, 403)
  t.equal(house.pocket.requests.length, 2)
})
