/**
 * The samples run: those in config/examples, and the texts that the language was designed by, which
 * lie beside this file. Their own tests pass; and what these promise is what clients get over real
 * sockets, from a haulout that serves from the very file in front of a pocket Walrus. Only
 * addresses and the places of secrets are others.
 */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { createLog } from '../../src/act/observe/log.ts'
import type { Expectation, RuleTest } from '../../src/model/proof.ts'
import type { RuleSet } from '../../src/model/rules.ts'
import type { Settings } from '../../src/model/settings.ts'
import { startPocket, type Pocket } from '../../src/pocket/pocket.ts'
import { countsOf } from '../../src/run/config/checked.ts'
import { examineConfig } from '../../src/run/config/load.ts'
import { startWorker, type Worker } from '../../src/run/process/worker.ts'
import { lineOf } from '../decide/access/vectors.ts'
import { ask, type Answered } from '../support/client.ts'

const EXAMPLES = resolve(import.meta.dirname, '../../config/examples')
const SAMPLES = resolve(import.meta.dirname, 'samples')

/** What a fragment leaves out, as the first sample has it. */
const REST: Readonly<Record<string, string>> = {
  haulout: 'haulout: 1\n',
  origins: 'origins: { walrus: { dialect: walrus, endpoints: ["http://10.1.0.2:8773/"] } }\n',
  policies: 'policies: { immutable: { ttl: 30d, grace: 7d }, moving: { ttl: 60s, grace: 10m } }\n',
}

/** The file with what it lacks, and with secrets where there are some. */
function written(t: Test, path: string): string {
  const folder = t.testdir({ secret: 'x', htpasswd: lineOf('alice') })
  chmodSync(join(folder, 'secret'), 0o600)
  const text = readFileSync(path, 'utf8')
  const lacking = Object.entries(REST).flatMap(([key, said]) =>
    new RegExp(`^${key}:`, 'm').test(text) ? [] : [said])
  const file = join(folder, 'sample.yaml')
  writeFileSync(file, (lacking.join('') + text)
    .replace('/etc/haulout/secret', './secret').replace('/etc/haulout/staff.htpasswd', 'htpasswd'))
  return file
}

type Scene = {
  readonly worker: Worker
  readonly rules: RuleSet
  readonly tests: readonly RuleTest[]
}

/** Serves from the file; this machine is a proxy that is believed, so clients can be others. */
async function serving(t: Test, path: string, endpoint: string): Promise<Scene> {
  const env = { EC2_ACCESS_KEY: 'x', EC2_SECRET_KEY: 'x' }
  const { settings, tests, failures } = examineConfig(written(t, path), env)
  t.same(failures, [], 'its own tests pass')
  const { listen, storage, origins, rules } = settings
  const served: Settings = {
    ...settings,
    listen: { ...listen, http: { host: '127.0.0.1', port: 0 }, admin: null },
    storage: { ...storage, disk: null },
    origins: origins.map((origin) => {
      return { ...origin, endpoints: [endpoint], signing: 'none', credentials: null }
    }),
    rules: { ...rules, trustedProxies: [...rules.trustedProxies, '127.0.0.1/32'] },
    log: { access: { format: 'off', path: null } },
  }
  const read = () => ({ settings: served, check: countsOf({ settings: served, tests }) })
  const log = createLog({ write: () => {} })
  const worker = await startWorker({ file: null, read }, { version: '0.0.0', log })
  t.teardown(() => worker.close())
  return { worker, rules, tests: tests.map(({ proof }) => proof.test) }
}

/** Asks as the test says, by way of the proxy that this machine is. */
function asked({ worker }: Scene, { request }: RuleTest): Promise<Answered> {
  const { method, url, fields, client = '203.0.113.9', user } = request
  const [, host = 'localhost', path] = /^(?:https?:\/\/([^/]+))?(\/.*)$/.exec(url)!
  const headers: Record<string, string> = { host }
  for (let i = 0; i < fields.length; i += 2) headers[fields[i]!.toLowerCase()] = fields[i + 1]!
  const said = headers['x-forwarded-for']
  headers['x-forwarded-for'] = said === undefined ? client : `${said}, ${client}`
  if (user !== undefined) {
    headers['authorization'] = `Basic ${Buffer.from(`${user}:wonderland`).toString('base64')}`
  }
  return ask(worker.httpAddress, { path: path!, method, headers })
}

