import { deepStrictEqual as equal } from 'node:assert'
import t from 'tap'
import { nearMisses } from '../../../src/decide/explain/near.ts'
import { compile } from '../../../src/decide/rules/compile.ts'
import { match } from '../../../src/decide/rules/match.ts'
import type { Exchange } from '../../../src/model/exchange.ts'
import type { RouteRule, RuleSet } from '../../../src/model/rules.ts'
import { exchange } from '../nouns.ts'
import { ruleSet } from '../rules/ruleset.ts'

function rulesOf(...routes: Partial<RouteRule>[]): RuleSet {
  return { ...ruleSet(routes), acls: { office: ['10.0.0.0/8'], lab: ['10.9.0.0/16'] } }
}

/** Each near miss as `name: why; why`. */
function told(rules: RuleSet, parts: Partial<Exchange>): string[] {
  const { compiled, problems } = compile(rules)
  equal(problems, [])
  const x = exchange(parts)
  match(compiled, x)
  return nearMisses(compiled, rules, x).map(({ name, misses }) => {
    return `${name}: ${misses.map(({ matcher, why }) => `[${matcher}] ${why}`).join('; ')}`
  })
}

function at(host: string, path: string, query = ''): Pick<Exchange, 'target'> {
  return { target: { host, path, raw: path, query } }
}

/** A route to what its path captures as `key`, or to one object. */
function route(name: string, match: RouteRule['match']): Partial<RouteRule> {
  return { name, match, deny: 403 }
}

t.test('each matcher that does not hold is named, and what it wanted', (t) => {
  const rules = rulesOf(
    route('host', { host: ['dl.example.org', '*.dl.example.org'], path: '/a/b' }),
    route('method', { path: '/a/b', method: ['POST', 'PUT'] }),
    route('header', { path: '/a/b', header: { 'X-Env': ['stage', 'test*'] } }),
    route('query', { path: '/a/b', query: { v: true } }),
    route('client', { path: '/a/b', client: ['office', 'lab'] }),
    route('regex', { pathRegex: '/a/[0-9]+' }),
    route('not', { path: '/a/**', not: { path: ['/a/b'] } }),
  )
  for (const [order, expected] of [
    [0, '[host] host is "x.org", wanted "dl.example.org" or "*.dl.example.org"'],
    [1, '[method] method is GET, wanted POST or PUT'],
    [2, '[header] header X-Env is not as wanted: stage or test*'],
    [3, '[query] query v is not as wanted: present'],
    [4, '[client] client 192.0.2.7 is not in office or lab'],
    [5, '[path] path does not fit the expression /a/[0-9]+'],
    [6, '[not] excluded by not: path /a/b'],
  ] as const) {
    const one = rulesOf(rules.routes[order]!)
    t.same(told(one, { ...at('x.org', '/a/b'), fields: ['X-Env', 'prod-secret'] }),
      [`${one.routes[0]!.name}: ${expected}`])
  }
  t.end()
})

t.test('the place where a path parts from its glob is told', (t) => {
  for (const [path, glob, why] of [
    ['/a/c', '/a/b', 'path segment 2 is "c", wanted "b"'],
    ['/x/c', '/a/b', 'path segment 1 is "x", wanted "a"'],
    ['/a', '/a/b', 'path ends behind segment 1, wanted "b" next'],
    ['/a/b/c', '/a/b', 'path goes on behind segment 2, with "c"'],
    ['/a/', '/a/*.tgz', 'path segment 2 is empty, wanted "*.tgz"'],
    ['/a/x.zip', '/a/{f}.{e:tgz|md5}', 'path segment 2 is "x.zip", wanted "{f}.{e:tgz|md5}"'],
    ['/a/b/c.zip', '/a/**/*.tgz', 'path segment 3 is "c.zip", wanted "*.tgz"'],
    ['/b/b/c.tgz', '/a/**/*.tgz', 'path segment 1 is "b", wanted "a"'],
    ['/a', '/a/{x**}/z', 'path ends behind segment 1, wanted "z" next'],
    ['/a/m/z', '/a/**/b/**/z', 'path does not fit "/a/**/b/**/z"'],
  ] as const) {
    t.same(told(rulesOf(route('one', { path: glob })), at('x.org', path)), [`one: [path] ${why}`])
  }
  t.end()
})

t.test('many hosts are told by their number', (t) => {
  const host = ['a.org', 'b.org', 'c.org', 'd.org', 'e.org']
  t.same(told(rulesOf(route('one', { host, path: '/a' })), at('x.net', '/a')),
    ['one: [host] host is "x.net", wanted "a.org" or "b.org" or "c.org" or one of 2 more'])
  t.end()
})

t.test('beside a route that was found, near is what has half right and one thing wrong', (t) => {
  const rules = rulesOf(
    route('first', { path: '/d/e/{v}/x.tgz' }),
    route('same', { path: '/d/e/{v}/*.tgz' }),
    route('sum', { path: '/d/e/{v}/*.md5' }),
    route('far', { path: '/catalog' }),
    route('quarter', { path: '/d/x/y/z' }),
    route('two', { host: ['b.org'], path: '/d/e/1/2' }),
    route('wide', { host: ['c.org'], path: '/**' }),
  )
  t.same(told(rules, at('x.org', '/d/e/3/x.tgz')), [
    'same: [order] first matches, too, and stands before it',
    'sum: [path] path segment 4 is "x.tgz", wanted "*.md5"',
  ])
  t.end()
})

t.test('of ten thousand routes the three nearest are told, at once', (t) => {
  const many = Array.from({ length: 10_000 }, (_, i) => {
    return route(`r${i}`, { host: [`h${i}.example.org`], path: `/files/f${i}/{key**}` })
  })
  const rules = rulesOf(...many)
  const { compiled } = compile(rules)
  const x = exchange(at('h7777.example.org', '/files/f777/a'))
  match(compiled, x)
  const began = performance.now()
  const near = nearMisses(compiled, rules, x)
  t.ok(performance.now() - began < 500, 'a look at each, and no more')
  t.equal(near.length, 3)
  t.same(near[0], {
    order: 777, name: 'r777',
    misses: [{
      matcher: 'host', why: 'host is "h7777.example.org", wanted "h777.example.org"',
    }],
  })
  t.equal(near[1]?.name, 'r7777')
  t.end()
})
