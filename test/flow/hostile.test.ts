/**
 * Requests that no honest client sends, byte by byte over a raw socket. Whatever they are answered
 * with, none of them may reach the origin, none may get a byte of an object, and nothing behind one
 * on its connection may be taken for a request.
 */
import t from 'tap'
import type { Test } from 'tap'
import type { RouteRule } from '../../src/model/rules.ts'
import { openHouse } from '../support/house.ts'
import type { House } from '../support/house.ts'
import { sendRaw, statusesOf } from '../support/raw-client.ts'

const SECRET = 'bytes that only honest requests get'

/** Targets behind `GET `; all are 400 where nothing else is said. */
const TARGETS: ReadonlyArray<readonly [target: string, status?: number]> = [
  ['/get/../a'], ['/get/b/../a'], ['/../get/a'], ['/./get/a'], ['/get/./a'], ['/get/a/.'],
  ['/get/a/..'], ['/get/%2e%2e/a'], ['/get/%2E%2e/a'], ['/get/.%2e/a'], ['/get/%2e/a'],
  ['/get/..;/a'], ['/get/..;x=y/a'], ['/get/.;/a'], ['/get/..%3b/a'],
  ['//get/a'], ['/get//a'], ['///get/a'], ['//evil.example/get/a'], ['/get/b//a'],
  ['/get/b%2fa'], ['/get/b%2Fa'], ['/get%2fa'], ['/get/%2fa'], ['/get/..%2fa'],
  ['/get/%252e%252e/a'], ['/get/b%252fa'], ['/get/b%25252fa'], ['/get/..%252fa'],
  ['/get/\\a'], ['/get\\a'], ['/get/..\\a'], ['/get/b%5ca'], ['/get/b%5Ca'], ['/get/b%255ca'],
  ['/get/a%00'], ['/get/a%00.tgz'], ['/get/a%2500'], ['/get/%0d%0aa'], ['/get/a%0a'],
  ['/get/a%09'], ['/get/a%7f'], ['/get/a%C2%85'], ['/get/a%1b'],
  ['/get/a#b'], ['/get/a?b#c'], ['#/get/a'],
  ['/get/a%'], ['/get/a%4'], ['/get/a%zz'], ['/get/a%u0041'],
  ['/get/%c0%ae%c0%ae/a'], ['/get/%c0%afa'], ['/get/%e0%80%afa'], ['/get/%f0%80%80%afa'],
  ['/get/%c1%9ca'], ['/get/%e0%80%ae%e0%80%ae/a'], ['/get/%c0%80'],
  ['/get/%ff'], ['/get/%ed%a0%80'], ['/get/%f8%80'],
  ['/get/a\u0001b'], ['/get/\u007fa'], ['/get/\u00e9'],
  ['get/a'], ['a'], ['*'], ['?a'], ['http:/get/a'], ['http:///get/a'], ['https:get/a'],
  ['file:///get/a'], ['ftp://dl/get/a'], ['javascript:/get/a'], ['data:,a'],
  ['http://user@dl/get/a'], ['http://user:pass@dl/get/a'], ['http://dl:99999/get/a'],
  ['http://dl:x/get/a'], ['http://d l/get/a'], ['http://dl/get/../a'], ['http://dl//get/a'],
  ['http://dl\\@evil/get/a'], ['http://[::1/get/a'], ['http://dl%00/get/a'],
  [`/get/${'a'.repeat(9000)}`, 414],
  [`/get/${'a'.repeat(20_000)}`, 431],
]

