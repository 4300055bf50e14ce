import { assert, nat, property, string } from 'fast-check'
import t from 'tap'
import { combinedLine, jsonLine } from '../../../src/act/observe/lines.ts'
import { sampleRecord } from './sample.ts'

const FIELDS = [
  'time', 'client', 'user', 'method', 'host', 'url', 'version', 'route', 'bucket', 'object',
  'status', 'bytes', 'complete', 'duration_ms', 'first_byte_ms', 'outcome', 'reason', 'error',
  'detail', 'forwarded', 'origin_status', 'origin_ms', 'stored', 'collapsed', 'referer',
  'user_agent',
]

/** Strings that strangers send: controls, quotes, halves of surrogate pairs, anything. */
const hostile = string({ unit: nat(0xffff).map((code) => String.fromCharCode(code)) })

t.test('a JSON line holds every field of the record, in a fixed order', async (t) => {
  const line = jsonLine()(sampleRecord({ referer: 'http://a/' }, {
    name: 'error', reason: 'origin-error', errorCode: 'origin-timeout', errorDetail: '10.1.0.2',
    forwarded: 'stale', originStatus: 504, originMs: 15_000.25, collapsed: true, stored: true,
  }))
  const parsed = JSON.parse(line) as Record<string, unknown>
  t.same(Object.keys(parsed), FIELDS)
  t.same(parsed, {
    time: '2026-11-23T20:14:05.007Z', client: '198.51.100.7', user: null, method: 'GET',
    host: 'dl.example.org', url: '/downloads/eucalyptus/3.1/eucalyptus-3.1.0.tgz', version: '1.1',
    route: 'euca-tarballs', bucket: 'releases', object: '3.1/eucalyptus-3.1.0.tgz', status: 200,
    bytes: 1024, complete: true, duration_ms: 1.25, first_byte_ms: 0.5, outcome: 'error',
    reason: 'origin-error', error: 'origin-timeout', detail: '10.1.0.2', forwarded: 'stale',
    origin_status: 504,
    origin_ms: 15_000.25, stored: true, collapsed: true, referer: 'http://a/',
    user_agent: 'curl/8.5.0',
  })
})

t.test('a hit has the same fields as an error', async (t) => {
  const parsed = JSON.parse(jsonLine()(sampleRecord())) as Record<string, unknown>
  t.same(Object.keys(parsed), FIELDS)
  t.match(parsed, {
    reason: null, error: null, detail: null, forwarded: null, origin_status: 0,
    origin_ms: 0, stored: false, collapsed: false, referer: null,
  })
})

t.test('the time moves with every record, across seconds and back', async (t) => {
  const line = jsonLine()
  for (const [at, expected] of [
    [Date.UTC(2026, 0, 1, 0, 0, 0, 0), '2026-01-01T00:00:00.000Z'],
    [Date.UTC(2026, 0, 1, 0, 0, 0, 999), '2026-01-01T00:00:00.999Z'],
    [Date.UTC(2026, 0, 1, 0, 0, 1, 0), '2026-01-01T00:00:01.000Z'],
    [Date.UTC(2025, 11, 31, 23, 59, 59, 60), '2025-12-31T23:59:59.060Z'],
  ] as const) {
    t.equal((JSON.parse(line(sampleRecord({ arrivedAt: at }))) as { time: string }).time, expected)
  }
})

t.test('durations keep microseconds and are always JSON numbers', async (t) => {
  const line = jsonLine()
  for (const [ms, expected] of [
    [0, 0], [0.0004, 0], [0.0005, 0.001], [0.9999, 1], [12.3456, 12.346], [1e9, 1e9],
    [-0.5, 0], [Number.NaN, 0], [Number.POSITIVE_INFINITY, 0],
  ] as const) {
    const parsed = JSON.parse(line(sampleRecord({ durationMs: ms }))) as { duration_ms: number }
    t.equal(parsed.duration_ms, expected, `${ms}`)
  }
})

t.test('hostile strings come back from a JSON line as they were', async (t) => {
  const line = jsonLine()
  assert(property(hostile, hostile, hostile, (url, userAgent, object) => {
    const text = line(sampleRecord({ url, userAgent, object }))
    const parsed = JSON.parse(text) as Record<string, string>
    // oxlint-disable-next-line no-control-regex
    const plain = !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text.slice(0, -1))
    const bytes = Buffer.from(text).toString()
    return plain && bytes === text && text.endsWith('}\n') &&
      parsed.url === url && parsed.user_agent === userAgent && parsed.object === object
  }))
  t.pass()
})

t.test('a combined line is what Apache writes', async (t) => {
  const line = combinedLine()
  for (const [parts, expected] of [
    [{}, '198.51.100.7 - - [23/Nov/2026:20:14:05 +0000] "GET ' +
      '/downloads/eucalyptus/3.1/eucalyptus-3.1.0.tgz HTTP/1.1" 200 1024 "-" "curl/8.5.0"\n'],
    [{ url: '/', bytes: 0, status: 304, referer: 'http://a/', userAgent: null },
      '198.51.100.7 - - [23/Nov/2026:20:14:05 +0000] "GET / HTTP/1.1" 304 - "http://a/" "-"\n'],
    [{ method: '', url: '', status: 0, bytes: 0, userAgent: null },
      '198.51.100.7 - - [23/Nov/2026:20:14:05 +0000] "-" 000 - "-" "-"\n'],
    [{ url: '/', bytes: 1, userAgent: 'a"b\\c\nd\te\rf\vg\bh\u0000i\u007fj\u00e9k\u20acl' },
      '198.51.100.7 - - [23/Nov/2026:20:14:05 +0000] "GET / HTTP/1.1" 200 1 "-" ' +
      '"a\\"b\\\\c\\nd\\te\\rf\\vg\\bh\\x00i\\x7fj\\xe9k\\xe2\\x82\\xacl"\n'],
  ] as const) t.equal(line(sampleRecord(parts)), expected)
})

t.test('no string a stranger sends ends a quoted field of a combined line', async (t) => {
  const line = combinedLine()
  const quoted = String.raw`"((?:[^"\\]|\\.)*)"`
  const format = new RegExp(
    String.raw`^198\.51\.100\.7 - - \[[^\]]+\] ${quoted} 200 1024 ${quoted} ${quoted}\n$`)
  assert(property(hostile, hostile, hostile, (url, referer, userAgent) => {
    const text = line(sampleRecord({ url, referer, userAgent }))
    return format.test(text) && /^[ -~]*\n$/.test(text)
  }))
  t.pass()
})

t.test('a proven user is the third field of a combined line, and one word', async (t) => {
  const line = combinedLine()
  for (const [user, third] of [
    [null, '-'], ['', '-'], ['alice', 'alice'], ['a b"c', 'a\\x20b\\"c'],
  ] as const) {
    t.match(line(sampleRecord({ user })), `198.51.100.7 - ${third} [`)
  }
  t.match(jsonLine()(sampleRecord({ user: 'a"b' })), '"user":"a\\"b","method"')
})
