/** Every era through the whole house: whatever the store's habits, the client gets proper HTTP. */
import { Agent } from 'node:http'
import t from 'tap'
import { bytesOf } from '../support/entries.ts'
import { openHouse } from '../support/house.ts'
import { checkUpstream, askedFor } from '../support/origin-view.ts'

const ERAS = ['walrus2', 'walrus3', 'osg4', 'osg5', 's3'] as const
const MIB = 1024 * 1024
const DAY_MS = 86_400_000

/** Every way in which a client may try to have a say in what the store does. */
const MEDDLING = {
  'Host': 'other.walrus', 'Cookie': 'a=b', 'Authorization': 'AWS AKID:c2ln', 'X-Amz-Date': 'now',
  'X-Forwarded-Host': 'evil', 'X-Amz-Security-Token': 'token', 'Accept-Encoding': 'gzip',
  'X-Amz-Acl': 'public-read', 'Accept': 'text/html', 'User-Agent': 'client/1',
  'Cache-Control': 'no-cache',
}
const MEDDLING_QUERIES = [
  '?acl', '?torrent', '?versionId=1', '?IsCompressed=true', '?response-content-type=text/html', '?',
]

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
    checkUpstream(t, house)
  })

  t.test(`${era}: HEAD tells what GET would, cold, warm, and while a GET flies`, async (t) => {
    const house = await openHouse({ era })
    t.teardown(() => house.close())
    const body = bytesOf(1000)
    await house.pocket.put('bucket', 'a', body, { private: true, contentType: 'image/png' })
    const path = '/get/a'

    const cold = await house.get(path, { method: 'HEAD' })
    t.match(cold.headers['cache-status'], /fwd=uri-miss; fwd-status=200; .*detail=miss/)
    house.pocket.behave({ fault: { kind: 'stall', afterBytes: 500 } })
    const flying = house.get(path)
    await house.pocket.held()
    const during = await house.get(path, { method: 'HEAD' })
    t.match(during.headers['cache-status'], /fwd=uri-miss; .*collapsed; .*detail=joined/)
    house.pocket.release()
    const whole = await flying
    t.ok(whole.body.equals(body))
    const warm = await house.get(path, { method: 'HEAD' })
    t.match(warm.headers['cache-status'], /hit; .*detail=hit-memory/)

    for (const head of [cold, during, warm]) {
      t.equal(head.status, 200)
      t.equal(head.body.length, 0)
      for (const name of ['content-length', 'content-type', 'etag', 'last-modified']) {
        t.equal(head.headers[name], whole.headers[name], name)
      }
    }
    t.same(askedFor(house), ['HEAD 200', 'GET 200'])
    checkUpstream(t, house)
  })

  t.test(`${era}: ranges are exact, cold, warm and in flight`, async (t) => {
    const house = await openHouse({ era })
    t.teardown(() => house.close())
    const body = bytesOf(600_000)
    await house.pocket.put('bucket', 'a', body, { private: true })
    const ask = async (first: number, last: number) => {
      const range = `bytes=${first}-${last}`
      const part = await house.get('/get/a', { headers: { Range: range } })
      t.equal(part.status, 206, range)
      t.equal(part.headers['content-range'], `bytes ${first}-${last}/600000`)
      t.equal(part.headers['content-length'], String(last - first + 1))
      t.ok(part.body.equals(body.subarray(first, last + 1)), 'these bytes and no others')
      return part
    }
    house.pocket.behave({ fault: { kind: 'stall', afterBytes: 300_000 } })
    const cold = ask(299_000, 310_000)
    await house.pocket.held()
    // The bytes are there, so they are given, though the rest is not and the first client waits.
    const during = await ask(10, 299_999)
    t.match(during.headers['cache-status'], /detail=joined/)
    house.pocket.release()
    await cold
    const warm = await ask(262_123, 599_999)
    t.match(warm.headers['cache-status'], /detail=hit-memory/)
    t.ok((await house.get('/get/a')).body.equals(body))
    t.same(askedFor(house), ['GET 200'])
    t.equal(house.pocket.requests[0]!.fields.some(([name]) => /^range$/i.test(name)), false)
    checkUpstream(t, house)
  })

  t.test(`${era}: what memory has lost in the middle of a body is put back`, async (t) => {
    const house = await openHouse({ era, memoryBytes: 8 * MIB })
    t.teardown(() => house.close())
    const bodies = new Map<string, Buffer>()
    for (const [key, size] of [['a', 3 * MIB], ['b', 4 * MIB], ['c', 3 * MIB]] as const) {
      bodies.set(key, bytesOf(size))
      await house.pocket.put('bucket', key, bodies.get(key)!)
    }
    const a = bodies.get('a')!
    await house.get('/get/a')
    await house.get('/get/b')
    // The first chunk is used again, so that it is not among the oldest.
    await house.get('/get/a', { headers: { Range: 'bytes=0-0' } })
    await house.get('/get/c')
    t.equal(house.pocket.requests.length, 3)
    const again = await house.get('/get/a')
    t.ok(again.body.equals(a))
    t.match(again.headers['cache-status'], /hit/, 'the head was there')
    t.same(askedFor(house).slice(3), [era === 's3' ? 'GET 206' : 'GET 200'])
    t.ok((await house.get('/get/a')).body.equals(a))
    t.equal(house.pocket.requests.length, 4, 'now it is whole again')
    checkUpstream(t, house)
  })

  t.test(`${era}: any name reaches its own object`, async (t) => {
    const house = await openHouse({ era })
    t.teardown(() => house.close())
    /** Keys, and spellings of their path; what differs is what some store confuses. */
    const names: ReadonlyArray<readonly [key: string, ...paths: string[]]> = [
      ['a b', 'a%20b'],
      ['a+b', 'a+b', 'a%2Bb', 'a%2bb'],
      ['ab', 'ab', '%61b', 'a%62'],
      ['a[1]', 'a[1]', 'a%5B1%5D'],
      ['é', '%C3%A9', '%c3%a9'],
      ['e\u0301', 'e%CC%81'],
      ['日本/😀.tgz', '%E6%97%A5%E6%9C%AC/%F0%9F%98%80.tgz'],
      ['100%', '100%25'],
      ['%41', '%2541'],
      ['A', 'A', '%41'],
      ['a#b', 'a%23b'],
      ['a', 'a'],
      ['a?acl', 'a%3Facl'],
      ['a&b=c;d', 'a&b=c;d', 'a%26b%3Dc%3Bd'],
      ["(it's)!*~$@:,", "(it's)!*~$@:,", '%28it%27s%29%21%2A%7E%24%40%3A%2C'],
      ['"<>|^`{}', '%22%3C%3E%7C%5E%60%7B%7D'],
    ]
    for (const [key] of names) await house.pocket.put('bucket', key, `the bytes of ${key}`)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.teardown(() => agent.destroy())
    for (const [key, ...paths] of names) {
      for (const path of paths) {
        const { status, body } = await house.get(`/get/${path}`, { agent })
        t.equal(`${status} ${body.toString()}`, `200 the bytes of ${key}`, path)
      }
    }
    t.equal(house.pocket.requests.length, names.length, 'all spellings of a name share one entry')
    checkUpstream(t, house)
  })

  t.test(`${era}: two friendly URLs of one object share one entry`, async (t) => {
    const routes = [
      { name: 'short', match: { path: '/dl/{file}' }, to: 'files/3.1/{file}' },
      { name: 'long', match: { path: '/{version}/{file}' }, to: 'files/{version}/{file}' },
    ]
    const house = await openHouse({ era, routes })
    t.teardown(() => house.close())
    await house.pocket.put('bucket', '3.1/x.tgz', 'bytes')
    const miss = await house.get('/dl/x.tgz')
    t.match(miss.headers['cache-status'], /detail=miss/)
    const hit = await house.get('/3.1/x.tgz', { headers: { Host: 'DL:8080' } })
    t.match(hit.headers['cache-status'], /detail=hit-memory/)
    t.ok(hit.body.equals(miss.body))
    t.equal(house.pocket.requests.length, 1)
    checkUpstream(t, house)
  })

  t.test(`${era}: nothing a client says reaches the store`, async (t) => {
    const house = await openHouse({ era, cache: { notFoundMs: DAY_MS } })
    t.teardown(() => house.close())
    for (const [i, query] of MEDDLING_QUERIES.entries()) {
      await house.pocket.put('bucket', `a${i}`, 'bytes', { contentType: 'text/plain' })
      for (const outcome of [/detail=miss/, /detail=hit-memory/]) {
        const answer = await house.get(`/get/a${i}${query}`, { headers: MEDDLING })
        t.equal(answer.status, 200, query)
        t.equal(answer.body.toString(), 'bytes')
        t.equal(answer.headers['content-type'], 'text/plain')
        t.match(answer.headers['cache-status'], outcome)
      }
      // The query is no part of the name: without it, it is the same object.
      const plain = await house.get(`/get/a${i}`)
      t.match(plain.headers['cache-status'], /detail=hit-memory/)
    }
    t.equal(house.pocket.requests.length, MEDDLING_QUERIES.length)
    checkUpstream(t, house)
  })
}
