/** Reloads over real sockets: what is new counts at once, and nobody notices that it changed. */
import { writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createLog } from '../../src/act/observe/log.ts'
import { startPocket, type Pocket } from '../../src/pocket/pocket.ts'
import { checkFile } from '../../src/run/config/checked.ts'
import { startWorker, type Worker } from '../../src/run/process/worker.ts'
import { ask, type Answered, type Asked } from '../support/client.ts'
import { bytesOf } from '../support/entries.ts'

const MIB = 1024 * 1024

/** A haulout that serves from a file, in front of a pocket Walrus. */
async function serving(t: Test, text: (pocket: Pocket) => string) {
  const pocket = await startPocket({ era: 'walrus3' })
  t.teardown(() => pocket.close())
  const folder = t.testdir({ 'haulout.yaml': text(pocket) })
  const file = join(folder, 'haulout.yaml')
  const log = createLog({ write: () => {} })
  const source = { file, read: () => checkFile(file) }
  const worker = await startWorker(source, { version: '1.2.3', log })
  t.teardown(() => worker.close())
  return { pocket, worker, file, folder }
}

const agent = (t: Test): Agent => {
  const made = new Agent({ keepAlive: true })
  t.teardown(() => made.destroy())
  return made
}

function reload({ adminAddress }: Worker): Promise<Answered> {
  return ask(adminAddress!, { path: '/reload', method: 'POST' })
}

async function statusOf({ adminAddress }: Worker) {
  const { body } = await ask(adminAddress!, { path: '/status' })
  return JSON.parse(body.toString()) as Record<string, unknown>
}

const TIMES = 1000

/** `/now` leads to the number of the file; every seventh file makes the origin a new one. */
function numbered(pocket: Pocket, number: number): string {
  return `haulout: 1
listen: { http: "127.0.0.1:0", admin: "127.0.0.1:0" }
log: { access: { format: off } }
origins:
  walrus: { dialect: walrus, endpoints: ["${pocket.endpoint}"], timeouts: { idle: ${
    60 + Math.floor(number / 7)}s } }
buckets: { files: { origin: walrus, name: bucket, cache: { ttl: ${number + 1}h } } }
routes:
  - { name: now, match: { path: /now }, redirect: { to: "/${number}", status: 302 } }
  - { name: get, match: { path: "/get/{key**}" }, to: "files/{key}" }
`
}

/** Asks again and again until told to stop; says what was not a whole 200 of the right length. */
async function keepAsking(worker: Worker, { path, agent, until }: Asking) {
  const wrong: Answered[] = []
  let asked = 0
  while (!until.aborted) {
    const answer = await ask(worker.httpAddress, { path, agent })
    asked += 1
    if (answer.status !== 200 || !answer.complete || answer.body.length !== 1000) wrong.push(answer)
  }
  return { wrong, asked }
}

type Asking = { readonly path: string; readonly agent: Agent; readonly until: AbortSignal }

t.test('a thousand reloads under load, every tenth file broken, and nobody notices', async (t) => {
  const { pocket, worker, file } = await serving(t, (pocket) => numbered(pocket, 0))
  const body = bytesOf(16 * MIB)
  await pocket.put('bucket', 'hot', bytesOf(1000))
  await pocket.put('bucket', 'big', body)
  const over = new AbortController()
  const asking = ['/get/hot', '/get/hot', '/get/hot?again'].map((path) =>
    keepAsking(worker, { path, agent: agent(t), until: over.signal }))
  // Held in the middle by the origin itself, from the first reload to the last.
  pocket.behave({ fault: { kind: 'stall', afterBytes: 8 * MIB }, path: '/big' })
  const downloads = [1, 2].map(() => ask(worker.httpAddress, { path: '/get/big' }))
  await pocket.held()

  let good = 0
  const wrong: string[] = []
  for (let number = 1; number <= TIMES; number += 1) {
    const broken = number % 10 === 0
    const text = numbered(pocket, number)
    writeFileSync(file, broken ? text.replace('to: "files', 'to: "flies') : text)
    if (!broken) good = number
    const { status, body } = await reload(worker)
    if (status !== (broken ? 422 : 200)) wrong.push(`${number}: ${status} ${body.toString()}`)
    const now = await ask(worker.httpAddress, { path: '/now' })
    const { location } = now.headers
    if (location !== `/${good}`) wrong.push(`${number}: ${String(location)}`)
  }
  t.same(wrong, [], 'every answer, and the last good generation serves')
  over.abort()
  for (const { wrong, asked } of await Promise.all(asking)) {
    t.same(wrong, [])
    t.ok(asked > 100, `${asked} requests`)
  }
  t.match(await statusOf(worker), {
    generation: 1 + TIMES - TIMES / 10, older: [{ generation: 1, exchanges: 2 }],
    last_reload: { by: 'admin', result: 'refused', error: /did you mean `files`\?/ },
  })
  pocket.release()
  for (const { status, complete, body: got } of await Promise.all(downloads)) {
    t.ok(status === 200 && complete && got.equals(body), 'whole and right')
  }
  t.same((await statusOf(worker))['older'], [])
  t.equal(pocket.requests.filter(({ path }) => path.endsWith('/big')).length, 1)
  const metrics = (await ask(worker.adminAddress!, { path: '/metrics' })).body.toString()
  t.match(metrics, 'haulout_reloads_total{result="applied"} 900\n')
  t.match(metrics, 'haulout_reloads_total{result="refused"} 100\n')
  t.match(metrics, 'haulout_generation 901\n')
})

