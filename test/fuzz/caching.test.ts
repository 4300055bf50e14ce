import * as fc from 'fast-check'
import t from 'tap'
import { parseCacheControl, parseTargeted } from '../../src/decide/http/cache-control.ts'
import { parseContentRange } from '../../src/decide/http/content-range.ts'
import { factsOf } from '../../src/decide/http/facts.ts'
import { freshened } from '../../src/decide/http/freshen.ts'
import { invalidated } from '../../src/decide/http/invalidate.ts'
import { judgeHttp, mayStandIn } from '../../src/decide/http/judge-http.ts'
import { normalise } from '../../src/decide/http/normalise.ts'
import { combined, isWhole, missing, partOf } from '../../src/decide/http/parts.ts'
import { originForm, parseUri, resolve, sameUri } from '../../src/decide/http/reference.ts'
import { askedOf } from '../../src/decide/http/request-directives.ts'
import { responseDirectives } from '../../src/decide/http/response-directives.ts'
import { storableHttp } from '../../src/decide/http/storable-http.ts'
import { parseDictionary } from '../../src/decide/http/structured.ts'
import { choose, variantKey, withVariant } from '../../src/decide/http/variants.ts'
import { selectors, varyOf } from '../../src/decide/http/vary.ts'
import { DATE, MODIFIED, NOW, received, respect } from '../decide/nouns.ts'
import { holds, textOf } from './property.ts'

const DIRECTIVES = textOf([
  'max-age', 's-maxage', 'no-store', 'no-cache', 'private', 'public', 'must-revalidate',
  'must-understand', 'stale-while-revalidate', '=', '60', '"', ',', ' ', '\t', '\\', ';', '-', '.',
  '?0', '(', ')', '"Set-Cookie"', '99999999999999999999',
])
const NAMES = fc.constantFrom(
  'Cache-Control', 'CDN-Cache-Control', 'Expires', 'Age', 'Date', 'Last-Modified', 'ETag', 'Vary',
  'Location', 'Content-Location', 'Content-Range', 'Content-Length', 'Pragma', 'Set-Cookie',
)
const VALUES = fc.oneof(
  DIRECTIVES, fc.constantFrom(DATE, MODIFIED, '"a"', 'W/"a"', '*', 'accept', '0', 'bytes 0-3/9'),
)
const FIELDS = fc.array(fc.tuple(NAMES, VALUES), { maxLength: 6 }).map((lines) => lines.flat())
const STATUS = fc.constantFrom(200, 203, 206, 301, 302, 304, 404, 416, 499, 503)

t.test('any bytes make directives, and none of them a lifetime beyond the greatest', (t) =>
  holds(t, DIRECTIVES, (text) => {
    const said = responseDirectives(['Cache-Control', text, 'CDN-Cache-Control', text])
    const durations = [said.maxAgeMs, said.sharedMaxAgeMs, said.whileRevalidateMs, said.ifErrorMs]
    return durations.every((ms) => ms >= -1 && ms <= 2_147_483_648_000) &&
      parseCacheControl([text]).every((one) => one.name === one.name.toLowerCase())
  }))

t.test('no-store is heard, whatever stands around it', (t) =>
  holds(t, fc.tuple(DIRECTIVES, DIRECTIVES), ([before, after]) => {
    // Inside of a well-formed quoted string it is no directive.
    const text = `${before.replaceAll(/["\\]/g, '')},no-store,${after}`
    const { noStore, mustUnderstand } = responseDirectives(['Cache-Control', text])
    return noStore || mustUnderstand
  }))

t.test('a targeted field that cannot be read is as if it were not there', (t) =>
  holds(t, fc.tuple(DIRECTIVES, DIRECTIVES), ([targeted, text]) => {
    const fields = ['Cache-Control', text, 'CDN-Cache-Control', targeted]
    if (parseTargeted(targeted) !== null) return responseDirectives(fields).targeted
    t.same(responseDirectives(fields), responseDirectives(['Cache-Control', text]))
    return true
  }))

t.test('what makes a dictionary is printable, and a comma behind it spoils it', (t) =>
  holds(t, DIRECTIVES, (text) => {
    const found = parseDictionary(text)
    return found === null || (/^[\t -~]*$/.test(text) && parseDictionary(`${text},`) === null) ||
      text.trim() === ''
  }))

t.test('whatever a request asks, the windows are numbers', (t) =>
  holds(t, fc.tuple(DIRECTIVES, fc.option(DIRECTIVES)), ([text, pragma]) => {
    const { maxAgeMs, minFreshMs, maxStaleMs, ifErrorMs } = askedOf(text, pragma)
    return [maxAgeMs, minFreshMs, maxStaleMs, ifErrorMs].every((ms) => ms >= 0)
  }))

