import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runToEnd } from './process.ts'

const GOOD = `haulout: 1
listen: { http: "127.0.0.1:0", admin: off }
origins: { walrus: { dialect: walrus, endpoints: ["http://127.0.0.1:1/services/Walrus"] } }
buckets: { releases: { origin: walrus, cache: { ttl: 1h } } }
routes:
  - { name: one, match: { path: /one }, deny: 403 }
  - name: rest
    match: { path: "/{key**}" }
    to: "releases/{key}"
`
const TESTS = `tests:
  - { name: a denial, request: { url: /one }, expect: { route: one, status: 403 } }
  - { name: an object, request: { url: /a/b }, expect: { object: releases/a/b, ttl: 1h } }
`

function file(t: Test, text: string): string {
  return join(t.testdir({ 'haulout.yaml': text }), 'haulout.yaml')
}

t.test('a configuration whose tests pass says how many there are', async (t) => {
  const path = file(t, GOOD + TESTS)
  const good = { code: 0, out: `${path}: ok - 2 routes, 1 bucket, 1 origin, 2 tests\n`, err: '' }
  t.same(await runToEnd('check', path), good)
  t.same(await runToEnd('check', '--strict', path), good)
})

t.test('a route without a test is a warning, and with --strict an error', async (t) => {
  const path = file(t, GOOD + TESTS.replace(/ {2}- .*a denial.*\n/, ''))
  t.match(await runToEnd('check', path),
    { code: 0, out: /: ok - /, err: `${path}: warning: no test reaches one\n` })
  const strict = await runToEnd('check', '-s', path)
  t.match(strict, { code: 1, out: '' })
  t.match(strict.err, `${path}:6:13: no test reaches the route \`one\`\n  6 |   - { name: one,`)
})

t.test('a test that fails is exit code 1 for check, and serve does not start', async (t) => {
  const path = file(t, GOOD + TESTS.replace('403', '404'))
  const checked = await runToEnd('check', path)
  t.match(checked, { code: 1, out: '' })
  t.equal(checked.err, `${path}:11:13: the test \`a denial\` fails
  11 |   - { name: a denial, request: { url: /one }, expect: { route: one, status: 404 } }
     |             ^^^^^^^^
     = GET /one: route one (haulout.yaml:6)
       status  expected  404
               actual    403 (haulout.yaml:6)
`)
  t.same(await runToEnd('serve', '--config', path), checked)
})

t.test('--effective names for every field of a route the line that says it', async (t) => {
  const path = file(t, GOOD + TESTS)
  const { code, out } = await runToEnd('check', '--effective', path)
  t.equal(code, 0)
  t.match(out, `route one  haulout.yaml:6
  match.path  /one       haulout.yaml:6
  deny        403        haulout.yaml:6
  methods     GET, HEAD  builtin.yaml:`)
  t.match(out, /^route rest {2}haulout\.yaml:7$/m)
  t.match(out, /^ {2}cache\.ttl +1h +haulout\.yaml:4$/m)
  t.match(out, /^ {2}cache\.grace +1h +builtin\.yaml:\d+$/m)
  t.match(out, /: ok - 2 routes/)
})

t.test('--json says all of it to machines', async (t) => {
  const path = file(t, GOOD + TESTS)
  const { code, out, err } = await runToEnd('check', '--json', '--effective', path)
  t.same([code, err], [0, ''])
  const report = JSON.parse(out) as { routes: Array<{ effective?: unknown[] }> }
  t.match(report.routes[1]!.effective, [
    { key: 'match.path', value: '/{key**}', file: path, line: 8 },
    { key: 'to', value: 'releases/{key}', file: path, line: 9 },
  ])
  for (const route of report.routes) delete route.effective
  const place = { file: path }
  t.same(report, {
    file: path, ok: true, problems: [],
    tests: [
      { name: 'a denial', ...place, line: 11, passed: true, route: 'one', differences: [] },
      { name: 'an object', ...place, line: 12, passed: true, route: 'rest', differences: [] },
    ],
    routes: [{ name: 'one', ...place, line: 6, tests: 1 },
      { name: 'rest', ...place, line: 7, tests: 1 }],
  })
})

t.test('--json is JSON whatever is wrong', async (t) => {
  const path = file(t, GOOD + TESTS.replace('404', '403').replace('403', '404'))
  const failed = await runToEnd('check', '-j', path)
  t.match(failed, { code: 1, err: '' })
  t.match(JSON.parse(failed.out), {
    ok: false, problems: [{ severity: 'error', line: 11, message: 'the test `a denial` fails' }],
    tests: [{ passed: false,
      differences: [{ field: 'status', expected: '404', actual: '403' }] }, { passed: true }],
  })
  const untested = await runToEnd('check', '-j', file(t, GOOD))
  t.equal(untested.code, 0)
  t.match(JSON.parse(untested.out), { ok: true, problems: [
    { severity: 'warning', line: 6, column: 13 }, { severity: 'warning', line: 7, column: 11 }] })
  const broken = await runToEnd('check', '-j', file(t, `${GOOD}drain: soon\n`))
  t.equal(broken.code, 1)
  t.match(JSON.parse(broken.out), { ok: false, tests: [], routes: [],
    problems: [{ severity: 'error', file: path, line: 10, column: 8, message: /a duration/ }] })
  const none = await runToEnd('check', '-j', '/nowhere/haulout.yaml')
  t.match(JSON.parse(none.out), { ok: false, problems: [{ message: 'there is no such file' }] })
})
