import t from 'tap'
import { compile } from '../../../src/decide/rules/compile.ts'
import type { CachePolicy, DeliverPolicy, Policy } from '../../../src/model/policy.ts'
import type { CacheRule, RouteRule, RuleSet } from '../../../src/model/rules.ts'
import type { DeliverRule } from '../../../src/model/steps.ts'
import { cachePolicy } from '../nouns.ts'
import { ruleSet } from './ruleset.ts'

function policyOf(route: Partial<RouteRule>): Policy {
  const { compiled, problems } = compile(ruleSet([route]))
  t.same(problems, [])
  return compiled.routes[0]!.policy
}

t.test('a route becomes a policy that says all there is to say', (t) => {
  const policy = policyOf({
    name: 'tarballs', match: { path: '/d/{version}/{file}.tgz' },
    to: 'releases/{version}/{file}.tgz',
  })
  t.equal(policy.route, 'tarballs')
  t.same(policy.captures, ['version', 'file'])
  t.same([...policy.methods], ['GET', 'HEAD'])
  t.equal(policy.allow, 'GET, HEAD')
  t.same(policy.action, {
    kind: 'object', origin: 'walrus', bucket: 'releases', bucketName: 'eucalyptus-releases',
    key: { literals: ['', '/', '.tgz'], slots: [0, 1] }, index: null,
  })
  t.ok([policy, policy.action, policy.cache, policy.deliver].every(Object.isFrozen), 'frozen')
  t.end()
})

t.test('a bucket without a name is called in the store as it is here', (t) => {
  t.match(policyOf({ to: 'images/x' }).action, { bucket: 'images', bucketName: 'images' })
  t.end()
})

t.test('the index of a route is its own, else that of the defaults, and only of a bucket', (t) => {
  const { defaults } = ruleSet([])
  const rules = ruleSet([
    { to: 'plain/' }, { to: 'plain' , index: 'start.html' }, { to: 'plain/x', index: null },
    { deny: 403 },
  ], { defaults: { ...defaults, index: 'index.html' } })
  const { compiled, problems } = compile(rules)
  t.same(problems, [])
  t.same(compiled.routes.map(({ policy: { action } }) => {
    return action.kind === 'object' ? action.index : action.kind
  }), ['index.html', 'start.html', null, 'deny'])
  t.end()
})

t.test('redirect, deny and synth become actions', (t) => {
  t.same(policyOf({ redirect: { to: '/x/{file}', status: 302 } }).action,
    { kind: 'redirect', to: { literals: ['/x/', ''], slots: [0] }, status: 302 })
  t.same(policyOf({ deny: 403 }).action, { kind: 'deny', status: 403 })
  const page = { type: 'text/html', text: '<b>{status}</b>' }
  t.match(policyOf({ to: undefined, synth: { status: 503, page } }).action,
    { kind: 'synth', status: 503, page: { literals: ['<b>', '</b>'], slots: ['status'] } })
  t.end()
})

t.test('what no route matches is denied by the policy called default', (t) => {
  const { fallback } = compile(ruleSet([], { default: { deny: 410 } })).compiled
  t.match(fallback, { route: 'default', action: { kind: 'deny', status: 410 }, captures: [] })
  t.same(fallback.cache, cachePolicy())
  t.end()
})

/** Bucket, what the route says, what the policy says beyond the defaults. */
const CACHES: ReadonlyArray<
  readonly [string, string | CacheRule | undefined, Partial<CachePolicy>]
> = [
  ['plain', undefined, {}],
  ['plain', {}, {}],
  ['plain', 'moving', { ttlMs: 1, notFoundMs: 2 }],
  ['plain', { graceMs: 0 }, { graceMs: 0 }],
  ['releases', undefined, { ttlMs: 1000, keepMs: 9000 }],
  ['releases', 'moving', { ttlMs: 1, notFoundMs: 2, keepMs: 9000 }],
  ['releases', { ttlMs: 5 }, { ttlMs: 5, keepMs: 9000 }],
  ['images', undefined, { ttlMs: 77, verify: 'none' }],
  ['images', 'immutable', { ttlMs: 1000, keepMs: 9000, verify: 'none' }],
  ['images', 'moving', { ttlMs: 1, notFoundMs: 2, verify: 'none' }],
  ['images', { verify: 'md5', ttlMs: undefined }, { ttlMs: 77, verify: 'md5' }],
]

