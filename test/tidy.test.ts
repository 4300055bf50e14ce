/**
 * The architecture as a table, and the tests that hold the sources to it. An exception is a line
 * here with its reason; the list only shrinks.
 */
import { globSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import t from 'tap'
import { factsOf } from './tidy/facts.ts'
import { violationsOf, type Architecture, type Exception } from './tidy/rules.ts'

const ROOT = resolve(import.meta.dirname, '..')
const TABLES = ['src/errors.ts', 'src/limits.ts']
const INNER = [...TABLES, 'src/lib/', 'src/model/']

const EXCEPTIONS: readonly Exception[] = [
  {
    rule: 'columns', path: 'src/errors.ts', what: '',
    reason: 'a code, its properties and its help are one row of a table',
  },
  {
    rule: 'function-lines', path: 'src/decide/http/gate.ts', what: 'pick',
    reason: 'one case of a switch for each field; a table of setters would be slower',
  },
  {
    rule: 'parameters', path: 'src/act/deliver/deliver.ts', what: 'deliver',
    reason: 'on the way of every hit; an options object would be made for each',
  },
  {
    rule: 'parameters', path: 'src/act/deliver/stream.ts', what: 'stream',
    reason: 'on the way of every hit; an options object would be made for each',
  },
  {
    rule: 'parameters', path: 'src/decide/http/multipart.ts', what: 'multipart',
    reason: 'spans, length, type and boundary are what RFC 9110 frames parts with',
  },
  {
    rule: 'words', path: 'src/run/config/schema.ts', what: '"data" in data',
    reason: 'what zod calls a checked value',
  },
  {
    rule: 'constructs', path: 'src/run/cli/serve.ts', what: 'createLog',
    reason: 'the log is there before the worker, for what goes wrong while that is made',
  },
]

const ARCHITECTURE: Architecture = {
  // From the inside out. A file may import its own place and what its row names, types included.
  layers: [
    { place: 'src/errors.ts', imports: [], node: [] },
    { place: 'src/limits.ts', imports: [], node: [] },
    { place: 'src/lib/', imports: [], node: [] },
    { place: 'src/model/', imports: [...TABLES, 'src/lib/'], node: [] },
    { place: 'src/decide/', imports: INNER, node: ['node:crypto', 'node:net'] },
    { place: 'src/act/*/', imports: [...INNER, 'src/decide/'], node: 'any' },
    { place: 'src/pocket/', imports: [...INNER, 'src/decide/'], node: 'any' },
    { place: 'src/orders.ts', imports: [...INNER, 'src/decide/', 'src/act/'], node: [] },
    {
      place: 'src/serve.ts', node: [],
      imports: [...INNER, 'src/decide/', 'src/act/', 'src/orders.ts'],
    },
    {
      place: 'src/run/', node: 'any',
      imports: [
        ...INNER, 'src/decide/', 'src/act/', 'src/orders.ts', 'src/serve.ts', 'src/pocket/',
      ],
    },
    { place: 'src/main.ts', imports: [...INNER, 'src/run/'], node: 'any' },
  ],

  // One dependency, one file.
  packages: {
    'lmdb': /^src\/act\/cache\/lmdb\.ts$/,
    'bcryptjs': /^src\/act\/access\/verify\.ts$/,
    'lru-cache': /^src\/act\/cache\/memory\.ts$/,
    'undici': /^src\/act\/origin\/pool\.ts$/,
    'prom-client': /^src\/act\/observe\/metrics\.ts$/,
    'yaml': /^src\/run\/config\/source\.ts$/,
    'zod': /^src\/run\/config\/schema[a-z-]*\.ts$/,
  },
  constructors: ['src/run/process/worker.ts'],

  pure: {
    places: ['src/decide/', 'src/model/', 'src/lib/'],
    forbidden: [
      'Date()', 'Date.now', 'Math.random', 'performance', 'process', 'console', 'globalThis',
      'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch', 'require',
      'randomBytes', 'randomUUID', 'randomInt', 'async', 'await', 'Promise',
    ],
  },
  // The steps that leave something behind in the exchange: its client, its target, its policy, its
  // user, its object.
  writers: [
    'src/decide/access/client.ts', 'src/decide/http/target.ts', 'src/decide/rules/match.ts',
    'src/decide/access/admit.ts', 'src/decide/key/key.ts', 'src/decide/key/onward.ts',
    'src/decide/bans/purging.ts',
    'src/decide/rules/recv-steps.ts',
    // What it has found out about an entry, for the next read.
    'src/decide/rules/store-steps.ts',
  ],
  // Where a thread of execution begins: there, importing is running.
  entrances: [
    'src/main.ts', 'src/act/access/hashing-thread.ts', 'src/act/cache/probe-child.ts',
  ],

  limits: {
    fileLines: 300, functionLines: 60, parameters: 3, columns: 100,
    // Every bound with its arithmetic is one table, however many there are.
    files: { 'src/serve.ts': 200, 'src/limits.ts': 500 },
  },
  words: ['context', 'manager', 'helper', 'util', 'handler', 'middleware', 'service', 'data'],
  // Names that Node, undici and S3 have given (SigV4 scopes end in a service), and Walrus' word for
  // the path in front of its buckets.
  foreignNames: [
    'onResponseData', 'DispatchHandler', 'SecureContext', 'createSecureContext', 'secureContext',
    'ServiceUnavailable', 'service', 'servicePath', 'servicePaths',
  ],
  fileNames: ['util', 'utils', 'helper', 'helpers', 'type', 'types', 'common', 'misc', 'index'],
  phrases: [
    ['text', /\/work\//],
    ['text', /\.\.\/shared\b/],
    ['text', /\bissue #?\d/i],
    ['comments', /\b(?:TODO|FIXME|XXX|HACK)\b/],
    ['comments', /\bfor now\b|\bwill be (?:added|done)\b|\b(?:added|done|filled in) later\b/i],
  ],
  exceptions: EXCEPTIONS,
}

/** The project's own text files, by path from the root. */
function projectFiles(): Map<string, string> {
  const found = globSync(['{src,test,bench,config,bin,.ci}/**/*', '*.{md,json}', '.taprc'], {
    cwd: ROOT, withFileTypes: true, exclude: ['**/node_modules/**', 'package-lock.json'],
  })
  const paths = found.filter((one) => one.isFile())
    .map((one) => relative(ROOT, join(one.parentPath, one.name)))
    .filter((path) => /(?:^|\/)[^.]+$|\.(?:ts|md|ya?ml|json|sh|vcl|conf)$/.test(path))
  return new Map(paths.map((path) => [path, readFileSync(resolve(ROOT, path), 'utf8')]))
}

t.test('the sources are as the table says', (t) => {
  const files = projectFiles()
  t.ok(files.has('src/errors.ts') && files.has('test/tidy.test.ts'), 'the sources are found')
  t.same(violationsOf(files, ARCHITECTURE), [])
  t.end()
})

t.test('the share of comments is known', (t) => {
  for (const folder of ['src/model', 'src/decide', 'src/act', 'src/run', 'src/pocket']) {
    const facts = [...projectFiles()]
      .filter(([path]) => path.startsWith(`${folder}/`) && path.endsWith('.ts'))
      .map(([path, text]) => factsOf(path, text))
    const lines = facts.reduce((sum, one) => sum + one.lines.length, 0)
    const comments = facts.reduce((sum, one) => sum + one.commentShare * one.lines.length, 0)
    t.comment(`${folder}: ${facts.length} files, ${lines} lines, ` +
      `${(100 * comments / Math.max(1, lines)).toFixed(0)} % comments`)
  }
  t.end()
})

const DOC = '/** Says what it does. */\n'

/** The rule that is broken, the file, and the few lines that break it. */
const BAD: ReadonlyArray<readonly [rule: string, path: string, text: string]> = [
  ['place', 'src/elsewhere/a.ts', 'export const a = 1\n'],
  ['imports', 'src/lib/a.ts', "import { b } from '../model/b.ts'\n"],
  ['imports', 'src/model/a.ts', "import type { B } from '../decide/b.ts'\n"],
  ['imports', 'src/decide/a.ts', "import { b } from '../act/cache/b.ts'\n"],
  ['imports', 'src/act/cache/a.ts', "import type { B } from '../origin/b.ts'\n"],
  ['imports', 'src/act/cache/a.ts', "import { serve } from '../../serve.ts'\n"],
  ['imports', 'src/act/cache/a.ts', "import { b } from '../../pocket/b.ts'\n"],
  ['imports', 'src/serve.ts', "import { b } from './run/b.ts'\n"],
  ['imports', 'src/pocket/a.ts', "import { b } from '../act/accept/b.ts'\n"],
  ['imports', 'src/run/cli/a.ts', "const a = () => import('../../main.ts')\n"],
  ['node', 'src/decide/a.ts', "import { readFileSync } from 'node:fs'\n"],
  ['node', 'src/lib/a.ts', "import { createHash } from 'node:crypto'\n"],
  ['packages', 'src/act/cache/memory.ts', "import { open } from 'lmdb'\n"],
  ['packages', 'src/run/config/load.ts', "import { z } from 'zod'\n"],
  ['packages', 'src/act/origin/fetch.ts', "import { Pool } from 'undici/lib/pool.js'\n"],
  ['packages', 'src/run/a.ts', "import { left } from '@somebody/pad'\n"],
  ['constructs', 'src/serve.ts',
    `import { openDisk } from './act/cache/disk.ts'\n${DOC}export function a() { openDisk() }\n`],
  ['constructs', 'src/run/cli/a.ts',
    `import { Disk } from '../../act/cache/b.ts'\n${DOC}export const a = () => new Disk()\n`],
  ['barrel', 'src/model/all.ts', "export { Entry } from './entry.ts'\n"],
  ['barrel', 'src/model/all.ts', "export * from './entry.ts'\n"],
  ['cycle', 'src/model/a.ts', "import type { A } from './a.ts'\n"],
  ['state', 'src/act/cache/a.ts', 'let count = 0\n'],
  ['state', 'src/act/cache/a.ts', 'const entries = new Map<string, number>()\n'],
  ['state', 'src/act/cache/a.ts', 'export const queue: string[] = []\n'],
  ['state', 'src/act/cache/a.ts',
    `const SEEN = new Set(['a'])\n${DOC}export function a(b: string) { SEEN.add(b) }\n`],
  ['state', 'src/act/cache/a.ts', 'const events = new EventEmitter()\n'],
  ['state', 'src/run/a.ts', 'const disk = openDisk()\n'],
  ['effects', 'src/act/cache/a.ts', 'process.on("exit", () => 1)\n'],
  ['effects', 'src/act/cache/a.ts', 'const a = await start\n'],
  ['effects', 'src/act/cache/a.ts', "import './other.ts'\n"],
  ['pure', 'src/decide/a.ts', 'const a = () => Date.now()\n'],
  ['pure', 'src/decide/a.ts', 'const a = () => new Date()\n'],
  ['pure', 'src/decide/a.ts', 'const a = () => Math.random()\n'],
  ['pure', 'src/decide/a.ts', 'const a = () => process.env\n'],
  ['pure', 'src/decide/a.ts', 'const a = (b: () => void) => setTimeout(b, 1)\n'],
  ['pure', 'src/decide/a.ts', "import { randomUUID } from 'node:crypto'\n"],
  ['pure', 'src/decide/a.ts', 'const a = async () => 1\n'],
  ['writes', 'src/decide/a.ts', `${DOC}export function a(x: { n: number }) { x.n = 1 }\n`],
  ['writes', 'src/decide/a.ts', `${DOC}export function a(x: number[]) { x.sort() }\n`],
  ['doc', 'src/act/cache/a.ts', '// Not a doc comment.\nexport function a() {}\n'],
  ['parameters', 'src/act/cache/a.ts',
    `${DOC}export function a(b: 1, c: 2, d: 3, e: 4) { return [b, c, d, e] }\n`],
  ['file-lines', 'test/a.ts', 'const a = 1\n'.replace('\n', '\n'.repeat(301))],
  ['file-lines', 'src/serve.ts', `const a = 1${'\n'.repeat(201)}`],
  ['function-lines', 'test/a.ts', `const a = () => {${'\n'.repeat(60)}}\n`],
  ['columns', 'bench/a.ts', `// ${'long '.repeat(20)}\n`],
  ['words', 'src/act/cache/a.ts', 'type CacheManager = 1\n'],
  ['words', 'src/act/cache/a.ts', 'const raw_data = 1\n'],
  ['words', 'src/act/cache/key-helper.ts', 'const a = 1\n'],
  ['file-name', 'src/model/index.ts', 'const a = 1\n'],
  ['phrases', 'README.md', ['Look into ', 'work', 'here.\n'].join('/')],
  ['phrases', 'config/a.yaml', ['# from ..', 'shared', 'rules\n'].join('/')],
  ['phrases', 'src/act/cache/a.ts', '// TODO: all of it\n'],
  ['phrases', 'src/act/cache/a.ts', 'type A = {\n  /** Filled in later. */\n  a: 1\n}\n'],
]

for (const [rule, path, text] of BAD) {
  t.test(`${rule}: ${JSON.stringify(text.slice(0, 60))} in ${path} is reported`, (t) => {
    const found = violationsOf(new Map([[path, text]]), { ...ARCHITECTURE, exceptions: [] })
    t.ok(found.length > 0, 'something is reported')
    t.same(found.filter((one) => !one.includes(` ${rule}: `)), [], 'and nothing else')
    t.end()
  })
}

const GOOD: ReadonlyArray<readonly [path: string, text: string]> = [
  ['src/decide/a.ts', "import type { Entry } from '../model/entry.ts'\nconst A = /process'/\n"],
  ['src/decide/b.ts', 'const a = (at: number) => [new Date(at), { process: 1 }.process]\n'],
  ['src/decide/c.ts', '// Date.now() is not asked for here; time is an argument.\n'],
  ['src/decide/d.ts', 'const NAMES: ReadonlySet<string> = new Set(["a"])\n'],
  ['src/run/process/worker.ts',
    "import { openDisk } from '../../act/cache/disk.ts'\nconst a = () => openDisk()\n"],
  ['src/act/cache/a.ts', "const a = `import { b } from '../../run/${'b'}.ts'`\n"],
  ['src/act/cache/b.ts', 'const a = 6 / 2 // 3 /* 4\nconst b = "manager" + `${a / 2}//handler`\n'],
  ['test/a.ts', "for (const a of [1]) void import('lmdb')\n"],
]

for (const [path, text] of GOOD) {
  t.test(`${JSON.stringify(text.slice(0, 60))} in ${path} is fine`, (t) => {
    t.same(violationsOf(new Map([[path, text]]), { ...ARCHITECTURE, exceptions: [] }), [])
    t.end()
  })
}

t.test('an exception excuses what it names, and only that', (t) => {
  const source = new Map([['src/act/cache/a.ts', 'let a = 0\nlet b = 0\n']])
  const excuse = { rule: 'state', path: 'src/act/cache/a.ts', what: 'let a', reason: 'a test' }
  t.same(violationsOf(source, { ...ARCHITECTURE, exceptions: [excuse] }),
    ['src/act/cache/a.ts:2 state: let b'])
  t.end()
})

t.test('an exception that is not needed is a violation', (t) => {
  const excuse = { rule: 'state', path: 'src/act/cache/a.ts', what: '', reason: 'a test' }
  t.same(violationsOf(new Map(), { ...ARCHITECTURE, exceptions: [excuse] }),
    ['src/act/cache/a.ts:0 exceptions: state is not needed'])
  t.end()
})

t.test('two files that import each other are reported, whichever comes first', (t) => {
  const found = violationsOf(new Map([
    ['src/model/a.ts', "import type { B } from './b.ts'\n"],
    ['src/model/b.ts', "import type { A } from './a.ts'\n"],
  ]), { ...ARCHITECTURE, exceptions: [] })
  t.same(found, ['src/model/a.ts:1 cycle: src/model/a.ts > src/model/b.ts > src/model/a.ts'])
  t.end()
})
