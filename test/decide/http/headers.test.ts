import t from 'tap'
import {
  endToEnd, find, findAll, isFieldValue, isToken, visibleFields,
} from '../../../src/decide/http/headers.ts'

t.test('hop-by-hop fields do not pass, whatever their case', (t) => {
  const fields = [
    'connection', 'close', 'Keep-Alive', 'timeout=5', 'PROXY-Authenticate', 'Basic', 'TE',
    'trailers', 'Trailer', 'X', 'Transfer-Encoding', 'chunked', 'Upgrade', 'h2c',
    'Proxy-Connection', 'x', 'Content-Type', 'text/plain', 'X-One', '1', 'x-one', '2',
  ]
  t.same(endToEnd(fields), ['Content-Type', 'text/plain', 'X-One', '1', 'x-one', '2'])
  t.end()
})

t.test('a field that Connection names does not pass', (t) => {
  const fields = [
    'X-Hop', '1', 'Connection', 'x-hop , x-two', 'X-Two', '2', 'connection', 'X-Three',
    'x-three', '3', 'X-Four', '4',
  ]
  t.same(endToEnd(fields), ['X-Four', '4'])
  t.end()
})

t.test('Connection cannot take a field that is for all recipients', (t) => {
  const kept = ['Cache-Control', 'no-store', 'Content-Length', '3', 'ETag', '"a"', 'Date', 'x']
  const named = 'cache-control, content-length, etag, Date, close'
  t.same(endToEnd([...kept, 'Connection', named]), kept)
  t.end()
})

t.test('a field is found without regard to case, the first of several', (t) => {
  const fields = ['A', '1', 'ETag', '"x"', 'etag', '"y"', '__proto__', 'p']
  t.equal(find(fields, 'etag'), '"x"')
  t.equal(find(fields, 'a'), '1')
  t.equal(find(fields, '__proto__'), 'p')
  t.equal(find(fields, 'b'), null)
  t.equal(find(['etag'], 'etag'), null, 'a name without a value is no field')
  t.same(findAll(fields, 'etag'), ['"x"', '"y"'])
  t.same(findAll(fields, 'constructor'), [])
  t.end()
})

t.test('a token has no spaces, separators, controls or letters beyond ASCII', (t) => {
  for (const text of ['GET', 'x-amz-id-2', "!#$%&'*+-.^_`|~", '0']) t.ok(isToken(text), text)
  for (const text of ['', 'a b', 'a:b', 'a\n', 'ä', '"a"', 'a/b', '(a)']) {
    t.notOk(isToken(text), JSON.stringify(text))
  }
  t.end()
})

t.test('a field value has no line breaks and no other controls', (t) => {
  for (const text of ['', 'a b', 'a\tb', 'ÿ', '"\u0080"']) t.ok(isFieldValue(text), text)
  for (const text of ['a\r\nb', 'a\n', '\0', '\x7f', '\x1b', 'Ā', '☃']) {
    t.notOk(isFieldValue(text), JSON.stringify(text))
  }
  t.end()
})

t.test('deliver takes away, replaces and adds', (t) => {
  const fields = [
    'Server', 'x', 'X-Amz-Id-2', 'y', 'Content-Type', 'a/b', 'content-type', 'c/d', 'V', '1',
  ]
  const visible = visibleFields(fields, {
    set: [['content-type', 'application/gzip'], ['x-new', '1']],
    unset: new Set(['server']),
    unsetPrefixes: ['x-amz-'],
    cacheStatus: true,
  }, [])
  t.same(visible, ['V', '1', 'content-type', 'application/gzip', 'x-new', '1'])
  t.end()
})