for (const [bucket, cache, expected] of CACHES) {
  t.test(`cache ${JSON.stringify(cache)} on bucket ${bucket} merges field by field`, (t) => {
    t.same(policyOf({ to: `${bucket}/{file}`, cache }).cache, { ...cachePolicy(), ...expected })
    t.end()
  })
}

const DELIVERS: ReadonlyArray<readonly [DeliverRule, Partial<DeliverPolicy>]> = [
  [{}, {}],
  [{ cacheStatus: false }, { cacheStatus: false }],
  [{ set: { 'Content-Type': 'a/b' } }, { set: [['x-by', 'haulout'], ['content-type', 'a/b']] }],
  [{ set: { 'x-bY': 'me' } }, { set: [['x-by', 'me']] }],
  [{ unset: ['ETag-Old', 'y-*'] },
    { unset: new Set(['server', 'x-old', 'etag-old']), unsetPrefixes: ['x-amz-', 'y-'] }],
  [{ set: { SERVER: 'x' } },
    { set: [['x-by', 'haulout'], ['server', 'x']], unset: new Set(['x-old']) }],
  [{ unset: ['x-by'] }, { set: [], unset: new Set(['server', 'x-old', 'x-by']) }],
  [{ unset: ['X-*'], set: { 'x-new': '1' } },
    { set: [['x-new', '1']], unsetPrefixes: ['x-amz-', 'x-'] }],
]

for (const [deliver, expected] of DELIVERS) {
  t.test(`deliver ${JSON.stringify(deliver)} lies over the defaults`, (t) => {
    t.same(policyOf({ deliver }).deliver, {
      set: [['x-by', 'haulout']], unset: new Set(['server', 'x-old']), unsetPrefixes: ['x-amz-'],
      cacheStatus: true, ...expected,
    })
    t.end()
  })
}

