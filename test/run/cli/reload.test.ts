/** Reloads of a whole process: by signal, by command, by the file itself. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runToEnd, start } from './process.ts'

const LISTENS = /info: haulout \S+ listens on (http:\S+), admin on (http:\S+)\n/

/** Every request is answered with this status: no store is needed. */
function denying(status: number, more = ''): string {
  return `haulout: 1
listen: { http: "127.0.0.1:0", admin: "127.0.0.1:0" }
default: { deny: ${status} }
log: { access: { path: access.log } }
${more}`
}

async function serving(t: Test, text: string) {
  const folder = t.testdir({ 'haulout.yaml': text })
  const file = join(folder, 'haulout.yaml')
  const running = start(t, ['serve', '--config', file])
  const [, url, admin] = await running.said('err', LISTENS)
  const status = async () => (await fetch(`${url}/x`)).status
  return { ...running, file, folder, admin: admin!, status }
}

function statusesIn(path: string): number[] {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
  return lines.map((line) => (JSON.parse(line) as { status: number }).status)
}

/** Resolves when a log holds these; a line is written a moment after its answer. */
async function logged(path: string, statuses: readonly number[]): Promise<void> {
  while (statusesIn(path).join() !== statuses.join()) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

t.test('SIGHUP reopens the log, then reloads; a bad file changes nothing', async (t) => {
  const { child, said, file, folder, status, ended } = await serving(t, denying(404))
  const log = join(folder, 'access.log')
  t.equal(await status(), 404)
  await logged(log, [404])
  renameSync(log, `${log}.1`)
  writeFileSync(file, denying(410))
  child.kill('SIGHUP')
  await said('err', /info: SIGHUP: generation 2: 0 routes, 0 buckets, 0 origins, 0 tests\n/)
  t.equal(await status(), 410)
  await logged(log, [410])
  renameSync(log, `${log}.2`)
  writeFileSync(file, denying(200))
  child.kill('SIGHUP')
  await said('err', /error: SIGHUP: all stays as it was: \S+haulout\.yaml:3:18: expected /)
  t.equal(await status(), 410)
  await logged(log, [410])
  child.kill('SIGTERM')
  t.equal((await ended).code, 0)
  t.same([`${log}.1`, `${log}.2`, log].map(statusesIn), [[404], [410], [410]],
    'the log is reopened whatever the configuration is like')
})

t.test('haulout reload says how it went, with its exit code', async (t) => {
  const { file, admin, status } = await serving(t, denying(404))
  writeFileSync(file, denying(410))
  t.same(await runToEnd('reload', '--admin', admin),
    { code: 0, out: 'generation 2: 0 routes, 0 buckets, 0 origins, 0 tests\n', err: '' })
  t.equal(await status(), 410)
  writeFileSync(file, denying(404, 'rotes: []\n'))
  const checked = await runToEnd('check', file)
  t.same(await runToEnd('reload', '-a', admin), { code: 1, out: '', err: checked.err })
  t.match(checked.err, /did you mean `routes`\?/)
  t.equal(await status(), 410)
})

t.test('haulout reload without anybody there, or without an address, is an error', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  await once(taken.close(), 'close')
  t.match(await runToEnd('reload', '--admin', `http://127.0.0.1:${port}`), {
    code: 1, out: '',
    err: /^haulout: the admin listener does not answer: http:\S+: connect ECONNREFUSED \S+\n$/,
  })
  for (const admin of ['127.0.0.1:9001', 'https://127.0.0.1:9001', '']) {
    t.match(await runToEnd('reload', '--admin', admin), {
      code: 2, out: '',
      err: `haulout: --admin '${admin}' is no URL; write e.g. http://127.0.0.1:9001\n`,
    })
  }
})

t.test('watch: a file that is renamed over the old one is loaded, until it says no', async (t) => {
  const { said, file, status } = await serving(t, denying(404, 'watch: true\n'))
  const put = (text: string) => {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
  put(denying(410, 'watch: true\n'))
  await said('err', /info: watch: generation 2: /)
  t.equal(await status(), 410)
  put(denying(410, 'watch: maybe\n'))
  await said('err', /error: watch: all stays as it was: .*expected true or false/)
  put(denying(403, 'watch: false\n'))
  await said('err', /info: watch: generation 3: /)
  t.equal(await status(), 403)
})

const TEST = `haulout: 1
tests: [{ name: nothing is here, request: { url: /x }, expect: { status: 404 } }]
`

t.test('watch: a file of tests beside it is watched as well, from when it appears', async (t) => {
  const { said, file } = await serving(t, denying(404, 'watch: true\n'))
  const tests = file.replace('.yaml', '.test.yaml')
  writeFileSync(tests, TEST)
  await said('err', /info: watch: generation 2: .*, 1 test\n/)
  writeFileSync(tests, TEST.replace('404', '410'))
  await said('err', /error: watch: all stays as it was: .*the test `nothing is here` fails/)
  writeFileSync(file, denying(410, 'watch: true\n'))
  await said('err', /info: watch: generation 3: .*, 1 test\n/)
})
