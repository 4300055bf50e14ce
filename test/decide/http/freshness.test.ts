import t from 'tap'
import { ageField, ageMs, lifetimeOf } from '../../../src/decide/http/age.ts'
import { factsOf } from '../../../src/decide/http/facts.ts'
import { dateAt } from '../../../src/decide/http/freshness.ts'
import { facts, NOW, received, respect } from '../nouns.ts'

const LATER = 'Sat, 31 Jan 2026 12:01:00 GMT'
const EARLIER = 'Sat, 31 Jan 2026 11:59:00 GMT'
const DAY_MS = 86_400_000

/** `name: value` lines. */
function fieldsOf(text: string): string[] {
  return text.split(' | ').filter((line) => line !== '').flatMap((line) => {
    const [name, ...value] = line.split(': ')
    return [name!, value.join(': ')]
  })
}

t.test('the lifetime is what the origin gives, by rank', (t) => {
  for (const [text, ms] of [
    ['', -1],
    ['Cache-Control: max-age=60', 60_000],
    ['Cache-Control: s-maxage=5, max-age=60', 5000],
    ['Cache-Control: max-age=60, s-maxage=5', 5000],
    ['Cache-Control: s-maxage=0, max-age=60', 0],
    [`Expires: ${LATER}`, 60_000],
    [`Cache-Control: max-age=5 | Expires: ${LATER}`, 5000],
    [`Cache-Control: public | Expires: ${LATER}`, 60_000],
    [`Cache-Control: max-age=x | Expires: ${LATER}`, 0],
    [`CDN-Cache-Control: public | Cache-Control: max-age=5 | Expires: ${LATER}`, -1],
    [`CDN-Cache-Control: max-age=7 | Cache-Control: max-age=5 | Expires: ${LATER}`, 7000],
    [`CDN-Cache-Control: x; | Cache-Control: max-age=5`, 5000],
  ] as const) t.equal(factsOf(received(fieldsOf(text))).lifetimeMs, ms, text)
  t.end()
})

t.test('Expires counts from Date, and has passed when it is no date', (t) => {
  for (const [text, ms] of [
    [`Expires: ${EARLIER}`, 0],
    ['Expires: 0', 0],
    ['Expires: -1', 0],
    ['Expires: ', 0],
    ['Expires: Sat, 31 Jan 2026 12:01:00 UTC', 0],
    ['Expires: Sat, 31 Jan 2026 12:01:00', 0],
    ['Expires: Sat, 31 Feb 2026 12:01:00 GMT', 0],
    ['Expires: 2026-01-31T12:01:00Z', 0],
    ['Expires: Saturday, 31-Jan-26 12:01:00 GMT', 60_000],
    ['Expires: Sat Jan 31 12:01:00 2026', 60_000],
    [`Expires: ${LATER} | Expires: ${LATER}`, 60_000],
    [`Expires: ${LATER} | Expires: 0`, 0],
    [`Date: ${EARLIER} | Expires: ${LATER}`, 120_000],
    [`Date: nonsense | Expires: ${LATER}`, 60_000],
  ] as const) t.equal(factsOf(received(fieldsOf(text))).lifetimeMs, ms, text)
  t.end()
})

function modified(ms: number): string[] {
  return ['Last-Modified', new Date(NOW - ms).toUTCString()]
}

t.test('without a word, a tenth of the time since the last change, up to a day', (t) => {
  for (const [ms, assumed] of [
    [0, 0], [1000, 100], [100_000, 10_000], [10 * DAY_MS, DAY_MS], [1000 * DAY_MS, DAY_MS],
    [-60_000, 0],
  ] as const) t.equal(factsOf(received(modified(ms))).heuristicMs, assumed, `${ms} ms`)
  t.equal(factsOf(received()).heuristicMs, 0, 'nothing to reckon with')
  t.equal(factsOf(received(['Last-Modified', 'yesterday'])).heuristicMs, 0)
  const twice = [...modified(100_000), ...modified(100_000)]
  t.equal(factsOf(received(twice)).heuristicMs, 0, 'two are none')
  t.end()
})

