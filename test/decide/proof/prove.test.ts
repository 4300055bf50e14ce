import t from 'tap'
import { prove } from '../../../src/decide/proof/prove.ts'
import { compile } from '../../../src/decide/rules/compile.ts'
import type { Expectation, RuleTest } from '../../../src/model/proof.ts'
import { ruleSet } from '../rules/ruleset.ts'

const { compiled, problems } = compile(ruleSet([
  {
    name: 'tarballs', match: { path: '/d/{v}/{f}.tgz', host: ['dl.org'] },
    to: 'releases/{v}/{f}.tgz', tags: ['release-{v}', '{f}'],
    deliver: { set: { 'Content-Type': 'a/b', 'x-file': 'f="{f}"' } },
  },
  { name: 'old', match: { path: '/old/{f}' }, redirect: { to: '/d/1/{f}', status: 301 } },
  { name: 'closed', match: { path: '/closed/**' }, deny: 403 },
  {
    name: 'site', match: { path: '/site/{rest**}' }, to: 'plain/www/{rest}', index: 'index.html',
    trailingSlash: 'add',
  },
  { name: 'flat', match: { path: '/flat/{page**}' }, to: 'plain/{page}', trailingSlash: 'remove' },
  {
    name: 'robots', match: { path: '/robots.txt' },
    synth: { status: 200, page: { type: 'text/plain', text: 'x' } },
  },
  { name: 'passing', match: { path: '/p/{f}' }, to: 'plain/{f}', pass: true },
  {
    name: 'pages', match: { path: '/pages/{file}' }, to: 'plain/{file}',
    cors: { origins: ['https://a.example'], headers: ['x-token'], expose: ['etag'] },
  },
  {
    name: 'shared', match: { path: '/shared/{file}' }, to: 'plain/{file}',
    cors: { origins: ['*'] },
  },
  { name: 'dots', match: { pathRegex: '/k(?<a>[./]*)x(?<b>.*)' }, to: 'plain/{a}{b}' },
  { name: 'joined', match: { path: '/j/{a}/{b}' }, to: 'plain/{a}{b}' },
]))
const LINE = { rules: compiled, healthPath: '/healthz' }

type Wanted = Partial<Expectation>

function ruleTest(request: string, expect: Wanted, fields: readonly string[] = []): RuleTest {
  const [method, url] = request.split(' ') as [string, string]
  return {
    name: 'it', request: { method, url, fields }, expect: { cache: {}, deliver: {}, ...expect },
  }
}

