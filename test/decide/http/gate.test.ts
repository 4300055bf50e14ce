import t from 'tap'
import { gate, refuseBody } from '../../../src/decide/http/gate.ts'
import type { Exchange } from '../../../src/model/exchange.ts'
import { exchange, requestHead } from '../nouns.ts'

const HOST = ['Host', 'a']

/** What the gate says of a GET with these fields and one Host, as `status reason`. */
function verdict(fields: readonly string[], parts: Partial<Exchange> = {}): string {
  const refusal = gate(exchange({ fields: [...HOST, ...fields], ...parts }))
  if (refusal === null) return 'pass'
  return `${refusal.status} ${refusal.reason}${refusal.close ? '' : ', and keeps the connection'}`
}

t.test('the fields that the line looks at are picked in any case', (t) => {
  const fields = [
    'HOST', 'dl.example.org', 'Range', 'bytes=0-1', 'if-range', '"a"', 'IF-MATCH', '"b"',
    'If-None-Match', '"c"', 'if-modified-since', 'd1', 'If-Unmodified-SINCE', 'd2',
    'content-length', '0', 'Expect', '100-Continue', 'User-Agent', 'curl', 'Referer', 'r',
    'Accept', '*/*', 'Cookie', 'a=b', 'Authorization', 'Basic x', 'Cache-Control', 'no-cache',
    'Connection', 'close', 'X-Nothing-At-All', '', 'x-forwarded-FOR', '192.0.2.7',
    'X-Forwarded-For', '10.0.0.5',
  ]
  const x = exchange({ fields })
  t.equal(gate(x), null)
  t.same(x.head, requestHead({
    host: 'dl.example.org', range: 'bytes=0-1', ifRange: '"a"', ifMatch: '"b"',
    ifNoneMatch: '"c"', ifModifiedSince: 'd1', ifUnmodifiedSince: 'd2', contentLength: '0',
    expect: '100-Continue', userAgent: 'curl', referer: 'r',
    authorization: 'Basic x', forwardedFor: '192.0.2.7, 10.0.0.5',
  }))
  t.end()
})

t.test('names that only resemble a field are other fields', (t) => {
  const fields = [
    'Hose', 'x', 'Ranga', 'x', 'Expext', 'x', 'Referee', 'x', 'If-Makes', 'x', 'If-Rings', 'x',
    'User-Agant', 'x', 'If-None-Motch', 'x', 'Accept-Ranges', 'x', 'Content-Lengtx', 'x',
    'If-Modified-Sinze', 'x', 'Transfer-Encodinx', 'x', 'If-Unmodified-Sinxe', 'x', 'aost', 'x',
    'X-Forwarded-Foo', 'x', 'Authorizatiox', 'x',
  ]
  const x = exchange({ fields: [...HOST, ...fields] })
  t.equal(gate(x), null)
  t.same(x.head, requestHead({ host: 'a' }))
  t.end()
})

t.test('lists on several lines are one list; of the rest that may repeat the first counts', (t) => {
  const x = exchange({ fields: [
    ...HOST, 'If-None-Match', '"a"', 'if-none-match', 'W/"b"', 'If-Match', '*', 'If-Match', '"c"',
    'User-Agent', 'u1', 'User-Agent', 'u2', 'Referer', 'r1', 'Referer', 'r2',
  ] })
  t.equal(gate(x), null)
  t.same(x.head, requestHead({
    host: 'a', ifNoneMatch: '"a", W/"b"', ifMatch: '*, "c"', userAgent: 'u1', referer: 'r1',
  }))
  t.end()
})

t.test('what may stand once and stands twice is refused, even with the same value', (t) => {
  const cases: ReadonlyArray<readonly [name: string, value: string, expected: string]> = [
    ['hOsT', 'a', '400 bad-host'],
    ['Content-Length', '0', '400 bad-framing'],
    ['Transfer-Encoding', 'chunked', '400 bad-framing'],
    ['Range', 'bytes=0-1', '400 bad-header'],
    ['If-Range', '"a"', '400 bad-header'],
    ['If-Modified-Since', 'x', '400 bad-header'],
    ['If-Unmodified-Since', 'x', '400 bad-header'],
    ['Authorization', 'Basic x', '400 bad-header'],
    ['Origin', 'https://a.example', '400 bad-header'],
    ['User-Agent', 'x', 'pass'],
  ]
  for (const [name, value, expected] of cases) {
    t.equal(verdict([name, value, name.toLowerCase(), value]), expected, name)
  }
  t.end()
})

