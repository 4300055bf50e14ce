import { deepStrictEqual as equal } from 'node:assert'
import t from 'tap'
import * as fc from 'fast-check'
import { compile, type CompiledRules } from '../../../src/decide/rules/compile.ts'
import { match } from '../../../src/decide/rules/match.ts'
import { candidates, hostNode, type Tables } from '../../../src/decide/rules/tables.ts'
import { parseGlob } from '../../../src/decide/rules/glob.ts'
import type { Exchange } from '../../../src/model/exchange.ts'
import type { RouteRule } from '../../../src/model/rules.ts'
import { exchange } from '../nouns.ts'
import { requests, routes } from './arbitrary.ts'
import { referenceMatch } from './reference.ts'
import { ruleSet } from './ruleset.ts'

const ACLS = { office: ['10.0.0.0/8'], cloud: ['172.16.0.0/12'] }

function rulesOf(...routes: Partial<RouteRule>[]): CompiledRules {
  const { compiled, problems } = compile(ruleSet(routes, { acls: ACLS }))
  equal(problems, [])
  return compiled
}

function asked(host: string, path: string, method = 'GET'): Exchange {
  return exchange({ method, target: { host, path, raw: path, query: '' } })
}

const RULES = rulesOf(
  {
    name: 'latest', match: { path: '/d/latest/{rest**}' },
    redirect: { to: '/d/{rest}', status: 302 },
  },
  { name: 'host', match: { host: ['DL.example.org'], path: '/d/{v}/{f}.tgz' }, to: 'plain/{f}' },
  { name: 'below', match: { host: ['*.example.org'], path: '/d/{v}/{f}.tgz' }, to: 'plain/{v}' },
  { name: 'any', match: { path: '/d/{v}/{f}.{e:tgz|md5}' }, to: 'plain/{f}.{e}' },
  { name: 'no-posts', match: { path: '/p', method: ['POST'] }, deny: 403 },
  { name: 'page', match: { path: '/p' }, to: 'plain/page' },
  { name: 'get-only', match: { path: '/g' }, methods: ['GET'], to: 'plain/g' },
  { name: 'address', match: { host: ['[::1]', '127.0.0.1'], path: '/a' }, to: 'plain/a' },
  { name: 'hidden', match: { path: '/secret/**' }, deny: 404 },
)

const CASES: ReadonlyArray<readonly [string, string, string, string, readonly string[]]> = [
  ['GET', 'x.com', '/d/latest/a/b', 'latest', ['a/b']],
  ['GET', 'dl.example.org', '/d/3.1/a.tgz', 'host', ['3.1', 'a']],
  ['GET', 'a.dl.example.org', '/d/3.1/a.tgz', 'below', ['3.1', 'a']],
  ['GET', 'ldl.example.org', '/d/3.1/a.tgz', 'below', ['3.1', 'a']],
  ['GET', 'example.org', '/d/3.1/a.tgz', 'any', ['3.1', 'a', 'tgz']],
  ['GET', 'dl.example.org', '/d/3.1/a.md5', 'any', ['3.1', 'a', 'md5']],
  ['GET', '', '/d/3.1/a.md5', 'any', ['3.1', 'a', 'md5']],
  ['GET', '.example.org', '/d/3.1/a.md5', 'any', ['3.1', 'a', 'md5']],
  ['POST', 'x', '/p', 'no-posts', []],
  ['HEAD', 'x', '/p', 'page', []],
  ['GET', '[::1]', '/a', 'address', []],
  ['GET', 'x', '/a', 'default', []],
  ['PUT', 'x', '/secret', 'hidden', []],
  ['GET', 'x', '/secret/b/c', 'hidden', []],
  ['GET', 'x', '/secrets', 'default', []],
  ['GET', 'x', '/', 'default', []],
  ['PUT', 'x', '/nothing', 'default', []],
]

for (const [method, host, path, route, captures] of CASES) {
  t.test(`${method} ${host}${path} goes to ${route}`, (t) => {
    const x = asked(host, path, method)
    t.equal(match(RULES, x), null)
    t.equal(x.policy?.route, route)
    t.same(x.captures, captures)
    t.end()
  })
}

const REFUSED: ReadonlyArray<readonly [string, string, string]> = [
  ['PUT', '/p', 'GET, HEAD'], ['HEAD', '/g', 'GET'], ['POST', '/d/latest/x', 'GET, HEAD'],
]

for (const [method, path, allow] of REFUSED) {
  t.test(`${method} ${path} is refused, and told what is allowed`, (t) => {
    const x = asked('x', path, method)
    t.same(match(RULES, x), { status: 405, reason: 'method-not-allowed', close: false, allow })
    t.not(x.policy, null, 'the log can still name the route')
    t.end()
  })
}

const CONDITIONS = rulesOf(
  {
    name: 'both', match: { path: '/f/{file}', header: { 'X-A': ['1*'] }, query: { v: ['2'] } },
  },
  { name: 'field', match: { path: '/f/{file}', header: { 'x-a': ['1*'] } } },
  { name: 'office', match: { client: ['office', 'cloud'] }, to: 'plain/inside' },
  { name: 'not', match: { path: '/f/{file}', not: { query: { v: true }, method: ['GET'] } } },
  { name: 'rest', match: { host: ['h.org'], query: { v: false } }, deny: 403 },
)

