/** Random rule sets over so small a world that they often have something to say about a request. */
import * as fc from 'fast-check'
import type { AccessRule } from '../../src/model/access.ts'
import type { MatchRule, RouteRule, RuleSet } from '../../src/model/rules.ts'
import { parseGlob } from '../../src/decide/rules/glob.ts'
import { paths, routes } from '../decide/rules/arbitrary.ts'
import { ruleSet } from '../decide/rules/ruleset.ts'
import type { Ask, Logins } from './naive.ts'

/** Rules and requests are about minutes around it; what is stored is stored before. */
const NOON = Date.now() + 600_000

const DAY_MS = 86_400_000

export const LOGINS: Logins = { staff: ['alice:right'], guests: ['bob:right', 'alice:right'] }

const clients = fc.constantFrom(['office'], ['v6'], ['office', 'v6'], ['one'])
const texts = fc.constantFrom<boolean | string[]>(true, false, ['one'], ['t*'], ['one', 'two'])

const leaf: fc.Arbitrary<AccessRule> = fc.oneof(
  clients.map((client) => ({ client })),
  fc.constantFrom('staff', 'guests').map((users) => ({ basic: { users, realm: users } })),
  fc.constantFrom<AccessRule>(
    { header: { name: 'x-a', equals: ['one', 'two'] } }, { header: { name: 'x-a', present: true } },
    { header: { name: 'x-b', present: false } }, { time: { after: NOON } },
    { time: { before: NOON } }, { time: { after: NOON - 60_000, before: NOON + 60_000 } }, 'shared',
  ),
)

/** No password may be in what does not hold. */
const negated = leaf.filter((rule) => typeof rule !== 'string' && rule.basic === undefined)
  .map((rule): AccessRule => ({ not: rule }))

const { tree } = fc.letrec<{ tree: AccessRule }>((tie) => ({
  tree: fc.oneof({ maxDepth: 3, depthSize: 'small' },
    { weight: 3, arbitrary: leaf }, { weight: 1, arbitrary: negated },
    { weight: 1, arbitrary: fc.array(tie('tree'), { minLength: 1, maxLength: 3 })
      .map((all) => ({ all })) },
    { weight: 1, arbitrary: fc.array(tie('tree'), { minLength: 1, maxLength: 3 })
      .map((any) => ({ any })) }),
}))

const further: fc.Arbitrary<MatchRule> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: texts.map((text) => ({ header: { 'x-a': text } })) },
  { weight: 1, arbitrary: texts.map((text) => ({ query: { q: text } })) },
  { weight: 1, arbitrary: clients.map((client) => ({ client })) },
  { weight: 1, arbitrary: fc.constantFrom<MatchRule>(
    { not: { host: ['*.a.org'] } }, { not: { path: ['/a/**'] } }, { not: { method: ['HEAD'] } },
    { not: { header: { 'x-a': true }, query: { q: false } } }, { not: { client: ['office'] } },
    { not: { not: { header: { 'x-b': ['one'] } } } }) },
)

const action = fc.nat(5)
const extras = fc.record({
  action, further,
  access: fc.option(tree, { nil: undefined, freq: 2 }),
  methods: fc.constantFrom(undefined, undefined, ['GET']),
})

/** What a route does, by the captures that its path has. */
function actionOf(which: number, captures: readonly string[]): Partial<RouteRule> {
  const slots = captures.map((name) => `{${name}}`)
  switch (which) {
    case 0: return { to: `plain/o${slots.join('')}` }
    case 1: return { to: `releases/x/${slots.join('-')}y` }
    case 2: return { to: `images/${slots.join('/') || 'only'}` }
    case 3: return { redirect: { to: `/r/${slots.join('/')}`, status: 302 } }
    case 4: return { deny: 403 }
    default: return { to: `images/same` }
  }
}

/** Rule sets that `check` would let pass but for routes that are never reached. */
export const ruleSets: fc.Arbitrary<RuleSet> = fc.record({
  routes, extras: fc.array(extras, { minLength: 8, maxLength: 8 }),
  trustedProxies: fc.constantFrom([], ['127.0.0.1'], ['127.0.0.1', '10.9.9.9']),
}).map(({ routes, extras, trustedProxies }) => {
  const rules = routes.flatMap(({ name, path, hosts, methods }, i): RouteRule[] => {
    const glob = parseGlob(path)
    if ('message' in glob) return []
    const { action, further, access, methods: allowed } = extras[i]!
    return [{
      name, ...actionOf(action, glob.captures),
      ...access === undefined ? {} : { access },
      ...allowed === undefined || methods.length > 0 ? {} : { methods: allowed },
      match: {
        path, ...hosts.length > 0 ? { host: hosts } : {},
        ...methods.length > 0 ? { method: methods } : {}, ...further,
      },
    }]
  })
  return ruleSet(rules, {
    trustedProxies, users: ['staff', 'guests'],
    acls: {
      office: ['10.0.0.0/8', '!10.66.0.0/16'], v6: ['2001:db8::/32'], one: ['192.0.2.7/32'],
    },
    buckets: {
      releases: { origin: 'walrus', name: 'eucalyptus-releases', cache: { ttlMs: DAY_MS } },
      images: { origin: 'walrus', visibility: 'public', cache: { ttlMs: 2 * DAY_MS } },
      plain: { origin: 'walrus', cache: { ttlMs: 3 * DAY_MS } },
    },
    access: { shared: { any: [{ client: ['one'] }, { basic: { users: 'staff', realm: 'x' } }] } },
  })
})

