/** Which object each era takes a request to mean, and whether it admits that it is there. */
import t from 'tap'
import type { EraName } from '../../src/pocket/eras.ts'
import { base, NAMES, pocketOf } from './scene.ts'
import { ask } from './talk.ts'

type HostCase = readonly [host: string, path: string, statuses: Record<EraName, number>]

/** BASE stands for the era's own service path. */
const HOSTS: readonly HostCase[] = [
  ['127.0.0.1:8773', 'BASE/b/k.txt', { walrus2: 200, walrus3: 200, osg4: 200, osg5: 200, s3: 200 }],
  ['[::1]:8773', 'BASE/b/k.txt', { walrus2: 200, walrus3: 200, osg4: 200, osg5: 200, s3: 200 }],
  ['dl.example.org', 'BASE/b/k.txt',
    { walrus2: 200, walrus3: 200, osg4: 200, osg5: 404, s3: 200 }],
  ['b.walrus.cloud:8773', '/k.txt', { walrus2: 200, walrus3: 200, osg4: 404, osg5: 404, s3: 404 }],
  ['walrus.cloud', '/b/k.txt', { walrus2: 200, walrus3: 200, osg4: 404, osg5: 404, s3: 200 }],
  ['walrus.cloud', '/services/Walrus/b/k.txt',
    { walrus2: 404, walrus3: 404, osg4: 200, osg5: 404, s3: 404 }],
  ['b.objectstorage.cloud', '/k.txt',
    { walrus2: 404, walrus3: 404, osg4: 200, osg5: 200, s3: 404 }],
  ['objectstorage.cloud', '/b/k.txt',
    { walrus2: 404, walrus3: 404, osg4: 200, osg5: 200, s3: 200 }],
  ['s3.cloud', '/b/k.txt', { walrus2: 404, walrus3: 404, osg4: 404, osg5: 200, s3: 200 }],
]

for (const [host, path, statuses] of HOSTS) {
  t.test(`Host ${host} with ${path} leads where each era takes it`, async (t) => {
    for (const era of NAMES) {
      const pocket = await pocketOf(t, era)
      const target = path.replace('BASE', base(era))
      const { status } = await ask(pocket.port, 'GET', target, [['Host', host]])
      t.equal(status, statuses[era], era)
    }
  })
}

t.test('/services/Walrus works on every era but s3, /services/objectstorage on osg', async (t) => {
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era)
    const old = await ask(port, 'GET', '/services/Walrus/b/k.txt')
    t.equal(old.status, era === 's3' ? 404 : 200, era)
    const young = await ask(port, 'GET', '/services/objectstorage/b/k.txt')
    t.equal(young.status, era.startsWith('osg') ? 200 : 404, era)
  }
})

t.test('an absent key is 404 to the anonymous, but 403 on s3 when it may not list', async (t) => {
  for (const era of NAMES) {
    const closed = await pocketOf(t, era)
    const answer = await ask(closed.port, 'GET', `${base(era)}/b/none`)
    t.equal(answer.status, era === 's3' ? 403 : 404, era)
    t.match(answer.body, era === 's3' ? '<Code>AccessDenied' : '<Code>NoSuchKey', era)
    const open = await pocketOf(t, era, { listable: ['b'] })
    t.equal((await ask(open.port, 'GET', `${base(era)}/b/none`)).status, 404, era)
    const nowhere = await ask(open.port, 'GET', `${base(era)}/no-bucket/k`)
    t.match(nowhere.body, '<Code>NoSuchBucket', era)
    t.equal(nowhere.status, 404, era)
    const hidden = await ask(open.port, 'GET', `${base(era)}/b/private`)
    t.match(hidden.body, '<Code>AccessDenied', era)
    t.equal(hidden.status, 403, era)
  }
})

const PATHS: ReadonlyArray<readonly [path: string, bodies: Record<EraName, string | number>]> = [
  ['/b/a+b', { walrus2: 'space', walrus3: 'space', osg4: 'space', osg5: 'space', s3: 'plus' }],
  ['/b/a%2Bb', { walrus2: 'plus', walrus3: 'plus', osg4: 'plus', osg5: 'plus', s3: 'plus' }],
  ['/b/a%20b', { walrus2: 'space', walrus3: 'space', osg4: 'space', osg5: 'space', s3: 'space' }],
  ['/b/a//b',
    { walrus2: 'nested', walrus3: 'nested', osg4: 'doubled', osg5: 'doubled', s3: 'doubled' }],
  ['/b/a/b/', { walrus2: 'nested', walrus3: 'nested', osg4: 404, osg5: 404, s3: 404 }],
  ['/b/x/%2e%2e/a/b',
    { walrus2: 'nested', walrus3: 'nested', osg4: 'nested', osg5: 'nested', s3: 404 }],
  ['/b/a%23b', { walrus2: 'hash', walrus3: 'hash', osg4: 'hash', osg5: 'hash', s3: 'hash' }],
  ['/b/a/b#c', { walrus2: 'nested', walrus3: 'nested', osg4: 'nested', osg5: 'nested', s3: 404 }],
  ['/b/a%zz', { walrus2: 400, walrus3: 400, osg4: 400, osg5: 400, s3: 400 }],
]

for (const [path, bodies] of PATHS) {
  t.test(`the path ${path} means what each era reads in it`, async (t) => {
    for (const era of NAMES) {
      const pocket = await pocketOf(t, era, { listable: ['b'] })
      const { status, body } = await ask(pocket.port, 'GET', base(era) + path)
      t.equal(status === 200 ? body : status, bodies[era], era)
    }
  })
}

t.test('query parameters turn a GET into something else', async (t) => {
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era)
    const get = (query: string): ReturnType<typeof ask> =>
      ask(port, 'GET', `${base(era)}/b/k.txt?${query}`)
    t.equal((await get('acl')).status, 403, `${era} acl`)
    t.equal((await get('versionId=7')).status, 404, `${era} versionId`)
    t.equal((await get('uploadId=7')).status, 501, `${era} uploadId`)
    const torrent = await get('torrent')
    if (era.startsWith('walrus')) t.match(torrent.body, /^d4:infod6:lengthi11e4:name5:k.txt/, era)
    else t.equal(torrent.status, 501, `${era} torrent`)
    const typed = await get('response-content-type=text%2Fhtml')
    t.equal(typed.status, 200, era)
    t.equal(typed.fields.get('content-type'), 'text/html', era)
    t.equal(typed.body, era === 's3' ? '<?xml versi' : 'hello world', era)
    t.equal((await get('utm_source=x')).body, 'hello world', `${era} foreign`)
  }
})
