import { join } from 'node:path'
import t, { type Test } from 'tap'
import { HauloutError } from '../../../src/errors.ts'
import { examineConfig, readConfig } from '../../../src/run/config/load.ts'

const CONFIG = `haulout: 1
origins: { walrus: { dialect: walrus, endpoints: ["http://10.1.0.2:8773/services/Walrus"] } }
buckets: { releases: { origin: walrus } }
routes:
  - { name: first, match: { path: /first }, deny: 403 }
  - { name: second, match: { path: "/{key**}" }, to: "releases/{key}" }
`

function testOf(name: string, url: string, route: string): string {
  return `haulout: 1\ntests:\n  - name: ${name}\n    request: { url: ${url} }\n` +
    `    expect: { route: ${route} }\n`
}

function folder(t: Test, files: Readonly<Record<string, string>>): string {
  return join(t.testdir({ 'haulout.yaml': CONFIG, ...files }), 'haulout.yaml')
}

function complaint(file: string): string {
  try {
    readConfig(file)
  } catch (error) {
    if (error instanceof HauloutError && error.code === 'config') return error.detail
    throw error
  }
  return ''
}

t.test('the tests of a configuration are its own and those of the files named for it', (t) => {
  const file = folder(t, {
    'haulout.test.yaml': testOf('b', '/first', 'first'),
    'haulout.more.test.yml': testOf('a', '/x', 'second'),
    'haulout.yaml.bak': 'x', 'haulout.txt': 'x', 'other.test.yaml': testOf('c', '/x', 'first'),
    'haulouts.test.yaml': testOf('d', '/x', 'first'), 'test.yaml': 'x: y',
  })
  const { tests, failures, untested } = examineConfig(file)
  t.same(tests.map(({ proof, file: at, line }) => [proof.test.name, at, line, proof.route]), [
    ['a', file.replace('.yaml', '.more.test.yml'), 3, 'second'],
    ['b', file.replace('.yaml', '.test.yaml'), 3, 'first'],
  ])
  t.same([failures, untested], [[], []])
  t.end()
})

t.test('a test that fails beside the configuration keeps it from being served', (t) => {
  const file = folder(t, { 'haulout.test.yaml': testOf('wrong', '/x', 'first') })
  const beside = file.replace('.yaml', '.test.yaml')
  t.equal(complaint(file), `${beside}:3:11: the test \`wrong\` fails
  3 |   - name: wrong
    |           ^^^^^
    = GET /x: route second (haulout.yaml:6)
      route  expected  first (haulout.yaml:5)
             actual    second (haulout.yaml:6)`)
  t.end()
})

/** Files of tests, and what is said about them. */
const WRONG: ReadonlyArray<readonly [string, RegExp]> = [
  ['haulout: 1\ntests: []\nroutes: []\n', /haulout\.test\.yaml:3:1: unknown key `routes`/],
  ['tests: []\n', /haulout\.test\.yaml:1:1: `haulout` is missing/],
  ['haulout: 1\n', /haulout\.test\.yaml:1:1: `tests` is missing/],
  ['', /haulout\.test\.yaml:1:1: the file is empty/],
  [testOf('x', '/x', 'frist'), /haulout\.test\.yaml:5:22: there is no route `frist`.*`first`/s],
  [testOf('x', 'x', 'first'), /haulout\.test\.yaml:4:21: expected a URL with its host/],
]

for (const [text, expected] of WRONG) {
  t.test(`beside a configuration, ${JSON.stringify(text)} is refused by its own lines`, (t) => {
    t.match(complaint(folder(t, { 'haulout.test.yaml': text })), expected)
    t.end()
  })
}

t.test('a route that no test reaches is named where it stands', (t) => {
  const beside = { 'haulout.test.yaml': testOf('a', '/x', 'second') }
  const { untested } = examineConfig(folder(t, beside))
  t.match(untested, [{ line: 5, column: 13, message: 'no test reaches the route `first`' }])
  t.equal(untested.length, 1)
  t.end()
})

t.test('a place is in the file, or, where that says nothing, among the defaults', (t) => {
  const file = folder(t, {})
  const { placeOf } = examineConfig(file)
  t.same(placeOf(['routes', 1, 'to']), { file, line: 6 })
  t.same(placeOf(['buckets', 'releases', 'origin']), { file, line: 3 })
  t.match(placeOf(['defaults', 'cache', 'ttl']), { file: 'builtin.yaml', line: /^\d+$/ })
  t.end()
})
