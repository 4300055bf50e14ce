import { validateHeaderName, validateHeaderValue } from 'node:http'
import * as fc from 'fast-check'
import t from 'tap'
import { formatDate, parseDate } from '../../src/decide/http/date.ts'
import {
  md5OfEtag, parseEtagList, quoteEtag, strongMatch, weakMatch,
} from '../../src/decide/http/etag.ts'
import { gate, refuseBody } from '../../src/decide/http/gate.ts'
import { endToEnd, find, isFieldValue, isToken } from '../../src/decide/http/headers.ts'
import { judge } from '../../src/decide/http/judge.ts'
import { precondition } from '../../src/decide/http/preconditions.ts'
import { entry, exchange, NOW, policy, requestHead } from '../decide/nouns.ts'
import { holds, textOf } from './property.ts'

const SECOND = fc.integer({ min: -62_167_219_200, max: 253_402_300_799 })
const DATE = textOf([
  'Sun', ', ', '06', ' ', 'Nov', '1994', '08:49:37', ' GMT', 'Sunday', '-', '94', ' 6', '29', 'Feb',
  '60',
])
const TAGS = textOf(['"', 'W/', '*', ',', ' ', 'a', '"abc"', 'W/"abc"', '\t', '5d41402a', '-1'])

const LONG_DAYS = {
  Mon: 'Monday', Tue: 'Tuesday', Wed: 'Wednesday', Thu: 'Thursday', Fri: 'Friday',
  Sat: 'Saturday', Sun: 'Sunday',
}
type Day = keyof typeof LONG_DAYS

t.test('every second of ten thousand years survives being written and read', (t) =>
  holds(t, SECOND, (second) => parseDate(formatDate(second * 1000), NOW) === second * 1000))

t.test('the three forms of one date mean one instant', (t) => {
  const recent = fc.integer({ min: Date.UTC(1990, 0, 1) / 1000, max: Date.UTC(2070, 0, 1) / 1000 })
  holds(t, recent, (second) => {
    const text = formatDate(second * 1000)
    const parts = text.split(/,? /) as [Day, string, string, string, string]
    const [day, date, month, year, time] = parts
    const asctime = `${day} ${month} ${date.replace(/^0/, ' ')} ${time} ${year}`
    const rfc850 = `${LONG_DAYS[day]}, ${date}-${month}-${year.slice(2)} ${time} GMT`
    return [asctime, rfc850].every((form) => parseDate(form, NOW) === second * 1000)
  })
})

t.test('no text makes the reading of a date throw, and a date is a whole second', (t) =>
  holds(t, DATE, (text) => {
    const ms = parseDate(text, NOW)
    return ms === null || (Number.isInteger(ms / 1000) && parseDate(formatDate(ms), NOW) === ms)
  }))

t.test('whatever origins and clients write as a tag becomes a proper one or none', (t) =>
  holds(t, TAGS, (text) => {
    const quoted = quoteEtag(text)
    const list = parseEtagList(text)
    const md5 = md5OfEtag(text)
    const tags = [...(Array.isArray(list) ? list : []), ...(quoted === null ? [] : [quoted])]
    return tags.every((tag) => /^(?:W\/)?"[!#-~\x80-\xff]*"$/.test(tag) && quoteEtag(tag) === tag &&
      weakMatch(tag, tag) && strongMatch(tag, tag) === !tag.startsWith('W/')) &&
      (md5 === null || /^[0-9a-f]{32}$/.test(md5))
  }))

t.test('tags joined to a list come out of it as they were', (t) => {
  const tag = fc.tuple(fc.boolean(), fc.string({ maxLength: 8 })).map(([weak, text]) =>
    `${weak ? 'W/' : ''}"${text.replaceAll(/[ "\x7f]/g, '')}"`)
  holds(t, fc.array(tag, { maxLength: 6 }), (tags) =>
    JSON.stringify(parseEtagList(tags.join(', '))) === JSON.stringify(tags))
})

