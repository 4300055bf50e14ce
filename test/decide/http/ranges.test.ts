import t from 'tap'
import { spans } from '../../../src/decide/http/ranges.ts'
import type { Entry } from '../../../src/model/entry.ts'
import { entry, MODIFIED, MODIFIED_AT, requestHead } from '../nouns.ts'

const HUGE = '9'.repeat(400)

/** What a Range asks of ten bytes (or `parts`), written `0-1,4-5`, or as the word. */
function read(range: string, parts: Partial<Entry> = {}, ifRange: string | null = null): string {
  const found = spans(requestHead({ range, ifRange }), entry(parts))
  return typeof found === 'string' ? found : found.map((s) => `${s.start}-${s.end}`).join(',')
}

t.test('ranges become spans inside the object', (t) => {
  const ranges: ReadonlyArray<readonly [range: string, expected: string]> = [
    ['bytes=0-0', '0-0'],
    ['bytes=0-9', '0-9'],
    ['bytes=0-', '0-9'],
    ['bytes=9-', '9-9'],
    ['bytes=5-100', '5-9'],
    [`bytes=5-${HUGE}`, '5-9'],
    ['bytes=-1', '9-9'],
    ['bytes=-10', '0-9'],
    ['bytes=-11', '0-9'],
    [`bytes=-${HUGE}`, '0-9'],
    ['Bytes=0-1', '0-1'],
    ['bytes= 0-1 ', '0-1'],
    ['bytes=007-008', '7-8'],
    ['bytes=0-0,2-2', '0-0,2-2'],
    ['bytes=,0-0,\t, 9-9 ,', '0-0,9-9'],
    ['bytes=8-8,0-0', '8-8,0-0'],
    ['bytes=0-0,-1', '0-0,9-9'],
    ['bytes=0-0,10-20', '0-0'],
    ['bytes=10-,0-0', '0-0'],
    ['bytes=0-0,-0', '0-0'],
  ]
  for (const [range, expected] of ranges) t.equal(read(range), expected, range.slice(0, 40))
  t.end()
})

t.test('ranges that overlap or touch are one span, in the place of the first', (t) => {
  const ranges: ReadonlyArray<readonly [range: string, expected: string]> = [
    ['bytes=0-4,3-6', '0-6'],
    ['bytes=0-4,5-6', '0-6'],
    ['bytes=5-6,0-4', '0-6'],
    ['bytes=0-9,2-3', '0-9'],
    ['bytes=2-3,0-9', '0-9'],
    ['bytes=0-1,0-1,0-1', '0-1'],
    ['bytes=0-1,3-4', '0-1,3-4'],
    ['bytes=8-9,0-1,4-5,2-3', '8-9,0-5'],
    ['bytes=0-1,8-9,4-5,2-7', '0-9'],
    ['bytes=8-9,4-4,0-0,3-7', '3-9,0-0'],
    ['bytes=-5,0-4', '0-9'],
  ]
  for (const [range, expected] of ranges) t.equal(read(range), expected, range)
  t.end()
})

t.test('a range that is malformed, or of another unit, gets the whole', (t) => {
  const ranges = [
    '', 'bytes', 'bytes=', 'bytes=,', 'bytes=-', 'bytes=--1', 'bytes=1', 'bytes=a-b', 'bytes=0-1-2',
    'bytes=2-1', 'bytes=0-1,2-1', 'bytes=0-1,x', 'bytes=+0-1', 'bytes=0x0-1', 'bytes=0 - 1',
    'bytes =0-1', 'byte=0-1', 'items=0-1', ' bytes=0-1', 'bytes=1.0-2', 'bytes=١-٢', 'bytes=0-1\n',
    'bytes=0-1;2-3',
  ]
  for (const range of ranges) t.equal(read(range), 'whole', JSON.stringify(range))
  t.end()
})

