import { once } from 'node:events'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { startPocket } from '../../../src/pocket/pocket.ts'
import { start, type Running } from './process.ts'

const LISTENS = /info: haulout \S+ listens on (http:\S+), admin on (http:\S+)\n/

type Served = Running & { readonly url: string; readonly admin: string; readonly folder: string }

/** haulout in front of a pocket Walrus with one object, `/f`, that the pocket may hold back. */
async function serving(t: Test) {
  const pocket = await startPocket({ era: 'walrus3' })
  t.teardown(() => pocket.close())
  await pocket.put('releases', 'f', 'forty bytes of an object that is stored.')
  const folder = t.testdir({
    'haulout.yaml': `haulout: 1
listen: { http: "127.0.0.1:0", admin: "127.0.0.1:0" }
origins: { walrus: { dialect: walrus, endpoints: ["${pocket.endpoint}"] } }
buckets: { releases: { origin: walrus } }
routes: [{ name: all, match: { path: "/{key**}" }, to: "releases/{key}" }]
log: { access: { path: access.log } }
`,
  })
  const running = start(t, ['serve', '--config', join(folder, 'haulout.yaml')])
  const [, url, admin] = await running.said('err', LISTENS)
  const served: Served = { ...running, url: url!, admin: admin!, folder }
  return { pocket, served }
}

async function get(url: string): Promise<{ response: IncomingMessage; body: Promise<Buffer> }> {
  const [response] = await once(request(url, { agent: false }).end(), 'response')
  return { response: response as IncomingMessage, body: buffer(response as IncomingMessage) }
}

async function statusOf(url: string): Promise<number> {
  const { response, body } = await get(url)
  await body
  return response.statusCode!
}

function outcomes(path: string): string[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n')
    .map((line) => (JSON.parse(line) as { outcome: string }).outcome)
}

t.test('it serves, is counted and logged, and SIGTERM ends it with exit code 0', async (t) => {
  const { served } = await serving(t)
  for (const _ of [1, 2]) t.equal(await statusOf(`${served.url}/f`), 200)
  t.equal(await statusOf(`${served.url}/healthz`), 200)
  t.equal(await statusOf(`${served.admin}/healthz`), 200)
  const metrics = String(await (await get(`${served.admin}/metrics`)).body)
  t.match(metrics, 'haulout_requests_total{bucket="releases",route="all",outcome="miss"} 1\n')
  t.match(metrics, 'haulout_requests_total{bucket="releases",route="all",outcome="hit-memory"} 1\n')
  t.match(metrics, 'haulout_origin_requests_total{origin="walrus",status="200"} 1\n')
  t.match(metrics, 'haulout_bytes_saved_total{bucket="releases"} 40\n')
  served.child.kill('SIGTERM')
  const { code, out, err } = await served.ended
  t.equal(code, 0)
  t.equal(out, '')
  t.match(err, /SIGTERM: draining/)
  t.same(outcomes(join(served.folder, 'access.log')).slice(0, 2), ['miss', 'hit-memory'])
})

t.test('SIGTERM lets a running download finish, and takes no new client', async (t) => {
  const { pocket, served } = await serving(t)
  pocket.behave({ fault: { kind: 'hold-head' } })
  const asked = get(`${served.url}/f`)
  await pocket.held()
  served.child.kill('SIGTERM')
  await served.said('err', /draining/)
  await t.rejects(untilRefused(served.url), { code: 'ECONNREFUSED' })
  pocket.release()
  const { response, body } = await asked
  t.equal(response.statusCode, 200)
  t.equal(String(await body), 'forty bytes of an object that is stored.')
  t.equal((await served.ended).code, 0)
})

/** Asks until it is refused, since a signal takes a moment. */
async function untilRefused(url: string): Promise<never> {
  for (;;) await statusOf(`${url}/healthz`)
}

t.test('a second signal ends it at once, with exit code 1', async (t) => {
  const { pocket, served } = await serving(t)
  pocket.behave({ fault: { kind: 'hold-head' } })
  const asked = get(`${served.url}/f`)
  await pocket.held()
  served.child.kill('SIGTERM')
  await served.said('err', /draining/)
  served.child.kill('SIGINT')
  await t.rejects(asked, { code: 'ECONNRESET' })
  t.equal((await served.ended).code, 1)
})

t.test('SIGHUP makes it write to a new access log, and no line is lost', async (t) => {
  const { served } = await serving(t)
  const path = join(served.folder, 'access.log')
  await statusOf(`${served.url}/f`)
  // A line is written a moment after its answer.
  while (readFileSync(path, 'utf8') === '') await new Promise((resolve) => setImmediate(resolve))
  renameSync(path, `${path}.1`)
  served.child.kill('SIGHUP')
  while (!existsSync(path)) await new Promise((resolve) => setImmediate(resolve))
  await statusOf(`${served.url}/f`)
  served.child.kill('SIGTERM')
  t.equal((await served.ended).code, 0)
  t.same([outcomes(`${path}.1`), outcomes(path)], [['miss'], ['hit-memory']])
})
