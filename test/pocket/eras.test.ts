/** Each quirk of each era, as it shows on the wire. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import type { EraName } from '../../src/pocket/eras.ts'
import { base, MD5, MODIFIED, NAMES, pocketOf } from './scene.ts'
import { ask, parseAnswer, requestText, talk } from './talk.ts'

const AFTER = 'Thu, 28 Jun 2012 00:00:00 GMT'
const BEFORE = 'Tue, 26 Jun 2012 00:00:00 GMT'

type RangeCase = readonly [
  era: EraName, range: string,
  status: number, contentRange: string | undefined, body: string | null,
]

const RANGES: readonly RangeCase[] = [
  ['walrus2', 'bytes=0-4', 206, '0-4/11', 'hell'],
  ['walrus2', 'bytes=6-', 500, undefined, ''],
  ['walrus2', 'bytes=-5', 500, undefined, ''],
  ['walrus3', 'bytes=0-4', 206, '0-4/11', 'hello'],
  ['walrus3', 'bytes=6-', 206, '6-10/11', 'world'],
  ['walrus3', 'bytes=-4', 206, '0-4/11', 'hello'],
  ['osg4', 'bytes=0-4', 200, '0-4/5', 'hello'],
  ['osg4', 'bytes=6-', 200, '6-10/5', 'world'],
  ['osg5', 'bytes=6-10', 200, '6-10/5', 'world'],
  ['osg5', 'bytes=-5', 200, '6-10/5', 'world'],
  ['s3', 'bytes=0-4', 206, 'bytes 0-4/11', 'hello'],
  ['s3', 'bytes=6-', 206, 'bytes 6-10/11', 'world'],
  ['s3', 'bytes=-5', 206, 'bytes 6-10/11', 'world'],
  ['s3', 'bytes=-50', 206, 'bytes 0-10/11', 'hello world'],
  ['s3', 'bytes=4-2', 200, undefined, 'hello world'],
  ['s3', 'bytes=0-0,2-3', 200, undefined, 'hello world'],
  ['s3', 'bytes=11-', 416, 'bytes */11', null],
]

for (const [era, range, status, contentRange, body] of RANGES) {
  t.test(`${era} answers Range: ${range} with ${status} and ${contentRange ?? 'no Content-Range'}`,
    async (t) => {
      const pocket = await pocketOf(t, era)
      const answer = await ask(pocket.port, 'GET', `${base(era)}/b/k.txt`, [['Range', range]])
      t.equal(answer.status, status)
      t.equal(answer.fields.get('Content-Range'), contentRange)
      t.equal(answer.fields.get('Content-Length'), String(answer.body.length))
      if (body !== null) t.equal(answer.body, body)
    })
}

t.test('walrus3 falls over beyond 2 GiB, osg5 does not', async (t) => {
  for (const [era, status] of [['walrus3', 500], ['osg5', 200], ['s3', 206]] as const) {
    const pocket = await pocketOf(t, era)
    await pocket.put('b', 'big', { sizeBytes: 2 ** 32, seed: 'big' })
    const range = `bytes=${2 ** 31}-${2 ** 31 + 3}`
    const answer = await ask(pocket.port, 'GET', `${base(era)}/b/big`, [['Range', range]])
    t.equal(answer.status, status, era)
  }
})

type ConditionCase = readonly [field: string, value: string, statuses: Record<EraName, number>]

