/** Bans and purges of what http origins have answered: by key, with all variants, by condition. */
import t, { type Test } from 'tap'
import { ask } from '../support/client.ts'
import { openWeb, valueOf, type WebHouse } from '../support/web-house.ts'

const TOKEN = 'correct-horse-battery-staple'
process.env['WEB_BANS_TOKEN'] = TOKEN

const CONFIG = `admin: { token: "env:WEB_BANS_TOKEN" }
acls: { here: ["127.0.0.0/8"] }
purge: { access: { client: here } }
trusted_proxies: ["127.0.0.0/8"]`

const ROUTE = `tags: [all]
    hash: { query: { drop: [utm_*] } }
    cache: { respect: origin }`

/** Each is stored when the test begins: the target, and what else is said. */
const ASKED: ReadonlyArray<readonly [name: string, path: string, fields: readonly string[]]> = [
  ['plain', '/a', []],
  ['query', '/a?x=1', []],
  ['deutsch', '/v', ['Accept-Language', 'de']],
  ['english', '/v', ['Accept-Language', 'en']],
  ['other host', '/a', ['Host', 'other.example.org']],
  ['https', '/a', ['X-Forwarded-Proto', 'https']],
]

async function open(t: Test, disk?: string): Promise<WebHouse> {
  const house = await openWeb(t, (response, { method, url, fields }, number) => {
    const varies = url.startsWith('/v') ? ['Vary', 'Accept-Language'] : []
    const etag = `"${url}-${valueOf(fields, 'accept-language')}"`
    const known = valueOf(fields, 'if-none-match')?.includes(etag) === true
    response.writeHead(known ? 304 : 200, ['Cache-Control', 'max-age=600', 'ETag', etag, ...varies])
    response.end(known || method === 'HEAD' ? undefined : Buffer.from(`body ${number}`))
  }, {
    admin: '127.0.0.1:0', route: ROUTE,
    config: disk === undefined ? CONFIG
      : `${CONFIG}\nstorage: { disk: { path: "${disk}", size: 512MiB, reserve: 0B } }`,
  })
  for (const [, path, fields] of ASKED) await house.ask(path, { fields })
  await stored(house)
  return house
}

/** Asks until all are hits: what the disk has yet to commit is no part of these stories. */
async function stored(house: WebHouse): Promise<void> {
  for (let isWhole = false; !isWhole;) {
    isWhole = true
    for (const [, path, fields] of ASKED) {
      const { outcome } = await house.ask(path, { fields })
      if (!outcome.startsWith('hit')) isWhole = false
    }
  }
}

/**
 * What had to be asked again, by name, and how that is called. Who comes while the disk still
 * commits has joined, which asks nobody either.
 */
async function gone(house: WebHouse): Promise<string[]> {
  const names: string[] = []
  for (const [name, path, fields] of ASKED) {
    const { outcome } = await house.ask(path, { fields })
    if (!/^hit|^joined/.test(outcome)) names.push(outcome === 'miss' ? name : `${name} ${outcome}`)
  }
  return names
}

async function tell(house: WebHouse, path: string, question: object): Promise<string> {
  const headers = { authorization: `Bearer ${TOKEN}` }
  const body = JSON.stringify(question)
  const told = await ask(house.worker.adminAddress!, { path, method: 'POST', headers, body })
  return `${told.status} ${told.body.toString().trimEnd()}`
}

const SITE = 'http://www.example.org'

for (const [path, question, said, left] of [
  ['/purge', { urls: [`${SITE}/a`] }, `key = site:GET ${SITE}/a`, ['plain']],
  ['/purge', { urls: [`${SITE}/a?utm_source=x&x=1`] }, `key = site:GET ${SITE}/a?x=1`, ['query']],
  ['/purge', { urls: [`${SITE}/v`] }, `key = site:GET ${SITE}/v`, ['deutsch', 'english']],
  ['/purge', { urls: ['https://www.example.org/a'] }, 'key = site:GET https://www.example.org/a',
    ['https']],
  ['/purge', { urls: ['http://other.example.org/'], prefix: true },
    'host = "other.example.org" and path ~ "/*"', ['other host']],
  ['/purge', { tags: ['all'] }, 'tag = all', ASKED.map(([name]) => name)],
  ['/ban', { expression: 'path = /v' }, 'path = /v', ['deutsch', 'english']],
  ['/ban', { expression: 'route = site and header vary' }, 'route = site and header vary',
    ['deutsch', 'english']],
  ['/ban', { expression: 'host = www.example.org and status = 2xx' },
    'host = www.example.org and status = 2xx',
    ['plain', 'query', 'deutsch', 'english', 'https']],
] as const) {
  for (const tiers of ['memory', 'memory and disk']) {
    t.test(`${path} ${JSON.stringify(question)} takes what it names from ${tiers}`, async (t) => {
      const house = await open(t, tiers === 'memory' ? undefined : t.testdir())
      t.equal(await tell(house, path, question), `200 banned: ${said}`)
      t.same(await gone(house), left)
      t.same(await gone(house), [], 'what is fetched again stays')
    })
  }
}

t.test('PURGE takes all variants of what a GET of the same URL would find', async (t) => {
  const house = await open(t)
  t.equal((await house.ask('/v', { method: 'PURGE' })).status, 200)
  t.same(await gone(house), ['deutsch', 'english'])
  const asHttps = { method: 'PURGE', fields: ['X-Forwarded-Proto', 'https'] }
  t.equal((await house.ask('/a', asHttps)).status, 200)
  t.same(await gone(house), ['https'])
  t.notOk(house.heard.some(({ method }) => method === 'PURGE'), 'the origin hears nothing of it')
})

t.test('what is soft is asked about, each variant by its own validator', async (t) => {
  const house = await open(t)
  t.match(await tell(house, '/purge', { urls: [`${SITE}/v`], soft: true }), /^200 made stale/)
  t.same(await gone(house), ['deutsch revalidated', 'english revalidated'])
  t.same(await gone(house), [])
})