type Circumstances = { fields?: string[]; query?: string; client?: string; method?: string }

const CHOICES: ReadonlyArray<readonly [Circumstances, string, readonly string[]]> = [
  [{ fields: ['x-a', '12'], query: 'v=2' }, 'both', ['a']],
  [{ fields: ['X-A', '12'], query: 'v=3' }, 'field', ['a']],
  [{ fields: ['X-A', '2'], query: 'v=2', client: '10.1.2.3' }, 'office', []],
  [{ fields: ['X-A', '2'], query: 'v=2' }, 'default', []],
  [{ query: 'v=2', method: 'HEAD' }, 'not', ['a']],
  [{ query: 'w=2' }, 'not', ['a']],
]

for (const [{ query = '', method = 'GET', ...rest }, route, captures] of CHOICES) {
  t.test(`a request with ${JSON.stringify({ query, method, ...rest })} goes to ${route}`, (t) => {
    const target = { host: 'h.org', path: '/f/a', raw: '/f/a', query }
    const x = exchange({ ...rest, method, target })
    t.equal(match(CONDITIONS, x), null)
    t.equal(x.policy?.route, route)
    t.same(x.captures, captures)
    t.end()
  })
}

t.test('a route whose condition does not hold leaves the request to the next', (t) => {
  const x = exchange({ target: { host: 'h.org', path: '/x', raw: '/x', query: 'w' } })
  match(CONDITIONS, x)
  t.equal(x.policy?.route, 'rest')
  t.end()
})

const REGEXES = rulesOf(
  {
    name: 'dated', match: { pathRegex: '/d/(?<day>[0-9]{4}-[0-9]{2})/(?<file>[^/]*)\\.tgz' },
    to: 'plain/{day}/{file}', tags: ['day-{day}'],
  },
  { name: 'glob', match: { path: '/d/{day}/{file}' }, to: 'plain/{file}' },
  {
    name: 'other', match: { host: ['h.org'], pathRegex: '/e(?<a>/[a-z]+)?(?:/x)?' },
    to: 'plain/x{a}',
  },
  { name: 'tail', match: { not: { pathRegex: ['/.*\\.php', '/x'] }, method: ['GET'] }, deny: 403 },
)

const BY_REGEX: ReadonlyArray<readonly [string, string, readonly string[]]> = [
  ['/d/2026-01/a.tgz', 'dated', ['2026-01', 'a']],
  ['/d/2026-1/a.tgz', 'glob', ['2026-1', 'a.tgz']],
  ['/d/2026-01/a/b.tgz', 'tail', []],
  ['/e', 'other', ['']],
  ['/e/ab', 'other', ['/ab']],
  ['/e/ab/x', 'other', ['/ab']],
  ['/e/AB', 'tail', []],
  ['/e/AB.php', 'default', []],
  ['/x', 'default', []],
]

for (const [path, route, captures] of BY_REGEX) {
  t.test(`${path} goes to ${route}, with regular expressions among the routes`, (t) => {
    const x = asked('h.org', path)
    t.equal(match(REGEXES, x), null)
    t.equal(x.policy?.route, route)
    t.same(x.captures, captures)
    t.end()
  })
}

t.test('a regular expression is only tried where its literal beginning fits', (t) => {
  const { tables } = rulesOf(
    ...Array.from({ length: 100 }, (_, i) => ({
      name: `p${i}`, match: { pathRegex: `/p${i}-(?<file>[a-z]+)` },
    })),
    { name: 'any', match: { pathRegex: '/(?<file>[0-9]+)' } },
  )
  t.same(tried(tables, '', '/p77-a'), ['p77', 'any'])
  t.same(tried(tables, '', '/p7-'), ['p7', 'any'])
  t.same(tried(tables, '', '/q'), ['any'])
  t.end()
})

const A = { header: { 'x-a': ['1'] } }

/** Two routes, and whether the second is known never to be reached. */
const HIDING: ReadonlyArray<readonly [RouteRule['match'], RouteRule['match'], boolean]> = [
  [{ path: '/a/**' }, { pathRegex: '/a/[a-z]+' }, true],
  [{ path: '/a/**' }, { pathRegex: '/[ab]/[a-z]+' }, false],
  [{ path: '/a/b' }, { pathRegex: '/a/b' }, false],
  [{ pathRegex: '/a/.*' }, { path: '/a/b' }, false],
  [{ pathRegex: '/a/.*' }, { pathRegex: '/a/.*' }, true],
  [{ pathRegex: '/a/.*' }, { pathRegex: '/a/.*', host: ['a.org'], ...A }, true],
  [{ pathRegex: '/a/.*', host: ['a.org'] }, { pathRegex: '/a/.*' }, false],
  [{ path: '/a/**', ...A }, { path: '/a/b' }, false],
  [{ path: '/a/**' }, { path: '/a/b', ...A }, true],
  [{ path: '/a/**', ...A }, { path: '/a/b', ...A }, true],
  [{ path: '/a/**', ...A }, { path: '/a/b', header: { 'x-a': ['1', '2'] } }, false],
  [{ path: '/a/**', ...A }, { path: '/a/b', ...A, query: { v: true } }, false],
  [{ path: '/a/**', client: ['office'] }, { path: '/a/**', client: ['office'] }, true],
  [{ path: '/a/**', not: { method: ['GET'] } }, { path: '/a/**', not: { method: ['GET'] } }, true],
]

