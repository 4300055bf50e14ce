/** Listings, with the oddities that a reader of them must survive. */
import t from 'tap'
import { signV2 } from '../../src/decide/sign/sigv2.ts'
import { base, NAMES, pocketOf } from './scene.ts'
import { ask } from './talk.ts'

function all(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'g'))].map(([, v]) => v!)
}

const OPEN = { listable: ['b', 'many'] }

t.test('a listing names keys in byte order, with sizes and ETags in the era\'s form', async (t) => {
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era, OPEN)
    const { status, body } = await ask(port, 'GET', `${base(era)}/b/?prefix=k`)
    t.equal(status, 200, era)
    t.same(all(body, 'Key'), ['k.txt'], era)
    t.same(all(body, 'Size'), ['11'], era)
    const quote = era.startsWith('walrus') ? '' : '&quot;'
    t.same(all(body, 'ETag'), [`${quote}5eb63bbbe01eeed093cb22bb8f5acdc3${quote}`], era)
    const whole = await ask(port, 'GET', `${base(era)}/b`)
    const keys = all(whole.body, 'Key')
    t.same(keys, keys.toSorted(), era)
    t.equal(keys.length, 7, era)
  }
})

t.test('a prefix is an SQL pattern everywhere but on s3', async (t) => {
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era, OPEN)
    const keys = async (prefix: string): Promise<string[]> =>
      all((await ask(port, 'GET', `${base(era)}/b/?prefix=${prefix}`)).body, 'Key')
    t.same(await keys('_%2Bb'), era === 's3' ? [] : ['a+b'], era)
    t.same(await keys('%25b'), era === 's3' ? [] : ['a b', 'a#b', 'a+b', 'a//b', 'a/b'], era)
    t.same(await keys('a%2Bb'), ['a+b'], era)
    t.same(await keys('a.b'), [], era)
  }
})

t.test('a delimiter is a regular expression everywhere but on s3', async (t) => {
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era, OPEN)
    const list = async (query: string): Promise<string> =>
      (await ask(port, 'GET', `${base(era)}/b/?${query}`)).body
    t.same(all(await list('delimiter=/'), 'CommonPrefixes'), ['<Prefix>a/</Prefix>'], era)
    const dotted = all(await list('delimiter=.'), 'Prefix').filter((prefix) => prefix !== '')
    t.same(dotted, era === 's3' ? ['k.'] : ['a', 'k', 'p'], era)
    const odd = all(await list('delimiter=[x-z]&prefix=k'), 'CommonPrefixes')
    t.same(odd, era === 's3' ? [] : ['<Prefix>k.tx</Prefix>'], era)
    const broken = (await ask(port, 'GET', `${base(era)}/b/?delimiter=[`)).status
    t.equal(broken, era === 's3' ? 200 : 500, era)
  }
})

t.test('pages of a thousand keys follow one another, with or without NextMarker', async (t) => {
  for (const era of NAMES) {
    const pocket = await pocketOf(t, era, OPEN)
    const names = Array.from({ length: 1205 }, (_, at) => `k${String(at).padStart(4, '0')}`)
    for (const name of names) await pocket.put('many', name, '')
    const first = await ask(pocket.port, 'GET', `${base(era)}/many/?max-keys=5000`)
    const keys = all(first.body, 'Key')
    t.equal(keys.length, 1000, era)
    t.same(all(first.body, 'IsTruncated'), ['true'], era)
    const next = era === 'walrus2' || era.startsWith('osg') ? ['k0999'] : []
    t.same(all(first.body, 'NextMarker'), next, era)
    const rest = await ask(pocket.port, 'GET', `${base(era)}/many/?marker=${keys.at(-1)}`)
    t.same([...keys, ...all(rest.body, 'Key')], names, era)
    t.same(all(rest.body, 'IsTruncated'), ['false'], era)
  }
})

t.test('the second version of listings is known to osg5 and s3', async (t) => {
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era, OPEN)
    const target = `${base(era)}/b/?list-type=2&max-keys=3`
    const { body } = await ask(port, 'GET', target)
    const [token] = all(body, 'NextContinuationToken')
    if (era !== 'osg5' && era !== 's3') {
      t.equal(token, undefined, era)
      continue
    }
    t.same(all(body, 'KeyCount'), ['3'], era)
    const next = `continuation-token=${encodeURIComponent(token!)}`
    const second = await ask(port, 'GET', `${target}&${next}`)
    t.same(all(second.body, 'Key'), ['a//b', 'a/b', 'k.txt'], era)
  }
})

t.test('the anonymous list neither closed buckets nor the buckets; the owner does', async (t) => {
  const owner = { accessKey: 'A', secretKey: 'S', sessionToken: null }
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era, { credentials: [owner] })
    for (const [path, found] of [['/b/', '<Name>b</Name>'], ['/', '<Bucket><Name>b']] as const) {
      const target = base(era) + path
      t.equal((await ask(port, 'GET', target)).status, 403, `${era} ${path}`)
      const request = { method: 'GET', host: '', path: target, query: '' }
      const fields = signV2(request, owner, Date.UTC(2012, 6, 1))
      t.match((await ask(port, 'GET', target, fields)).body, found, `${era} ${path}`)
    }
    t.equal((await ask(port, 'GET', `${base(era)}/none/`)).status, 404, era)
  }
})