const CONDITIONS: readonly ConditionCase[] = [
  ['If-None-Match', MD5, { walrus2: 304, walrus3: 304, osg4: 304, osg5: 304, s3: 304 }],
  ['If-None-Match', `"${MD5}"`, { walrus2: 200, walrus3: 200, osg4: 200, osg5: 304, s3: 304 }],
  ['If-None-Match', `W/"${MD5}"`, { walrus2: 200, walrus3: 200, osg4: 200, osg5: 200, s3: 304 }],
  ['If-None-Match', `"x", "${MD5}"`,
    { walrus2: 200, walrus3: 200, osg4: 200, osg5: 200, s3: 304 }],
  ['If-None-Match', '*', { walrus2: 200, walrus3: 200, osg4: 200, osg5: 200, s3: 304 }],
  ['If-None-Match', '"other"', { walrus2: 200, walrus3: 200, osg4: 200, osg5: 200, s3: 200 }],
  ['if-none-match', MD5, { walrus2: 200, walrus3: 200, osg4: 200, osg5: 200, s3: 304 }],
  ['If-Modified-Since', MODIFIED,
    { walrus2: 304, walrus3: 304, osg4: 500, osg5: 304, s3: 304 }],
  ['If-Modified-Since', BEFORE, { walrus2: 200, walrus3: 200, osg4: 200, osg5: 200, s3: 200 }],
  ['If-modified-since', AFTER, { walrus2: 200, walrus3: 200, osg4: 200, osg5: 200, s3: 304 }],
  ['If-Match', `"${MD5}"`, { walrus2: 412, walrus3: 412, osg4: 412, osg5: 200, s3: 200 }],
  ['If-Match', MD5, { walrus2: 200, walrus3: 200, osg4: 200, osg5: 200, s3: 200 }],
  ['If-Match', '"other"', { walrus2: 412, walrus3: 412, osg4: 412, osg5: 412, s3: 412 }],
  ['If-Unmodified-Since', BEFORE,
    { walrus2: 412, walrus3: 412, osg4: 412, osg5: 412, s3: 412 }],
  ['IF-UNMODIFIED-SINCE', BEFORE,
    { walrus2: 200, walrus3: 200, osg4: 200, osg5: 200, s3: 412 }],
  ['range', 'bytes=0-4', { walrus2: 200, walrus3: 200, osg4: 200, osg5: 200, s3: 206 }],
]

for (const [field, value, statuses] of CONDITIONS) {
  t.test(`a GET with ${field}: ${value} gets what each era makes of it`, async (t) => {
    for (const era of NAMES) {
      const pocket = await pocketOf(t, era)
      const answer = await ask(pocket.port, 'GET', `${base(era)}/b/k.txt`, [[field, value]])
      t.equal(answer.status, statuses[era], era)
      if (answer.status === 200) t.equal(answer.body, 'hello world', era)
    }
  })
}

t.test('HEAD looks at conditions and ranges only on s3', async (t) => {
  for (const era of NAMES) {
    const pocket = await pocketOf(t, era)
    const conditional = [['If-None-Match', MD5], ['Range', 'bytes=0-1']] as const
    const answer = await ask(pocket.port, 'HEAD', `${base(era)}/b/k.txt`, conditional)
    t.equal(answer.status, era === 's3' ? 304 : 200, era)
    t.equal(answer.body, '', era)
  }
})

t.test('s3 grants a part only of the version that If-Match and If-Range name', async (t) => {
  const { port } = await pocketOf(t, 's3')
  const range = ['Range', 'bytes=6-'] as const
  const cases = [['If-Match', `"${MD5}"`, 206], ['If-Match', '"old"', 412],
    ['If-Range', `"${MD5}"`, 206], ['If-Range', '"old"', 200], ['If-Range', MODIFIED, 206]] as const
  for (const [name, value, status] of cases) {
    t.equal((await ask(port, 'GET', '/b/k.txt', [range, [name, value]])).status, status, name)
  }
})