/** Whole heads after `GET /get/a`, or instead of it, and the status of the first answer. */
const HEADS: ReadonlyArray<readonly [bytes: string, status: number]> = [
  ['GET /get/a HTTP/1.1\r\n\r\n', 400],
  ['GET /get/a HTTP/1.1\r\nHost:\r\n\r\n', 400],
  ['GET /get/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
  ['GET /get/a HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n', 400],
  ...['a,b', 'a b', 'a/b', 'u@a', 'a:b', 'a:99999', 'a?b', 'a#b', '..', 'a..b', '[::1', '[::1]x',
    '[::1%25eth0]', 'a%00', 'a%2eb', 'a\\b', '<a>', 'é', ':80', '[]', 'a:-1'].map((host) =>
    [`GET /get/a HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400] as const),
  ['GET http://dl/get/a HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
  ['GET /get/a\r\n\r\n', 400],
  ['GET /get/a HTTP/0.9\r\nHost: a\r\n\r\n', 400],
  ['GET /get/a HTTP/2.0\r\nHost: a\r\n\r\n', 505],
  ['GET /get/a HTTP/1.2\r\nHost: a\r\n\r\n', 400],
  ['GET /get/a http/1.1\r\nHost: a\r\n\r\n', 400],
  ['GET /get/a HTTP/1.1 \r\nHost: a\r\n\r\n', 400],
  ['GET  /get/a HTTP/1.1\r\nHost : a\r\n\r\n', 400],
  ['GET /get/a b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['GET\t/get/a\tHTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['GET /get/a HTTP/1.1\nHost: a\n\n', 400],
  ['GET /get/a HTTP/1.1\r\nHost: a\r\n X: folded\r\n\r\n', 400],
  ['GET /get/a HTTP/1.1\r\n Host: a\r\n\r\n', 400],
  ['GET /get/a HTTP/1.1\r\nHost: a\r\nX\u0000: b\r\n\r\n', 400],
  ['GET /get/a HTTP/1.1\r\nHost: a\r\nX: b\u0000\r\n\r\n', 400],
  ['GET /get/a HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n', 400],
  ['GET /get/a HTTP/1.1\r\nHost: a\r\nX y: b\r\n\r\n', 400],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['G@T /get/a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['get /get/a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['GETGET /get/a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001', 400],
  [`GET /get/a HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
  [`GET /get/a HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(300)}\r\n`, 431],
  ['GET /get/a HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\nRange: bytes=2-3\r\n\r\n', 400],
  ['GET /get/a HTTP/1.1\r\nHost: a\r\nIf-Range: "a"\r\nIf-Range: "b"\r\n\r\n', 400],
  ['GET /get/a HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n', 400],
  ['GET /get/a HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n', 417],
]

/** Framing fields of a GET with something behind it, and the status of the first answer. */
const FRAMINGS: ReadonlyArray<readonly [fields: string, status: number]> = [
  ['Content-Length: 5\r\nTransfer-Encoding: chunked', 400],
  ['Transfer-Encoding: chunked\r\nContent-Length: 5', 400],
  ['Content-Length: 5\r\nContent-Length: 5', 400],
  ['Content-Length: 5\r\nContent-Length: 6', 400],
  ['Content-Length: 5, 5', 400], ['Content-Length: +5', 400], ['Content-Length: -5', 400],
  ['Content-Length: 0x5', 400], ['Content-Length: 5 5', 400], ['Content-Length:', 400],
  ['Content-Length: 99999999999999999999', 400], ['Content-Length : 5', 400],
  ['Transfer-Encoding: identity', 400], ['Transfer-Encoding: xchunked', 400],
  ['Transfer-Encoding: "chunked"', 400], ['Transfer-Encoding: chunked, identity', 400],
  ['Transfer-Encoding: chunked, chunked', 400], ['Transfer-Encoding: ,chunked', 400],
  ['Transfer-Encoding: gzip, chunked', 501], ['Transfer-Encoding: identity, chunked', 501],
  ['Transfer-Encoding:\u000bchunked', 400], ['Transfer-Encoding : chunked', 400],
  ['Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', 400],
  ['Content-Length: 5', 413], ['Transfer-Encoding: chunked', 413],
  ['Content-Length: 5\r\nExpect: 100-continue', 413],
]

/** Bytes behind a head that say `5 bytes of body` in either framing, then a second request. */
const SMUGGLED = '0\r\n\r\nGET /get/a HTTP/1.1\r\nHost: a\r\n\r\n'

async function openWithSecret(t: Test): Promise<House> {
  const house = await openHouse()
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', SECRET)
  return house
}

function getOf(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`
}

/** One answer of that status, which closes and tells nothing. */
function checkRefused(t: Test, text: string, status: number): void {
  t.same(statusesOf(text).slice(0, 1), [status])
  t.ok(statusesOf(text).every((one) => one >= 400), 'nothing behind it was served')
  t.notMatch(text, SECRET)
  t.match(text, /^Connection: close\r$/im)
  t.notMatch(text, /127\.0\.0\.1|Walrus|bucket|node|Error:/i)
}

t.test('a target that could be read in two ways is refused', async (t) => {
  const house = await openWithSecret(t)
  for (const [target, status = 400] of TARGETS) {
    await t.test(JSON.stringify(target.slice(0, 60)), async (t) => {
      for (const method of ['GET', 'HEAD']) {
        const bytes = `${method} ${target} HTTP/1.1\r\nHost: dl\r\n\r\n`
        checkRefused(t, await sendRaw(house.worker.httpAddress, bytes), status)
      }
    })
  }
  t.equal(house.pocket.requests.length, 0)
})

/** Where captures get into the heads of answers, and into what the store is asked. */
const ECHOES: readonly RouteRule[] = [
  {
    name: 'named', match: { path: '/named/{key**}' }, to: 'files/{key}', tags: ['of-{key}'],
    deliver: { set: { 'X-Name': '{key}', 'Content-Disposition': 'inline; filename="{key}"' } },
  },
  {
    name: 'moved', match: { path: '/moved/{rest**}' },
    redirect: { to: '/named/{rest}', status: 302 },
  },
  {
    name: 'away', match: { path: '/away/{rest**}' },
    redirect: { to: 'https://dl.example.org/{rest}', status: 301 },
  },
  { name: 'slash', match: { path: '/slash/{key**}' }, to: 'files/{key}', trailingSlash: 'remove' },
]

/** What would end a field and begin another, in all spellings; `X` is what would follow. */
const SPLITS = [
  '%0d%0aX', '%0D%0AX', '%0aX', '%0dX', 'a%0d%0a%0d%0aX', 'a%00X', 'a%250d%250aX', 'a%u000d%u000aX',
  'a%c0%8d%c0%8aX', 'a%e0%80%8d%e0%80%8aX', 'a%c4%8d%c4%8aX', 'a%e5%98%8d%e5%98%8aX', 'a%c2%85X',
  'a%e2%80%a8X', 'a%0b%0cX', 'a%1cX', 'a%7fX', 'a%09X', '%22%0d%0aX', 'a%22;%20b=%22X',
]

const CONTROLS = SPLITS.filter((split) => /%(?:0[0-9a-d]|1c|7f|c2%85)/i.test(split))

t.test('no capture ends the field or the redirect that it stands in', async (t) => {
  const house = await openHouse({ routes: ECHOES })
  t.teardown(() => house.close())
  const { httpAddress } = house.worker
  const statuses = new Set<number>()
  for (const split of SPLITS) {
    const target = split.replace('X', 'Set-Cookie:%20s=1')
    // What is an honest name after all is there, and its answer carries it.
    if (!CONTROLS.includes(split) && !/%c0|%e0|%25|%u/.test(split)) {
      await house.pocket.put('bucket', decodeURIComponent(target), 'named so')
    }
    for (const path of ['named/', 'moved/', 'away/', 'slash/', 'slash/a/']) {
      const end = path === 'slash/a/' ? '/' : ''
      const before = house.pocket.requests.length
      const text = await sendRaw(httpAddress, `GET /${path}${target}${end} HTTP/1.1\r\n` +
        'Host: dl\r\nConnection: close\r\n\r\n')
      const [head = ''] = text.split('\r\n\r\n')
      t.equal(statusesOf(text).length, 1, `${path}${target}`)
      t.notMatch(head, /^set-cookie/im)
      t.notMatch(head.replaceAll('\r\n', ''), /[^\x20-\x7e]/, 'a head is visible ASCII')
      t.ok(head.split('\r\n').slice(1).every((line) => /^[A-Za-z-]+: /.test(line)), head)
      const [status] = statusesOf(text)
      statuses.add(status!)
      if (status === 400) t.equal(house.pocket.requests.length, before)
      else t.ok([200, 301, 302, 308, 404].includes(status!), `${status}`)
      const location = /^location: (.*)$/im.exec(head)?.[1]?.trim()
      if (location !== undefined) t.match(location, /^(?:\/(?!\/)|https:\/\/dl\.example\.org\/)/)
    }
  }
  t.ok([200, 301, 302, 400].every((status) => statuses.has(status)), [...statuses].join())
  for (const split of CONTROLS) {
    const text = await sendRaw(httpAddress, getOf(`/named/${split}`))
    checkRefused(t, text, 400)
  }
})

t.test('a head that could be read in two ways is refused', async (t) => {
  const house = await openWithSecret(t)
  for (const [bytes, status] of HEADS) {
    await t.test(JSON.stringify(bytes.slice(0, 70)), async (t) => {
      checkRefused(t, await sendRaw(house.worker.httpAddress, bytes), status)
    })
  }
  t.equal(house.pocket.requests.length, 0)
})

t.test('a body whose end could be seen in two places is refused, with what follows', async (t) => {
  const house = await openWithSecret(t)
  for (const [fields, status] of FRAMINGS) {
    await t.test(JSON.stringify(fields), async (t) => {
      const bytes = `GET /get/a HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${SMUGGLED}`
      checkRefused(t, await sendRaw(house.worker.httpAddress, bytes), status)
      t.equal(house.pocket.requests.length, 0)
    })
  }
})

t.test('HTTP/1.0 has no Transfer-Encoding', async (t) => {
  const house = await openWithSecret(t)
  const head = 'GET /get/a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n'
  checkRefused(t, await sendRaw(house.worker.httpAddress, head + SMUGGLED), 400)
  t.equal(house.pocket.requests.length, 0)
})

t.test('unusual but proper requests are served', async (t) => {
  const house = await openWithSecret(t)
  const proper = [
    'GET /get/a HTTP/1.1\r\nHost: a\r\n',
    'GET http://dl/get/a HTTP/1.1\r\nHost: other\r\n',
    'GET HTTP://DL:80/get/a HTTP/1.1\r\nHost: dl\r\n',
    'GET https://[::1]:443/get/a HTTP/1.1\r\nHost: a\r\n',
    'GET /get/a?b=/../c%00//d HTTP/1.1\r\nHost: a.example.:8080\r\n',
    'GET /get/%61 HTTP/1.1\r\nHost: [::1]:80\r\n',
    '\r\n\r\nGET /get/a HTTP/1.1\r\nHost: a_b\r\n',
    'GET /get/a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n',
    'GET /get/a HTTP/1.1\r\nHost: a\r\n__proto__: b\r\nconstructor: c\r\n',
    'GET /get/a HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n',
    'GET /get/a HTTP/1.0\r\n',
  ]
  for (const head of proper) {
    const text = await sendRaw(house.worker.httpAddress, `${head}Connection: close\r\n\r\n`)
    t.same(statusesOf(text), [200], head)
    t.ok(text.endsWith(`\r\n\r\n${SECRET}`))
  }
  t.equal(house.pocket.requests.length, 1)
})

t.test('pipelined requests are answered in order, and none behind a refusal', async (t) => {
  const house = await openWithSecret(t)
  await house.pocket.put('bucket', 'b', 'other bytes')
  const { httpAddress } = house.worker
  const last = 'GET /get/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
  const good = await sendRaw(httpAddress, getOf('/get/b') + getOf('/none') + last)
  t.same(statusesOf(good), [200, 404, 200])
  t.ok(good.indexOf('other bytes') < good.indexOf(SECRET))
  const bad = await sendRaw(httpAddress, getOf('/none') + getOf('/get/../a') + getOf('/get/a'))
  t.same(statusesOf(bad), [404, 400])
  t.notMatch(bad, SECRET)
})
