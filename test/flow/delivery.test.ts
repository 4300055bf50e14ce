/** What clients get: statuses, heads and bodies by the RFCs, whatever the origin's were like. */
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import type { Answered } from '../support/client.ts'
import { bytesOf } from '../support/entries.ts'
import { openHouse } from '../support/house.ts'
import { sendRaw } from '../support/raw-client.ts'

const FIXDATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/
/** RFC 9211: one member, with either `hit` or `fwd`, or neither in haulout's own answers. */
const CACHE_STATUS = new RegExp('^haulout(; hit|; fwd=(uri-miss|stale)(; fwd-status=[1-5]\\d\\d)?' +
  '(; stored)?(; collapsed)?)?(; ttl=-?\\d{1,15})?; detail=[a-z-]+$')

const MODIFIED_AT = Date.UTC(2011, 10, 15, 12, 45, 26)
const MODIFIED = 'Tue, 15 Nov 2011 12:45:26 GMT'
const EARLIER = 'Tue, 15 Nov 2011 12:45:25 GMT'
const LATER = 'Wed, 16 Nov 2011 12:45:26 GMT'
const BODY = 'the bytes of the tarball'
const ETAG = `"${createHash('md5').update(BODY).digest('hex')}"`
const OTHER = '"00000000000000000000000000000000"'

/** Request fields, and the status they make of an object with that ETag and Last-Modified. */
const CONDITIONS: ReadonlyArray<readonly [Record<string, string | string[]>, number]> = [
  [{}, 200],
  [{ 'If-None-Match': ETAG }, 304],
  [{ 'If-None-Match': `W/${ETAG}` }, 304],
  [{ 'If-None-Match': ETAG.replaceAll('"', '') }, 304],
  [{ 'If-None-Match': `${OTHER}, W/"x" ,${ETAG}` }, 304],
  [{ 'If-None-Match': [OTHER, ETAG] }, 304],
  [{ 'If-None-Match': '*' }, 304],
  [{ 'If-None-Match': OTHER }, 200],
  [{ 'If-None-Match': `${OTHER}, "x"` }, 200],
  [{ 'If-None-Match': ETAG.slice(0, -1) }, 200],
  [{ 'If-None-Match': OTHER, 'If-Modified-Since': LATER }, 200],
  [{ 'If-None-Match': ETAG, 'If-Modified-Since': EARLIER }, 304],
  [{ 'If-Modified-Since': MODIFIED }, 304],
  [{ 'If-Modified-Since': LATER }, 304],
  [{ 'If-Modified-Since': EARLIER }, 200],
  [{ 'If-Modified-Since': 'Tuesday, 15-Nov-11 12:45:26 GMT' }, 304],
  [{ 'If-Modified-Since': 'Tue Nov 15 12:45:26 2011' }, 304],
  [{ 'If-Modified-Since': '2011-11-15T12:45:26Z' }, 200],
  [{ 'If-Match': ETAG }, 200],
  [{ 'If-Match': '*' }, 200],
  [{ 'If-Match': `${OTHER}, ${ETAG}` }, 200],
  [{ 'If-Match': `W/${ETAG}` }, 412],
  [{ 'If-Match': OTHER }, 412],
  [{ 'If-Match': ETAG, 'If-Unmodified-Since': EARLIER }, 200],
  [{ 'If-Unmodified-Since': MODIFIED }, 200],
  [{ 'If-Unmodified-Since': EARLIER }, 412],
  [{ 'If-Unmodified-Since': 'yesterday' }, 200],
  [{ 'If-Match': ETAG, 'If-None-Match': ETAG }, 304],
  [{ 'If-Match': OTHER, 'If-None-Match': ETAG }, 412],
  [{ 'If-None-Match': ETAG, 'Range': 'bytes=0-1' }, 304],
  [{ 'If-Match': OTHER, 'Range': 'bytes=0-1' }, 412],
]

function checkCondition(t: Test, { status, headers, body }: Answered, method: string): void {
  t.match(headers['cache-status'], CACHE_STATUS)
  t.equal(headers['via'], '1.1 haulout')
  t.match(headers['date'], FIXDATE)
  if (status === 200) t.equal(body.toString(), method === 'HEAD' ? '' : BODY)
  if (status === 412) {
    t.equal(headers['cache-control'], 'no-store')
    t.equal(headers['etag'], undefined)
    return
  }
  t.equal(headers['etag'], ETAG)
  t.equal(headers['last-modified'], MODIFIED)
  t.match(headers['age'], /^\d+$/)
  if (status !== 304) return
  t.equal(body.length, 0)
  for (const name of ['content-length', 'content-type', 'transfer-encoding']) {
    t.equal(headers[name], undefined, `a 304 has no ${name}`)
  }
}

