import t from 'tap'
import { storable, ttlOf } from '../../../src/decide/http/storable.ts'
import { cachePolicy, originHead } from '../nouns.ts'

const TAG = ['ETag', '5d41402abc4b2a76b9719d911017c592']

t.test('the ttl is the status\'s', (t) => {
  const cache = cachePolicy()
  for (const [status, ms] of [
    [200, 60_000], [404, 5000], [410, 5000], [403, 2000], [206, 0], [304, 0], [500, 0],
  ] as const) t.equal(ttlOf(status, cache), ms, `${status}`)
  t.end()
})

t.test('an answer with a ttl is stored, and one without is not', (t) => {
  t.equal(storable(originHead(), cachePolicy()), true)
  t.equal(storable(originHead(), cachePolicy({ ttlMs: 0 })), 'no-ttl')
  const known = originHead({ kind: 'not-modified', status: 304 })
  t.equal(storable(known, cachePolicy()), true)
  t.equal(storable(known, cachePolicy({ ttlMs: 0 })), 'no-ttl')
  const absent = originHead({ kind: 'absent', status: 404 })
  t.equal(storable(absent, cachePolicy()), true)
  t.equal(storable(originHead({ kind: 'absent', status: 410 }), cachePolicy()), true)
  t.equal(storable(absent, cachePolicy({ notFoundMs: 0 })), 'no-ttl')
  t.equal(storable(originHead({ kind: 'forbidden', status: 403 }), cachePolicy()), true)
  t.equal(storable(originHead({ kind: 'forbidden', status: 401 }), cachePolicy()), 'no-ttl')
  const forbidden = originHead({ kind: 'forbidden', status: 403, delimited: false })
  t.equal(storable(forbidden, cachePolicy()), true, 'the body of a negative answer is not stored')
  t.equal(storable(forbidden, cachePolicy({ forbiddenMs: 0 })), 'no-ttl')
  t.end()
})

const cut = (fields: readonly string[]) => originHead({ delimited: false, fields })

t.test('a body whose end cannot be told from a cut needs a digest', (t) => {
  t.equal(storable(cut([]), cachePolicy()), 'not-whole')
  t.equal(storable(cut(['ETag', '"x-1"']), cachePolicy()), 'not-whole')
  t.equal(storable(cut(TAG), cachePolicy()), true)
  const unread = cachePolicy({ verify: 'none' })
  t.equal(storable(cut(TAG), unread), 'not-whole', 'nobody would look at it')
  t.end()
})

t.test('a part is not stored as the whole, whatever its status', (t) => {
  const fields = ['content-range', '0-9/10']
  t.equal(storable(originHead({ fields }), cachePolicy()), 'not-whole')
  t.equal(storable(originHead({ fields, status: 206, fromByte: 5 }), cachePolicy()), true,
    'the rest of an interrupted fetch')
  t.end()
})