t.test('a 304 has an XML body and Content-Length on a kept connection until walrus3', async (t) => {
  for (const era of NAMES) {
    const pocket = await pocketOf(t, era)
    const target = `${base(era)}/b/k.txt`
    const host = ['Host', 'localhost'] as const
    const conditional = requestText('GET', target, [host, ['If-None-Match', MD5]])
    const last = requestText('HEAD', target, [host, ['Connection', 'close']])
    const { text } = await talk(pocket.port, conditional + last)
    const { status, fields, body } = parseAnswer(text)
    t.equal(status, 304, era)
    if (era === 'walrus2' || era === 'walrus3') {
      const length = Number(fields.get('Content-Length'))
      t.match(body.slice(0, length), /^<\?xml.*<Code>NotModified<\/Code>.*<\/Error>$/, era)
      t.match(body.slice(length), /^HTTP\/1.1 200 OK/, `${era} goes on behind the body`)
    } else {
      t.notOk(fields.has('Content-Length'), era)
      t.equal(fields.has('ETag'), era !== 's3', era)
      t.match(body, era === 's3' ? /^HTTP\/1.1 200 OK/ : /^$/, era)
    }
  }
})

t.test('ETags are unquoted until walrus3, and multipart ones are not an MD5', async (t) => {
  for (const era of NAMES) {
    const pocket = await pocketOf(t, era)
    await pocket.put('b', 'parts', 'x', { etag: 'multipart' })
    const quote = era.startsWith('walrus') ? '' : '"'
    for (const method of ['GET', 'HEAD']) {
      const plain = await ask(pocket.port, method, `${base(era)}/b/k.txt`)
      t.equal(plain.fields.get('ETag'), `${quote}${MD5}${quote}`, `${era} ${method}`)
    }
    const parts = await ask(pocket.port, 'GET', `${base(era)}/b/parts`)
    const form = era === 's3' ? '[0-9a-f]{32}-1' : 'uuid-[0-9a-f]{32}'
    t.match(parts.fields.get('ETag'), new RegExp(`^${quote}${form}${quote}$`), era)
  }
})

const CLOSING: ReadonlyArray<readonly [era: EraName, closes: boolean, says: boolean]> = [
  ['walrus2', false, false], ['walrus3', false, false], ['osg4', true, false],
  ['osg5', true, true], ['s3', false, false],
]

for (const [era, closes, says] of CLOSING) {
  t.test(`${era} ${closes ? 'closes' : 'keeps'} the connection of an object GET and ${
    says ? 'says so' : 'does not say close'}; it keeps that of a HEAD`, async (t) => {
    const pocket = await pocketOf(t, era)
    const target = `${base(era)}/b/k.txt`
    const host = ['Host', 'localhost'] as const
    const last = requestText('HEAD', target, [host, ['Connection', 'close']])
    const got = await talk(pocket.port, requestText('GET', target, [host]) + last)
    t.equal(got.text.split('HTTP/1.1 200 OK').length - 1, closes ? 1 : 2)
    t.equal(parseAnswer(got.text).fields.get('Connection'), says ? 'close' : undefined)
    t.notOk(got.reset)
    const headed = await talk(pocket.port, requestText('HEAD', target, [host]) + last)
    t.equal(headed.text.split('HTTP/1.1 200 OK').length - 1, 2)
  })
}

t.test('object GETs have a Date only from osg5 on; errors and HEADs always have', async (t) => {
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era)
    const got = await ask(port, 'GET', `${base(era)}/b/k.txt`)
    t.equal(got.fields.has('Date'), era === 'osg5' || era === 's3', era)
    t.equal(got.fields.has('Server'), era === 's3', era)
    t.equal(got.fields.get('Content-Type'), 'binary/octet-stream', era)
    t.equal(got.fields.get('Last-Modified'), MODIFIED, era)
    for (const [method, key] of [['HEAD', 'k.txt'], ['GET', 'none']] as const) {
      const answer = await ask(port, method, `${base(era)}/b/${key}`)
      t.equal(answer.fields.get('Date'), 'Sun, 01 Jul 2012 00:00:00 GMT', `${era} ${method}`)
    }
  }
})

