import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { isInside } from '../../../src/decide/access/networks.ts'
import { compile } from '../../../src/decide/rules/compile.ts'
import { loadConfig } from '../../../src/run/config/load.ts'
import { lineOf } from '../../decide/access/vectors.ts'
import { complaint } from '../../support/complaint.ts'

const CONFIG = resolve(import.meta.dirname, '../../../config')

t.test('the example of a private bucket asks for the office and a password', (t) => {
  const file = join(t.testdir({ htpasswd: lineOf('alice') }), 'htpasswd')
  const text = readFileSync(join(CONFIG, 'examples/private-bucket.yaml'), 'utf8')
  const named = text.replace('/etc/haulout/staff.htpasswd', file)
  const env = { EC2_ACCESS_KEY: 'x', EC2_SECRET_KEY: 'x' }
  const { settings } = loadConfig(named, 'example.yaml', env)
  t.same(settings.users, [{ name: 'staff', file }])
  const { routes, trusted } = compile(settings.rules).compiled
  t.ok(isInside(trusted!, '10.0.0.5'))
  t.match(routes[0]!.policy.access, { kind: 'all', of: [{ kind: 'client' }, { kind: 'basic' }] })
  t.same(routes[0]!.policy.deliver.set,
    [['cache-control', 'private, max-age=0, must-revalidate']])
  t.end()
})

t.test('a private bucket in an example is not reached without its access', (t) => {
  const file = join(t.testdir({ htpasswd: lineOf('alice') }), 'htpasswd')
  for (const example of ['private-bucket', 'image-bundles']) {
    const text = readFileSync(join(CONFIG, `examples/${example}.yaml`), 'utf8')
      .replace('/etc/haulout/staff.htpasswd', file)
    const env = { EC2_ACCESS_KEY: 'x', EC2_SECRET_KEY: 'x' }
    t.ok(loadConfig(text, 'example.yaml', env))
    const open = text.replace(/^ {4}access: *(?:\{.*\}\n|\n(?: {6}.*\n)*)/m, '')
    t.not(open, text)
    t.match(complaint(() => loadConfig(open, 'example.yaml', env)), /is private, and route/)
  }
  t.end()
})

t.test('a file of users that is bad is told line by line, without a word of it', (t) => {
  const folder = t.testdir({ staff: `${lineOf('alice')}bob:hunter2\n\nalice:hunter2\n` })
  const text = 'haulout: 1\nusers: { staff: { file: staff } }\n'
  const load = (): unknown => loadConfig(text, join(folder, 'haulout.yaml'))
  const said = complaint(load)
  t.ok(said.includes(`${join(folder, 'staff')}:2: the password is not hashed`), said)
  t.ok(said.includes(`${join(folder, 'staff')}:4: the user \`alice\` is here twice`), said)
  t.notMatch(said, /hunter2/)
  writeFileSync(join(folder, 'staff'), lineOf('alice'))
  t.equal(complaint(load), '')
  chmodSync(join(folder, 'staff'), 0o666)
  t.match(complaint(load), /everybody can write to .*chmod o-w/s)
  t.end()
})

t.test('a secret in a file is looked for beside the configuration, and must be closed', (t) => {
  const folder = t.testdir({ token: 'x' })
  const text = 'haulout: 1\naccess: { a: { header: { name: x-token, equals: "file:token" } } }\n'
  const load = (): unknown => loadConfig(text, join(folder, 'haulout.yaml'))
  chmodSync(join(folder, 'token'), 0o644)
  t.match(complaint(load), /:2:\d+: .* is open to others than its owner/)
  chmodSync(join(folder, 'token'), 0o600)
  t.equal(complaint(load), '')
  t.end()
})
