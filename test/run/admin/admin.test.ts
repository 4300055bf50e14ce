import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { createAdmin, type Control } from '../../../src/run/admin/admin.ts'
import { createMetrics } from '../../../src/act/observe/metrics.ts'
import type { Address } from '../../../src/model/settings.ts'

const NOT_FOUND = 'not found: this listener has /healthz, /metrics, /status, /reload, /purge, ' +
  '/ban, /bans, /explain\n'

const ANY: Address = { host: '127.0.0.1', port: 0 }

const FIXED = {
  contentType: 'text/plain; version=0.0.4', render: () => Promise.resolve('some 1\n'),
}

/** Nothing is behind it. */
const IDLE: Control = {
  status: () => ({ generation: 1 }),
  reload: () => Promise.resolve({ kind: 'applied', text: 'generation 2' }),
  bans: {
    refuse: () => ({ status: 403, type: 'text/plain', text: 'no token\n' }),
    purge: () => Promise.reject(new Error('asked in spite of that')),
    ban: () => Promise.reject(new Error('asked in spite of that')),
    list: () => [],
  },
  explain: (question) => ({ asked: question.url }),
}

type Answer = { status: number; fields: NodeJS.Dict<string | string[]>; body: string }

async function ask(address: Address, path: string, method = 'GET'): Promise<Answer> {
  const sent = request({ ...address, path, method, agent: false }).end()
  const [response] = await once(sent, 'response') as [import('node:http').IncomingMessage]
  return { status: response.statusCode!, fields: response.headers, body: await text(response) }
}

t.test('each path and method has its answer', async (t) => {
  const admin = await createAdmin({ address: ANY, metrics: FIXED, control: IDLE })
  t.teardown(() => admin.close())
  for (const [method, path, status, body] of [
    ['GET', '/healthz', 200, 'ok\n'],
    ['HEAD', '/healthz', 200, ''],
    ['GET', '/healthz?from=balancer', 200, 'ok\n'],
    ['GET', '/metrics', 200, 'some 1\n'],
    ['HEAD', '/metrics', 200, ''],
    ['POST', '/metrics', 405, 'method not allowed: only GET and HEAD\n'],
    ['DELETE', '/healthz', 405, 'method not allowed: only GET and HEAD\n'],
    ['GET', '/status', 200, '{\n  "generation": 1\n}\n'],
    ['POST', '/reload', 200, 'generation 2\n'],
    ['GET', '/reload', 405, 'method not allowed: only POST\n'],
    ['POST', '/status', 405, 'method not allowed: only GET and HEAD\n'],
    ['GET', '/', 404, NOT_FOUND],
    ['GET', '/metrics/', 404, NOT_FOUND],
    ['GET', '/toString', 404, NOT_FOUND],
    ['POST', '/constructor', 404, NOT_FOUND],
  ] as const) {
    const answer = await ask(admin.address, path, method)
    t.same([answer.status, answer.body], [status, body], `${method} ${path}`)
    const allow = path === '/reload' ? 'POST' : 'GET, HEAD'
    t.equal(answer.fields['allow'], status === 405 ? allow : undefined)
    t.equal(answer.fields['cache-control'], 'no-store')
  }
})

t.test('a reload that was refused is 422 with the report as text', async (t) => {
  const report = 'haulout.yaml:3:1: unknown key `rotes`\n  = did you mean `routes`?'
  const reload = () => Promise.resolve({ kind: 'refused' as const, text: report })
  const admin = await createAdmin({ address: ANY, metrics: FIXED, control: { ...IDLE, reload } })
  t.teardown(() => admin.close())
  const { status, body, fields } = await ask(admin.address, '/reload', 'POST')
  t.same([status, body], [422, `${report}\n`])
  t.equal(fields['content-type'], 'text/plain; charset=utf-8')
})