for (const method of ['GET', 'HEAD']) {
  t.test(`conditions of ${method} mean what the RFC says, cold and warm`, async (t) => {
    const house = await openHouse({ era: 'walrus3' })
    t.teardown(() => house.close())
    for (const [i, [headers, status]] of CONDITIONS.entries()) {
      await house.pocket.put('bucket', `${i}`, BODY, { lastModifiedAt: MODIFIED_AT })
      for (const _ of ['cold', 'warm']) {
        const answer = await house.get(`/get/${i}`, { method, headers })
        t.equal(answer.status, status, JSON.stringify(headers))
        checkCondition(t, answer, method)
      }
    }
    // What a condition is held against is always the whole object, however the origin was asked.
    const names = house.pocket.requests.flatMap(({ fields }) => fields.map(([name]) => name))
    t.notOk(names.some((name) => /^if-/i.test(name)))
  })
}

t.test('the head of a hit has the fields of the object and none of the store', async (t) => {
  const now = () => MODIFIED_AT + 86_400_000
  const origin = { signing: 'none', credentials: null } as const
  const house = await openHouse({ era: 's3', pocket: { now }, origin })
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', BODY, {
    lastModifiedAt: MODIFIED_AT,
    contentType: 'application/gzip',
    fields: [
      ['Cache-Control', 'max-age=60'], ['Content-Disposition', 'attachment; filename="a.tgz"'],
      ['x-amz-meta-color', 'red'], ['X-AMZ-Version-Id', '1'], ['X-Own', 'kept'],
    ],
  })
  const miss = await house.get('/get/a')
  const hit = await house.get('/get/a')
  const { 'cache-status': hitStatus, age, connection, 'keep-alive': _, ...rest } = hit.headers
  t.same(rest, {
    'content-type': 'application/gzip',
    'cache-control': 'max-age=60',
    'content-disposition': 'attachment; filename="a.tgz"',
    'x-own': 'kept',
    'accept-ranges': 'bytes',
    'date': LATER,
    'via': '1.1 haulout',
    'etag': ETAG,
    'last-modified': MODIFIED,
    'content-length': String(BODY.length),
  })
  t.match(age, /^[01]$/)
  t.match(connection, /^(close|keep-alive)$/)
  t.match(hitStatus, /^haulout; hit; ttl=86(400|399); detail=hit-memory$/)
  t.equal(miss.headers['cache-status'],
    'haulout; fwd=uri-miss; fwd-status=200; stored; ttl=86400; detail=miss')
  t.same({ ...miss.headers, 'cache-status': 0 }, { ...hit.headers, 'cache-status': 0 })
})

t.test('an origin that tells no Date gets the time of receipt, and it stays', async (t) => {
  const asked = { ttlMs: 1, graceMs: 0, keepMs: 1e6 }
  const house = await openHouse({
    era: 'walrus3',
    routes: [
      { name: 'get', match: { path: '/get/{key}' }, to: 'files/{key}' },
      { name: 'ask', match: { path: '/ask/{key}' }, to: 'files/{key}', cache: asked },
    ],
  })
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', BODY)
  const before = Math.floor(Date.now() / 1000) * 1000
  const { headers: first } = await house.get('/get/a')
  t.match(first['date'], FIXDATE)
  t.ok(Date.parse(String(first['date'])) >= before)
  // Age counts whole seconds, so this takes one: ask until it has grown.
  let ages = 0
  let now = first
  for (; now['age'] === '0'; ages++) now = (await house.get('/get/a')).headers
  t.equal(now['age'], '1')
  t.equal(now['date'], first['date'])
  t.ok(ages > 1)
  t.equal(house.pocket.requests.length, 1)
  // Once the origin has vouched for it again, it is as good as new.
  t.equal((await house.get('/ask/a')).headers['age'], '0')
  const renewed = (await house.get('/get/a')).headers
  t.equal(renewed['age'], '0')
  t.ok(Date.parse(String(renewed['date'])) > Date.parse(String(first['date'])))
})

