/** Revalidation in every era: asked in the store's spelling, told to clients in the proper one. */
import t from 'tap'
import type { CachePolicy } from '../../src/model/policy.ts'
import { passed } from '../support/clock.ts'
import { bytesOf } from '../support/entries.ts'
import { openHouse } from '../support/house.ts'
import { askedFor, checkUpstream, fieldOf } from '../support/origin-view.ts'

const DAY_MS = 86_400_000
const MODIFIED_AT = Date.UTC(2011, 10, 15, 12, 45, 26)
/** Stale after a millisecond, and asked about for a day. */
const ASKED_ABOUT: Partial<CachePolicy> = { ttlMs: 1, graceMs: 0, keepMs: DAY_MS }

/** Whether the era's entity tags are quoted, and what it says to a condition that holds. */
const ERAS = [
  { era: 'walrus2', quoted: false, byTag: ['GET 304'], bySince: ['GET 304'] },
  { era: 'walrus3', quoted: false, byTag: ['GET 304'], bySince: ['GET 304'] },
  // Does not know its own tag again, and falls over its own 304.
  { era: 'osg4', quoted: true, byTag: ['GET 200'], bySince: ['GET 500', 'GET 200'] },
  { era: 'osg5', quoted: true, byTag: ['GET 304'], bySince: ['GET 304'] },
  { era: 's3', quoted: true, byTag: ['GET 304'], bySince: ['GET 304'] },
] as const