type Changes = { readonly routes?: string; readonly more?: string }

/** Routes to `files`, and what a story changes. */
function configured(pocket: Pocket, { routes, more = '' }: Changes = {}): string {
  return `haulout: 1
listen: { http: "127.0.0.1:0", admin: "127.0.0.1:0" }
origins: { walrus: { dialect: walrus, endpoints: ["${pocket.endpoint}"] } }
buckets: { files: { origin: walrus, name: bucket } }
routes: ${routes ?? '[{ name: get, match: { path: "/get/{key**}" }, to: "files/{key}" }]'}
${more.includes('log:') ? '' : 'log: { access: { format: off } }'}
${more}
`
}

t.test('a route that is gone is denied on the next hit, on an open connection too', async (t) => {
  const { pocket, worker, file } = await serving(t, (pocket) => configured(pocket))
  await pocket.put('bucket', 'a', 'here')
  const asked = { path: '/get/a', agent: agent(t) }
  t.equal((await ask(worker.httpAddress, asked)).status, 200)
  t.match((await ask(worker.httpAddress, asked)).headers['cache-status'], /detail=hit-memory/)
  writeFileSync(file, configured(pocket, { routes: '[]' }))
  const { status, body } = await reload(worker)
  const said = 'generation 2: 0 routes, 1 bucket, 1 origin, 0 tests\n'
  t.same([status, body.toString()], [200, said])
  t.equal((await ask(worker.httpAddress, asked)).status, 404)
  writeFileSync(file, configured(pocket))
  await reload(worker)
  t.match((await ask(worker.httpAddress, asked)).headers['cache-status'], /detail=hit-memory/,
    'the cache has been kept')
  t.equal(pocket.requests.length, 1)
})

t.test('changed rules apply to what is stored: ttl and header fields', async (t) => {
  const { pocket, worker, file } = await serving(t, (pocket) => configured(pocket))
  await pocket.put('bucket', 'a', 'here')
  const get = () => ask(worker.httpAddress, { path: '/get/a' })
  await get()
  t.match((await get()).headers['cache-status'], /hit; ttl=(300|299); detail=hit-memory/)
  const longer = 'defaults: { cache: { ttl: 1h }, deliver: { set: { x-new: "yes" } } }'
  writeFileSync(file, configured(pocket, { more: longer }))
  await reload(worker)
  const hit = await get()
  t.match(hit.headers['cache-status'], /hit; ttl=(3600|3599); detail=hit-memory/)
  t.equal(hit.headers['x-new'], 'yes')
  writeFileSync(file, configured(pocket, { more: 'defaults: { cache: { ttl: 0, grace: 0 } }' }))
  await reload(worker)
  const stale = await get()
  t.match(stale.headers['cache-status'], /fwd=stale; fwd-status=304.*detail=revalidated/)
  t.equal(stale.headers['x-new'], undefined)
})

