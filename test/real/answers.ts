/** Stories of other answers: what is absent, parts, conditions, a crowd, a store that is gone. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Test } from 'tap'
import { PUBLIC, type Scene } from './scene.ts'

/** A store that knows who asks says 404 for an absent key; it tells the anonymous 403. */
export async function absent(t: Test, scene: Scene): Promise<void> {
  const cases = [['/any/absent.tgz', 403], ['/v2/absent.tgz', 404], ['/v4/absent.tgz', 404],
    ['/walrus/absent.tgz', 404], ['/stranger/byte.tgz', 403]] as const
  for (const [path, status] of cases) {
    const before = scene.storeRequests()
    const first = await scene.get(path)
    t.match(first, { status, fields: { 'cache-control': 'no-store' } }, `${path} is ${status}`)
    t.notMatch(first.text, /<Error|NoSuchKey|AccessDenied|tx0000/, 'the store is not quoted')
    const again = await scene.get(path)
    t.match(again, { status, fields: { 'cache-status': /detail=negative-hit/ } }, 'again')
    t.equal(scene.storeRequests() - before, 1, `${path}: the answer is kept`)
  }
}

type Range = readonly [range: string, status: number, contentRange: string | undefined]

/** Parts of an object are its bytes, whether it is stored or not yet. */
export async function ranges(t: Test, scene: Scene): Promise<void> {
  const key = 'cold/ranges.bin'
  const bytes = PUBLIC[key]!
  const whole = await readFile(scene.fileOf(key))
  const cases: readonly Range[] = [
    ['3000000-3000999', 206, `bytes 3000000-3000999/${bytes}`],
    ['0-0', 206, `bytes 0-0/${bytes}`],
    ['-5', 206, `bytes ${bytes - 5}-${bytes - 1}/${bytes}`],
    [`${bytes - 1}-`, 206, `bytes ${bytes - 1}-${bytes - 1}/${bytes}`],
    ['262000-262400', 206, `bytes 262000-262400/${bytes}`],
    [`${bytes}-`, 416, `bytes */${bytes}`],
  ]
  for (const [range, status, contentRange] of cases) {
    const reply = await scene.get(`/any/${key}`, '-H', `Range: bytes=${range}`)
    t.match(reply, { status, fields: { 'content-range': contentRange } }, range)
    const [, first, last] = /(\d+)-(\d+)/.exec(contentRange!) ?? []
    const part = whole.subarray(Number(first), Number(last) + 1)
    if (first !== undefined) t.equal(reply.sha256, sha256(part), `${range}: the right bytes`)
  }
  const several = await scene.get(`/any/${key}`, '-H', 'Range: bytes=0-3,1000-1003')
  t.match(several, { status: 206, fields: { 'content-type': /^multipart\/byteranges; boundary=/ } })
  const full = await scene.get(`/any/${key}`)
  t.match(full, { status: 200, sha256: scene.digests.get(key)! }, 'the whole')
  const asked = scene.counters.anonymous.heads.filter((head) => head.includes(key))
  t.equal(asked.length, 1, 'all of it from one request to the store')
  t.notMatch(asked[0]!, /^Range:/im, 'which asked for the whole')
}

/** What has expired is asked about, not fetched again, until it has changed. */
export async function revalidation(t: Test, scene: Scene): Promise<void> {
  const kept = await scene.get('/moving/kept.txt')
  const same = await scene.get('/moving/kept.txt')
  t.match(same, { status: 200, sha256: kept.sha256, fields: { etag: kept.fields['etag']! } })
  t.match(same.fields['cache-status'], /fwd=stale; fwd-status=304.*detail=revalidated/)
  t.match(scene.counters.anonymous.heads.at(-1), /^If-None-Match: "[0-9a-f]{32}"\r?$/m)
  t.equal(await scene.server.metric('haulout_origin_requests_total', { status: '304' }), 1)

  const old = await scene.get('/moving/changed.txt')
  await scene.publish('moving/changed.txt', 3001)
  const renewed = await scene.get('/moving/changed.txt')
  t.match(renewed, { status: 200, bytes: 3001, sha256: scene.digests.get('moving/changed.txt')! })
  t.not(renewed.sha256, old.sha256, 'a changed object is fetched')
}

/** A client's own conditions are answered here. */
export async function conditions(t: Test, scene: Scene): Promise<void> {
  const url = '/downloads/eucalyptus/3.1/eucalyptus-3.1.0.tgz'
  const { fields } = await scene.get(url)
  const before = scene.storeRequests()
  const cases = [
    [`If-None-Match: ${fields['etag']}`, 304], ['If-None-Match: "other"', 200],
    [`If-Modified-Since: ${fields['last-modified']}`, 304], ['If-Match: "other"', 412],
  ] as const
  for (const [field, status] of cases) {
    const reply = await scene.get(url, '-H', field)
    t.match(reply, { status }, `${field}: ${status}`)
    if (status !== 200) t.ok(reply.sha256 !== scene.digests.get('3.1/eucalyptus-3.1.0.tgz'))
  }
  t.equal(scene.storeRequests(), before, 'the store is not asked')
}

/** Clients that come together share one fetch. */
export async function crowd(t: Test, scene: Scene): Promise<void> {
  const key = 'cold/crowd.bin'
  const before = scene.storeRequests()
  const replies = await Promise.all(Array.from({ length: 12 }, (_, index) => index === 0
    ? scene.get(`/any/${key}`, '--max-time', '0.2', '--no-show-error')
    : scene.get(`/any/${key}`, ...(index % 3 === 0 ? ['--limit-rate', '40M'] : []))))
  for (const reply of replies.slice(1)) {
    t.match(reply, { exit: 0, status: 200, sha256: scene.digests.get(key)! })
  }
  t.equal(scene.storeRequests() - before, 1, 'one request to the store')
}

/** When the store is gone, what is stored is served, and the rest is an honest 502. */
export async function storeGone(t: Test, scene: Scene): Promise<void> {
  await scene.counters.v4.close()
  t.match(await scene.get('/v4/byte.tgz'), { status: 200, fields: { 'cache-status': /; hit/ } })
  const cold = await scene.get('/v4/never-asked-for.tgz')
  t.equal(cold.status, 502)
  t.notMatch(cold.text, /127\.0\.0\.1|ECONN/, 'without addresses')
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
