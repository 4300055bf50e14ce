/** What the origin decides from plain data, as tables. */
import t from 'tap'
import { osg } from '../../../src/act/origin/dialects/osg.ts'
import { pathOf } from '../../../src/act/origin/dialects/dialect.ts'
import { s3 } from '../../../src/act/origin/dialects/s3.ts'
import { walrus } from '../../../src/act/origin/dialects/walrus.ts'
import { createRotation, parseEndpoint } from '../../../src/act/origin/endpoints.ts'
import type { Choose } from '../../../src/model/origin.ts'
import { elementOf, judgeRejection } from '../../../src/act/origin/rejection.ts'
import { nextStep, parseRetryAfter } from '../../../src/act/origin/retry.ts'
import type { Fault, Tried } from '../../../src/act/origin/retry.ts'
import { endToEnd } from '../../../src/decide/http/headers.ts'
import { HauloutError } from '../../../src/errors.ts'
import type { ErrorCode } from '../../../src/errors.ts'
import type { Known } from '../../../src/model/origin.ts'

const DATE = 'Sat, 01 Jan 2011 00:00:00 GMT'
const known = (originEtag: string | null, lastModified: string | null = null): Known =>
  ({ originEtag, lastModified, lengthBytes: 10 })

t.test('each dialect asks "still the same?" in the form its stores understand', (t) => {
  const cases = [
    [walrus, known('abc', DATE), [['If-None-Match', 'abc']]],
    [walrus, known('"abc"', DATE), [['If-None-Match', 'abc']]],
    [walrus, known(null, DATE), [['If-Modified-Since', DATE]]],
    [osg, known('"abc"', DATE), [['If-None-Match', '"abc"']]],
    [osg, known('W/"abc"', DATE), [['If-Modified-Since', DATE]]],
    [osg, known('W/"abc"'), []],
    [s3, known('W/"abc"', DATE), [['If-None-Match', 'W/"abc"']]],
    [s3, known(null), []],
  ] as const
  for (const [dialect, validators, expected] of cases) {
    t.same(dialect.revalidate(validators), expected, `${dialect.name} ${validators.originEtag}`)
  }
  t.end()
})

t.test('only s3 asks for a range, and only of a version it can hold the store to', (t) => {
  t.same(s3.resume(known('"abc"'), 7, null), [['If-Match', '"abc"'], ['Range', 'bytes=7-']])
  t.same(s3.resume(known('"abc"'), 0, 9), [['If-Match', '"abc"'], ['Range', 'bytes=0-8']])
  t.equal(s3.resume(known('W/"abc"'), 7, null), null)
  t.equal(s3.resume(known(null, DATE), 7, null), null)
  t.equal(walrus.resume(known('abc'), 7, null), null)
  t.equal(osg.resume(known('"abc"'), 7, null), null)
  t.end()
})

t.test('a key is encoded once, behind the service path', (t) => {
  const object = { origin: 'o', bucket: 'b', bucketName: 'bucket', key: 'a b+c#d%2F/[ü].tgz' }
  t.equal(pathOf('/services/Walrus', object),
    '/services/Walrus/bucket/a%20b%2Bc%23d%252F/%5B%C3%BC%5D.tgz')
  t.end()
})

t.test('an endpoint is cut into what the wire needs', (t) => {
  t.same(parseEndpoint('http://10.1.0.2:8773/services/Walrus/'), {
    secure: false, host: '10.1.0.2', port: 8773, authority: '10.1.0.2:8773',
    base: 'http://10.1.0.2:8773', path: '/services/Walrus',
  })
  t.match(parseEndpoint('https://[::1]'), {
    secure: true, host: '::1', port: 443, authority: '[::1]', path: '',
  })
  for (const bad of ['ftp://a', 'a:80', 'http://u:p@a/', 'http://a/?q', 'http://a/#f', '']) {
    t.throws(() => parseEndpoint(bad), { code: 'config' }, bad)
  }
  t.notMatch(String(catchError(() => parseEndpoint('http://user:geheim@a/'))), 'geheim')
  t.end()
})