t.test('what a browser can be made to send reloads nothing', async (t) => {
  let reloads = 0
  const reload = () => {
    reloads += 1
    return IDLE.reload()
  }
  const admin = await createAdmin({ address: ANY, metrics: FIXED, control: { ...IDLE, reload } })
  t.teardown(() => admin.close())
  const { host, port } = admin.address
  for (const [headers, status] of [
    [{ host: `${host}:${port}` }, 200],
    [{ host: 'localhost' }, 200],
    [{ host: `pages.example.org:${port}` }, 403],
    [{ host: `${host}:${port}`, origin: 'http://pages.example.org' }, 403],
    [{ host: `${host}:${port}`, origin: 'null' }, 403],
    [{ host: `${host}:${port}`, 'sec-fetch-site': 'cross-site' }, 403],
    [{ host: `${host}:${port}`, 'sec-fetch-site': 'same-origin' }, 403],
  ] as const) {
    const before = reloads
    const sent = request({ host, port, path: '/reload', method: 'POST', agent: false, headers })
    const [response] = await once(sent.end(), 'response') as [import('node:http').IncomingMessage]
    await text(response)
    t.equal(response.statusCode, status, JSON.stringify(headers))
    t.equal(reloads - before, status === 200 ? 1 : 0)
  }
})

t.test('HEAD tells the length that GET would have', async (t) => {
  const admin = await createAdmin({ address: ANY, metrics: FIXED, control: IDLE })
  t.teardown(() => admin.close())
  t.equal((await ask(admin.address, '/metrics', 'HEAD')).fields['content-length'], '7')
  t.equal((await ask(admin.address, '/metrics')).fields['content-type'], FIXED.contentType)
})

t.test('the real metrics can be scraped', async (t) => {
  const metrics = createMetrics({
    version: '1', tiers: () => [], flights: () => ({ running: 0, passengers: 0 }),
    corruptChunks: () => 0, disk: () => null, droppedLogLines: () => 0,
    generation: () => 1, reloads: () => ({ applied: 0, refused: 0 }),
    endpoints: () => [], passwords: () => ({ checks: {}, waiting: 0 }),
  })
  const admin = await createAdmin({ address: ANY, metrics, control: IDLE })
  t.teardown(() => admin.close())
  t.teardown(() => metrics.close())
  const { body, fields } = await ask(admin.address, '/metrics')
  t.match(body, /^haulout_flights_running 0$/m)
  t.match(fields['content-type'], 'text/plain; version=0.0.4')
})

t.test('metrics that cannot be read are a 500 that says why', async (t) => {
  const admin = await createAdmin({
    address: ANY, control: IDLE,
    metrics: { ...FIXED, render: () => Promise.reject(new Error('a gauge is broken')) },
  })
  t.teardown(() => admin.close())
  const { status, body } = await ask(admin.address, '/metrics')
  t.equal(status, 500)
  t.match(body, 'a gauge is broken')
  t.equal((await ask(admin.address, '/healthz')).status, 200)
})

t.test('an address that is taken is a listen error with the address in it', async (t) => {
  const first = await createAdmin({ address: ANY, metrics: FIXED, control: IDLE })
  t.teardown(() => first.close())
  await t.rejects(createAdmin({ address: first.address, metrics: FIXED, control: IDLE }), {
    name: 'HauloutError', code: 'listen', detail: `127.0.0.1:${first.address.port}: `,
    cause: { code: 'EADDRINUSE' },
  })
})

t.test('closing lets a running scrape finish, and ends a silent connection', async (t) => {
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>()
  const { promise: rendered, resolve: finish } = Promise.withResolvers<string>()
  const admin = await createAdmin({
    address: ANY, control: IDLE,
    metrics: { ...FIXED, render: () => { onAsked(); return rendered } },
  })
  const silent = connect(admin.address.port, admin.address.host)
  await once(silent, 'connect')
  const gone = once(silent.resume(), 'close')
  const scrape = ask(admin.address, '/metrics')
  await asked
  const closed = admin.close()
  finish('late 1\n')
  t.equal((await scrape).body, 'late 1\n')
  await Promise.all([closed, gone])
  await t.rejects(ask(admin.address, '/healthz'), { code: 'ECONNREFUSED' })
})
