/** `haulout purge`, `ban` and `bans` against a haulout that runs. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openHouse, type House } from '../../support/house.ts'
import { start, type Ended } from './process.ts'

process.env['CLI_TEST_TOKEN'] = 'the-token'

async function open(t: Test): Promise<House> {
  const house = await openHouse({ adminToken: { kind: 'env', name: 'CLI_TEST_TOKEN' } })
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', 'a', { etag: 'md5' })
  return house
}

/** Runs it with the token in the variable that is looked at, unless said otherwise. */
function run(t: Test, house: House, words: readonly string[], token?: string): Promise<Ended> {
  const { host, port } = house.worker.adminAddress!
  const [command, ...rest] = words
  const env = { HAULOUT_TOKEN: token ?? 'the-token' }
  return start(t, [command!, '--admin', `http://${host}:${port}`, ...rest], env).ended
}

async function outcome(house: House): Promise<string> {
  const { headers } = await house.get('/get/a')
  return /detail=([a-z]+)/.exec(String(headers['cache-status']))![1]!
}

t.test('what is purged or banned is said, and gone', async (t) => {
  const house = await open(t)
  for (const [words, said, then] of [
    [['purge', 'files/a'], 'banned: key = walrus:bucket/a\n', 'miss'],
    [['purge', 'http://127.0.0.1/get/a', 'files/b'],
      'banned: key = walrus:bucket/a\nbanned: key = walrus:bucket/b\n', 'miss'],
    [['purge', '--prefix', 'files'], 'banned: key ~ walrus:bucket/*\n', 'miss'],
    [['purge', '--tag', 'none', 'other'], 'banned: tag = none\nbanned: tag = other\n', 'hit'],
    [['purge', '--soft', 'files/a'], 'made stale: key = walrus:bucket/a\n', 'revalidated'],
    [['ban', 'path ~ /get/* and status = 200'], 'banned: path ~ /get/* and status = 200\n', 'miss'],
  ] as const) {
    await outcome(house)
    t.same(await run(t, house, words), { code: 0, out: said, err: '' }, words.join(' '))
    t.equal(await outcome(house), then, words.join(' '))
  }
  const { out } = await run(t, house, ['bans'])
  const lines = out.trimEnd().split('\n')
  t.equal(lines.length, 8)
  t.match(lines[5], /^20\d\d-\d\d-\d\dT\S+Z  hard  tag = other$/)
  t.match(lines[6], /  soft  key = walrus:bucket\/a$/)
})

t.test('what is wrong is said with its place, and nothing is gone', async (t) => {
  const house = await open(t)
  await outcome(house)
  t.same(await run(t, house, ['ban', 'path > x']), {
    code: 1, out: '',
    err: 'bad request: character 6: after path comes =, !=, ~, !~, not \'>\'\n' +
      '  path > x\n       ^\n',
  })
  t.match(await run(t, house, ['purge', 'flies/a']), { code: 1, err: /no bucket 'flies'/ })
  t.match(await run(t, house, ['ban', 'age > 0s'], 'wrong'), { code: 1, err: /not the token/ })
  t.equal(await outcome(house), 'hit')
  t.same(await run(t, house, ['bans']), { code: 0, out: 'no bans are in force\n', err: '' })
})

t.test('the token comes from where it is kept, never from the command line', async (t) => {
  const house = await open(t)
  const folder = t.testdir({ token: 'the-token\n', empty: '' })
  const file = `file:${join(folder, 'token')}`
  t.match(await run(t, house, ['bans', '--token', file], ''), { code: 0 })
  for (const [where, err] of [
    ['the-token', /never the token itself/],
    ['env:NOWHERE', /no token in env:NOWHERE/],
    [`file:${join(folder, 'empty')}`, /no token in file:/],
    [`file:${join(folder, 'none')}`, /cannot be read: ENOENT/],
  ] as const) {
    t.match(await run(t, house, ['bans', '--token', where]), { code: 2, err }, where)
  }
})
