import t from 'tap'
import { parseContentRange } from '../../../src/decide/http/content-range.ts'
import { factsOf } from '../../../src/decide/http/facts.ts'
import {
  combined, disowns, isWhole, missing, partOf, strongValidator, type Parts,
} from '../../../src/decide/http/parts.ts'
import { MODIFIED, MODIFIED_AT, received, respect } from '../nouns.ts'

t.test('a Content-Range is a span and a length, and agrees with itself', (t) => {
  for (const [text, range] of [
    ['bytes 0-9/10', { span: { start: 0, end: 9 }, lengthBytes: 10 }],
    ['Bytes 5-5/10', { span: { start: 5, end: 5 }, lengthBytes: 10 }],
    ['bytes 0-9/*', { span: { start: 0, end: 9 }, lengthBytes: null }],
    ['bytes */10', { span: null, lengthBytes: 10 }],
    ['bytes */*', null],
    ['bytes 9-0/10', null],
    ['bytes 0-10/10', null],
    ['bytes 0-9', null],
    ['bytes=0-9/10', null],
    ['items 0-9/10', null],
    ['bytes -9/10', null],
    ['bytes  0-9/10', null],
    ['bytes 0-9999999999999999/*', null],
    ['', null],
  ] as const) t.same(parseContentRange(text), range, text)
  t.end()
})

const STRONG = ['ETag', '"abc"', 'Cache-Control', 'max-age=60']

/** The part that a 206 with these fields is. */
function part(fields: readonly string[]): ReturnType<typeof partOf> {
  const one = received(fields, { status: 206 })
  return partOf(one, factsOf(one), respect())
}

t.test('a 206 is a part when it has a range and a strong validator', (t) => {
  const range = ['Content-Range', 'bytes 2-5/10']
  const found = { validator: '"abc"', spans: [{ start: 2, end: 5 }], lengthBytes: 10 }
  t.same(part([...STRONG, ...range]), found)
  t.same(part([...STRONG, ...range, 'Content-Length', '4']), found)
  for (const fields of [
    STRONG,
    [...STRONG, ...range, 'Content-Length', '5'],
    [...STRONG, ...range, ...range],
    [...STRONG, 'Content-Range', 'bytes */10'],
    [...STRONG, 'Content-Range', 'x'],
    ['ETag', 'W/"abc"', 'Cache-Control', 'max-age=60', ...range],
    ['Cache-Control', 'max-age=60', ...range],
  ]) t.equal(part(fields), 'not-whole', JSON.stringify(fields))
  t.equal(part([...STRONG, 'Cache-Control', 'no-store', ...range]), 'no-store')
  t.end()
})

t.test('a strong validator is a tag, or a date a minute old', (t) => {
  for (const [fields, validator] of [
    [['ETag', '"a"'], '"a"'],
    [['ETag', 'a'], '"a"'],
    [['ETag', 'W/"a"', 'Last-Modified', MODIFIED], null],
    [['ETag', '"', 'Last-Modified', MODIFIED], null],
    [['ETag', '"a"', 'ETag', '"a"'], null],
    [['Last-Modified', MODIFIED], `date ${MODIFIED_AT}`],
    [['Last-Modified', MODIFIED, 'Last-Modified', MODIFIED], null],
    [['Last-Modified', 'x'], null],
    [['Last-Modified', MODIFIED, 'Date', MODIFIED], null],
    [['Last-Modified', MODIFIED, 'Date', 'Sun, 06 Nov 1994 08:50:37 GMT'], `date ${MODIFIED_AT}`],
    [[], null],
  ] as const) t.equal(strongValidator(received(fields)), validator, JSON.stringify(fields))
  const dateless = { ...received(), fields: ['Last-Modified', MODIFIED] }
  t.equal(strongValidator(dateless), null, 'without a Date our own clock would be the witness')
  t.end()
})

/** Parts of `"abc"`, as `0-3,6-9/10`. */
function parts(text: string, validator = '"abc"'): Parts {
  const [spans, length] = text.split('/')
  return {
    validator,
    lengthBytes: length === '*' ? null : Number(length),
    spans: spans!.split(',').filter((one) => one !== '').map((one) => {
      const [start, end] = one.split('-').map(Number) as [number, number]
      return { start, end }
    }),
  }
}

t.test('parts of one version are joined', (t) => {
  for (const [stored, arrived, together] of [
    ['0-3/10', '6-9/10', '0-3,6-9/10'],
    ['6-9/10', '0-3/10', '0-3,6-9/10'],
    ['0-3/10', '4-9/10', '0-9/10'],
    ['0-5/10', '4-9/10', '0-9/10'],
    ['0-9/10', '4-5/10', '0-9/10'],
    ['4-5/10', '0-9/10', '0-9/10'],
    ['0-1,4-5,8-9/10', '2-3,6-7/10', '0-9/10'],
    ['0-1,8-9/10', '3-6/10', '0-1,3-6,8-9/10'],
    ['0-3/*', '4-9/10', '0-9/10'],
    ['0-3/*', '4-9/*', '0-9/*'],
    ['/10', '0-3/10', '0-3/10'],
  ] as const) {
    const name = `${stored} ${arrived}`
    t.same(combined(parts(stored), parts(arrived)), parts(together), name)
  }
  t.end()
})

t.test('parts that contradict each other are not', (t) => {
  t.equal(combined(parts('0-3/10'), parts('4-9/10', '"x"')), null)
  t.equal(combined(parts('0-3/10'), parts('4-9/11')), null)
  t.equal(combined(parts('0-3/4'), parts('4-9/*')), null)
  t.same(combined(parts('/0'), parts('/0')), parts('/0'))
  t.end()
})

t.test('what is missing of a span is what has to be asked for', (t) => {
  for (const [stored, start, end, gaps] of [
    ['0-9/10', 0, 9, []],
    ['0-3/10', 0, 9, [[4, 9]]],
    ['6-9/10', 0, 9, [[0, 5]]],
    ['2-3,6-7/10', 0, 9, [[0, 1], [4, 5], [8, 9]]],
    ['2-3,6-7/10', 2, 3, []],
    ['2-3,6-7/10', 3, 6, [[4, 5]]],
    ['2-3,6-7/10', 4, 5, [[4, 5]]],
    ['2-3/10', 5, 6, [[5, 6]]],
    ['/10', 0, 0, [[0, 0]]],
  ] as const) {
    const found = missing(parts(stored), { start, end }).map((gap) => [gap.start, gap.end])
    t.same(found, gaps, `${stored} ${start}-${end}`)
  }
  t.end()
})

t.test('parts are the whole once nothing is missing of a known length', (t) => {
  for (const [stored, whole] of [
    ['0-9/10', true], ['0-8/10', false], ['1-9/10', false], ['0-3,5-9/10', false], ['0-9/*', false],
    ['/0', true], ['/1', false],
  ] as const) t.equal(isWhole(parts(stored)), whole, stored)
  t.end()
})

t.test('a 416 disowns parts when it knows of another length', (t) => {
  for (const [text, does] of [
    ['bytes */11', true], ['bytes */10', false], ['bytes 0-3/11', false], ['x', false],
    [null, false],
  ] as const) t.equal(disowns(parts('0-3/10'), text), does, `${text}`)
  t.equal(disowns(parts('0-3/*'), 'bytes */11'), false)
  t.end()
})