type Expected = readonly [path: string, message: string, advice: string]
const BAD: ReadonlyArray<readonly [readonly Partial<RouteRule>[], Partial<RuleSet>, Expected]> = [
  [[{ name: 'a' }, { name: 'a' }], {}, ['routes.1.name', 'there already is a route `a`',
    'logs and metrics tell routes apart by their names: choose another one']],
  [[{ name: 'default' }], {}, ['routes.0.name',
    '`default` already names what happens when no route matches', 'choose another name']],
  [[{ to: 'release/{file}' }], {},
    ['routes.0.to', 'there is no bucket `release`', 'did you mean `releases`?']],
  [[{ to: 'zzz/{file}' }], {},
    ['routes.0.to', 'there is no bucket `zzz`', 'there are: releases, images, plain']],
  [[{ to: 'constructor/{file}' }], {}, ['routes.0.to', 'there is no bucket `constructor`',
    'there are: releases, images, plain']],
  [[{ to: '{file}/x' }], {}, ['routes.0.to', 'the bucket must be written out',
    'a capture can only be a part of the key, behind the first `/`']],
  [[{ to: 'releases' }], {}, ['routes.0.to', 'the key of an object is missing',
    'write e.g. "releases/{file}", or give the route an `index`']],
  [[{ to: 'releases/' }], {}, ['routes.0.to', 'the key of an object is missing',
    'write e.g. "releases/{file}", or give the route an `index`']],
  ...['/x', 'a//b', 'a/../b', '.', 'a\\b', 'a\nb'].map((key): (typeof BAD)[number] => [
    [{ to: `releases/${key}` }], {}, ['routes.0.to', 'this cannot be the key of an object',
      'a key has no empty, `.` or `..` segments, control characters or backslashes'],
  ]),
  [[{ to: 'releases/{fil}' }], {}, ['routes.0.to', 'the path has no capture `{fil}`',
    'did you mean {file}?']],
  [[{ redirect: { to: '/{x}', status: 302 } }], {}, ['routes.0.redirect.to',
    'the path has no capture `{x}`', 'the path has {file}']],
  [[{ redirect: { to: '//x/{file}', status: 302 } }], {}, ['routes.0.redirect.to',
    'the host of a redirect must be written out, with a scheme and a `/` behind it',
    'write e.g. https://dl.example.org/{rest}; a capture cannot name a host']],
  [[{ to: undefined }], {}, ['routes.0', 'this route does not say what to do',
    'a route has one of `to`, `redirect`, `deny` and `synth`']],
  [[{ to: 'releases/x', deny: 403 }], {}, ['routes.0.deny', '`to` and `deny` exclude each other',
    'a route has one of `to`, `redirect`, `deny` and `synth`']],
  [[{ match: { path: 'x' } }], {}, ['routes.0.match.path', 'a path glob begins with `/`',
    'write "/x"']],
  [[{ match: {}, to: 'releases/x' }], {}, ['routes.0.match', 'this matches every request',
    'if that is meant, say so with path: "/**"']],
  [[{ match: { path: '/{file}', host: ['a.org', 'b.org:80'] } }], {}, ['routes.0.match.host.1',
    'a port takes no part in matching', 'write "b.org"']],
  [[{ match: { path: '/{file}', host: ['*'] } }], {}, ['routes.0.match.host.0',
    '`*` matches any host, as no `host` at all does', 'leave `host` out']],
  [[{ match: { path: '/{file}', host: ['a.*.org'] } }], {}, ['routes.0.match.host.0',
    '`*` stands for whole names at the beginning of a host only', 'write e.g. "*.example.org"']],
  [[{ match: { path: '/{file}', host: ['-a.org'] } }], {}, ['routes.0.match.host.0',
    'this cannot be the host of a request', 'write e.g. dl.example.org']],
  [[{ cache: 'imutable' }], {}, ['routes.0.cache', 'there is no policy `imutable`',
    'did you mean `immutable`?']],
  [[], { policies: {}, buckets: { b: { origin: 'walrus', cache: 'x' } } }, ['buckets.b.cache',
    'there is no policy `x`', 'none is defined in this file']],
  [[], { policies: {}, buckets: { b: { origin: 'walrsu' } } }, ['buckets.b.origin',
    'there is no origin `walrsu`', 'did you mean `walrus`?']],
  [[{ methods: ['GET', 'PUT'] }], {}, ['routes.0.methods', 'PUT cannot be allowed for objects',
    'buckets are read-only here: only GET and HEAD may be allowed']],
  [[{ match: { path: '/{file}', method: ['GET', 'POST'] } }], {}, ['routes.0.match.method',
    'this route matches POST, but its `methods` do not allow it',
    'such requests would get 405; do not match POST here']],
  [[{ deliver: { set: { 'X-A': '1' }, unset: ['x-a'] } }], {}, ['routes.0.deliver.set.X-A',
    '`X-A` is both set and unset',
    'a field that is set replaces the origin\'s; there is no need to unset it']],
]

for (const [routes, parts, [path, message, advice]] of BAD) {
  t.test(`${path} ${JSON.stringify(routes.at(-1) ?? parts)} is a problem`, (t) => {
    const { problems } = compile(ruleSet(routes, parts))
    t.same(problems.map((one) => [one.path.join('.'), one.message, one.advice]),
      [[path, message, advice]])
    t.end()
  })
}

