/** What people really run: curl, with its resumes, ranges, dates and HTTP/1.0. */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import type { Test } from 'tap'
import { CONTINUE_TRIES } from '../../src/limits.ts'
import { bytesOf } from '../support/entries.ts'
import { openHouse } from '../support/house.ts'

/** Three chunks, the last one short. */
const SIZE = 600_000
const MODIFIED_AT = Date.UTC(2011, 10, 15, 12, 45, 26)

type Ran = { readonly exit: number; readonly out: Buffer; readonly said: string }

/** Runs curl without its configuration file, quietly, and never through a proxy. */
async function curl(...options: readonly string[]): Promise<Ran> {
  const words = ['-q', '-sS', '--noproxy', '*', '--max-time', '20', ...options]
  const child = spawn('curl', words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = new Promise<number>((resolve, reject) => {
    child.on('close', (code) => resolve(code ?? -1)).on('error', (error) => {
      reject(new Error('these stories need curl: apt-get install curl', { cause: error }))
    })
  })
  const [code, out, said] = await Promise.all([exit, buffer(child.stdout), buffer(child.stderr)])
  return { exit: code, out, said: said.toString() }
}

/** A house with an object of a known age; its URL, its bytes, and a file to write to. */
async function open(t: Test) {
  const house = await openHouse()
  t.teardown(() => house.close())
  const body = bytesOf(SIZE)
  await house.pocket.put('bucket', 'x y.tgz', body, {
    lastModifiedAt: MODIFIED_AT, contentType: 'application/gzip',
  })
  const { host, port } = house.worker.httpAddress
  return { house, body, url: `http://${host}:${port}/get/x%20y.tgz`, file: join(t.testdir(), 'x') }
}

/** Status line and fields of what `-i` or `-I` printed first, and what is behind them. */
function cut(out: Buffer): { head: string; body: Buffer } {
  const end = out.indexOf('\r\n\r\n') + 4
  return { head: out.toString('latin1', 0, end), body: out.subarray(end) }
}

t.test('a download is the object, cold and warm, and -O has a name for it', async (t) => {
  const { house, body, url, file } = await open(t)
  for (const outcome of ['miss', 'hit-memory']) {
    const { exit, out } = await curl('-o', file, '-D', '-', '--fail', url)
    t.equal(exit, 0)
    t.match(out.toString(), /^HTTP\/1\.1 200 OK\r\n/)
    t.match(out.toString(), new RegExp(`detail=${outcome}\r\n`))
    t.ok(readFileSync(file).equals(body))
  }
  t.equal(house.pocket.requests.length, 1)
})

t.test('--range gives these bytes, in one part and in several', async (t) => {
  const { body, url } = await open(t)
  const cases = [
    ['0-99', 0, 100], ['262100-262150', 262_100, 262_151], ['-7', SIZE - 7, SIZE],
    ['599000-', 599_000, SIZE],
  ] as const
  for (const [range, from, end] of cases) {
    const { exit, out } = await curl('--range', range, '-i', url)
    const answer = cut(out)
    t.equal(exit, 0)
    t.match(answer.head, /^HTTP\/1\.1 206 Partial Content\r\n/)
    t.match(answer.head, `Content-Range: bytes ${from}-${end - 1}/${SIZE}\r\n`)
    t.ok(answer.body.equals(body.subarray(from, end)))
  }
  const several = cut((await curl('--range', '0-9,100-109', '-i', url)).out)
  t.match(several.head, /Content-Type: multipart\/byteranges; boundary=/)
  t.ok(several.body.includes(body.subarray(100, 110)))
  t.equal((await curl('--range', '700000-', '--fail', url)).exit, 22, '416 is an error to curl')
})

t.test('-C - goes on where a download was broken off', async (t) => {
  const { house, body, url, file } = await open(t)
  // The store breaks it off as often as haulout tries to go on.
  house.pocket.behave({ fault: { kind: 'cut', afterBytes: 400_000 }, times: 1 + CONTINUE_TRIES })
  const broken = await curl('-o', file, url)
  t.ok(broken.exit === 18 || broken.exit === 56, `curl noticed: ${broken.said}`)
  const had = readFileSync(file).length
  t.ok(had > 0 && had < SIZE)
  const resumed = await curl('-C', '-', '-o', file, '-D', '-', url)
  t.equal(resumed.exit, 0, resumed.said)
  t.match(resumed.out.toString(), `Content-Range: bytes ${had}-${SIZE - 1}/${SIZE}\r\n`)
  t.ok(readFileSync(file).equals(body))
})

t.test('-C - takes up what another has begun, and leaves alone what is whole', async (t) => {
  const { body, url, file } = await open(t)
  writeFileSync(file, body.subarray(0, 300_000))
  t.equal((await curl('-C', '-', '-o', file, url)).exit, 0)
  t.ok(readFileSync(file).equals(body))
  // Complete already: there is nothing beyond the end.
  const { out } = await curl('-C', '-', '-o', file, '-D', '-', url)
  t.match(out.toString(), /^HTTP\/1\.1 416 /)
  t.match(out.toString(), `Content-Range: bytes */${SIZE}\r\n`)
  t.ok(readFileSync(file).equals(body), 'and the file is as it was')
})

t.test('-I asks for the head alone', async (t) => {
  const { house, url } = await open(t)
  for (const outcome of ['miss', 'miss'] as const) {
    const { exit, out } = await curl('-I', url)
    const { head, body } = cut(out)
    t.equal(exit, 0)
    t.match(head, `Content-Length: ${SIZE}\r\n`)
    t.match(head, 'Last-Modified: Tue, 15 Nov 2011 12:45:26 GMT\r\n')
    t.match(head, `detail=${outcome}`)
    t.equal(body.length, 0)
  }
  t.same(house.pocket.requests.map(({ method }) => method), ['HEAD', 'HEAD'])
})

t.test('--compressed gets the bytes of the object, which are never encoded', async (t) => {
  const { house, body, url, file } = await open(t)
  const { exit, out } = await curl('--compressed', '-o', file, '-D', '-', url)
  t.equal(exit, 0)
  t.notMatch(out.toString(), /Content-Encoding|Vary/i)
  t.match(out.toString(), `Content-Length: ${SIZE}\r\n`)
  t.ok(readFileSync(file).equals(body))
  const accepts = house.pocket.requests[0]!.fields.find(([name]) => name === 'Accept-Encoding')
  t.same(accepts, ['Accept-Encoding', 'identity'])
})

t.test('-z with a date fetches only what is newer, and with a file too', async (t) => {
  const { body, url, file } = await open(t)
  const cases = [
    ['15 Nov 2011 12:45:26 GMT', 304], ['1 Jan 2020', 304], ['15 Nov 2011 12:45:25 GMT', 200],
    // A dash in front asks the opposite: only if it is not newer.
    ['-16 Nov 2011', 200], ['-14 Nov 2011', 412],
  ] as const
  for (const [date, status] of cases) {
    const { exit, out } = await curl('-z', date, '-i', url)
    const answer = cut(out)
    t.equal(exit, 0)
    t.match(answer.head, new RegExp(`^HTTP/1\\.1 ${status} `), date)
    if (status === 200) t.ok(answer.body.equals(body))
    if (status === 304) t.equal(answer.body.length, 0)
  }
  // -R gives the file the object's date, so that -z with the file finds nothing newer.
  await curl('-R', '-o', file, url)
  const { out } = await curl('-z', file, '-o', '/dev/null', '-w', '%{http_code}', url)
  t.equal(out.toString(), '304')
})

t.test('ETags come and go: --etag-save, then --etag-compare', async (t) => {
  const { url, file } = await open(t)
  await curl('--etag-save', `${file}.etag`, '-o', file, url)
  t.match(readFileSync(`${file}.etag`, 'utf8'), /^"[0-9a-f]{32}"\n$/)
  const compare = ['--etag-compare', `${file}.etag`, '-o', '/dev/null', '-w', '%{http_code}']
  t.equal((await curl(...compare, url)).out.toString(), '304')
})

for (const [name, fault] of [
  ['as it is', null],
  ['in chunks', { kind: 'framing', framing: 'chunked' }],
] as const) {
  t.test(`-0 speaks HTTP/1.0 and gets the whole of what comes ${name}`, async (t) => {
    const { house, body, url } = await open(t)
    house.pocket.behave(fault === null ? null : { fault })
    for (const outcome of ['miss', 'hit-memory']) {
      const { exit, out } = await curl('-0', '-i', url)
      const answer = cut(out)
      t.equal(exit, 0)
      t.match(answer.head, `detail=${outcome}`)
      t.notMatch(answer.head, /Transfer-Encoding/i)
      t.ok(answer.body.equals(body))
    }
    t.equal(house.pocket.requests.length, 1)
  })
}

t.test('two URLs of one run share a connection, also behind an error', async (t) => {
  const { url } = await open(t)
  const format = '%{http_code} %{num_connects}\n'
  const many = [url, `${url}.none`, url].flatMap((one) => ['-o', '/dev/null', one])
  const { out } = await curl('-w', format, ...many)
  t.equal(out.toString(), '200 1\n404 0\n200 0\n')
})

t.test('what curl takes literally with --path-as-is is refused', async (t) => {
  const { house, url } = await open(t)
  const traversal = `${new URL(url).origin}/get/../get/x%20y.tgz`
  const { out } = await curl('--path-as-is', '-o', '/dev/null', '-w', '%{http_code}', traversal)
  t.equal(out.toString(), '400')
  t.equal(house.pocket.requests.length, 0)
})
