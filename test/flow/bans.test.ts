/** Bans and purges by way of the admin listener, over real sockets. */
import t, { type Test } from 'tap'
import { ask, type Answered } from '../support/client.ts'
import { openHouse, type House, type HouseOptions } from '../support/house.ts'

const TOKEN = 'correct horse battery staple'.replaceAll(' ', '-')
const SHOWN = { authorization: `Bearer ${TOKEN}` }
process.env['BANS_TEST_TOKEN'] = TOKEN

async function open(t: Test, options: HouseOptions = {}): Promise<House> {
  const house = await openHouse({
    adminToken: { kind: 'env', name: 'BANS_TEST_TOKEN' },
    disk: { path: t.testdir() },
    routes: [
      { name: 'files', match: { path: '/get/{key**}' }, to: 'files/{key}', tags: ['all'] },
      { name: 'docs', match: { host: ['docs.example.org'], path: '/{key**}' }, to: 'files/{key}' },
    ],
    ...options,
  })
  t.teardown(() => house.close())
  for (const key of ['3.1/a', '3.1/b', '3.2/a']) {
    await house.pocket.put('bucket', key, key, { etag: 'md5' })
    await house.get(`/get/${key}`)
  }
  return house
}

/** Asks the admin listener; `question` is sent as JSON, a text as it is. */
function admin(
  house: House, path: string, question: unknown, headers: Record<string, string> = SHOWN,
): Promise<Answered> {
  const body = typeof question === 'string' ? question : JSON.stringify(question)
  const method = question === null ? 'GET' : 'POST'
  const asked = { path, method, headers, ...question !== null && { body } }
  return ask(house.worker.adminAddress!, asked)
}

/** Which of the three are still there. */
async function there(house: House): Promise<string[]> {
  const found: string[] = []
  for (const key of ['3.1/a', '3.1/b', '3.2/a']) {
    const { headers } = await house.get(`/get/${key}`)
    if (/detail=hit/.test(String(headers['cache-status']))) found.push(key)
  }
  return found
}

for (const [path, question, said, left] of [
  ['/purge', { objects: ['files/3.1/a'] }, 'banned: key = walrus:bucket/3.1/a', ['3.1/b', '3.2/a']],
  ['/purge', { objects: ['files/3.1/'], prefix: true }, 'banned: key ~ walrus:bucket/3.1/*',
    ['3.2/a']],
  ['/purge', { urls: ['http://docs.example.org/3.1/b'] }, 'banned: key = walrus:bucket/3.1/b',
    ['3.1/a', '3.2/a']],
  ['/purge', { urls: ['http://127.0.0.1/get/3.1/'], prefix: true },
    'banned: host = "127.0.0.1" and path ~ "/get/3.1/*"', ['3.2/a']],
  ['/purge', { tags: ['all'] }, 'banned: tag = all', []],
  ['/purge', { objects: ['files/3.1/a'], urls: ['http://127.0.0.1/get/3.2/a'] },
    'banned: key = walrus:bucket/3.2/a\nbanned: key = walrus:bucket/3.1/a', ['3.1/b']],
  ['/ban', { expression: 'object ~ files/*/a' }, 'banned: object ~ files/*/a', ['3.1/b']],
] as const) {
  t.test(`${path} ${JSON.stringify(question)} takes what it names`, async (t) => {
    const house = await open(t)
    const { status, body } = await admin(house, path, question)
    t.same([status, body.toString()], [200, `${said}\n`])
    t.same(await there(house), left)
    t.same(await there(house), ['3.1/a', '3.1/b', '3.2/a'], 'what is fetched again stays')
  })
}

t.test('what is soft is asked about, and stands in when the origin fails', async (t) => {
  const house = await open(t)
  const { body } = await admin(house, '/purge', { objects: ['files/3.1/a'], soft: true })
  t.equal(body.toString(), 'made stale: key = walrus:bucket/3.1/a\n')
  await house.pocket.refuse()
  const failing = await house.get('/get/3.1/a')
  t.match(failing, { status: 200, headers: { 'cache-status': /detail=stale/ } })
  await house.pocket.listen()
  t.match(await house.get('/get/3.1/a'), { headers: { 'cache-status': /detail=revalidated/ } })
  t.match(await house.get('/get/3.1/a'), { headers: { 'cache-status': /detail=hit/ } })
})