t.test('a reload that needs a restart, or cannot open its log, changes nothing', async (t) => {
  const { pocket, worker, file, folder } = await serving(t, (pocket) => configured(pocket))
  await pocket.put('bucket', 'a', 'here')
  for (const [more, report] of [
    ['storage: { memory: { size: 1GiB } }\nroutes_: []', /unknown key `routes_`/],
    ['storage: { memory: { size: 1GiB } }', /this needs a restart: storage\.memory\.size\n$/],
    ['log: { access: { path: none/access.log } }',
      /log\.access\.path: .*none\/access\.log cannot be opened: .*ENOENT/],
  ] as const) {
    writeFileSync(file, configured(pocket, { more, routes: '[]' }))
    const { status, body } = await reload(worker)
    t.equal(status, 422)
    t.match(body.toString(), report)
    t.equal((await ask(worker.httpAddress, { path: '/get/a' })).status, 200)
  }
  t.match(await statusOf(worker), {
    version: '1.2.3', generation: 1, file, draining: false, watch: false, older: [],
    check: { routes: 1, buckets: 1, origins: 1 }, routes: ['get'], origins: ['walrus'],
    last_reload: { result: 'refused', error: join(folder, 'none/access.log') },
  })
})

/** Both tiers, one of them too small for what is large; open, or for the office alone. */
function guarded(pocket: Pocket, isPrivate: boolean): string {
  return `haulout: 1
listen: { http: "127.0.0.1:0", admin: "127.0.0.1:0" }
log: { access: { format: off } }
storage: { memory: { size: 1MiB }, disk: { path: cache, size: 64MiB, reserve: 0B } }
acls: { office: ["10.0.0.0/8"] }
origins: { walrus: { dialect: walrus, endpoints: ["${pocket.endpoint}"] } }
buckets:
  files: { origin: walrus, name: bucket, visibility: ${isPrivate ? 'private' : 'public'} }
routes:
  - name: get
    match: { path: "/get/{key**}" }
    to: "files/{key}"
    ${isPrivate ? 'access: { client: office }' : ''}
`
}

t.test('a bucket that became private is denied on the next request, hits included', async (t) => {
  const { pocket, worker, file } = await serving(t, (pocket) => guarded(pocket, false))
  const slow = bytesOf(4 * MIB)
  await pocket.put('bucket', 'small', bytesOf(1000))
  await pocket.put('bucket', 'large', bytesOf(3 * MIB))
  await pocket.put('bucket', 'slow', slow)
  const connection = agent(t)
  const get = (path: string, asked: Partial<Asked> = {}) =>
    ask(worker.httpAddress, { path: `/get/${path}`, agent: connection, ...asked })
  const outcomes: string[] = []
  const etag = String((await get('small')).headers['etag'])
  await get('large')
  const forms: ReadonlyArray<readonly [string, Partial<Asked>]> = [
    ['small', {}], ['large', {}], ['small', { headers: { 'If-None-Match': etag } }],
    ['large', { headers: { Range: 'bytes=5-9' } }], ['small', { method: 'HEAD' }],
  ]
  for (const [path, asked] of forms) {
    const { status, headers } = await get(path, asked)
    outcomes.push(`${status} ${/detail=(\S+)/.exec(String(headers['cache-status']))?.[1]}`)
  }
  t.same(outcomes,
    ['200 hit-memory', '200 hit-disk', '304 hit-memory', '206 hit-disk', '200 hit-memory'])
  pocket.behave({ fault: { kind: 'stall', afterBytes: MIB }, path: '/slow' })
  const before = ask(worker.httpAddress, { path: '/get/slow' })
  await pocket.held()
  const fetched = pocket.requests.length

  writeFileSync(file, guarded(pocket, true))
  t.equal((await reload(worker)).status, 200)
  for (const [path, asked] of [...forms, ['slow', {}], ['none', {}]] as typeof forms) {
    const { status, headers } = await get(path, asked)
    const form = `${path} ${JSON.stringify(asked)}`
    t.same([status, headers['cache-control']], [403, 'no-store'], form)
  }
  t.equal(pocket.requests.length, fetched, 'and the store is not asked')
  pocket.release()
  const { status, complete, body } = await before
  t.ok(status === 200 && complete && body.equals(slow), 'what had begun is not cut')

  writeFileSync(file, guarded(pocket, false))
  await reload(worker)
  t.match((await get('small')).headers['cache-status'], /detail=hit-memory/, 'the cache is kept')
  t.match((await get('slow')).headers['cache-status'], /detail=hit-/)
})