t.test('connection fields, cookies and more of the origin end at haulout', async (t) => {
  const house = await openHouse({ era: 's3' })
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', BODY)
  const set = [
    ['Connection', 'X-Hop'], ['X-Hop', '1'], ['Keep-Alive', 'timeout=5'], ['Set-Cookie', 'a=b'],
    ['Proxy-Authenticate', 'Basic'], ['Upgrade', 'h2c'], ['Via', '1.0 lb'], ['Age', '17'],
    ['X-Twice', 'one'], ['X-Twice', 'two'],
  ] as const
  house.pocket.behave({ fault: { kind: 'fields', set } })
  for (const _ of ['miss', 'hit']) {
    const { headers } = await house.get('/get/a')
    for (const name of ['x-hop', 'set-cookie', 'proxy-authenticate', 'upgrade', 'server']) {
      t.equal(headers[name], undefined, name)
    }
    t.not(headers['keep-alive'], 'timeout=5')
    t.equal(headers['via'], '1.0 lb, 1.1 haulout')
    t.equal(headers['x-twice'], 'one, two')
    t.equal(headers['age'], '0')
  }
})

for (const size of [0, 1, 262_124, 600_000]) {
  t.test(`${size} chunked bytes are delivered, stored, and then have a length`, async (t) => {
    const house = await openHouse()
    t.teardown(() => house.close())
    const body = bytesOf(size)
    await house.pocket.put('bucket', 'a', body)
    house.pocket.behave({ fault: { kind: 'framing', framing: 'chunked' } })
    const miss = await house.get('/get/a')
    t.ok(miss.complete && miss.body.equals(body))
    t.equal(miss.headers['content-length'], undefined)
    t.match(miss.headers['cache-status'], /stored; .*detail=miss/)
    const hit = await house.get('/get/a')
    t.ok(hit.complete && hit.body.equals(body))
    t.equal(hit.headers['content-length'], String(size))
    t.match(hit.headers['cache-status'], /detail=hit-memory/)
    t.equal(house.pocket.requests.length, 1)
  })
}

t.test('a range of a body of unknown length is the whole, and exact later', async (t) => {
  const house = await openHouse()
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', BODY)
  house.pocket.behave({ fault: { kind: 'framing', framing: 'chunked' } })
  const headers = { Range: 'bytes=4-8' }
  const cold = await house.get('/get/a', { headers })
  t.equal(`${cold.status} ${cold.body.toString()}`, `200 ${BODY}`)
  const warm = await house.get('/get/a', { headers })
  t.equal(`${warm.status} ${warm.body.toString()}`, '206 bytes')
})

t.test('a body that ends with its connection is stored only if its MD5 proves it', async (t) => {
  const house = await openHouse()
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'proven', BODY)
  await house.pocket.put('bucket', 'unproven', BODY, { etag: 'none' })
  house.pocket.behave({ fault: { kind: 'framing', framing: 'eof' } })
  for (const [key, second] of [['proven', 'hit-memory'], ['unproven', 'miss']]) {
    for (const detail of ['miss', second]) {
      const answer = await house.get(`/get/${key}`)
      t.equal(answer.body.toString(), BODY)
      t.ok(answer.complete)
      t.match(answer.headers['cache-status'], `detail=${detail}`)
    }
  }
  t.equal(house.pocket.requests.length, 3)
})

t.test('an HTTP/1.0 client gets no chunks, and a cut it can see', async (t) => {
  const house = await openHouse()
  t.teardown(() => house.close())
  await house.pocket.put('bucket', 'a', BODY)
  await house.pocket.put('bucket', 'b', BODY)
  house.pocket.behave([
    { fault: { kind: 'framing', framing: 'chunked' }, path: '/a' },
    { fault: { kind: 'cut', afterBytes: 9, framing: 'chunked' }, path: '/b' },
  ])
  const address = house.worker.httpAddress
  const cold = await sendRaw(address, 'GET /get/a HTTP/1.0\r\n\r\n')
  t.match(cold, /^HTTP\/1\.1 200 OK\r\n/)
  t.notMatch(cold, /^(Transfer-Encoding|Content-Length):/im)
  t.ok(cold.endsWith(`\r\n\r\n${BODY}`))
  const warm = await sendRaw(address, 'GET /get/a HTTP/1.0\r\n\r\n')
  t.match(warm, new RegExp(`^Content-Length: ${BODY.length}\r$`, 'm'))
  t.ok(warm.endsWith(`\r\n\r\n${BODY}`))
  const ended = await new Promise((resolve) => {
    const socket = connect(address.port, address.host, () => {
      socket.write('GET /get/b HTTP/1.0\r\n\r\n')
    })
    socket.resume()
    socket.on('end', () => resolve('end'))
    socket.on('error', (error) => resolve((error as NodeJS.ErrnoException).code))
  })
  t.equal(ended, 'ECONNRESET', 'an orderly end would make it a whole body')
})