for (const [first, second, hidden] of HIDING) {
  const name = `${JSON.stringify(first)} ${hidden ? 'hides' : 'leaves'} ${JSON.stringify(second)}`
  t.test(name, (t) => {
    const rules = [first, second].map((one) => ({ match: one, deny: 403 }))
    const { problems } = compile(ruleSet(rules, { acls: ACLS }))
    t.same(problems.map(({ message }) => message),
      hidden ? ['this route is never reached: `r0` matches first'] : [])
    t.end()
  })
}

t.test('what is wrong with a condition is said with its place', (t) => {
  const { problems } = compile(ruleSet([
    { match: { path: '/{file}', client: ['nobody'], not: { path: ['/a', 'b'] } } },
    { match: { header: {} } },
  ], { acls: ACLS }))
  t.same(problems.map(({ path, message }) => [path.join('.'), message]), [
    ['routes.0.match.client', 'there is no list `nobody`'],
    ['routes.0.match.not.path.1', 'a path glob begins with `/`'],
    ['routes.1.match', 'this condition says nothing'],
    ['routes.1.to', 'the path has no capture `{file}`'],
  ])
  t.end()
})

t.test('exchanges that match alike share one policy', (t) => {
  const [a, b] = [asked('x', '/d/1/a.tgz'), asked('y', '/d/2/b.md5')]
  match(RULES, a)
  match(RULES, b)
  t.equal(a.policy, b.policy)
  t.end()
})

/** The names of the routes that a request is compared with. */
function tried(tables: Tables, host: string, path: string): string[] {
  const names: string[] = []
  for (let node = hostNode(tables, host); node !== null; node = node.wider) {
    names.push(...candidates(node, path).map(({ policy }) => policy.route))
  }
  return names
}

t.test('a thousand other routes do not make the list of candidates longer', (t) => {
  const many = Array.from({ length: 1000 }, (_, i) => ({
    match: { path: `/p${i}/{file}`, ...i % 2 === 0 ? {} : { host: [`h${i % 50}.org`] } },
  }))
  const { tables } = rulesOf(...many, { name: 'last', match: { path: '/d/{file}' } })
  for (const host of ['x', 'h1.org']) t.same(tried(tables, host, '/d/a'), ['last'])
  t.same(tried(tables, 'h1.org', '/p1/a'), ['r1'])
  t.same(tried(tables, 'x', '/p1/a'), [])
  t.end()
})

t.test('the compiled tables find the route that trying one after the other finds', (t) => {
  let found = 0
  let cases = 0
  fc.assert(fc.property(routes, fc.array(requests, { minLength: 4, maxLength: 4 }), (all, asks) => {
    const good = all.filter(({ path }) => !('message' in parseGlob(path)))
    const { compiled, problems } = compile(ruleSet(good.map(({ name, hosts, path, methods }) => ({
      name, deny: 403, match: {
        path, ...hosts.length > 0 ? { host: hosts } : {},
        ...methods.length > 0 ? { method: methods } : {},
      },
    }))))
    equal(problems.filter(({ message }) => !message.includes('never reached')), [])
    for (const ask of asks) {
      const x = asked(ask.host, ask.path, ask.method)
      match(compiled, x)
      const expected = referenceMatch(good, ask)
      cases++
      if (expected !== null) found++
      equal(x.policy!.route, expected?.name ?? 'default')
      equal(Object.fromEntries(x.policy!.captures.map((name, i) => [name, x.captures[i]])),
        { ...expected?.values })
    }
  }), { numRuns: 2500 })
  t.ok(cases >= 10_000 && found > 1000, `${found} of ${cases} requests found a route`)
  t.end()
})

t.test('what is called unreachable never wins', (t) => {
  let called = 0
  fc.assert(fc.property(routes, requests, (all, ask) => {
    const good = all.filter(({ path }) => !('message' in parseGlob(path)))
    const { problems } = compile(ruleSet(good.map(({ name, hosts, path, methods }) => ({
      name, deny: 403, match: {
        path, ...hosts.length > 0 ? { host: hosts } : {},
        ...methods.length > 0 ? { method: methods } : {},
      },
    }))))
    const unreachable = problems.map(({ path }) => good[Number(path[1])]!.name)
    called += unreachable.length
    return !unreachable.includes(referenceMatch(good, ask)?.name ?? '')
  }), { numRuns: 1000 })
  t.ok(called > 20, `${called} routes were called so`)
  t.end()
})
