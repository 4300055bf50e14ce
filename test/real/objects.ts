/** Stories of whole objects: every size, every kind of name, every way of asking the store. */
import type { Test } from 'tap'
import { ORIGINS, PRIVATE, PUBLIC, type OriginName, type Scene } from './scene.ts'

/** The URL path of a key: each segment percent-encoded, as a browser does it. */
function pathOf(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/')
}

/** Tarballs of every size come out of the store under friendly URLs, once. */
export async function tarballs(t: Test, scene: Scene): Promise<void> {
  for (const [key, bytes] of Object.entries(PUBLIC)) {
    if (!key.startsWith('3.1/')) continue
    const before = scene.storeRequests()
    for (const outcome of ['miss', 'hit']) {
      const reply = await scene.get(`/downloads/eucalyptus/${key}`)
      t.match({ ...reply, key }, {
        exit: 0, status: 200, bytes, sha256: scene.digests.get(key)!,
        fields: {
          'content-length': String(bytes),
          'content-type': 'application/gzip',
          'etag': /^"[0-9a-f]{32}(?:-\d+)?"$/,
          'accept-ranges': 'bytes',
          'cache-status': new RegExp(`detail=${outcome}`),
        },
      }, `${key}: ${outcome}`)
      t.notOk(Object.keys(reply.fields).some((name) => /^x-(?:amz|rgw)-/.test(name)), 'no x-amz-*')
    }
    const head = await scene.get(`/downloads/eucalyptus/${key}`, '--head')
    t.match(head, { exit: 0, status: 200, fields: { 'content-length': String(bytes) } }, 'HEAD')
    t.equal(scene.storeRequests() - before, 1, `${key}: one request to the store`)
  }
}

/** Any key that a store can hold is found, and asked for in one encoding only. */
export async function names(t: Test, scene: Scene): Promise<void> {
  for (const [key, bytes] of Object.entries(PUBLIC)) {
    if (!key.startsWith('names/')) continue
    const reply = await scene.get(`/any/${pathOf(key)}`)
    t.match(reply, { status: 200, bytes, sha256: scene.digests.get(key)! }, key)
    const [, target] = scene.counters.anonymous.heads.at(-1)!.split(' ')
    t.equal(decodeURIComponent(target!), `/eucalyptus-releases/${key}`, 'is asked for')
    t.match(target, /^(?:[A-Za-z0-9\-._~/]|%[0-9A-F]{2})+$/, 'in the strictest encoding')
  }
  const before = scene.storeRequests()
  for (const spelling of ['plus+plus.tgz', '%70lus%2bplus.tgz']) {
    const reply = await scene.get(`/any/names/${spelling}`)
    t.equal(reply.sha256, scene.digests.get('names/plus+plus.tgz'), `${spelling} is the same`)
  }
  t.equal(scene.storeRequests(), before, 'other spellings of a name are hits')
}

/** Private objects are fetched with each signature and dialect, and never without one. */
export async function signatures(t: Test, scene: Scene): Promise<void> {
  for (const origin of Object.keys(ORIGINS) as OriginName[]) {
    if (ORIGINS[origin].signing === 'none') continue
    for (const [key, bytes] of Object.entries(PRIVATE)) {
      for (const outcome of ['miss', 'hit']) {
        const reply = await scene.get(`/${origin}/${pathOf(key)}`)
        t.match(reply, {
          status: 200, bytes, sha256: scene.digests.get(key)!,
          fields: { 'cache-status': new RegExp(`detail=${outcome}`) },
        }, `${origin}: ${key}: ${outcome}`)
      }
    }
    const { heads } = scene.counters[origin]
    t.equal(heads.length, Object.keys(PRIVATE).length, `${origin}: one request for each object`)
    const scheme = ORIGINS[origin].signing === 'v4' ? /AWS4-HMAC-SHA256 / : /AWS AKIDWALRUS:/
    t.ok(heads.every((head) => scheme.test(head)), `${origin}: every request is signed`)
  }
}

/** What the store is sent comes from the rules alone. */
export async function nothingOfTheClient(t: Test, scene: Scene): Promise<void> {
  const before = scene.counters.anonymous.heads.length
  const reply = await scene.get('/any/3.1/absent.tgz?acl&versionId=1', '-H', 'Host: evil.test',
    '-H', 'Authorization: Basic eDp5', '-H', 'Cookie: a=b', '-H', 'X-Amz-Date: now',
    '-H', 'X-Forwarded-For: 10.0.0.1', '-A', 'Mozilla')
  t.equal(reply.status, 403)
  const [head = '', ...more] = scene.counters.anonymous.heads.slice(before)
  t.same(more, [], 'one request')
  t.match(head, /^GET \/eucalyptus-releases\/3\.1\/absent\.tgz HTTP\/1\.1\r\n/, 'no query')
  t.match(head.toLowerCase(), `\r\nhost: 127.0.0.1:${scene.counters.anonymous.port}\r\n`)
  t.notMatch(head, /authorization|cookie|x-amz|forwarded|mozilla|evil/i)
}