/** Requests, the route that decides, and what is expected rightly. */
const RIGHT: ReadonlyArray<readonly [string, string | null, Wanted, (readonly string[])?]> = [
  ['GET http://dl.org/d/1/a.tgz', 'tarballs', {
    route: 'tarballs', object: 'releases/1/a.tgz',
    cache: {
      ttlMs: 1000, graceMs: 10_000, keepMs: 9000, notFoundMs: 5000, forbiddenMs: 2000,
      verify: 'md5',
    },
    deliver: { 'content-type': 'a/b', 'Content-Type': 'a/b', 'X-Amz-Id-2': false, server: false,
      'x-by': 'haulout' },
  }],
  ['HEAD https://DL.org:80/d/1/a%2Bb.tgz?x=1', 'tarballs', { object: 'releases/1/a+b.tgz' }],
  ['GET http://dl.org/d/1/a%20b.tgz', 'tarballs', {
    tags: ['a%20b', 'release-1'], deliver: { 'x-file': 'f="a b"' },
  }],
  ['GET /j/a/b', 'joined', { tags: [], pass: false }],
  ['HEAD /p/a', 'passing', { object: 'plain/a', pass: true, deliver: { server: false } }],
  ['GET /d/1/a.tgz', 'tarballs', { route: 'tarballs' }, ['host', 'dl.org']],
  ['GET http://x.org/d/1/a.tgz', 'tarballs', { route: 'tarballs' }, ['HOST', 'dl.org']],
  ['GET /d/1/a.tgz', 'default', { route: 'default', status: 404, reason: 'no-route' }],
  ['PUT http://dl.org/d/1/a.tgz', 'tarballs', { status: 405, reason: 'method-not-allowed' }],
  ['GET http://dl.org/d/1/a.tgz', 'tarballs', { status: 413, reason: 'body-not-allowed' },
    ['Content-Length', '5']],
  ['GET http://dl.org/old/a%20b', 'old', { status: 301, location: '/d/1/a%20b' }],
  ['GET /closed', 'closed', { status: 403, reason: 'denied-by-route' }],
  ['GET /j/./.', null, { status: 400, reason: 'bad-target' }],
  ['GET /j/..%2f/x', null, { status: 400, reason: 'bad-target' }],
  ['GET /site/', 'site', { object: 'plain/www/index.html' }],
  ['GET /site/a/', 'site', { object: 'plain/www/a/index.html' }],
  ['GET /site/a.html', 'site', { object: 'plain/www/a.html' }],
  ['GET /site', 'site', { status: 301, location: '/site/' }],
  ['HEAD /site/a?b=//c', 'site', { status: 301, location: '/site/a/?b=//c' }],
  ['PUT /site/a', 'site', { status: 405 }],
  ['GET /flat/a%20b/', 'flat', { status: 301, location: '/flat/a%20b' }],
  ['GET /flat/a', 'flat', { object: 'plain/a' }],
  ['GET /robots.txt', 'robots', { status: 200, access: 'allow' }],
  ['PUT /robots.txt', 'robots', { status: 405 }],
  ['GET /pages/a', 'pages', {
    cors: 'allow', object: 'plain/a', deliver: {
      'Access-Control-Allow-Origin': 'https://a.example', 'access-control-expose-headers': 'etag',
      'access-control-max-age': false,
    },
  }, ['Origin', 'https://a.example']],
  ['GET /pages/a', 'pages', { cors: 'deny', deliver: { 'access-control-allow-origin': false } },
    ['Origin', 'https://b.example']],
  ['GET /pages/a', 'pages', { deliver: { 'access-control-allow-origin': false } }],
  ['GET /shared/a', 'shared', { deliver: { 'access-control-allow-origin': '*' } }],
  ['GET /shared/a', 'shared', { cors: 'allow' }, ['Origin', 'null']],
  ['OPTIONS /pages/a', 'pages', { cors: 'allow', status: 204, route: 'pages' },
    ['Origin', 'https://a.example', 'Access-Control-Request-Method', 'GET']],
  ['OPTIONS /pages/a', 'pages', { cors: 'deny', status: 204, reason: 'cors-origin' },
    ['Origin', 'https://b.example', 'Access-Control-Request-Method', 'GET']],
  ['OPTIONS /pages/a', 'pages', { cors: 'deny', reason: 'cors-header' },
    ['Origin', 'https://a.example', 'Access-Control-Request-Method', 'GET',
      'Access-Control-Request-Headers', 'x-other']],
  ['OPTIONS /pages/a', 'pages', { cors: 'allow', status: 405 }, ['Origin', 'https://a.example']],
  ['OPTIONS /pages/a', 'pages', { status: 405 },
    ['Origin', 'https://a.example', 'Access-Control-Request-Method', 'GET', 'Content-Length', '1']],
  ['GET /k..x', 'dots', { status: 400, reason: 'bad-target' }],
  ['GET /k./x.', 'dots', { status: 400, reason: 'bad-target' }],
  ['GET /kx', 'dots', { status: 404, reason: 'no-object' }],
  ['GET /kx/a', 'dots', { status: 404, reason: 'no-object' }],
  ['GET /kxa%2e', 'dots', { object: 'plain/a.' }],
  ['GET http://a@b/x', null, { status: 400, reason: 'bad-host' }],
  ['GET /x', null, { status: 400, reason: 'bad-host' }, ['Host', 'a', 'Host', 'b']],
  ['GET /x', null, { status: 417, reason: 'expectation-failed' }, ['Expect', 'tea']],
  ['GET http://dl.org', 'default', { route: 'default' }],
  ['GET http://dl.org?d/1/a.tgz', 'default', { route: 'default' }],
  ['GET http://dl.org#a', null, { status: 400 }],
  ['GET /healthz', null, { status: 200 }],
]

for (const [request, route, expect, fields] of RIGHT) {
  t.test(`${request} is ${JSON.stringify(expect)}`, (t) => {
    const test = ruleTest(request, expect, fields)
    t.same(prove(LINE, test), { test, route, differences: [] })
    t.end()
  })
}