t.test('what is in force is listed, and holds after a restart', async (t) => {
  const house = await open(t)
  await admin(house, '/ban', { expression: 'path ~ /get/3.1/*' })
  await admin(house, '/purge', { tags: ['none'], soft: true })
  const listed = JSON.parse((await admin(house, '/bans', null)).body.toString()) as object[]
  t.match(listed, [
    { soft: false, about: 'path ~ /get/3.1/*', at: /^20\d\d-.*Z$/ },
    { soft: true, about: 'tag = none' },
  ])
  const again = await house.restart()
  t.teardown(() => again.close())
  t.same(JSON.parse((await admin(again, '/bans', null)).body.toString()), listed)
  t.same(await there(again), ['3.2/a'])
})

t.test('what cannot be read, or leads nowhere, bans nothing', async (t) => {
  const house = await open(t)
  for (const [path, question, fault] of [
    ['/ban', { expression: 'path ~ /get/* adn status = 200' },
      'character 15: \'and\' or \'or\' is missing before \'adn\'\n' +
      '  path ~ /get/* adn status = 200\n                ^'],
    ['/ban', { expression: '' }, 'character 1: a condition, such as path ~ "/downloads/*" is'],
    ['/ban', { expression: 1 }, '`expression` must be a text'],
    ['/ban', { expression: 'age > 1s', soft: 1 }, '`soft` must be true or false'],
    ['/ban', { expr: 'age > 1s' }, 'unknown key "expr"; there are expression, soft'],
    ['/ban', '[]', 'the body must be a JSON object with expression, soft'],
    ['/ban', 'nonsense', 'the body must be a JSON object with expression, soft'],
    ['/ban', 'x'.repeat(100_000), 'the body is too long'],
    ['/purge', {}, 'nothing is named; there is `urls`, `objects`, `tags`'],
    ['/purge', { objects: 'x' }, '`urls`, `objects` and `tags` must be lists of texts'],
    ['/purge', { objects: [], prefix: 'x' }, '`prefix` and `soft` must be true or false'],
    ['/purge', { objects: Array(1001).fill('files/x') }, 'more than 1000 are named'],
    ['/purge', { objects: ['files/3.1/a', 'flies/x'], tags: ['a b'] },
      '\'flies/x\': there is no bucket \'flies\'; known here: files\n\'a b\' is no tag'],
    ['/purge', { urls: ['http://127.0.0.1/nowhere'] }, 'leads to nothing that is stored'],
  ] as const) {
    const { status, body } = await admin(house, path, question)
    t.equal(status, 400, fault)
    t.ok(body.toString().includes(fault), body.toString())
  }
  t.equal((await there(house)).length, 3)
  t.same(JSON.parse((await admin(house, '/bans', null)).body.toString()), [])
})

t.test('only who shows the token bans, or sees bans', async (t) => {
  const house = await open(t)
  for (const headers of [
    {}, { authorization: '' }, { authorization: 'Bearer' }, { authorization: 'Bearer wrong' },
    { authorization: `Basic ${TOKEN}` }, { authorization: `Bearer ${TOKEN}x` },
  ] as ReadonlyArray<Record<string, string>>) {
    for (const [path, question] of [
      ['/ban', { expression: 'age > 0' }], ['/purge', { tags: ['all'] }], ['/bans', null],
    ] as const) {
      const { status, headers: fields } = await admin(house, path, question, headers)
      t.equal(status, 401, `${path} ${JSON.stringify(headers)}`)
      t.equal(fields['www-authenticate'], 'Bearer realm="haulout"')
    }
  }
  const page = { ...SHOWN, origin: 'http://evil.example.org' }
  t.equal((await admin(house, '/ban', { expression: 'age > 0' }, page)).status, 403)
  t.equal((await there(house)).length, 3)
})

t.test('without a token in the configuration nobody does', async (t) => {
  const house = await openHouse()
  t.teardown(() => house.close())
  const { status, body } = await admin(house, '/ban', { expression: 'age > 0s' })
  t.same([status, body.toString()], [403, 'forbidden: the configuration has no admin.token\n'])
})
