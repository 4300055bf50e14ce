import t from 'tap'
import { normalize } from '../../../src/decide/http/target.ts'
import type { Exchange } from '../../../src/model/exchange.ts'
import { exchange, requestHead } from '../nouns.ts'

function read(
  url: string, parts: Partial<Exchange> = {},
): Omit<Exchange['target'], 'raw'> | string {
  const head = requestHead({ host: 'DL.example.org:8080' })
  const x = exchange({ url, head, ...parts })
  const refusal = normalize(x)
  const { raw, ...target } = x.target
  if (refusal === null) {
    t.equal(raw, url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0] || '/')
    return target
  }
  t.ok(refusal.close, `the refusal of ${url.slice(0, 50)} closes`)
  return `${refusal.status} ${refusal.reason}`
}

t.test('a path is decoded exactly once, and the query kept as it is', (t) => {
  const cases: ReadonlyArray<readonly [url: string, path: string, query: string]> = [
    ['/', '/', ''],
    ['/?', '/', ''],
    ['/a/b-1.0_x.tgz', '/a/b-1.0_x.tgz', ''],
    ['/a/', '/a/', ''],
    ['/a?b=c&d=/../%2f', '/a', 'b=c&d=/../%2f'],
    ['/a??x?', '/a', '?x?'],
    ['/a?\\"<>^`{|}', '/a', '\\"<>^`{|}'],
    ['/%61%62', '/ab', ''],
    ['/a%20b', '/a b', ''],
    ['/a+b%2Bc', '/a+b+c', ''],
    ['/a%23b%3fc', '/a#b?c', ''],
    ['/%E2%98%83/%f0%9f%a6%ad.iso', '/☃/🦭.iso', ''],
    ['/[1]{2}|3^4`5<6>"7', '/[1]{2}|3^4`5<6>"7', ''],
    ["/!$&'()*+,;=:@~", "/!$&'()*+,;=:@~", ''],
    ['/...', '/...', ''],
    ['/.a/..b/c../d.', '/.a/..b/c../d.', ''],
    ['/%2ea/...', '/.a/...', ''],
    ['/100%25', '/100%', ''],
    ['/50%2510', '/50%10', ''],
    ['/__proto__', '/__proto__', ''],
    ['/a%EF%BB%BFb', '/a\uFEFFb', ''],
  ]
  for (const [url, path, query] of cases) {
    t.same(read(url), { host: 'dl.example.org', path, query }, url)
  }
  t.end()
})

t.test('an absolute target brings its own host, which wins', (t) => {
  const cases: ReadonlyArray<readonly [url: string, host: string, path: string, query: string]> = [
    ['http://Other.example/a?b', 'other.example', '/a', 'b'],
    ['HTTPS://other.example.:443', 'other.example', '/', ''],
    ['http://other.example?x', 'other.example', '/', 'x'],
    ['http://[::1]:80/%61', '[::1]', '/a', ''],
  ]
  for (const [url, host, path, query] of cases) t.same(read(url), { host, path, query }, url)
  t.end()
})

t.test('hostile and malformed targets are refused in every spelling', (t) => {
  const targets = [
    '', 'a', '*', '?', '?a', '//', '//evil.example/a', '/a//b', '/a//', '/\\evil.example/a',
    '/a\\..\\b', '/.', '/..', '/./', '/../', '/a/.', '/a/..', '/a/./b', '/a/../b', '/a/%2e',
    '/a/%2e%2E/b', '/a/.%2e/b', '/a/%2e./b', '/..;/b', '/a/..;x=y/b', '/a/.;/b', '/a/..%3b/b',
    '/a/%2e%2e;x', '/a%2fb', '/a%2Fb', '/..%2f..%2fprivate', '/a%5cb', '/a%5Cb', '/a%00',
    '/a%0d%0ab', '/%7f', '/%c2%80', '/%C2%9F', '/%', '/%4', '/%zz', '/%u0041', '/a%2', '/%e2%98',
    '/%ff', '/%c0%af', '/%e0%80%af', '/%ed%a0%80', '/%f4%90%80%80', '/%252f', '/%252Fa',
    '/%252e%252e/a', '/%255c', '/%2500', '/%25252f', '/%25%32%66', '/%%32%66', '/a#b', '/#',
    '/a?b#c', '/a b', '/a\tb', '/a\n', '/a\0', '/a\x7f', '/é', '/a?é', '/a?b c', '/a?\x7f',
    '/a?b\r\n', 'http:', 'http:/a', 'http://', 'http:///a', 'http://u@h/', 'http://u:p@h/',
    'http://h:x/', 'http://h//a', 'http://h/../a', 'http://h#a', 'http://a,b/', 'http://a\\b/',
    'https:evil.example/a', 'ftp://h/a', 'file:///etc/passwd', 'foo:a', 'example.org:443', ' /a',
    'javascript://h/a',
  ]
  for (const url of targets) t.equal(read(url), '400 bad-target', JSON.stringify(url))
  t.end()
})

t.test('the asterisk is for OPTIONS alone', (t) => {
  t.same(read('*', { method: 'OPTIONS' }), { host: 'dl.example.org', path: '*', query: '' })
  t.equal(read('*?a', { method: 'GET' }), '400 bad-target')
  t.equal(read('**', { method: 'OPTIONS' }), '400 bad-target')
  t.end()
})

t.test('a target may be 8192 bytes long and not one more', (t) => {
  t.type(read(`/${'a'.repeat(8191)}`), 'object')
  t.equal(read(`/${'a'.repeat(8192)}`), '414 target-too-long')
  t.end()
})

t.test('a Host is read, refused when malformed, and may be missing', (t) => {
  const head = requestHead({ host: 'a, b' })
  t.equal(read('/a', { head }), '400 bad-host')
  t.equal(read('http://other.example/', { head }), '400 bad-host', 'even where it would not count')
  t.equal(read('/', { head: requestHead({ host: '' }) }), '400 bad-host')
  t.same(read('/a', { head: requestHead() }), { host: '', path: '/a', query: '' })
  t.end()
})

t.test('a refused target leaves no target behind', (t) => {
  const x = exchange({ url: '/a/../b' })
  t.not(normalize(x), null)
  t.same(x.target, { host: '', path: '', raw: '', query: '' })
  t.end()
})