t.test('no conditions make the judging of them throw', (t) => {
  const text = fc.oneof(TAGS, DATE, fc.constant(null))
  holds(t, fc.tuple(text, text, text, text), (values) => {
    const [ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince] = values
    const head = requestHead({ ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince })
    const verdict = precondition(head, entry(), 'GET')
    if (verdict === 'failed') return ifMatch !== null || ifUnmodifiedSince !== null
    if (verdict === 'not-modified') return ifNoneMatch !== null || ifModifiedSince !== null
    return true
  })
})

const NAMES = [
  'Host', 'host', 'Range', 'Content-Length', 'content-length', 'Transfer-Encoding', 'Expect',
  'If-Match', 'If-Range', 'Connection', 'X-One', 'If-None-Match', 'Authorization', 'TE',
  '__proto__',
]
const GOOD: ReadonlyArray<[name: string, value: string]> = [
  ['Host', 'a'], ['Content-Length', '0'], ['Content-Length', '7'], ['Transfer-Encoding', 'chunked'],
  ['Expect', '100-continue'], ['Range', 'bytes=0-1'], ['Connection', 'x-one'], ['X-One', '1'],
]
const FIELDS = fc.array(fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...GOOD) },
  { weight: 1, arbitrary: fc.tuple(
    fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'binary', maxLength: 20 })),
    textOf(['a', 'chunked', 'gzip', ', ', '0', '12', '100-continue', 'x-one', 'host', '"']),
  ) },
), { maxLength: 8 }).map((fields) => fields.flat())

t.test('whatever passes the gate has one Host and one framing', (t) =>
  holds(t, fc.tuple(FIELDS, fc.constantFrom('1.0', '1.1')), ([fields, version]) => {
    const x = exchange({ fields, version })
    const refusal = gate(x)
    if (refusal !== null) return refusal.close && refusal.status >= 400
    const names = fields.filter((_, i) => i % 2 === 0).map((text) => text.toLowerCase())
    const count = (name: string) => names.filter((other) => other === name).length
    const { host, contentLength, transferEncoding } = x.head
    return count('host') === (host === null ? 0 : 1) && (host !== null || version === '1.0') &&
      count('content-length') + count('transfer-encoding') <= 1 &&
      (contentLength === null || /^\d+$/.test(contentLength)) &&
      /^(?:null|chunked)$/i.test(`${transferEncoding}`) &&
      (transferEncoding === null || version === '1.1') &&
      (refuseBody(x) === null) === (Number(contentLength) === 0 && transferEncoding === null)
  }))

t.test('no list of fields keeps a field for neighbours only', (t) => holds(t, FIELDS, (fields) => {
  const kept = endToEnd(fields)
  return ['connection', 'te', 'transfer-encoding'].every((name) => find(kept, name) === null) &&
    JSON.stringify(endToEnd(kept)) === JSON.stringify(kept)
}))

t.test('what may be a field is just what node:http would send', (t) =>
  holds(t, fc.tuple(FIELDS, fc.string({ unit: 'binary', maxLength: 10 })), ([fields, value]) => {
    const name = fields[0] ?? 'x'
    return isToken(name) === accepts(() => validateHeaderName(name)) &&
      isFieldValue(value) === accepts(() => validateHeaderValue('x', value))
  }))

function accepts(check: () => void): boolean {
  try {
    check()
    return true
  } catch {
    return false
  }
}

t.test('as an entry grows older its verdict only gets worse', (t) => {
  const order = ['hit', 'stale', 'revalidate', 'miss']
  const ms = fc.nat({ max: 1000 })
  const values = fc.record({
    ttlMs: ms, graceMs: ms, keepMs: ms, status: fc.constantFrom(200, 403, 404, 410),
    ages: fc.tuple(fc.nat({ max: 4000 }), fc.nat({ max: 4000 })),
  })
  holds(t, values, ({ ages, status, ...cache }) => {
    const [younger, older] = ages.toSorted((a, b) => a - b)
      .map((age) => judge(entry({ status }), policy(cache), NOW + age)) as [string, string]
    return order.indexOf(younger) <= order.indexOf(older)
  })
})
