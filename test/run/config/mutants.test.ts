/**
 * Tests are only worth what they refuse. Each example in config/ is broken in every place, one rule
 * at a time, and its own tests must notice each time.
 */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { HauloutError } from '../../../src/errors.ts'
import type { Expectation, Proof } from '../../../src/model/proof.ts'
import { CACHE_KEYS } from '../../../src/model/rules.ts'
import { examineConfig, loadConfig } from '../../../src/run/config/load.ts'
import { lineOf } from '../../decide/access/vectors.ts'

type Route = {
  name: string
  match: { path?: string; host?: string | string[] }
  to?: string | { origin: string; path: string }
  methods?: string[]
  hash?: { query: { drop: string[]; sort: boolean } }
  deny?: number
  redirect?: { to: string; status: number }
  cache?: unknown
  tags?: string[]
  store?: unknown
  deliver?: { set?: Record<string, string> }
  access?: { all?: object[]; any?: object[]; client?: string }
}
type Config = {
  trusted_proxies?: string[]
  acls?: Record<string, string[]>
  policies?: Record<string, Record<string, string>>
  buckets?: Record<string, { cache?: unknown }>
  defaults?: { methods?: string[]; deliver?: { unset?: string[] } }
  routes: Route[]
  default: { deny: number }
}

/** What is broken, and how. */
type Mutant = readonly [what: string, mutate: (config: Config) => void]

function mutantsOf(config: Config): Mutant[] {
  return [
    ...config.routes.flatMap((route, index) => ofRoute(route, index)),
    ...Object.entries(config.policies ?? {}).flatMap(([name, policy]) => {
      return Object.entries(policy).map(([key, value]): Mutant => [`${key} of ${name}`, (c) => {
        c.policies![name]![key] = value === 'md5' ? 'none' : '123s'
      }])
    }),
    ...Object.keys(config.buckets ?? {}).map((name): Mutant => [`policy of bucket ${name}`, (c) => {
      delete c.buckets![name]!.cache
    }]),
    ...(config.defaults?.deliver?.unset ?? []).map((field, index): Mutant => {
      return [`unset of ${field}`, (c) => c.defaults!.deliver!.unset!.splice(index, 1)]
    }),
    ...ofAccess(config),
    ['last route, which takes everything,', (c) => c.routes.push(EVERYTHING)],
    ...config.routes.every(({ methods }) => methods !== undefined) ? [] : [
      ['HEAD', (c) => { c.defaults = { ...c.defaults, methods: ['GET'] } }] satisfies Mutant,
    ],
    ['status of what no route matches', (c) => { c.default.deny = 403 }],
  ]
}

/** Everything that would let somebody in, or keep somebody out. */
function ofAccess({ routes, acls = {}, trusted_proxies: trusted }: Config): Mutant[] {
  return [
    ...routes.flatMap(({ name, access }, at): Mutant[] => access === undefined ? [] : [
      [`access of ${name}`, (c) => { delete c.routes[at]!.access }],
      [`access of ${name}, for all`, (c) => { c.routes[at]!.access = { any: [EVERYBODY] } }],
      [`access of ${name}, for nobody`, (c) => { c.routes[at]!.access = { all: [NOBODY] } }],
      ...(access.all ?? []).map((_, i): Mutant => [`access of ${name}, less ${i}`, (c) => {
        c.routes[at]!.access!.all!.splice(i, 1)
      }]),
      ...access.all === undefined ? [] : [[`access of ${name}, with any`, (c) => {
        c.routes[at]!.access = { any: access.all! }
      }] satisfies Mutant],
    ]),
    ...Object.entries(acls).flatMap(([name, entries]) => entries.map((entry, i): Mutant => {
      return [`list ${name} without ${entry}`, (c) => c.acls![name]!.splice(i, 1)]
    })),
    ...trusted === undefined ? [] : [
      ['proxies: none', (c) => { c.trusted_proxies = [] }] satisfies Mutant,
      ['proxies: all', (c) => { c.trusted_proxies = ['0.0.0.0/0'] }] satisfies Mutant,
    ],
  ]
}

