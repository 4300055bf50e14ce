/** Folders as clients see them: the index of each, and paths that end as their route wants it. */
import t, { type Test } from 'tap'
import type { RouteRule } from '../../src/model/rules.ts'
import { cachePolicy } from '../decide/nouns.ts'
import { openHouse } from '../support/house.ts'

const ROUTES: readonly RouteRule[] = [
  {
    name: 'staff', match: { path: '/staff/{rest**}' }, to: 'files/{rest}',
    access: { header: { name: 'x-staff', present: true } }, trailingSlash: 'add',
  },
  {
    name: 'off', match: { path: '/off/{rest**}' }, to: 'files/{rest}', index: null,
  },
  { name: 'flat', match: { path: '/flat/{page**}' }, to: 'files/{page}', trailingSlash: 'remove' },
  { name: 'site', match: { path: '/{rest**}' }, to: 'files/www/{rest}', trailingSlash: 'add' },
]

async function open(t: Test) {
  const house = await openHouse({
    routes: ROUTES,
    rules: {
      defaults: {
        methods: ['GET', 'HEAD'], index: 'index.html',
        cache: cachePolicy({ ttlMs: 1e6, graceMs: 0, keepMs: 1e6, notFoundMs: 0, forbiddenMs: 0 }),
        deliver: { cacheStatus: true },
      },
    },
  })
  t.teardown(() => house.close())
  for (const key of ['www/index.html', 'www/docs/index.html', 'www/a.css', 'docs', 'index.html']) {
    await house.pocket.put('bucket', key, key)
  }
  return house
}

t.test('a folder is its index, at every depth, by GET and HEAD, stored or not', async (t) => {
  const house = await open(t)
  const cases = [
    ['/', 'www/index.html'], ['/docs/', 'www/docs/index.html'], ['/a.css', 'www/a.css'],
    ['/docs/index.html', 'www/docs/index.html'], ['/flat/docs', 'docs'],
  ] as const
  for (const [path, key] of cases) {
    t.equal((await house.get(path)).body.toString(), key, path)
    const head = await house.get(path, { method: 'HEAD' })
    t.equal(head.headers['content-length'], String(key.length), path)
    t.match(head.headers['cache-status'], /hit/, 'both URLs of an index share its entry')
  }
  t.equal(house.pocket.requests.length, 4)
  t.equal((await house.get('/absent/')).status, 404)
  t.equal((await house.get('/off/docs/')).status, 404, 'without an index a folder is nothing')
  t.equal(house.pocket.requests.length, 5, 'and nobody is asked for it')
})

t.test('paths are sent to how their route wants them to end', async (t) => {
  const house = await open(t)
  const cases = [
    ['/docs', '/docs/'], ['/docs?x=//evil', '/docs/?x=//evil'], ['/flat/docs/', '/flat/docs'],
    ['/a%20b/%40c', '/a%20b/%40c/'], ['/flat/a.html/', '/flat/a.html'],
  ] as const
  for (const [path, location] of cases) {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await house.get(path, { method })
      t.equal(status, 301, path)
      t.equal(headers['location'], location)
    }
  }
  for (const path of ['//evil', '/%2fevil', '/%5cevil', '/a%0d%0a', '/..%2fa', '//evil/']) {
    const { status, headers } = await house.get(path)
    t.equal(status, 400, path)
    t.equal(headers['location'], undefined)
  }
  t.equal(house.pocket.requests.length, 0)
})

t.test('who may not have it is not told where it is, either', async (t) => {
  const house = await open(t)
  for (const path of ['/staff/docs', '/staff/docs/', '/staff']) {
    const { status, headers } = await house.get(path)
    t.equal(status, 403, path)
    t.equal(headers['location'], undefined)
  }
  for (const path of ['/staff', '/staff/docs']) {
    const { status, headers } = await house.get(path, { headers: { 'x-staff': '1' } })
    t.equal(status, 301)
    t.equal(headers['location'], `${path}/`)
    t.equal(headers['cache-control'], 'private', 'what not all may have is not for shared caches')
  }
})
