import * as fc from 'fast-check'
import t from 'tap'
import { multipart } from '../../src/decide/http/multipart.ts'
import { spans, type Span } from '../../src/decide/http/ranges.ts'
import { entry, requestHead } from '../decide/nouns.ts'
import { holds, textOf } from './property.ts'

/** Mostly short ranges, so that some of them overlap, some touch and some do neither. */
const PLACE = fc.nat({ max: 90 })
const RANGE = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(PLACE, fc.nat({ max: 6 })).map(([a, n]) => `${a}-${a + n}`) },
  { weight: 1, arbitrary: fc.tuple(PLACE, PLACE).map(([a, n]) => `${a}-${a + n}`) },
  { weight: 1, arbitrary: PLACE.map((first) => `${first}-`) },
  { weight: 1, arbitrary: PLACE.map((suffix) => `-${suffix}`) },
)
const LENGTH = fc.nat({ max: 80 })
const ASKED = fc.tuple(fc.array(RANGE, { minLength: 1, maxLength: 16 }), LENGTH)

function read(range: string, lengthBytes: number): ReturnType<typeof spans> {
  return spans(requestHead({ range }), entry({ lengthBytes }))
}

/** The bytes that ranges ask for, one by one, straight from the words of RFC 9110 §14.1.2. */
function naive(ranges: readonly string[], length: number): Set<number> {
  const bytes = new Set<number>()
  for (let at = 0; at < length; at++) {
    const asked = ranges.some((range) => {
      const [first, last] = range.split('-') as [string, string]
      if (first === '') return at >= length - Number(last)
      return at >= Number(first) && (last === '' || at <= Number(last))
    })
    if (asked) bytes.add(at)
  }
  return bytes
}

function covered(found: readonly Span[]): number[] {
  return found.flatMap(({ start, end }) =>
    Array.from({ length: end - start + 1 }, (_, i) => start + i))
}

t.test('spans cover exactly the bytes asked for, each once', (t) =>
  holds(t, ASKED, ([ranges, length]) => {
    const found = read(`bytes=${ranges.join(',')}`, length)
    const expected = [...naive(ranges, length)]
    if (typeof found === 'string') return expected.length === 0
    const bytes = covered(found).toSorted((a, b) => a - b)
    return bytes.join() === expected.join()
  }))

t.test('spans lie within the object, apart from each other', (t) =>
  holds(t, ASKED, ([ranges, length]) => {
    const found = read(`bytes=${ranges.join(', ')}`, length)
    if (typeof found === 'string') return true
    return found.length > 0 && found.every((one, i) =>
      one.start >= 0 && one.start <= one.end && one.end < length &&
      found.every((other, j) => i === j || other.start > one.end + 1 || other.end + 1 < one.start))
  }))

t.test('spans stand in the order in which their first byte range was asked for', (t) =>
  holds(t, ASKED, ([ranges, length]) => {
    const found = read(`bytes=${ranges.join(',')}`, length)
    if (typeof found === 'string') return true
    const firstAsked = found.map((span) => ranges.findIndex((range) =>
      [...naive([range], length)].some((at) => at >= span.start && at <= span.end)))
    return firstAsked.every((at, i) => i === 0 || firstAsked[i - 1]! < at)
  }))

t.test('no text makes the reading of ranges throw or leave the object', (t) => {
  const text = textOf(['bytes=', '-', ',', ' ', '0', '1', '9'.repeat(20), '0-1', '-0', 'e'])
  const values = fc.tuple(text, fc.oneof(text, fc.constant(null)), LENGTH)
  holds(t, values, ([range, ifRange, lengthBytes]) => {
    for (const value of [range, `bytes=${range}`]) {
      const found = spans(requestHead({ range: value, ifRange }), entry({ lengthBytes }))
      if (typeof found === 'string') continue
      const isInside = ({ start, end }: Span) => start >= 0 && start <= end && end < lengthBytes
      if (!found.every(isInside)) return false
    }
    return true
  })
})

t.test('a multipart body is as long as it says', (t) => holds(t, ASKED, ([ranges, length]) => {
  const found = read(`bytes=${ranges.join(',')}`, length)
  if (typeof found === 'string') return true
  const frame = multipart(found, length, 'text/plain', 'boundary')
  const heads = frame.heads.reduce((sum, head) => sum + head.length, 0)
  return frame.heads.length === found.length &&
    frame.lengthBytes === heads + covered(found).length + frame.tail.length
}))