t.test('Cache-Control is kept with the object only from osg5 on, x-amz-meta always', async (t) => {
  for (const era of NAMES) {
    const pocket = await pocketOf(t, era)
    const fields = [['Cache-Control', 'no-store'], ['x-amz-meta-a', 'b']] as const
    await pocket.put('b', 'm', 'x', { fields, contentType: 'text/x-y' })
    const answer = await ask(pocket.port, 'GET', `${base(era)}/b/m`)
    const kept = era === 'osg5' || era === 's3'
    t.equal(answer.fields.get('Cache-Control'), kept ? 'no-store' : undefined, era)
    t.equal(answer.fields.get('x-amz-meta-a'), 'b', era)
    t.equal(answer.fields.get('Content-Type'), 'text/x-y', era)
  }
})

t.test('only walrus2 sends a body behind a HEAD error', async (t) => {
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era)
    const { status, fields, body } = await ask(port, 'HEAD', `${base(era)}/b/private`)
    t.equal(status, 403, era)
    t.equal(body === '' ? 0 : Number(fields.get('Content-Length')), body.length, era)
    t.equal(body !== '', era === 'walrus2', era)
  }
})

t.test('IsCompressed=true gives gzip without length or encoding until walrus3', async (t) => {
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era)
    const answer = await ask(port, 'GET', `${base(era)}/b/k.txt?IsCompressed=true`)
    if (!era.startsWith('walrus')) {
      t.equal(answer.body, 'hello world', era)
      continue
    }
    t.notOk(answer.fields.has('Content-Length') || answer.fields.has('Content-Encoding'), era)
    t.equal(gunzipSync(Buffer.from(answer.body, 'latin1')).toString(), 'hello world', era)
  }
})

t.test('a request line over 4096 bytes is refused, and so are headers over 8192', async (t) => {
  for (const era of NAMES.filter((name) => name !== 's3')) {
    const { port } = await pocketOf(t, era)
    const target = `${base(era)}/b/k.txt?`
    const long = 4096 - `GET ${target} HTTP/1.1`.length
    t.equal((await ask(port, 'GET', target + 'x'.repeat(long))).status, 200, era)
    t.equal((await ask(port, 'GET', target + 'x'.repeat(long + 1))).status, 400, era)
    const fits = await ask(port, 'GET', target, [['X', 'x'.repeat(8000)]])
    t.equal(fits.status, 200, era)
    t.equal((await ask(port, 'GET', target, [['X', 'x'.repeat(8192)]])).status, 400, era)
  }
})

t.test('osg5 answers a hundred requests on a connection, walrus3 more', async (t) => {
  for (const [era, answers] of [['osg5', 100], ['walrus3', 102]] as const) {
    const { port } = await pocketOf(t, era)
    const head = requestText('HEAD', `${base(era)}/b/k.txt`, [['Host', 'localhost']])
    const last = head.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
    const { text } = await talk(port, head.repeat(101) + last)
    t.equal(text.split('HTTP/1.1 200 OK').length - 1, answers, era)
  }
})

t.test('an idle connection is dropped, one that asks in time is answered', async (t) => {
  const pocket = await pocketOf(t, 'walrus3', { idleMs: 30 })
  const socket = connect(pocket.port, '127.0.0.1')
  socket.write(requestText('GET', '/services/Walrus/b/k.txt', [['Host', 'localhost']]))
  const [bytes] = await once(socket, 'data') as [Buffer]
  t.match(bytes.toString(), 'HTTP/1.1 200 OK')
  await once(socket, 'close')
})

t.test('writing methods are refused and their bodies read away', async (t) => {
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era)
    const put = requestText('PUT', `${base(era)}/b/k.txt`,
      [['Host', 'localhost'], ['Content-Length', '300000']])
    const { text } = await talk(port, put + 'x'.repeat(300_000))
    t.match(text, 'HTTP/1.1 405', era)
    t.equal((await ask(port, 'GET', `${base(era)}/b/k.txt`)).body, 'hello world', era)
  }
})