const EVERYTHING: Route = { name: 'everything', match: { path: '/**' }, deny: 403 }
const EVERYBODY = { not: { header: { name: 'x-nobody-has-this', present: true } } }
const NOBODY = { header: { name: 'x-nobody-has-this', present: true } }

function ofRoute(route: Route, index: number): Mutant[] {
  const { name, match, to, redirect, deny, cache, tags, deliver, hash } = route
  const on = (what: string, mutate: (route: Route) => void): Mutant =>
    [`${what} of ${name}`, (c) => mutate(c.routes[index]!)]
  return [
    [`all of ${name}`, (c) => c.routes.splice(index, 1)],
    ...globsNear(match.path ?? '/**').map((path) => on(`path ${path}`, (r) => {
      r.match.path = path
    })),
    on('place', (r) => { r.match.path = `/elsewhere${match.path ?? '/**'}` }),
    ...match.host === undefined ? [] : [on('host', (r) => { delete r.match.host })],
    ...(Array.isArray(match.host) ? match.host : []).map((host) => on(`host ${host}`, (r) => {
      r.match.host = (r.match.host as string[]).filter((one) => one !== host)
    })),
    ...to === undefined ? [] : [on('to', (r) => { r.to = elsewhere(to) })],
    ...to === undefined ? [] : [on('to, and what', (r) => {
      delete r.to
      delete r.tags
      delete r.store
      delete r.hash
      r.deny = 404
    })],
    ...redirect === undefined ? [] : [
      on('redirect.to', (r) => { r.redirect!.to = `/x${redirect.to}` }),
      on('redirect.status', (r) => { r.redirect!.status = redirect.status === 302 ? 301 : 302 }),
    ],
    ...(tags ?? []).map((tag, i) => on(`tag ${tag}`, (r) => { r.tags![i] = `x-${tag}` })),
    ...(route.methods ?? []).map((method, i) => on(`method ${method}`, (r) => {
      r.methods!.splice(i, 1)
    })),
    ...hash === undefined ? [] : [
      ...hash.query.drop.map((_, i) => on(`hash, drop ${i}`, (r) => {
        r.hash!.query.drop.splice(i, 1)
      })),
      on('hash, sort', (r) => { r.hash!.query.sort = false }),
      on('methods, one more', (r) => { r.methods!.push('PATCH') }),
      on('pass', (r) => {
        delete r.cache
        Object.assign(r, { pass: true })
      }),
    ],
    ...deny === undefined ? [] : [on('deny', (r) => { r.deny = deny === 404 ? 403 : 404 })],
    ...cache === undefined ? [] : [on('cache', (r) => { delete r.cache })],
    ...Object.keys(deliver?.set ?? {}).map((field) => on(`set ${field}`, (r) => {
      r.deliver!.set![field] = 'x'
    })),
  ]
}

function elsewhere(to: NonNullable<Route['to']>): NonNullable<Route['to']> {
  return typeof to === 'string' ? `${to}x` : { ...to, path: `/x${to.path}` }
}

/** Wider and narrower globs with the same captures: no depth, any word, one word less. */
function globsNear(glob: string): string[] {
  const widened = glob.replaceAll(/\/\{(\w+)\}\//g, '/{$1**}/')
  const lists = [...glob.matchAll(/\{(\w+):([^}]*)\}/g)]
  return [
    widened === glob ? `${glob}/**` : widened,
    ...lists.map(([list, name]) => glob.replace(list, `{${name}}`)),
    ...lists.flatMap(([list, name, words]) => words!.split('|').map((word) => {
      const others = words!.split('|').filter((one) => one !== word)
      return glob.replace(list, `{${name}:${others.join('|')}}`)
    })),
  ].filter((path) => !path.includes(':}') && !path.includes('**}/**'))
}

const ENV = { EC2_ACCESS_KEY: 'x', EC2_SECRET_KEY: 'x' }

