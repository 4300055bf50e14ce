import t from 'tap'
import { entryFields, updatedFields } from '../../../src/decide/http/entry-head.ts'
import { MODIFIED, MODIFIED_AT, NOW, originHead } from '../nouns.ts'

const DATE = 'Fri, 30 Jan 2026 10:00:00 GMT'
const NOW_TEXT = 'Sat, 31 Jan 2026 12:00:00 GMT'

t.test('what delivery makes is taken out, validators are kept in both forms', (t) => {
  const head = originHead({ fields: [
    'x-amz-id-2', 'x', 'ETag', 'abc', 'Last-Modified', MODIFIED, 'Date', DATE, 'Age', '7',
    'Content-Length', '10', 'Accept-Ranges', 'bytes', 'Content-Range', 'bytes 0-9/10',
    'Connection', 'keep-alive, x-hop', 'X-Hop', '1', 'Set-Cookie', 'AWSELB=1',
    'Content-Type', 'application/gzip', 'Via', '1.1 lb', 'Cache-Control', 'max-age=5',
  ] })
  t.same(entryFields(head, NOW), {
    fields: [
      'x-amz-id-2', 'x', 'Content-Type', 'application/gzip', 'Via', '1.1 lb',
      'Cache-Control', 'max-age=5',
    ],
    etag: '"abc"', originEtag: 'abc', lastModified: MODIFIED, lastModifiedAt: MODIFIED_AT,
    date: DATE,
  })
  t.end()
})

t.test('what is missing is null, and Date is the time of receipt', (t) => {
  t.same(entryFields(originHead(), NOW), {
    fields: [], etag: null, originEtag: null, lastModified: null, lastModifiedAt: null,
    date: NOW_TEXT,
  })
  t.end()
})

t.test('what is not what it should be is as good as missing', (t) => {
  const fields = ['ETag', 'a b', 'Last-Modified', '2026-01-30T10:00:00Z', 'Date', 'now']
  t.same(entryFields(originHead({ fields }), NOW), {
    fields: [], etag: null, originEtag: 'a b', lastModified: null, lastModifiedAt: null,
    date: NOW_TEXT,
  })
  t.end()
})

t.test('dates of older forms become IMF-fixdate', (t) => {
  const fields = [
    'Last-Modified', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Date', 'Fri Jan 30 10:00:00 2026',
  ]
  const { lastModified, date } = entryFields(originHead({ fields }), NOW)
  t.same([lastModified, date], [MODIFIED, DATE])
  t.end()
})

t.test('fields that could not be sent again are dropped', (t) => {
  const fields = ['Bad Name', 'x', 'X-Bad', 'a\r\nb', 'X-Wide', '☃', 'X-Good', 'é']
  t.same(entryFields(originHead({ fields }), NOW).fields, ['X-Good', 'é'])
  t.end()
})

t.test('a 304 replaces what it names, except what tells of content', (t) => {
  const stored = ['Content-Type', 'image/png', 'X-A', '1', 'x-b', '2', 'X-B', '3']
  const cases: ReadonlyArray<readonly [told: string[], expected: string[]]> = [
    [[], stored],
    [['X-b', '4'], ['Content-Type', 'image/png', 'X-A', '1', 'X-b', '4']],
    [['X-A', '5', 'X-a', '6'], [
      'Content-Type', 'image/png', 'x-b', '2', 'X-B', '3', 'X-A', '5', 'X-a', '6',
    ]],
    [['X-C', '7'], [...stored, 'X-C', '7']],
    [['content-type', 'application/xml', 'Content-Encoding', 'gzip'], stored],
  ]
  for (const [told, expected] of cases) t.same(updatedFields(stored, told), expected)
  t.end()
})