function catchError(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

const ANYTHING = { after: null, subject: '' }

function rotating(choose: Choose) {
  return { choose, restMs: 100, nameOf: (name: string) => name }
}

t.test('endpoints take turns, and one that failed rests while there is another', (t) => {
  const rotation = createRotation(['a', 'b', 'c'] as const, rotating('round_robin'))
  const first = [0, 1, 2].map((nowMs) => rotation.next(nowMs, ANYTHING))
  t.same([...first].sort(), ['a', 'b', 'c'])
  rotation.failed('a', 0)
  t.notOk([1, 2, 3, 4].map((nowMs) => rotation.next(nowMs, ANYTHING)).includes('a'))
  t.ok([100, 100, 100].map((nowMs) => rotation.next(nowMs, ANYTHING)).includes('a'))
  t.not(rotation.next(200, { after: 'b', subject: '' }), 'b', 'a repeat goes elsewhere')
  const only = createRotation(['a'] as const, rotating('round_robin'))
  only.failed('a', 0)
  only.mark('a', false)
  t.equal(only.next(1, { after: 'a', subject: '' }), 'a', 'the only one is asked all the same')
  t.end()
})

t.test('an endpoint that is down is passed over, unless all are', (t) => {
  const rotation = createRotation(['a', 'b'] as const, rotating('round_robin'))
  const asked = (): string[] => [0, 0, 0, 0].map((nowMs) => rotation.next(nowMs, ANYTHING)).sort()
  rotation.mark('a', false)
  t.same(asked(), ['b', 'b', 'b', 'b'])
  t.equal(rotation.next(0, { after: 'b', subject: '' }), 'b', 'better again than one that is down')
  rotation.failed('b', 0)
  t.same(asked(), ['b', 'b', 'b', 'b'], 'one that rests is better than one that is down')
  rotation.mark('b', false)
  t.same(asked(), ['a', 'a', 'b', 'b'])
  rotation.mark('a', true)
  t.same(asked(), ['a', 'a', 'a', 'a'])
  t.end()
})

t.test('fallback asks the first that is well, in the order of the configuration', (t) => {
  const rotation = createRotation(['a', 'b', 'c'] as const, rotating('fallback'))
  const next = (after: 'a' | null = null) => rotation.next(0, { after, subject: '' })
  t.same([next(), next(), next('a')], ['a', 'a', 'b'])
  rotation.mark('a', false)
  t.same([next(), next()], ['b', 'b'])
  rotation.failed('b', 0)
  t.equal(next(), 'c')
  rotation.mark('a', true)
  t.equal(next(), 'a')
  t.end()
})

t.test('shard asks the same one for the same object, and moves only what it must', (t) => {
  const places = ['a', 'b', 'c', 'd'] as const
  const rotation = createRotation(places, rotating('shard'))
  const subjects = Array.from({ length: 400 }, (_, i) => `walrus:bucket/object-${i}`)
  const asked = () => subjects.map((subject) => rotation.next(0, { after: null, subject }))
  const before = asked()
  t.same(asked(), before)
  for (const place of places) {
    const share = before.filter((one) => one === place).length
    t.ok(share > 60 && share < 140, `${place} has ${share} of 400`)
  }
  rotation.mark('b', false)
  const without = asked()
  t.notOk(without.includes('b'))
  t.same(without.filter((_, i) => before[i] !== 'b'), before.filter((one) => one !== 'b'))
  t.equal(new Set(without.filter((_, i) => before[i] === 'b')).size, 3, 'shared by all others')
  rotation.mark('b', true)
  t.same(asked(), before)
  t.end()
})

t.test('fields of the connection stay with the connection', (t) => {
  const fields = ['ETag', 'x', 'Connection', 'close, X-Mine', 'x-mine', '1', 'Keep-Alive', 'max=5',
    'Transfer-Encoding', 'chunked', 'X-Amz-Id', '2']
  t.same(endToEnd(fields), ['ETag', 'x', 'X-Amz-Id', '2'])
  t.end()
})

t.test('a rejection is about the object, the operator or the store', (t) => {
  const cases: ReadonlyArray<readonly [status: number, code: string | null, expected: string]> = [
    [404, 'NoSuchKey', 'absent'],
    [410, null, 'absent'],
    [403, 'AccessDenied', 'forbidden'],
    [403, null, 'forbidden'],
    [403, 'SignatureDoesNotMatch', 'origin-status'],
    [403, 'InvalidAccessKeyId', 'origin-status'],
    [403, 'RequestTimeTooSkewed', 'origin-status'],
    [401, null, 'origin-status'],
    [400, null, 'origin-status'],
    [302, null, 'origin-status'],
    [412, null, 'origin-status'],
    [501, null, 'origin-status'],
    [408, null, 'origin-busy'],
    [429, 'SlowDown', 'origin-busy'],
    [500, 'InternalError', 'origin-busy'],
    [503, null, 'origin-busy'],
  ]
  const asked = {
    method: 'GET', condition: null, fromByte: 0, untilByte: null, version: null,
  } as const
  for (const [status, code, expected] of cases) {
    const judged = judgeRejection({ status, code, fields: [], serverTime: null }, asked)
    t.equal(judged instanceof HauloutError ? judged.code : judged, expected, `${status} ${code}`)
  }
  t.end()
})

t.test('the code of an error document is a word, wherever it stands', (t) => {
  const cases = [
    ['<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>x</Message></Error>', 'NoSuchKey'],
    ['<Error xmlns="http://s3.amazonaws.com/doc/">\n <Code> AccessDenied </Code>', 'AccessDenied'],
    ['<html>503</html>', null],
    ['<Code>two\nlines</Code>', null],
    ['<Code></Code>', null],
    [`<Code>${'a'.repeat(500)}</Code>`, null],
    ['', null],
  ] as const
  for (const [text, expected] of cases) t.equal(elementOf(text, 'Code'), expected)
  t.end()
})

const NOTHING: Tried = { attempts: 1, reconnected: false, resigned: false, unconditional: false }

function fault(code: ErrorCode, changes: Partial<Fault> = {}): Fault {
  const error = new HauloutError(code, 'x')
  return { error, status: 0, untouched: false, retryAfterMs: null, skewMs: null, ...changes }
}

t.test('what is tried next depends on what failed and what was tried', (t) => {
  const busy = fault('origin-busy', { status: 503 })
  const broken = fault('origin-reset', { untouched: true })
  const skewed = fault('origin-status', { status: 403, skewMs: 5000 })
  const cases: ReadonlyArray<readonly [string, Fault, Partial<Tried>, boolean, string]> = [
    ['a busy store', busy, {}, false, 'backoff'],
    ['a busy store for the last time', busy, { attempts: 3 }, false, 'fail'],
    ['a busy store asked on a condition', busy, { attempts: 3 }, true, 'unconditional'],
    ['a busy store asked without it', busy, { attempts: 3, unconditional: true }, true, 'fail'],
    ['an old connection that broke', broken, { attempts: 3 }, false, 'reconnect'],
    ['a new connection that broke', broken, { reconnected: true }, false, 'backoff'],
    ['a wrong clock', skewed, {}, false, 'resign'],
    ['a wrong clock, put right', skewed, { resigned: true }, false, 'fail'],
    ['improper HTTP', fault('origin-protocol'), {}, false, 'fail'],
    ['silence', fault('origin-timeout'), {}, false, 'backoff'],
    ['a patient store', { ...busy, retryAfterMs: 60_000 }, {}, false, 'fail'],
  ]
  for (const [title, failed, tried, conditional, expected] of cases) {
    const options = { attempts: 3, backoffMs: 100, conditional, random: 0.5 }
    t.equal(nextStep(failed, { ...NOTHING, ...tried }, options).kind, expected, title)
  }
  t.end()
})

function delay(attempts: number, random: number, retryAfterMs: number | null = null): unknown {
  return nextStep(fault('origin-busy', { retryAfterMs }), { ...NOTHING, attempts }, {
    attempts: 9, backoffMs: 100, conditional: false, random,
  })
}

t.test('backoff doubles, is spread, and waits as long as the store asks', (t) => {
  t.same(delay(1, 0), { kind: 'backoff', delayMs: 50 })
  t.same(delay(1, 1), { kind: 'backoff', delayMs: 100 })
  t.same(delay(3, 1), { kind: 'backoff', delayMs: 400 })
  t.same(delay(1, 1, 3000), { kind: 'backoff', delayMs: 3000 })
  t.same(delay(3, 1, 0), { kind: 'backoff', delayMs: 400 })
  t.end()
})

t.test('Retry-After is seconds or a date', (t) => {
  const now = Date.parse(DATE)
  t.equal(parseRetryAfter('3', now), 3000)
  t.equal(parseRetryAfter('Sat, 01 Jan 2011 00:00:09 GMT', now), 9000)
  t.equal(parseRetryAfter('Fri, 31 Dec 2010 00:00:00 GMT', now), 0)
  t.equal(parseRetryAfter('soon', now), null)
  t.equal(parseRetryAfter(null, now), null)
  t.end()
})
