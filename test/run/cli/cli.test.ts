import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { runToEnd } from './process.ts'

const GOOD = `haulout: 1
listen: { http: "127.0.0.1:0", admin: off }
origins:
  walrus: { dialect: walrus, endpoints: ["http://127.0.0.1:1/services/Walrus"] }
buckets:
  releases: { origin: walrus }
routes:
  - { name: one, match: { path: "/one" }, deny: 404 }
  - { name: rest, match: { path: "/{key**}" }, to: "releases/{key}" }
`

const PACKAGE = join(import.meta.dirname, '../../../package.json')
const VERSION = (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version

t.test('help and version go to standard output, with exit code 0', async (t) => {
  t.match(await runToEnd('--version'), { code: 0, out: `haulout ${VERSION}\n`, err: '' })
  t.match(await runToEnd('--help'), { code: 0, out: /^haulout - .*\n\nUsage:\n/, err: '' })
  const help = { code: 0, out: /^haulout check \[--strict\] .* FILE\n/, err: '' }
  t.match(await runToEnd('check', '--help'), help)
})

t.test('a wrong command line is exit code 2 and one line on standard error', async (t) => {
  for (const line of ['', 'sevre', 'check', 'serve --confg x', 'demo -p 1e3']) {
    const { code, out, err } = await runToEnd(...line.split(' ').filter(Boolean))
    t.equal(code, 2, line)
    t.equal(out, '')
    t.match(err, /^haulout: .+\n$/)
  }
})

t.test('check says what a good configuration holds', async (t) => {
  const file = join(t.testdir({ 'haulout.yaml': GOOD }), 'haulout.yaml')
  t.same(await runToEnd('check', file),
    {
      code: 0, out: `${file}: ok - 2 routes, 1 bucket, 1 origin, 0 tests\n`,
      err: `${file}: warning: no test reaches one, rest\n`,
    })
})

t.test('check reports a bad configuration with its line, on standard error', async (t) => {
  const bad = GOOD.replace('dialect:', 'dialcet:')
  const file = join(t.testdir({ 'haulout.yaml': bad }), 'haulout.yaml')
  const { code, out, err } = await runToEnd('check', file)
  t.equal(code, 1)
  t.equal(out, '')
  t.match(err, `${file}:4:`)
  t.match(err, 'dialcet')
  t.notMatch(err, /^\s+at /m, 'no stack')
})

t.test('check names a file that it cannot read', async (t) => {
  const file = join(t.testdir(), 'none.yaml')
  const { code, err } = await runToEnd('check', file)
  t.equal(code, 1)
  t.match(err, file)
  t.match(err, /no such file/)
})

t.test('serve with a bad configuration says the same as check and does not start', async (t) => {
  const file = join(t.testdir({ 'haulout.yaml': `${GOOD}drain: soon\n` }), 'haulout.yaml')
  const served = await runToEnd('serve', '--config', file)
  t.match(served, { code: 1, out: '' })
  t.equal(served.err, (await runToEnd('check', file)).err)
  t.notMatch(served.err, 'listens')
})

for (const [which, text] of [
  ['main', (port: number) => GOOD.replace('127.0.0.1:0', `127.0.0.1:${port}`)],
  ['admin', (port: number) => GOOD.replace('off', `"127.0.0.1:${port}"`)],
] as const) {
  t.test(`a taken ${which} address is exit code 1 and a message that names it`, async (t) => {
    const taken = createServer().listen(0, '127.0.0.1')
    t.teardown(() => taken.close())
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const file = join(t.testdir({ 'haulout.yaml': text(port) }), 'haulout.yaml')
    t.same(await runToEnd('serve', '-c', file), {
      code: 1, out: '',
      err: `haulout: cannot listen on 127.0.0.1:${port}: another program listens there\n`,
    })
  })
}
