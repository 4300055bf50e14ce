import t from 'tap'
import { invalidated, isSafe } from '../../../src/decide/http/invalidate.ts'
import {
  originForm, parseUri, resolve, sameOrigin, sameUri,
} from '../../../src/decide/http/reference.ts'
import { received } from '../nouns.ts'

t.test('references are resolved as RFC 3986 §5.4 has them', (t) => {
  for (const [reference, path] of [
    ['g', '/b/c/g'], ['./g', '/b/c/g'], ['g/', '/b/c/g/'], ['/g', '/g'], ['?y', '/b/c/d;p?y'],
    ['g?y', '/b/c/g?y'], ['#s', '/b/c/d;p?q'], ['g#s', '/b/c/g'], ['g?y#s', '/b/c/g?y'],
    [';x', '/b/c/;x'], ['g;x', '/b/c/g;x'], ['', '/b/c/d;p?q'], ['.', '/b/c/'], ['./', '/b/c/'],
    ['..', '/b/'], ['../', '/b/'], ['../g', '/b/g'], ['../..', '/'], ['../../', '/'],
    ['../../g', '/g'], ['../../../g', '/g'], ['/./g', '/g'], ['/../g', '/g'], ['g.', '/b/c/g.'],
    ['..g', '/b/c/..g'], ['./../g', '/b/g'], ['./g/.', '/b/c/g/'], ['g/./h', '/b/c/g/h'],
    ['g/../h', '/b/c/h'], ['g?y/../x', '/b/c/g?y/../x'], ['http://a', '/'], ['//a/x', '/x'],
    ['http://A:80/x?', '/x?'], ['g?', '/b/c/g?'],
  ] as const) {
    const found = resolve(reference, 'http://a/b/c/d;p?q')
    t.equal(found === null ? null : originForm(found), path, reference)
    t.equal(found?.authority, 'a', reference)
  }
  t.end()
})

t.test('what is no plain http URI is nothing', (t) => {
  for (const reference of [
    'ftp://a/', 'javascript:x', 'http:', 'http:g', 'http:///x', 'http://u@a/', 'http://a:99999/',
    'http://a b/', '\\\\evil\\x', '/a\\b', '/a b', '/ü', '/\x00', 'http://[::1', '//', '/<a>',
    '/a|b', '/{a}', '/a`', '/a^',
  ]) t.equal(resolve(reference, 'http://a/b/c'), null, JSON.stringify(reference))
  t.equal(resolve('/x', 'a/b'), null, 'a base must be absolute')
  t.equal(parseUri('//a/x'), null)
  t.end()
})

t.test('an origin is scheme, host and port', (t) => {
  for (const [one, other, same] of [
    ['http://a/', 'http://A:80/x', true],
    ['https://a/', 'https://a:443/', true],
    ['http://a:8080/', 'http://a:08080/', true],
    ['http://a./', 'http://a/', true],
    ['http://a:/', 'http://a/', true],
    ['http://a/', 'https://a/', false],
    ['http://a/', 'http://a:8080/', false],
    ['http://a/', 'http://b/', false],
  ] as const) t.equal(sameOrigin(parseUri(one)!, parseUri(other)!), same, `${one} ${other}`)
  t.end()
})

t.test('a URI is the same up to its one spelling', (t) => {
  for (const [one, other, same] of [
    ['http://a', 'http://a/', true],
    ['http://a/x/../y', 'http://a/y', true],
    ['http://a/x#y', 'http://a/x', true],
    ['http://a/x?', 'http://a/x', false],
    ['http://a/x', 'http://a/X', false],
    ['http://a/x', 'nonsense', false],
  ] as const) t.equal(sameUri(parseUri(one)!, other), same, `${one} ${other}`)
  t.end()
})

t.test('a method is safe when it is known to be', (t) => {
  for (const method of [
    'GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY',
  ]) {
    t.equal(isSafe(method), true, method)
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'PURGE', 'get', 'FOO', 'LOCK', '']) {
    t.equal(isSafe(method), false, method)
  }
  t.end()
})

t.test('an unsafe method that did not fail invalidates its target, and its own locations', (t) => {
  for (const [method, status, fields, gone] of [
    ['GET', 200, ['Location', '/x'], []],
    ['POST', 200, [], ['/a?b']],
    ['POST', 302, [], ['/a?b']],
    ['FOO', 204, [], ['/a?b']],
    ['POST', 199, [], []],
    ['POST', 400, ['Location', '/x'], []],
    ['DELETE', 500, [], []],
    ['POST', 201, ['Location', '/new'], ['/a?b', '/new']],
    ['PUT', 200, ['Content-Location', 'http://planet.example.org/x'], ['/a?b', '/x']],
    ['POST', 201, ['Location', ' /x ', 'Content-Location', '/x'], ['/a?b', '/x']],
    ['POST', 201, ['Location', 'c?d'], ['/a?b', '/c?d']],
    ['POST', 201, ['Location', '//evil.example.org/x'], ['/a?b']],
    ['POST', 201, ['Location', 'https://planet.example.org/x'], ['/a?b']],
    ['POST', 201, ['Location', 'http://planet.example.org:81/x'], ['/a?b']],
    ['POST', 201, ['Location', '/x y'], ['/a?b']],
    ['POST', 201, ['Location', '/x', 'Location', '/y'], ['/a?b', '/x', '/y']],
  ] as const) {
    const name = `${method} ${status} ${fields.join()}`
    t.same(invalidated(received(fields, { method, status })), gone, name)
  }
  t.same(invalidated(received([], { method: 'POST', targetUri: '*' })), [])
  t.end()
})
