import t, { type Test } from 'tap'
import { precondition } from '../../../src/decide/http/preconditions.ts'
import type { Entry } from '../../../src/model/entry.ts'
import type { RequestHead } from '../../../src/model/exchange.ts'
import { DATE, entry, MODIFIED, NOW, requestHead } from '../nouns.ts'

const BEFORE = 'Sun, 06 Nov 1994 08:49:36 GMT'
const AFTER = 'Sun, 06 Nov 1994 08:49:38 GMT'

/** The entry of every case has the tag `"abc"` and was modified at MODIFIED. */
type Case = readonly [
  head: Partial<RequestHead>, verdict: ReturnType<typeof precondition>, entry?: Partial<Entry>,
]

function judgeAll(t: Test, cases: readonly Case[]): void {
  for (const [head, verdict, parts = {}] of cases) {
    for (const method of ['GET', 'HEAD']) {
      const name = `${method} ${JSON.stringify(head)} of ${JSON.stringify(parts)}`
      t.equal(precondition(requestHead(head), entry(parts), method), verdict, name)
    }
  }
  t.end()
}

t.test('If-Match compares strongly, and fails when in doubt', (t) => judgeAll(t, [
  [{}, 'pass'],
  [{ ifMatch: '"abc"' }, 'pass'],
  [{ ifMatch: '"x", "abc"' }, 'pass'],
  [{ ifMatch: 'abc' }, 'pass'],
  [{ ifMatch: '*' }, 'pass'],
  [{ ifMatch: '"x"' }, 'failed'],
  [{ ifMatch: 'W/"abc"' }, 'failed'],
  [{ ifMatch: 'W/"abc"' }, 'failed', { etag: 'W/"abc"' }],
  [{ ifMatch: '"abc"' }, 'failed', { etag: 'W/"abc"' }],
  [{ ifMatch: '"abc"' }, 'failed', { etag: null }],
  [{ ifMatch: '*' }, 'pass', { etag: null }],
  [{ ifMatch: '' }, 'failed'],
  [{ ifMatch: '"abc' }, 'failed'],
]))

t.test('If-Unmodified-Since needs two dates and no If-Match', (t) => judgeAll(t, [
  [{ ifUnmodifiedSince: MODIFIED }, 'pass'],
  [{ ifUnmodifiedSince: AFTER }, 'pass'],
  [{ ifUnmodifiedSince: BEFORE }, 'failed'],
  [{ ifUnmodifiedSince: 'yesterday' }, 'pass'],
  [{ ifUnmodifiedSince: BEFORE }, 'pass', { lastModified: null, lastModifiedAt: null }],
  [{ ifMatch: '"abc"', ifUnmodifiedSince: BEFORE }, 'pass'],
  [{ ifMatch: '"x"', ifUnmodifiedSince: AFTER }, 'failed'],
]))

t.test('If-None-Match compares weakly, and passes when in doubt', (t) => judgeAll(t, [
  [{ ifNoneMatch: '"abc"' }, 'not-modified'],
  [{ ifNoneMatch: 'abc' }, 'not-modified'],
  [{ ifNoneMatch: 'W/"abc"' }, 'not-modified'],
  [{ ifNoneMatch: '"abc"' }, 'not-modified', { etag: 'W/"abc"' }],
  [{ ifNoneMatch: '"x", "abc"' }, 'not-modified'],
  [{ ifNoneMatch: '*' }, 'not-modified'],
  [{ ifNoneMatch: '*' }, 'not-modified', { etag: null }],
  [{ ifNoneMatch: '"x"' }, 'pass'],
  [{ ifNoneMatch: '"abc"' }, 'pass', { etag: null }],
  [{ ifNoneMatch: '"abc' }, 'pass'],
  [{ ifNoneMatch: '' }, 'pass'],
]))

t.test('If-Modified-Since needs two dates and no If-None-Match', (t) => judgeAll(t, [
  [{ ifModifiedSince: MODIFIED }, 'not-modified'],
  [{ ifModifiedSince: 'Sunday, 06-Nov-94 08:49:37 GMT' }, 'not-modified'],
  [{ ifModifiedSince: 'Sun Nov  6 08:49:37 1994' }, 'not-modified'],
  [{ ifModifiedSince: AFTER }, 'not-modified'],
  [{ ifModifiedSince: BEFORE }, 'pass'],
  [{ ifModifiedSince: '0' }, 'pass'],
  [{ ifModifiedSince: AFTER }, 'pass', { lastModified: null, lastModifiedAt: null }],
  [{ ifModifiedSince: DATE }, 'not-modified', { lastModified: null, lastModifiedAt: null }],
  [{ ifModifiedSince: DATE }, 'not-modified',
    { lastModified: null, lastModifiedAt: null, date: 'x', storedAt: NOW }],
  [{ ifModifiedSince: DATE }, 'pass',
    { lastModified: null, lastModifiedAt: null, date: 'x', storedAt: NOW + 1000 }],
  [{ ifNoneMatch: '"x"', ifModifiedSince: AFTER }, 'pass'],
  [{ ifNoneMatch: '"abc', ifModifiedSince: AFTER }, 'pass'],
  [{ ifNoneMatch: '"abc"', ifModifiedSince: BEFORE }, 'not-modified'],
]))

t.test('what fails comes before what is not modified', (t) => judgeAll(t, [
  [{ ifMatch: '"x"', ifNoneMatch: '"abc"' }, 'failed'],
  [{ ifUnmodifiedSince: BEFORE, ifNoneMatch: '"abc"' }, 'failed'],
  [{ ifUnmodifiedSince: BEFORE, ifModifiedSince: AFTER }, 'failed'],
  [{ ifMatch: '"abc"', ifNoneMatch: '"abc"' }, 'not-modified'],
  [{ ifUnmodifiedSince: AFTER, ifModifiedSince: AFTER }, 'not-modified'],
]))

t.test('conditions are for a success that is asked for with GET or HEAD', (t) => {
  const head = requestHead({ ifNoneMatch: '*', ifMatch: '"x"' })
  for (const status of [199, 301, 403, 404, 410]) {
    t.equal(precondition(head, entry({ status }), 'GET'), 'pass', `${status}`)
  }
  for (const status of [200, 203, 204, 299]) {
    t.equal(precondition(head, entry({ status }), 'GET'), 'failed', `${status}`)
  }
  for (const method of ['OPTIONS', 'POST', 'get']) {
    t.equal(precondition(head, entry(), method), 'pass', method)
  }
  t.end()
})