t.test('freshness is assumed only for statuses that are made for it, or are public', (t) => {
  const old = modified(100_000)
  for (const status of [200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501]) {
    t.equal(factsOf(received(old, { status })).heuristicMs, 10_000, `${status}`)
  }
  for (const status of [201, 202, 302, 303, 307, 400, 403, 500, 503, 599]) {
    t.equal(factsOf(received(old, { status })).heuristicMs, -1, `${status}`)
    const open = received([...old, 'Cache-Control', 'public'], { status })
    t.equal(factsOf(open).heuristicMs, 10_000, `${status} public`)
  }
  t.end()
})

t.test('the age on receipt is the greatest that speaks for itself', (t) => {
  for (const [text, requestedAt, ms] of [
    ['', NOW, 0],
    ['Age: 60', NOW, 60_000],
    ['Age: 60', NOW - 500, 60_500],
    ['', NOW - 500, 500],
    ['Age: 60', NOW + 500, 60_000],
    [`Date: ${EARLIER}`, NOW, 60_000],
    [`Date: ${EARLIER}`, NOW - 500, 60_000],
    [`Date: ${EARLIER} | Age: 90`, NOW, 90_000],
    [`Date: ${EARLIER} | Age: 30`, NOW, 60_000],
    [`Date: ${LATER}`, NOW, 0],
    ['Date: nonsense', NOW, 0],
    ['Age: 60, 90', NOW, 60_000],
    ['Age: 60 | Age: 90', NOW, 60_000],
    ['Age: , 90', NOW, 0],
    ['Age: -60', NOW, 0],
    ['Age: 60.5', NOW, 0],
    ['Age: x', NOW, 0],
    ['Age: "60"', NOW, 0],
    ['Age: ', NOW, 0],
    ['Age: 99999999999', NOW, 2_147_483_648_000],
  ] as const) {
    const facts = factsOf(received(fieldsOf(text), { requestedAt }))
    t.equal(facts.initialAgeMs, ms, `${text} asked at ${requestedAt - NOW}`)
  }
  t.end()
})

t.test('of several dates the oldest counts, and without one the receipt', (t) => {
  const minute = 60_000
  t.equal(dateAt(received(fieldsOf(`Date: ${LATER} | Date: ${EARLIER}`))), NOW - minute)
  t.equal(dateAt(received(fieldsOf(`Date: ${LATER} | Date: x`))), NOW + minute)
  t.equal(dateAt(received(fieldsOf('Date: x'), { receivedAt: NOW + 5 })), NOW + 5)
  t.end()
})

t.test('age grows from what it was on receipt, whichever way the clock goes', (t) => {
  const old = facts({ initialAgeMs: 5000 })
  t.equal(ageMs(NOW, old, NOW), 5000)
  t.equal(ageMs(NOW, old, NOW + 60_000), 65_000)
  t.equal(ageMs(NOW, old, NOW - 60_000), 65_000, 'a clock that was set back makes nothing younger')
  t.end()
})

t.test('the Age field has whole seconds', (t) => {
  for (const [ms, text] of [[0, '0'], [999, '0'], [1000, '1'], [-5, '0'], [1e12, '1000000000']] as
    const) t.equal(ageField(ms), text, `${ms} ms`)
  t.end()
})

t.test('the operator speaks where the origin does not, but not for every status', (t) => {
  const ours = respect({ ttlMs: 9000 })
  t.equal(lifetimeOf(facts({ lifetimeMs: 5000 }), ours), 5000)
  t.equal(lifetimeOf(facts({ lifetimeMs: 0, heuristicMs: 7000 }), ours), 0)
  t.equal(lifetimeOf(facts({ heuristicMs: 7000 }), ours), 9000)
  t.equal(lifetimeOf(facts({ heuristicMs: 7000 }), respect()), 7000)
  t.equal(lifetimeOf(facts({ heuristicMs: -1 }), ours), 0)
  t.end()
})

t.test('the facts of a response are frozen', (t) => {
  t.ok(Object.isFrozen(factsOf(received())))
  t.end()
})
