import t from 'tap'
import { parseBan, isProblem } from '../../../src/decide/bans/parse.ts'
import { fits } from '../../../src/decide/bans/concerns.ts'
import { objectAbout, tagAbout, urlAbout } from '../../../src/decide/bans/targets.ts'
import { purgeable } from '../../../src/decide/line.ts'
import { compile } from '../../../src/decide/rules/compile.ts'
import { entry, NOW } from '../nouns.ts'
import { ruleSet } from '../rules/ruleset.ts'

const BUCKETS = {
  releases: { origin: 'walrus', name: 'eucalyptus-releases' }, plain: { origin: 'walrus' },
}

t.test('an object is named by its bucket in the configuration', (t) => {
  for (const [name, prefix, about] of [
    ['releases/3.1/x.tgz', false, { kind: 'key', key: 'walrus:eucalyptus-releases/3.1/x.tgz' }],
    ['plain/a b', false, { kind: 'key', key: 'walrus:plain/a b' }],
    ['releases/3.1/', true, { kind: 'prefix', prefix: 'walrus:eucalyptus-releases/3.1/' }],
    ['releases', true, { kind: 'prefix', prefix: 'walrus:eucalyptus-releases/' }],
    ['releases/', true, { kind: 'prefix', prefix: 'walrus:eucalyptus-releases/' }],
  ] as const) t.same(objectAbout(name, BUCKETS, prefix), about, name)
  for (const [name, fault] of [
    ['eucalyptus-releases/x', /no bucket 'eucalyptus-releases'; known here: releases, plain/],
    ['__proto__/x', /no bucket/],
    ['releases', /names a bucket, not an object; all of it is meant by --prefix/],
    ['releases/', /names a bucket/],
  ] as const) t.match(objectAbout(name, BUCKETS, false), { fault }, name)
  t.match(objectAbout('x/y', {}, false), { fault: /known here: none/ })
  t.end()
})

t.test('a tag is written as it is stored', (t) => {
  t.same(tagAbout('release-3.1'), { kind: 'tag', tag: 'release-3.1' })
  t.same(tagAbout('a%20b'), { kind: 'tag', tag: 'a%20b' })
  for (const tag of ['a b', 'a,b', '', '50%', 'ü']) {
    t.match(tagAbout(tag), { fault: /is no tag/ }, tag)
  }
  t.end()
})

const { compiled: rules } = compile(ruleSet([
  { name: 'files', match: { host: ['dl.example.org'], path: '/d/{key**}' }, to: 'releases/{key}' },
  { name: 'moved', match: { path: '/moved' }, redirect: { to: '/d/x', status: 302 } },
]))

/** What a URL is about. */
function about(url: string, prefix: boolean): ReturnType<typeof urlAbout> {
  const found = purgeable({ rules }, url)
  return 'fault' in found ? found : urlAbout(url, { ...found, prefix })
}

t.test('a URL is about what a GET of it leads to', (t) => {
  const key = 'walrus:eucalyptus-releases/3.1/a b'
  t.same(about('http://dl.example.org/d/3.1/a%20b', false), { kind: 'key', key })
  t.same(about('https://DL.example.org:443/d/3.1/a%20b?x=y', false), { kind: 'key', key })
  t.match(about('http://other.example.org/d/3.1', false), { fault: /the route is default/ })
  t.match(about('http://dl.example.org/moved', false), { fault: /the route is moved/ })
  t.match(about('http://dl.example.org/d/../x', false), { fault: /malformed or tries to traverse/ })
  t.match(about('http://u@dl.example.org/d/x', false), { fault: /Host/ })
  t.end()
})

t.test('a URL as a prefix is about what was fetched for its like', (t) => {
  for (const [url, path, is] of [
    ['http://dl.example.org/d/3.', '/d/3.1/x', true],
    ['http://dl.example.org/d/3.', '/d/3', false],
    ['http://dl.example.org/d/a*b', '/d/a*bc', true],
    ['http://dl.example.org/d/a*b', '/d/aXbc', false],
    ['http://dl.example.org/d/%22', '/d/"x', true],
    ['http://dl.example.org/d/%22)', '/d/")x', true],
    ['http://dl.example.org/', '/d/x', true],
  ] as const) {
    const found = about(url, true)
    const test = 'kind' in found && found.kind === 'expression' ? parseBan(found.text) : null
    if (test === null || isProblem(test)) {
      t.fail(`${url}: ${JSON.stringify(found)}`)
      continue
    }
    const one = entry({ fetchedFor: { route: 'files', host: 'dl.example.org', path } })
    t.equal(fits(test, one, NOW), is, `${url} ${path}`)
    const elsewhere = entry({ fetchedFor: { route: 'files', host: 'x.example.org', path } })
    t.equal(fits(test, elsewhere, NOW), false, 'another host is not meant')
  }
  t.end()
})