/** Each thing that the test expects, as a client sees it. */
function compare(t: Test, { name, expect }: RuleTest, [first, second]: readonly Answered[]): void {
  const { object, status, access, location, deliver, cache, route, reason } = expect
  const got = first!
  const isServed = object !== undefined || Object.values(cache).some((one) => one !== undefined)
  if (isServed) t.equal(got.status, 200, name)
  if (status !== undefined) t.equal(got.status, status, name)
  if (access === 'allow') t.ok(got.status < 400, name)
  if (access === 'deny') t.ok([401, 403].includes(got.status), name)
  if (location !== undefined) t.equal(got.headers['location'], location, name)
  if (route === 'default' && status === undefined) t.equal(got.status, 404, name)
  if (reason !== undefined) t.ok(got.status >= 400, name)
  for (const [field, value] of Object.entries(deliver)) {
    t.equal(got.headers[field] ?? false, value, `${name}: ${field}`)
  }
  // Asked again it is a hit, and says for how long it is one.
  const ttl = / hit; ttl=(\d+)/.exec(String(second!.headers['cache-status']))?.[1]
  if (cache.ttlMs !== undefined) t.ok(isNear(Number(ttl), cache.ttlMs / 1000), `${name}: ${ttl}`)
}

function isNear(seconds: number, expected: number): boolean {
  return seconds <= expected && seconds > expected - 10
}

async function putObject(
  pocket: Pocket, { rules }: Scene, { object }: Expectation,
): Promise<void> {
  if (object === undefined) return
  const slash = object.indexOf('/')
  const bucket = rules.buckets[object.slice(0, slash)]!
  await pocket.put(bucket.name ?? object.slice(0, slash), object.slice(slash + 1), 'bytes')
}

const FILES = [EXAMPLES, SAMPLES].flatMap((folder) => readdirSync(folder)
  .filter((file) => file.endsWith('.yaml')).map((file) => join(folder, file)))
const SITE = 'http-site.yaml'

for (const path of FILES.filter((file) => !file.endsWith(SITE))) {
  const name = path.split('/').slice(-3).join('/')
  t.test(`${name}: what its tests promise is what its clients get`, async (t) => {
    const pocket = await startPocket({ era: 'walrus3' })
    t.teardown(() => pocket.close())
    const scene = await serving(t, path, pocket.endpoint)
    for (const test of scene.tests) {
      await putObject(pocket, scene, test.expect)
      const before = pocket.requests.filter(({ path }) => !path.endsWith('/')).length
      const answers = [await asked(scene, test), await asked(scene, test)]
      const fetches = pocket.requests.filter(({ path }) => !path.endsWith('/')).length
      compare(t, test, answers)
      if (test.expect.object === undefined) t.ok(fetches - before <= 1, test.name)
      if (test.expect.status !== undefined) t.equal(fetches, before, 'no store is asked for it')
    }
  })
}

/** A site that allows its pages to be kept, and notes what it is asked for. */
async function openSite(t: Test): Promise<{ endpoint: string; asked: string[] }> {
  const asked: string[] = []
  const site = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`)
    response.setHeader('Cache-Control', 'max-age=60').end('a page')
  })
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  t.teardown(() => {
    site.closeAllConnections()
    site.close()
  })
  return { endpoint: `http://127.0.0.1:${(site.address() as AddressInfo).port}`, asked }
}

t.test('http-site.yaml: what its tests promise is what the site is asked for', async (t) => {
  const { endpoint, asked: heard } = await openSite(t)
  const scene = await serving(t, join(EXAMPLES, SITE), endpoint)
  for (const test of scene.tests) {
    heard.length = 0
    const answers = [await asked(scene, test), await asked(scene, test)]
    compare(t, test, answers)
    const { forward, pass } = test.expect
    const { method } = test.request
    const line = `${method} ${forward?.slice(forward.indexOf('/'))}`
    // The answer to a HEAD is no page that could be kept.
    const each = pass === true || method === 'HEAD'
    t.same(heard, forward === undefined ? [] : each ? [line, line] : [line], test.name)
  }
})

t.test('the sample of a site runs as it stands: a page is one, however it is found', async (t) => {
  const { endpoint, asked: heard } = await openSite(t)
  const { worker } = await serving(t, join(SAMPLES, SITE), endpoint)
  const seen: string[] = []
  for (const query of ['b=2&a=1', 'utm_source=mail&a=1&b=2', 'a=1&fbclid=x&b=2']) {
    const { headers } = await ask(worker.httpAddress,
      { path: `/news?${query}`, method: 'GET', headers: { host: 'planet.example.org' } })
    seen.push(/detail=([\w-]+)/.exec(String(headers['cache-status']))![1]!)
  }
  t.same(seen, ['miss', 'hit-memory', 'hit-memory'])
  t.same(heard, ['GET /news?a=1&b=2'])
})

t.test('there is an example for each sample, and more tests in it', (t) => {
  for (const name of readdirSync(SAMPLES)) {
    const [sample, example] = [SAMPLES, EXAMPLES].map((folder) => {
      return readFileSync(join(folder, name), 'utf8').split(/\bname: /).length
    })
    t.ok(example! > sample!, `${name}: ${example} names against ${sample}`)
  }
  t.end()
})
