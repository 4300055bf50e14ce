import t from 'tap'
import {
  deliverWhen, fetchWhen, requestWhen, storeWhen,
} from '../../../src/run/config/schema-when.ts'

const EVERYWHERE = { requestWhen, fetchWhen, storeWhen, deliverWhen }

/** A key, a value for it, and where it may stand. */
const KEYS: ReadonlyArray<readonly [string, unknown, ReadonlyArray<keyof typeof EVERYWHERE>]> = [
  ['host', 'a.org', ['requestWhen', 'deliverWhen']],
  ['path', ['/a', '/b'], ['requestWhen', 'deliverWhen']],
  ['path_regex', ['/a', '/b+'], ['requestWhen', 'deliverWhen']],
  ['method', 'GET', ['requestWhen', 'deliverWhen']],
  ['header', { accept: '*json*', cookie: false }, ['requestWhen', 'deliverWhen']],
  ['query', { 'a b': ['1', '2'], c: true }, ['requestWhen', 'deliverWhen']],
  ['client', ['office'], ['requestWhen', 'deliverWhen']],
  ['key', '**/*.iso', ['fetchWhen', 'storeWhen', 'deliverWhen']],
  ['status', [404, '5xx'], ['storeWhen', 'deliverWhen']],
  ['size_over', '1MiB', ['storeWhen', 'deliverWhen']],
  ['size_under', '1GB', ['storeWhen', 'deliverWhen']],
  ['type', 'text/*', ['storeWhen', 'deliverWhen']],
  ['answer', { 'x-a': '' }, ['storeWhen', 'deliverWhen']],
]

for (const [key, value, places] of KEYS) {
  t.test(`${key} may stand in ${places.join(' and ')} alone, negated or not`, (t) => {
    for (const [place, schema] of Object.entries(EVERYWHERE)) {
      const allowed = places.some((one) => one === place)
      t.equal(schema.safeParse({ [key]: value }).success, allowed, place)
      t.equal(schema.safeParse({ not: { not: { [key]: value } } }).success, allowed, place)
    }
    t.end()
  })
}

t.test('a condition comes out with lists, bytes and ranges', (t) => {
  t.same(deliverWhen.parse({
    host: 'a', header: { x: 'a*', y: true }, status: [404, '5xx'], size_over: '1KiB',
    not: { size_under: '1KiB', type: ['text/*', 'image/png'] },
  }), {
    host: ['a'], header: { x: ['a*'], y: true }, pathRegex: undefined,
    status: [{ from: 404, to: 404 }, { from: 500, to: 599 }], sizeOver: 1024, sizeUnder: undefined,
    not: {
      pathRegex: undefined, sizeOver: undefined, sizeUnder: 1024,
      type: ['text/*', 'image/png'], not: undefined,
    },
  })
  t.end()
})

const REFUSED = [
  { method: 'get' }, { method: 'TRACE' }, { header: { 'a b': 'x' } }, { header: { a: 1 } },
  { header: { a: [] } }, { header: { a: ['x', true] } }, { header: { a: 'ü' } },
  { query: { a: 'a\nb' } }, { query: { '': true } }, { status: '6xx' }, { status: 99 },
  { status: '404' }, { size_over: 5 }, { type: 'text' }, { type: 'text/html; charset=x' },
  { type: '*/html' }, { client: [] }, { not: null },
]

for (const rule of REFUSED) {
  t.test(`${JSON.stringify(rule)} is no condition`, (t) => {
    t.equal(deliverWhen.safeParse(rule).success, false)
    t.end()
  })
}