t.test('any response gets facts, and is never fresher than its lifetime', (t) =>
  holds(t, fc.tuple(FIELDS, STATUS, fc.nat(200_000)), ([fields, status, later]) => {
    const one = received(fields, { status })
    const facts = factsOf(one)
    storableHttp(one, facts, respect())
    partOf(one, facts, respect())
    const judged = { facts, storedAt: NOW }
    const now = { respect: respect(), asked: askedOf(null, null), now: NOW + later }
    mayStandIn(judged, now)
    const lifetime = Math.max(facts.lifetimeMs, facts.lifetimeMs < 0 ? facts.heuristicMs : 0)
    return judgeHttp(judged, now) !== 'hit' || facts.initialAgeMs + later < lifetime
  }))

t.test('what was fresh before is not fresh again later', (t) =>
  holds(t, fc.tuple(FIELDS, fc.nat(100_000), fc.nat(100_000)), ([fields, first, more]) => {
    const judged = { facts: factsOf(received(fields)), storedAt: NOW }
    const at = (ms: number) =>
      judgeHttp(judged, { respect: respect(), asked: askedOf(null, null), now: NOW + ms })
    return at(first) === 'hit' || at(first + more) !== 'hit'
  }))

t.test('any bytes make selectors, and equal requests are selected alike', (t) =>
  holds(t, fc.tuple(FIELDS, FIELDS), ([response, request]) => {
    const names = varyOf(response)
    if (names === '*') return true
    const values = selectors(names, request)
    const one = { key: variantKey('k', names, values), names, values, languages: [], dateAt: 0 }
    return choose(withVariant([], one).variants, request) === one
  }))

t.test('normalising twice changes nothing more', (t) => {
  const name = fc.constantFrom('accept', 'accept-encoding', 'accept-language', 'x')
  const list = textOf(['gzip', 'br', 'a/b', ';', 'q=', '0.5', '1', ',', ' ', '"', ';q=0.1', 'x=1'])
  holds(t, fc.tuple(name, list), ([field, text]) => {
    const once = normalise(field, [text])!
    return normalise(field, [once]) === once
  })
})

t.test('what is resolved is a URI that stands for itself', (t) => {
  const text = textOf([
    'http:', 'https:', '//', '/', '..', '.', 'a', ':80', '?', '#', '@', '\\', '%2e',
  ])
  holds(t, text, (reference) => {
    const uri = resolve(reference, 'http://planet.example.org/a/b?c')
    if (uri === null) return true
    const written = `${uri.scheme}://${uri.authority}${originForm(uri)}`
    return sameUri(uri, written) && parseUri(written) !== null && !/\/\.\.?(?:\/|$)/.test(uri.path)
  })
})

t.test('nothing of another origin is invalidated', (t) =>
  holds(t, FIELDS, (fields) => {
    const gone = invalidated(received(fields, { method: 'POST' }))
    return gone.length > 0 && gone.every((target) => target.startsWith('/'))
  }))

t.test('a 304 freshens nothing with another strong tag', (t) =>
  holds(t, FIELDS, (fields) => {
    const stored = [{
      etag: '"other"', lastModifiedAt: NOW - 1, lengthBytes: 1, date: DATE, storedAt: NOW,
    }]
    const tagged = ['ETag', '"a"', ...fields]
    return freshened(stored, tagged, NOW).length === 0
  }))

const SPAN = fc.tuple(fc.nat(40), fc.nat(10)).map(([start, more]) => ({ start, end: start + more }))

t.test('parts joined hold the bytes of both, and what is missing is the rest', (t) =>
  holds(t, fc.array(SPAN, { minLength: 1, maxLength: 8 }), (spans) => {
    const bytes = new Set<number>()
    let all = { validator: '"a"', spans: [] as ReadonlyArray<typeof spans[0]>, lengthBytes: 60 }
    for (const span of spans) {
      for (let i = span.start; i <= span.end; i++) bytes.add(i)
      const next = combined(all, { ...all, spans: [span] })
      all = { ...all, spans: next!.spans }
    }
    const gaps = missing(all, { start: 0, end: 59 })
    const held = new Set(Array.from({ length: 60 }, (_, i) => i).filter((i) =>
      !gaps.some((gap) => i >= gap.start && i <= gap.end)))
    t.same([...held], [...bytes].sort((one, other) => one - other))
    return isWhole(all) === (bytes.size === 60)
  }))

t.test('any bytes make a Content-Range that agrees with itself, or none', (t) =>
  holds(t, textOf(['bytes ', '0', '-', '9', '/', '*', '10', ' ']), (text) => {
    const range = parseContentRange(text)
    if (range === null || range.span === null) return true
    const { span, lengthBytes } = range
    return span.start <= span.end && (lengthBytes === null || span.end < lengthBytes)
  }))