/** Requests, what is expected wrongly, and what the difference is then called. */
const WRONG: ReadonlyArray<readonly [string, Wanted, string, string, string]> = [
  ['GET /closed', { route: 'old' }, 'route', 'old', 'closed'],
  ['GET /..', { route: 'default' }, 'route', 'default',
    'none: refused before any route is looked at'],
  ['GET /closed', { object: 'none' }, 'object', 'none', 'none'],
  ['GET http://dl.org/d/1/a.tgz', { object: 'eucalyptus-releases/1/a.tgz' }, 'object',
    'eucalyptus-releases/1/a.tgz', 'releases/1/a.tgz'],
  ['GET http://dl.org/d/1/a.tgz', { status: 200 }, 'status', '200',
    'up to the store: the request is for an object'],
  ['GET /closed', { status: 404 }, 'status', '404', '403'],
  ['GET /closed', { reason: 'no-route' }, 'reason', 'no-route', 'denied-by-route'],
  ['GET /old/a', { reason: 'no-route' }, 'reason', 'no-route', 'none: nothing is refused'],
  ['GET /closed', { cors: 'allow' }, 'cors', 'allow',
    'none: no page asks, or the route says nothing of pages'],
  ['GET /pages/a', { cors: 'deny' }, 'cors', 'deny',
    'none: no page asks, or the route says nothing of pages'],
  ['GET /closed', { location: '/' }, 'location', '/', 'none: this is no redirect'],
  ['GET /old/a', { cache: { ttlMs: 0 } }, 'ttl', '0', 'none: the request is not for an object'],
  ['PUT http://dl.org/d/1/a.tgz', { cache: { ttlMs: 1000 } }, 'ttl', '1s',
    'none: the request is not for an object'],
  ['GET http://dl.org/d/1/a.tgz', { cache: { notFoundMs: 60_000 } }, 'not_found', '1m', '5s'],
  ['GET http://dl.org/d/1/a.tgz', { cache: { verify: 'none' } }, 'verify', 'none', 'md5'],
  ['GET http://dl.org/d/1/a.tgz', { deliver: { etag: false } }, 'deliver.etag', 'removed',
    'what the store sends'],
  ['GET http://dl.org/d/1/a.tgz', { deliver: { server: 'removed' } }, 'deliver.server', 'removed',
    'removed'],
  ['GET http://dl.org/d/1/a.tgz', { tags: ['a'] }, 'tags', 'a', 'a, release-1'],
  ['GET http://dl.org/d/1/a.tgz', { tags: [] }, 'tags', 'none', 'a, release-1'],
  [`GET http://dl.org/d/1/${'x'.repeat(1025)}.tgz`, { tags: ['a'] }, 'tags', 'a',
    'none: the request is not for an object'],
  [`GET http://dl.org/d/1/${','.repeat(500)}.tgz`, { tags: ['a'] }, 'tags', 'a',
    'none: one is too long, so the object is not stored'],
  ['GET /p/a', { tags: [] }, 'tags', 'none', 'none: nothing of it is kept'],
  ['GET /p/a', { cache: { ttlMs: 0 } }, 'ttl', '0', 'none: nothing of it is kept'],
  ['GET /p/a', { pass: false }, 'pass', 'false', 'true'],
  ['GET /j/a/b', { pass: true }, 'pass', 'true', 'false'],
  ['GET /closed', { pass: false }, 'pass', 'false', 'none: the request is not for an object'],
  ['GET /closed', { tags: ['a'] }, 'tags', 'a', 'none: the request is not for an object'],
  ['GET http://dl.org/d/1/a.tgz', { deliver: { 'x-file': 'f=a' } }, 'deliver.x-file', 'f=a',
    'f="a"'],
  ['GET /closed', { deliver: { server: false } }, 'deliver.server', 'removed',
    'none: the request is not for an object'],
]

for (const [request, expect, field, expected, actual] of WRONG) {
  t.test(`${request} is not ${JSON.stringify(expect)}`, (t) => {
    t.same(prove(LINE, ruleTest(request, expect)).differences, [{ field, expected, actual }])
    t.end()
  })
}

t.test('a key that captures join to something else is refused by a test as by the server', (t) => {
  t.same(problems, [])
  const test = ruleTest('GET /j/.../x', { object: 'plain/...x' })
  t.same(prove(LINE, test).differences, [])
  const { differences } = prove(LINE, ruleTest('GET /j/x/', { object: 'plain/x' }))
  t.match(differences, [{ field: 'object', actual: 'none' }])
  t.end()
})

