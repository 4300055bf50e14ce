import t from 'tap'
import { bytesOf } from '../support/entries.ts'
import { openHouse } from '../support/house.ts'

const ERAS = ['walrus2', 'walrus3', 'osg4', 'osg5', 's3'] as const
const MIB = 1024 * 1024

for (const era of ERAS) {
  t.test(`${era}: a miss, then hits from memory, whatever the size`, async (t) => {
    const house = await openHouse({ era })
    t.teardown(() => house.close())
    for (const size of [0, 1, 1000, 262_124, 262_125, 5 * MIB]) {
      const body = bytesOf(size)
      await house.pocket.put('bucket', `${size}/a b+c[é]#%.tgz`, body, { private: true })
      const path = `/get/${size}/a%20b+c[%C3%A9]%23%25.tgz`
      const miss = await house.get(path)
      t.equal(miss.status, 200)
      t.ok(miss.body.equals(body))
      t.match(miss.headers['cache-status'], /fwd=uri-miss; fwd-status=200; stored.*detail=miss/)
      const hit = await house.get(path)
      t.equal(hit.status, 200)
      t.ok(hit.body.equals(body))
      t.match(hit.headers['cache-status'], /hit; ttl=\d+; detail=hit-memory/)
      t.equal(hit.headers['content-length'], String(size))
      t.match(hit.headers['etag'], /^"[0-9a-f]{32}"$/)
    }
    t.equal(house.pocket.requests.length, 6)
    t.same(house.pocket.failures, [])
  })
}