const address = fc.constantFrom('10.1.2.3', '10.66.1.1', '192.0.2.7', '2001:db8::7',
  '::ffff:10.1.2.3', '127.0.0.1', '10.9.9.9')
const forwarded = fc.oneof(
  address, fc.tuple(address, address).map((both) => both.join(', ')),
  fc.constantFrom('junk', '10.1.2.3, junk', 'junk, 10.1.2.3'))
const login = fc.constantFrom('alice:right', 'alice:wrong', 'bob:right', 'nobody:right')
  .map((text) => `Basic ${Buffer.from(text).toString('base64')}`)
const field = fc.oneof<fc.Arbitrary<readonly [string, string]>[]>(
  forwarded.map((value) => ['X-Forwarded-For', value] as const),
  fc.oneof(login, fc.constant('Bearer x')).map((value) => ['Authorization', value] as const),
  fc.constantFrom(['X-A', 'one'], ['x-a', 'two'], ['X-A', 'three'], ['X-B', 'one'], ['x-b', 't']),
)

/** Pieces that nobody writes who means well, put anywhere into a path. */
const hostile = fc.constantFrom('/..', '/../', '/./', '//', '%2f', '%2F..', '%5c', '\\', '%00',
  '%0d%0a', '%252e%252e/', '%25', '%c0%ae', '%ff', '%e2%98%83', '#', '%', '%4', ';', '/..;/',
  '%61', '%2e', '%C2%85', ' ', '+', '\u0001', '%7f', '%3b')

const asked = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'PUT'),
  path: paths,
  hostile: fc.oneof({ weight: 6, arbitrary: fc.constant('') }, { weight: 1, arbitrary: hostile }),
  where: fc.nat(12),
  query: fc.constantFrom('', '', '?q=one', '?q=two&q=one', '?q', '?p=one'),
  host: fc.constantFrom('a.org', 'A.org', 'b.a.org', 'c.b.a.org:80', 'org', 'c.com', 'x.y'),
  peer: address.map((one) => one.replace('::ffff:', '')),
  fields: fc.uniqueArray(field, { maxLength: 3, selector: ([name]) => name }),
  at: fc.constantFrom(NOON - 120_000, NOON - 1, NOON, NOON + 60_000),
  /** The route that it is meant for; what stands for its captures; none for most. */
  meant: fc.option(fc.nat(7), { nil: null, freq: 3 }),
  words: fc.array(fc.constantFrom('a', 'b', 'a.b', 'ab', '.a', 'a/b'),
    { minLength: 6, maxLength: 6 }),
})

type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never

/** A rule set and requests, most of which are meant for one of its routes. */
export function stories(count: number): fc.Arbitrary<readonly [RuleSet, readonly Ask[]]> {
  return fc.tuple(ruleSets, fc.array(asked, { minLength: count, maxLength: count }))
    .map(([rules, all]) => [rules, all.map((one) => askOf(rules, one))])
}

function askOf(rules: RuleSet, { hostile, where, query, meant, words, ...ask }: Asked): Ask {
  const match = meant === null ? undefined : rules.routes[meant % rules.routes.length]?.match
  const path = match?.path === undefined ? ask.path : pathLike(match.path, words)
  const host = match?.host?.[0]?.replace('*', 'b') ?? ask.host
  const method = match?.method?.[0] ?? ask.method
  const at = Math.max(1, Math.min(where, path.length))
  const { peer, fields } = ask
  return {
    method, host, peer, fields, at: ask.at,
    url: `${path.slice(0, at)}${hostile}${path.slice(at)}${query}`,
  }
}

/** A path that fits a glob, more often than not. */
function pathLike(glob: string, words: readonly string[]): string {
  let next = 0
  return glob.replaceAll(/\{\w+(?::[^}]*|\*\*)?\}|\*\*?/g, (wild) => {
    const word = words[next++ % words.length]!
    const list = /:(.*)\}/.exec(wild)?.[1]?.split('|')
    if (list !== undefined) return list[next % list.length]!
    return wild.includes('**') ? word : word.replace('/', '')
  })
}
