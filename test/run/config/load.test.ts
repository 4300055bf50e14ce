import { chmodSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import * as fc from 'fast-check'
import { compile } from '../../../src/decide/rules/compile.ts'
import { BUILTIN, builtinDocument, loadConfig, readConfig } from '../../../src/run/config/load.ts'
import { checkDocument } from '../../../src/run/config/schema.ts'
import { settingsOf } from '../../../src/run/config/settings.ts'
import type { Settings } from '../../../src/model/settings.ts'
import { complaint } from '../../support/complaint.ts'

const CONFIG = resolve(import.meta.dirname, '../../../config')
const DEMO = { HAULOUT_DEMO_ACCESS_KEY: 'a', HAULOUT_DEMO_SECRET_KEY: 'b' }

function load(text: string, env: NodeJS.ProcessEnv = {}): Settings {
  return loadConfig(`haulout: 1\n${text}`, '/etc/haulout/haulout.yaml', env).settings
}

t.test('an empty configuration and builtin.yaml compile to the same policies', (t) => {
  const empty = loadConfig('haulout: 1\n', '/etc/haulout.yaml').settings
  const builtin = readConfig(BUILTIN).settings
  t.same(empty, builtin)
  t.same(compile(empty.rules), compile(builtin.rules))
  t.end()
})

t.test('builtin.yaml is whole by itself: no default is hidden in code', (t) => {
  const checked = checkDocument(builtinDocument())
  if (!('haulout' in checked)) throw new Error('it has issues')
  t.same(settingsOf(checked, '/etc'), loadConfig('haulout: 1', '/etc/x.yaml').settings)
  t.end()
})

t.test('the defaults are those that the manual promises', (t) => {
  const { rules, ...rest } = load('')
  t.same(rules.defaults, {
    methods: ['GET', 'HEAD'],
    cache: {
      ttlMs: 300_000, graceMs: 3_600_000, keepMs: 604_800_000, notFoundMs: 10_000,
      forbiddenMs: 5000, verify: 'md5', respect: 'rules', setCookie: 'refuse', directives: 'obey',
    },
    deliver: { set: undefined, unset: ['x-amz-*', 'server'], cacheStatus: true },
    index: null,
  })
  t.same(rest, {
    listen: {
      http: { host: '127.0.0.1', port: 8080 }, admin: { host: '127.0.0.1', port: 9001 },
      healthPath: '/healthz', maxConnections: 10_000,
    },
    storage: { memory: { sizeBytes: 256 * 1024 ** 2 }, disk: null },
    origins: [],
    users: [],
    log: { access: { format: 'json', path: null } },
    admin: { token: null },
    drainMs: 30_000,
    watch: false,
    pageFiles: [],
  })
  t.end()
})

t.test('demo.yaml loads, and leads where its comments say', (t) => {
  const { settings } = readConfig(join(CONFIG, 'demo.yaml'), DEMO)
  t.match(settings.origins, [{
    name: 'walrus', dialect: 'walrus', signing: 'v2',
    endpoints: ['http://127.0.0.1:8773/services/Walrus'],
    credentials: { accessKey: { kind: 'env', name: 'HAULOUT_DEMO_ACCESS_KEY' } },
  }])
  t.same(settings.storage.memory, { sizeBytes: 64 * 1024 ** 2 })
  t.same(compile(settings.rules).problems, [])
  t.match(compile(settings.rules).compiled.routes[1]!.policy, {
    route: 'tarballs', cache: { ttlMs: 2_592_000_000, notFoundMs: 30_000, forbiddenMs: 5000 },
    deliver: { set: [['content-type', 'application/gzip'], ['content-disposition', 'attachment']] },
  })
  t.end()
})

t.test('the example of public tarballs loads where its secrets are', (t) => {
  const secret = join(t.testdir({ secret: 'x' }), 'secret')
  chmodSync(secret, 0o600)
  const text = readFileSync(join(CONFIG, 'examples/public-downloads.yaml'), 'utf8')
  const { settings } = loadConfig(text.replace('/etc/haulout/secret', secret), 'example.yaml',
    { EC2_ACCESS_KEY: 'x' })
  t.same(settings.storage.disk,
    { path: '/var/cache/haulout', sizeBytes: 40 * 1024 ** 3, reserveBytes: 2 * 1024 ** 3 })
  t.match(settings.origins[0]!.credentials?.secretKey, { kind: 'file', path: secret })
  t.end()
})

const ENDPOINTS = 'endpoints: ["http://10.1.0.2/"]'
const CREDENTIALS = 'credentials: { access_key: env:K, secret_key: env:K }'
const SIGNING: ReadonlyArray<readonly [string, string]> = [
  [`dialect: walrus, ${ENDPOINTS}`, 'none'],
  [`dialect: walrus, ${ENDPOINTS}, ${CREDENTIALS}`, 'v2'],
  [`dialect: osg, ${ENDPOINTS}, ${CREDENTIALS}`, 'v2'],
  [`dialect: s3, ${ENDPOINTS}`, 'none'],
  [`dialect: s3, ${ENDPOINTS}, ${CREDENTIALS}`, 'v4'],
  [`dialect: s3, ${ENDPOINTS}, ${CREDENTIALS}, signing: v2`, 'v2'],
  [`dialect: osg, ${ENDPOINTS}, ${CREDENTIALS}, signing: v4`, 'v4'],
]

for (const [origin, signing] of SIGNING) {
  t.test(`{ ${origin} } signs with ${signing}`, (t) => {
    const [only] = load(`origins: { o: { ${origin} } }`, { K: 'x' }).origins
    t.equal(only!.signing, signing)
    t.same(only!.endpoints, ['http://10.1.0.2'], 'without the final slash')
    t.end()
  })
}

t.test('an origin has the defaults of origins but for what it says', (t) => {
  const { origins } = load(`
defaults: { origin: { timeouts: { connect: 1s, idle: 7s }, region: eu } }
origins:
  a: { dialect: s3, ${ENDPOINTS}, timeouts: { connect: 5s }, limits: { queue: 0 } }
  b: { dialect: s3, ${ENDPOINTS}, region: us-west-1 }
`)
  t.match(origins, [
    {
      name: 'a', region: 'eu', timeouts: { connectMs: 5000, firstByteMs: 15_000, idleMs: 7000 },
      limits: { connections: 32, queue: 0, queueWaitMs: 10_000 },
    },
    { name: 'b', region: 'us-west-1', timeouts: { connectMs: 1000 }, retry: { attempts: 3 } },
  ])
  t.end()
})

t.test('lists replace the defaults, maps are laid over them', (t) => {
  const { rules } = load('defaults: { cache: { ttl: 0 }, deliver: { unset: [] } }')
  t.same(rules.defaults.deliver.unset, [])
  t.equal(rules.defaults.deliver.cacheStatus, true)
  t.match(rules.defaults.cache, { ttlMs: 0, graceMs: 3_600_000 })
  t.end()
})

t.test('relative paths are relative to the folder of the file', (t) => {
  const folder = t.testdir({ secret: 'x', 'ca.pem': 'x' })
  chmodSync(join(folder, 'secret'), 0o400)
  const text = `haulout: 1
storage: { disk: { path: cache } }
log: { access: { path: log/access.log } }
origins:
  o:
    dialect: s3
    endpoints: ["https://s3.example.org"]
    ca: ca.pem
    credentials: { access_key: "file:secret", secret_key: "file:./secret" }
`
  const { settings } = loadConfig(text, join(folder, 'haulout.yaml'))
  t.equal(settings.storage.disk?.path, join(folder, 'cache'))
  t.equal(settings.log.access.path, join(folder, 'log/access.log'))
  t.equal(settings.origins[0]!.ca, join(folder, 'ca.pem'))
  t.same(settings.origins[0]!.credentials?.secretKey,
    { kind: 'file', path: join(folder, 'secret') })
  t.end()
})

t.test('off means none', (t) => {
  const { listen, storage } = load(
    'listen: { admin: off, health: off }\nstorage: { disk: { path: off } }')
  t.equal(listen.admin, null)
  t.equal(listen.healthPath, null)
  t.equal(storage.disk, null)
  t.end()
})

t.test('addresses, hosts and methods are read in each of their forms', (t) => {
  const { listen, rules } = load(`listen: { http: "[::1]:0", admin: localhost:9001 }
routes:
  - { name: a, match: { path: /a, host: a.org, method: GET }, deny: 404 }
  - { name: b, match: { path: /b, host: [a.org, "*.b.org"], method: [GET, HEAD] }, deny: 404 }
`)
  t.same(listen.http, { host: '::1', port: 0 })
  t.same(listen.admin, { host: 'localhost', port: 9001 })
  t.same(rules.routes.map(({ match }) => [match.host, match.method]),
    [[['a.org'], ['GET']], [['a.org', '*.b.org'], ['GET', 'HEAD']]])
  t.end()
})

t.test('an alias stands for what it was given to', (t) => {
  const { rules } = load(`policies:
  a: &a { ttl: 5s }
  b: *a
`)
  t.match(rules.policies, { a: { ttlMs: 5000 }, b: { ttlMs: 5000 } })
  t.end()
})

t.test('a problem behind an alias is shown where it stands', (t) => {
  const said = complaint(() => load('policies:\n  a: &a { ttl: 5x }\n  b: *a\n'))
  t.match(said, /:3:16: expected a duration/)
  t.end()
})

/** Bytes of a file, and what is said about it. */
const FILES: ReadonlyArray<readonly [string, Buffer, RegExp]> = [
  ['is not UTF-8', Buffer.from('haulout: 1\ndrain: \xff5s\n', 'latin1'),
    /:2:8: this is not UTF-8\n {2}2 \| drain: \ufffd5s\n/],
  ['is UTF-16', Buffer.from('\ufeffhaulout: 1\n', 'utf16le'), /:1:1: this is not UTF-8/],
  ['is larger than 1 MiB', Buffer.alloc(1024 ** 2 + 1, '#'),
    /:1:1: this file is larger than 1 MiB\n {2}1 \| #+\n {4}\| \^\n {4}= a configuration is/],
  ['has NUL in it', Buffer.from('haulout: 1\ndr\0ain: 5s\n'), /:2:1: unknown key/],
]

for (const [what, bytes, expected] of FILES) {
  t.test(`a file that ${what} is refused`, (t) => {
    const file = join(t.testdir({ 'haulout.yaml': bytes }), 'haulout.yaml')
    t.match(complaint(() => readConfig(file)), expected)
    t.end()
  })
}

t.test('a file of 10 MiB is refused without being read', (t) => {
  const line = 'policies: { a: { ttl: 5x } }  # \0\n'
  const file = join(t.testdir({ 'haulout.yaml': Buffer.alloc(10 * 1024 ** 2, line) }),
    'haulout.yaml')
  const began = performance.now()
  t.equal(complaint(() => readConfig(file)), `${file}:1:1: this file is larger than 1 MiB
  1 | policies: { a: { ttl: 5x } }  # ·
    | ^
    = a configuration is written by people and smaller; name the right file`)
  t.ok(performance.now() - began < 1000)
  t.end()
})

t.test('a byte order mark is no part of the configuration', (t) => {
  const file = join(t.testdir({ 'haulout.yaml': '\ufeffhaulout: 1\ndrain: 5s\n' }), 'haulout.yaml')
  t.equal(readConfig(file).settings.drainMs, 5000)
  t.end()
})

t.test('a file that is not there, or is a folder, is named', (t) => {
  t.match(complaint(() => readConfig('/nowhere/haulout.yaml')),
    '/nowhere/haulout.yaml: there is no such file')
  const folder = t.testdir({})
  t.match(complaint(() => readConfig(folder)), `${folder}: EISDIR`)
  t.end()
})

t.test('a secret that others could read is refused, with the command that helps', (t) => {
  const file = join(t.testdir({ secret: 'x' }), 'secret')
  const text = `origins: { o: { dialect: s3, ${ENDPOINTS},
    credentials: { access_key: env:K, secret_key: "file:${file}" } } }`
  for (const mode of [0o604, 0o640, 0o620, 0o644]) {
    chmodSync(file, mode)
    const said = complaint(() => load(text, { K: 'x' }))
    t.ok(said.includes(`${file} is open to others than its owner (mode ${mode.toString(8)})`), said)
    t.ok(said.includes(`chmod 600 ${file}`))
  }
  chmodSync(file, 0o600)
  t.equal(complaint(() => load(text, { K: 'x' })), '')
  t.match(complaint(() => load(text, { K: '' })), /the environment variable K is not set/)
  t.end()
})

t.test('whatever a file holds, it is loaded or refused with a place', (t) => {
  const tokens = fc.constantFrom('haulout: 1\n', 'routes:', ' ', '\n', '  ', '- ', '{', '}', '[',
    ']', '"', "'", ': ', '&a', '*a', '!', '|', '>', '#', '%', '@', '\t', '\r\n', '?', ',', '---\n',
    'name', 'match', 'path', '/{a}', 'to', 'origins', 'credentials', '<<', '__proto__', '\0',
    'constructor', '\u2028', '\ud800', '1', 'null', '~')
  fc.assert(fc.property(fc.array(tokens, { maxLength: 24 }), (parts) => {
    const said = complaint(() => loadConfig(parts.join(''), 'x.yaml', {}))
    return said === '' || /^x\.yaml:\d+:\d+: \S/.test(said)
  }), { numRuns: 500 })
  t.pass('five hundred times')
  t.end()
})

t.test('pages are read with the configuration, from its own folder', (t) => {
  const folder = t.testdir({
    pages: { '404.html': '\uFEFF<h1>é {status}</h1>', 'latin.html': Buffer.from([0x66, 0xe9]) },
    'large.html': 'x'.repeat(64 * 1024 + 1), 'most.html': 'x'.repeat(64 * 1024), 'secret': 'x',
  })
  const file = join(folder, 'haulout.yaml')
  const pageOf = (page: string): unknown =>
    loadConfig(`haulout: 1\nsynth: { 404: ${page} }\n`, file).settings.rules.synth?.['404']
  t.same(pageOf('{ file: pages/404.html }'), { type: 'text/html', text: '<h1>é {status}</h1>' })
  t.same(pageOf('{ text: "a", type: text/plain }'), { type: 'text/plain', text: 'a' })
  t.match(pageOf('{ file: most.html }'), { text: /^x{65536}$/ })
  const wrong = [
    ['large.html', 'is larger than 64 KiB'], ['pages/latin.html', 'is not UTF-8'],
    ['pages', 'is not a file'], ['absent.html', 'there is no file'],
  ] as const
  for (const [name, message] of wrong) {
    t.match(complaint(() => pageOf(`{ file: ${name} }`)), message)
  }
  const long = `{ text: ${'x'.repeat(64 * 1024 + 1)} }`
  t.match(complaint(() => pageOf(long)), 'this page is larger than 64 KiB')
  t.end()
})