/** The matches of two routes, and whether the second is found to be out of reach. */
const REACH: ReadonlyArray<readonly [RouteRule['match'], RouteRule['match'], boolean]> = [
  [{ path: '/{file}' }, { path: '/{f}' }, true],
  [{ path: '/{file}' }, { path: '/{file}.tgz' }, true],
  [{ path: '/{file}.tgz' }, { path: '/{file}' }, false],
  [{ path: '/{file**}' }, { path: '/{file}' }, true],
  [{ path: '/d/*/x/**' }, { path: '/d/{v}/x/{file}' }, true],
  [{ path: '/d/*/x/**' }, { path: '/d/{v}/{file}' }, false],
  [{ path: '/a/**' }, { path: '/a/b/c' }, true],
  [{ path: '/a/**' }, { path: '/ab' }, false],
  [{ path: '/a/{file**}' }, { path: '/a/b' }, true],
  [{ path: '/a/{file**}' }, { path: '/a/' }, false],
  [{ path: '/**' }, { path: '/a/{file}', host: ['a.org'] }, true],
  [{ path: '/**', host: ['a.org'] }, { path: '/a' }, false],
  [{ path: '/**', host: ['*.a.org'] }, { path: '/a', host: ['b.a.org', '*.c.a.org'] }, true],
  [{ path: '/**', host: ['*.a.org'] }, { path: '/a', host: ['a.org'] }, false],
  [{ path: '/**', method: ['GET'] }, { path: '/a' }, false],
  [{ path: '/**', method: ['GET'] }, { path: '/a', method: ['GET'] }, true],
  [{ path: '/**', method: ['GET', 'HEAD'] }, { path: '/a', method: ['HEAD'] }, true],
  [{ path: '/{e:a|b}' }, { path: '/{e:a|c}' }, false],
]

t.test('a route with an index is reached for the folder that the same glob without is not', (t) => {
  const match = { path: '/a/{file**}' }
  const routes = [{ name: 'one', match, deny: 403 }, { match, index: 'index.html' }]
  t.same(compile(ruleSet(routes)).problems, [])
  const { problems } = compile(ruleSet([...routes, { match: { path: '/a/' }, deny: 404 }]))
  t.match(problems, [{ message: 'this route is never reached: `r1` matches first' }])
  t.end()
})

for (const [first, second, expected] of REACH) {
  t.test(`${JSON.stringify(second)} is ${expected ? 'never' : 'still'} reached after ` +
    JSON.stringify(first), (t) => {
    const routes = [{ name: 'one', match: first, deny: 403 }, { match: second, deny: 404 }]
    t.same(compile(ruleSet(routes)).problems.map((one) => one.message),
      expected ? ['this route is never reached: `one` matches first'] : [])
    t.end()
  })
}

t.test('several routes that hide one together are all named, and no other', (t) => {
  const problems = compile(ruleSet([
    { name: 'other', match: { path: '/{file}.txt' } },
    { name: 'tgz', match: { path: '/{file}.tgz' } }, { name: 'md5', match: { path: '/*.md5' } },
    { name: 'both', match: { path: '/{file}.{ext:tgz|md5}' } },
  ].map((route) => ({ ...route, deny: 404 })))).problems
  t.same(problems.map(({ path, message }) => [path.join('.'), message]), [['routes.3.match',
    'this route is never reached: `tgz` and `md5` match first']])
  t.end()
})

t.test('a thousand routes with hosts of their own are compiled in well under a second', (t) => {
  const routes = Array.from({ length: 1000 }, (_, i) => ({
    match: { host: [`h${i}.example.org`], path: '/d/{v}/{file}' },
  }))
  const started = performance.now()
  const { tables } = compile(ruleSet(routes)).compiled
  const took = performance.now() - started
  t.equal(tables.exact.size, 1000)
  t.ok(took < 1000, `${took.toFixed(0)} ms`)
  t.end()
})

t.test('every problem of a rule set is found in one go', (t) => {
  const { problems, compiled } = compile(ruleSet([
    { name: 'default', to: 'nowhere/{x}', cache: 'y', match: { path: '/{file}{x}' } }, {},
    { match: { path: 'a' }, to: undefined, redirect: { to: '/{x}', status: 301 } },
  ]))
  t.same(problems.map((one) => one.path.join('.')), ['routes.0.name', 'routes.0.cache',
    'routes.0.match.path', 'routes.0.to', 'routes.2.match.path'])
  t.same(compiled.routes.map((route) => route.policy.route), ['r1'])
  t.end()
})