t.test('a version or a method that is none is refused', (t) => {
  for (const [version, expected] of [
    ['1.1', 'pass'], ['1.0', 'pass'], ['0.9', '400 bad-request-line'],
    ['2.0', '505 bad-request-line'], ['1.2', '505 bad-request-line'], ['', '505 bad-request-line'],
  ] as const) t.equal(verdict([], { version }), expected, version)
  for (const [method, expected] of [
    ['GET', 'pass'], ['HEAD', 'pass'], ['TRACE', 'pass'], ['CONNECT', 'pass'], ['PURGE', 'pass'],
    ['G ET', '400 bad-request-line'], ['', '400 bad-request-line'], ['GÉT', '400 bad-request-line'],
  ] as const) t.equal(verdict([], { method }), expected, method)
  t.end()
})

t.test('a Host is missing only from HTTP/1.0', (t) => {
  t.equal(verdict([], { fields: ['Accept', '*/*'] }), '400 bad-host')
  t.equal(verdict([], { fields: ['Accept', '*/*'], version: '1.0' }), 'pass')
  t.end()
})

t.test('more fields than the limit are refused', (t) => {
  const fields = Array.from({ length: 255 }, () => ['X', 'y']).flat()
  t.equal(verdict(fields), 'pass')
  t.equal(verdict([...fields, 'X', 'y']), '431 bad-header')
  t.end()
})

t.test('framing that readers could see differently is refused', (t) => {
  const cases: ReadonlyArray<readonly [name: string, value: string, expected: string]> = [
    ['Content-Length', '0', 'pass'],
    ['Content-Length', '123456789012345', 'pass'],
    ['Content-Length', '1234567890123456', '400 bad-framing'],
    ['Content-Length', '', '400 bad-framing'],
    ['Content-Length', '+3', '400 bad-framing'],
    ['Content-Length', '-0', '400 bad-framing'],
    ['Content-Length', '0x3', '400 bad-framing'],
    ['Content-Length', '3, 3', '400 bad-framing'],
    ['Content-Length', '1e3', '400 bad-framing'],
    ['Transfer-Encoding', 'chunked', 'pass'],
    ['transfer-encoding', 'Chunked', 'pass'],
    ['Transfer-Encoding', 'gzip, chunked', '501 bad-framing'],
    ['Transfer-Encoding', 'identity, chunked', '501 bad-framing'],
    ['Transfer-Encoding', 'gzip', '400 bad-framing'],
    ['Transfer-Encoding', 'identity', '400 bad-framing'],
    ['Transfer-Encoding', 'xchunked', '400 bad-framing'],
    ['Transfer-Encoding', 'chunked, gzip', '400 bad-framing'],
    ['Transfer-Encoding', 'chunked, chunked', '400 bad-framing'],
    ['Transfer-Encoding', ',chunked', '400 bad-framing'],
    ['Transfer-Encoding', '"chunked"', '400 bad-framing'],
    ['Transfer-Encoding', 'chunked;a=b', '400 bad-framing'],
    ['Transfer-Encoding', '', '400 bad-framing'],
  ]
  for (const [name, value, expected] of cases) {
    t.equal(verdict([name, value]), expected, `${name}: ${value}`)
  }
  t.equal(verdict(['Transfer-Encoding', 'chunked', 'Content-Length', '3']), '400 bad-framing')
  t.equal(verdict(['Transfer-Encoding', 'chunked'], { version: '1.0' }), '400 bad-framing',
    'there is no Transfer-Encoding in HTTP/1.0')
  t.end()
})

t.test('only 100-continue can be expected', (t) => {
  t.equal(verdict(['Expect', '100-CONTINUE']), 'pass')
  t.equal(verdict(['Expect', '200-maybe']), '417 expectation-failed')
  t.equal(verdict(['Expect', '']), '417 expectation-failed')
  t.equal(verdict(['Expect', '100-continue', 'Expect', 'x']), '417 expectation-failed')
  t.end()
})

t.test('a body is refused, and an empty one is none', (t) => {
  const refused = { status: 413, reason: 'body-not-allowed', close: true }
  for (const [head, expected] of [
    [{}, null],
    [{ contentLength: '0' }, null],
    [{ contentLength: '00' }, null],
    [{ contentLength: '1' }, refused],
    [{ transferEncoding: 'chunked' }, refused],
  ] as const) {
    t.same(refuseBody(exchange({ head: requestHead(head) })), expected, JSON.stringify(head))
  }
  t.end()
})