t.test('no byte of the object asked for is unsatisfiable', (t) => {
  for (const range of ['bytes=10-', 'bytes=10-20', `bytes=${HUGE}-`, 'bytes=-0', 'bytes=10-,-0']) {
    t.equal(read(range), 'unsatisfiable', range.slice(0, 40))
  }
  t.end()
})

t.test('of an empty object only its suffix exists, which is the whole', (t) => {
  const empty = { lengthBytes: 0 }
  t.equal(read('bytes=0-', empty), 'unsatisfiable')
  t.equal(read('bytes=0-0', empty), 'unsatisfiable')
  t.equal(read('bytes=-0', empty), 'unsatisfiable')
  t.equal(read('bytes=-5', empty), 'whole')
  t.equal(read('bytes=0-0,-5', empty), 'whole')
  t.end()
})

t.test('sixteen ranges are served and seventeen are not', (t) => {
  const parts = { lengthBytes: 1000 }
  const ranges = Array.from({ length: 17 }, (_, i) => `${i * 10}-${i * 10}`)
  t.equal(read(`bytes=${ranges.slice(0, 16).join(',')}`, parts), ranges.slice(0, 16).join(','))
  t.equal(read(`bytes=${ranges.join(',')}`, parts), 'whole')
  t.equal(read(`bytes=${Array.from({ length: 17 }, () => '0-0').join(',')}`, parts), 'whole')
  t.end()
})

t.test('spans beyond 2^32 keep every byte', (t) => {
  const lengthBytes = 2 ** 52
  t.equal(read('bytes=4294967296-4294967299,-1', { lengthBytes }),
    '4294967296-4294967299,4503599627370495-4503599627370495')
  t.end()
})

t.test('of unknown length, and of a negative answer, there is only the whole', (t) => {
  t.equal(spans(requestHead({ ifRange: '"abc"' }), entry()), 'whole')
  t.equal(read('bytes=0-1', { lengthBytes: null }), 'whole')
  t.equal(read('bytes=0-1', { status: 404 }), 'whole')
  t.end()
})

t.test('If-Range with a tag compares strongly', (t) => {
  for (const [ifRange, etag, expected] of [
    ['"abc"', '"abc"', '0-1'],
    ['"x"', '"abc"', 'whole'],
    ['W/"abc"', '"abc"', 'whole'],
    ['W/"abc"', 'W/"abc"', 'whole'],
    ['"abc"', null, 'whole'],
    ['"abc", "x"', '"abc"', 'whole'],
    ['*', '"abc"', 'whole'],
    ['', '"abc"', 'whole'],
  ] as const) t.equal(read('bytes=0-1', { etag }, ifRange), expected, `${ifRange} of ${etag}`)
  t.equal(read('bytes=99-', {}, '"x"'), 'whole', 'another version is never unsatisfiable')
  t.end()
})

/** A Date so long after Last-Modified. */
const after = (ms: number) => ({ date: new Date(MODIFIED_AT + ms).toUTCString() })

t.test('If-Range with a date needs that very date, and a strong one', (t) => {
  t.equal(read('bytes=0-1', {}, MODIFIED), '0-1')
  t.equal(read('bytes=0-1', {}, 'Sun Nov  6 08:49:37 1994'), '0-1')
  t.equal(read('bytes=0-1', {}, 'Sun, 06 Nov 1994 08:49:38 GMT'), 'whole')
  t.equal(read('bytes=0-1', {}, 'Sun, 06 Nov 1994 08:49:36 GMT'), 'whole')
  t.equal(read('bytes=0-1', after(60_000), MODIFIED), '0-1')
  t.equal(read('bytes=0-1', after(59_000), MODIFIED), 'whole', 'may have changed twice since')
  t.equal(read('bytes=0-1', after(-1000), MODIFIED), 'whole')
  t.equal(read('bytes=0-1', { date: '' }, MODIFIED), 'whole')
  t.equal(read('bytes=0-1', { lastModified: null, lastModifiedAt: null }, MODIFIED), 'whole')
  t.end()
})