/** What a test says, by the words that the report has for it. */
function fieldsOf({ cache, deliver, ...plain }: Expectation): string[] {
  return [
    ...saidIn(plain), ...saidIn(deliver).map((field) => `deliver.${field}`),
    ...saidIn(cache).map((key) => CACHE_KEYS[key as keyof typeof CACHE_KEYS]),
  ]
}

function saidIn(of: object): string[] {
  return Object.entries(of).flatMap(([key, value]) => value === undefined ? [] : [key])
}

/** What the check says. */
function complaint(text: string): string {
  try {
    loadConfig(text, 'example.yaml', ENV)
  } catch (error) {
    if (error instanceof HauloutError && error.code === 'config') return error.detail
    throw error
  }
  return ''
}

/** A test fails; or the rules no longer hold together, so that there is nothing to test. */
const NOTICED =
  /: the test `.*` fails\n|there is no route|is private, and route|this carves nothing out/

const FOLDER = resolve(import.meta.dirname, '../../../config/examples')

for (const file of readdirSync(FOLDER).filter((name) => /(?<!\.test)\.yaml$/.test(name))) {
  const secret = join(t.testdir({ secret: 'x' }), 'secret')
  chmodSync(secret, 0o600)
  const htpasswd = join(t.testdirName, 'htpasswd')
  writeFileSync(htpasswd, lineOf('alice'))
  const text = readFileSync(join(FOLDER, file), 'utf8')
    .replace('/etc/haulout/secret', secret).replace('/etc/haulout/staff.htpasswd', htpasswd)

  t.test(`${file} is good as it is`, (t) => {
    t.equal(complaint(text), '')
    t.end()
  })

  for (const [what, mutate] of mutantsOf(parse(text) as Config)) {
    t.test(`${file} with another ${what} fails its own tests`, (t) => {
      const config = parse(text) as Config
      mutate(config)
      t.match(complaint(stringify(config)), NOTICED)
      t.end()
    })
  }

  t.test(`${file}: each expectation of each test fails by some rule that is broken`, (t) => {
    const at = join(t.testdir({}), 'mutant.yaml')
    const proofsOf = (config: Config): readonly Proof[] => {
      writeFileSync(at, stringify(config))
      try {
        return examineConfig(at, ENV).tests.map(({ proof }) => proof)
      } catch (error) {
        // The rules do not hold together; nothing was tested.
        if (error instanceof HauloutError && error.code === 'config') return []
        throw error
      }
    }
    const failed = new Set<string>()
    const good = parse(text) as Config
    for (const [, mutate] of mutantsOf(good)) {
      const config = parse(text) as Config
      mutate(config)
      for (const { test, differences } of proofsOf(config)) {
        for (const { field } of differences) failed.add(`${test.name}: ${field}`)
      }
    }
    const wanted = proofsOf(good).flatMap(({ test: { name, expect }, route }) => {
      // What is refused before any route is looked at hangs on no rule.
      return route === null ? [] : fieldsOf(expect).map((field) => `${name}: ${field}`)
    })
    t.ok(wanted.length > 10)
    t.same(wanted.filter((one) => !failed.has(one)), [])
    t.end()
  })

  t.test(`${file}: what is 400 is not, once its URL is an honest one`, (t) => {
    const at = join(t.testdir({}), 'mutant.yaml')
    const honest = text.replaceAll(/(?:\.\.)?%2f/gi, '')
    writeFileSync(at, honest)
    const { tests, failures } = examineConfig(at, ENV)
    t.equal(failures.length > 0, honest !== text)
    t.equal(tests.some(({ proof }) => proof.route === null), false)
    t.end()
  })

  // The routes of the others have nothing in common.
  if (file !== 'public-downloads.yaml') continue
  t.test(`${file} fails its own tests with its first route last`, (t) => {
    const config = parse(text) as Config
    config.routes.push(config.routes.shift()!)
    t.match(complaint(stringify(config)), /: the test `.*` fails\n/)
    t.end()
  })
}