for (const { era, quoted, byTag, bySince } of ERAS) {
  t.test(`${era}: what has not changed is delivered as it was, by its entity tag`, async (t) => {
    const house = await openHouse({ era, cache: ASKED_ABOUT })
    t.teardown(() => house.close())
    const body = bytesOf(400_000)
    await house.pocket.put('bucket', 'a', body, { contentType: 'image/png', private: true })
    const first = await house.get('/get/a')
    for (let round = 1; round <= 3; round++) {
      await passed(2)
      const again = await house.get('/get/a')
      t.equal(again.status, 200)
      t.ok(again.body.equals(body))
      t.match(again.headers['cache-status'], /fwd=stale; .*; stored; .*; detail=revalidated$/)
      t.equal(again.headers['age'], '0')
      for (const name of ['content-type', 'content-length', 'etag', 'last-modified']) {
        t.equal(again.headers[name], first.headers[name], name)
      }
      const asked = house.pocket.requests[round]
      const etag = String(first.headers['etag'])
      t.equal(fieldOf(asked, 'If-None-Match'), quoted ? etag : etag.replaceAll('"', ''))
      t.equal(fieldOf(asked, 'If-Modified-Since'), null, 'one validator, not two')
    }
    t.same(askedFor(house), ['GET 200', ...byTag, ...byTag, ...byTag])
    checkUpstream(t, house)
  })

  t.test(`${era}: without an entity tag it is asked by date`, async (t) => {
    const house = await openHouse({ era, cache: ASKED_ABOUT })
    t.teardown(() => house.close())
    const put = { etag: 'none', lastModifiedAt: MODIFIED_AT } as const
    await house.pocket.put('bucket', 'a', 'bytes', put)
    await house.get('/get/a')
    await passed(2)
    const again = await house.get('/get/a')
    t.equal(`${again.status} ${again.body.toString()}`, '200 bytes')
    t.match(again.headers['cache-status'], /detail=revalidated/)
    const since = fieldOf(house.pocket.requests[1], 'If-Modified-Since')
    t.equal(since, 'Tue, 15 Nov 2011 12:45:26 GMT')
    t.same(askedFor(house), ['GET 200', ...bySince])
    checkUpstream(t, house)
  })

  t.test(`${era}: what has changed about the same bytes is told from then on`, async (t) => {
    const house = await openHouse({ era, cache: ASKED_ABOUT })
    t.teardown(() => house.close())
    const stamp = { contentType: 'image/png', lastModifiedAt: MODIFIED_AT }
    const old = [['X-Amz-Meta-A', '1'], ['X-State', 'old'], ['X-Kept', '1']] as const
    await house.pocket.put('bucket', 'a', 'bytes', { ...stamp, fields: old })
    await house.get('/get/a')
    const set = [['X-State', 'new'], ['X-More', '1']] as const
    house.pocket.behave({ fault: { kind: 'fields', set } })
    await passed(2)
    const again = await house.get('/get/a')
    t.match(again.headers['cache-status'], /detail=revalidated/)
    t.match(again.headers, { 'x-state': 'new', 'x-more': '1', 'x-kept': '1' })
    t.match(again.headers, { 'content-type': 'image/png', 'content-length': '5' })
    t.equal(again.headers['last-modified'], 'Tue, 15 Nov 2011 12:45:26 GMT')
    t.equal(again.body.toString(), 'bytes')
    // Uploaded once more: another date, the same entity tag.
    await house.pocket.put('bucket', 'a', 'bytes', { ...stamp, lastModifiedAt: 1.4e12 })
    await passed(2)
    const later = await house.get('/get/a')
    t.match(later.headers['cache-status'], /detail=revalidated/)
    t.equal(later.headers['last-modified'], 'Tue, 13 May 2014 16:53:20 GMT')
    const since = { 'If-Modified-Since': 'Tue, 13 May 2014 16:53:20 GMT' }
    t.equal((await house.get('/get/a', { headers: since })).status, 304)
  })

  t.test(`${era}: HEAD, a range and a condition revalidate too`, async (t) => {
    const house = await openHouse({ era, cache: ASKED_ABOUT })
    t.teardown(() => house.close())
    const body = bytesOf(1000)
    await house.pocket.put('bucket', 'a', body)
    const { headers } = await house.get('/get/a')
    await passed(2)
    const head = await house.get('/get/a', { method: 'HEAD' })
    t.match(head.headers['cache-status'], /fwd=stale; .*detail=revalidated/)
    t.equal(head.headers['content-length'], '1000')
    await passed(2)
    const part = await house.get('/get/a', { headers: { Range: 'bytes=-10' } })
    t.equal(part.status, 206)
    t.ok(part.body.equals(body.subarray(990)))
    t.match(part.headers['cache-status'], /detail=revalidated/)
    await passed(2)
    const known = { 'If-None-Match': String(headers['etag']) }
    const unchanged = await house.get('/get/a', { headers: known })
    t.equal(unchanged.status, 304)
    t.match(unchanged.headers['cache-status'], /fwd=stale; .*detail=revalidated/)
    t.equal(house.pocket.requests.length, 4)
    checkUpstream(t, house)
  })

  t.test(`${era}: a changed object is delivered new, and only new from then on`, async (t) => {
    const routes = [
      { name: 'asked', match: { path: '/asked/{key}' }, to: 'files/{key}', cache: ASKED_ABOUT },
      { name: 'kept', match: { path: '/kept/{key}' }, to: 'files/{key}' },
    ]
    const house = await openHouse({ era, routes })
    t.teardown(() => house.close())
    await house.pocket.put('bucket', 'a', 'old bytes', { lastModifiedAt: 1e12 })
    const old = await house.get('/asked/a')
    await house.pocket.put('bucket', 'a', 'new bytes', { lastModifiedAt: 1.1e12 })
    await passed(2)
    const changed = await house.get('/asked/a')
    t.equal(`${changed.status} ${changed.body.toString()}`, '200 new bytes')
    t.match(changed.headers['cache-status'], /fwd=stale; fwd-status=200; stored; .*detail=miss/)
    t.not(changed.headers['etag'], old.headers['etag'])
    t.equal(changed.headers['last-modified'], 'Tue, 09 Nov 2004 11:33:20 GMT')
    t.equal((await house.get('/kept/a')).body.toString(), 'new bytes')
    t.equal(house.pocket.requests.length, 2)
    checkUpstream(t, house)
  })

  t.test(`${era}: a removed object is gone, and what was stored of it too`, async (t) => {
    const house = await openHouse({ era, cache: ASKED_ABOUT })
    t.teardown(() => house.close())
    await house.pocket.put('bucket', 'a', 'bytes')
    await house.get('/get/a')
    await house.pocket.remove('bucket', 'a')
    await passed(2)
    const gone = await house.get('/get/a')
    t.equal(gone.status, 404)
    t.match(gone.headers['cache-status'], /fwd=stale; fwd-status=404; detail=miss/)
    // What is gone is no last resort either.
    house.pocket.behave({ fault: { kind: 'status', status: 503 } })
    t.equal((await house.get('/get/a')).status, 502)
    checkUpstream(t, house)
  })

  t.test(`${era}: an object that has become private is forbidden`, async (t) => {
    const house = await openHouse({ era, cache: ASKED_ABOUT, origin: { signing: 'none' } })
    t.teardown(() => house.close())
    await house.pocket.put('bucket', 'a', 'bytes')
    t.equal((await house.get('/get/a')).status, 200)
    await house.pocket.put('bucket', 'a', 'bytes', { private: true })
    await passed(2)
    const denied = await house.get('/get/a')
    t.equal(denied.status, 403)
    t.notMatch(denied.body.toString(), /bytes|AccessDenied/)
    checkUpstream(t, house)
  })
}