t.test('what a test says of fields, query and client is what conditions look at', (t) => {
  const { compiled: rules } = compile(ruleSet([
    {
      name: 'ours', match: { client: ['office'], header: { 'x-a': ['1'] }, query: { v: ['a b'] } },
      deny: 403,
    },
  ], { acls: { office: ['10.0.0.0/8'] } }))
  const decided = (url: string, fields: readonly string[], client: string): string | null => {
    const request = { method: 'GET', url, fields, client }
    const test = { name: 'it', request, expect: { cache: {}, deliver: {} } }
    return prove({ rules, healthPath: null }, test).route
  }
  t.equal(decided('/?v=a+b', ['X-A', '1'], '10.1.2.3'), 'ours')
  t.equal(decided('/?v=a+b', ['X-A', '1'], '192.0.2.7'), 'default')
  t.equal(decided('/?v=a+b', ['X-A', '2'], '10.1.2.3'), 'default')
  t.equal(decided('/?v=a', ['X-A', '1'], '10.1.2.3'), 'default')
  t.end()
})

const ACCESS = compile(ruleSet([
  {
    name: 'eng', match: { path: '/eng/{file}' },
    access: { all: [{ client: ['office'] }, { basic: { users: 'staff', realm: 'Staff' } }] },
  },
  {
    name: 'token', match: { path: '/token/{file}' }, access: {
      header: { name: 'X-Token', equals: [{ kind: 'env', name: 'TOKEN' }] },
    },
  },
  { name: 'until', match: { path: '/until/{file}' }, access: { time: { before: 1000 } } },
], {
  trustedProxies: ['10.0.0.5'], acls: { office: ['10.0.0.0/8'] }, users: ['staff'],
})).compiled

type Asking = Partial<RuleTest['request']>

const IN = { client: '10.1.1.1', user: 'alice' }
const FORWARDED = ['X-Forwarded-For', '192.0.2.7']

/** A request, and what is expected rightly of the access of its route. */
const GUARDED: ReadonlyArray<readonly [Asking & { url: string }, Wanted]> = [
  [{ url: '/eng/a', ...IN }, { access: 'allow', object: 'releases/a' }],
  [{ url: '/eng/a', client: '10.1.1.1' }, { access: 'deny', status: 401 }],
  [{ url: '/eng/a', user: 'alice' }, { access: 'deny', status: 403, reason: 'access-denied' }],
  [{ url: '/eng/a', ...IN, fields: FORWARDED }, { access: 'allow' }],
  [{ url: '/eng/a', ...IN, client: '10.0.0.5', fields: FORWARDED }, { access: 'deny' }],
  [{ url: '/eng/a', client: '10.1.1.1', fields: ['Authorization', 'Basic YWxpY2U6eA=='] },
    { access: 'deny', reason: 'wrong-credentials' }],
  [{ url: '/token/a', fields: ['x-token', 'env:TOKEN'] }, { access: 'allow' }],
  [{ url: '/token/a', fields: ['x-token', 'TOKEN'] }, { access: 'deny' }],
  [{ url: '/until/a' }, { access: 'allow', deliver: { 'cache-control': 'private' } }],
  [{ url: '/until/a', at: 1000 }, { access: 'deny', status: 403 }],
]

for (const [request, expect] of GUARDED) {
  t.test(`${JSON.stringify(request)} is ${JSON.stringify(expect)}`, (t) => {
    const test = (access: 'allow' | 'deny' | undefined): RuleTest => ({
      name: 'it', request: { method: 'GET', fields: [], ...request },
      expect: { cache: {}, deliver: {}, ...expect, access },
    })
    const line = { rules: ACCESS, healthPath: null }
    t.same(prove(line, test(expect.access)).differences, [])
    const other = expect.access === 'allow' ? 'deny' : 'allow'
    t.match(prove(line, test(other)).differences,
      [{ field: 'access', expected: other, actual: expect.access }])
    t.end()
  })
}

t.test('nobody is asked who he is where no route has been found', (t) => {
  const line = { rules: ACCESS, healthPath: null }
  const { differences } = prove(line, ruleTest('GET /elsewhere', { access: 'allow' }))
  t.match(differences, [{ field: 'access', actual: /^none/ }])
  t.end()
})
