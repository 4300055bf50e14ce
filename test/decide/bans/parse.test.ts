import t from 'tap'
import { banText, fits, primaryKey } from '../../../src/decide/bans/concerns.ts'
import { isProblem, parseBan } from '../../../src/decide/bans/parse.ts'
import { BAN_EXPRESSION_CHARACTERS, BAN_EXPRESSION_DEPTH } from '../../../src/limits.ts'
import type { Bannable } from '../../../src/model/ban.ts'
import { entry, NOW } from '../nouns.ts'

const HOUR_MS = 3_600_000

/** A tarball that was stored an hour ago. */
const TARBALL: Bannable = {
  ...entry(), storedAt: NOW - HOUR_MS, tags: ['release-3.1', 'all'],
  object: {
    origin: 'walrus', bucket: 'releases', bucketName: 'eucalyptus-releases', key: '3.1/a b.tgz',
  },
  fields: ['Content-Type', 'application/gzip', 'X-A', '1', 'x-a', '2'],
  fetchedFor: { route: 'tarballs', host: 'dl.example.org', path: '/downloads/3.1/a b.tgz' },
}

/** The same while its head is not there. */
const AIRBORNE: Bannable = { ...TARBALL, status: null, fields: null, storedAt: null }

function holds(text: string, one = TARBALL): boolean | null | string {
  const test = parseBan(text)
  return isProblem(test) ? `${test.position}: ${test.message}` : fits(test, one, NOW)
}

t.test('an expression is about what it says', (t) => {
  for (const [text, is] of [
    ['bucket = releases', true],
    ['bucket=releases', true],
    ['  bucket\t=  "releases" ', true],
    ['bucket = release', false],
    ['bucket != release', true],
    ['bucket ~ rel*', true],
    ['bucket !~ rel*', false],
    ['bucket = rel*', false],
    ['object = "releases/3.1/a b.tgz"', true],
    ['object ~ releases/3.1/*', true],
    ['object ~ releases/*.tgz', true],
    ['object ~ *', true],
    ['object = "releases/3.1/*"', false],
    ['route = tarballs', true],
    ['host = dl.example.org', true],
    ['host ~ *.example.org', true],
    ['path ~ /downloads/*', true],
    ['path ~ /Downloads/*', false],
    ['tag = release-3.1', true],
    ['tag = all', true],
    ['tag = release-3.2', false],
    ['tag != release-3.2', true],
    ['tag != all', false],
    ['tag ~ release-*', true],
    ['status = 200', true],
    ['status = 2xx', true],
    ['status = 404', false],
    ['status != 404', true],
    ['header content-type', true],
    ['header etag', false],
    ['not header etag', true],
    ['header Content-Type = application/gzip', true],
    ['header content-type ~ "application/*"', true],
    ['header content-type !~ "text/*"', true],
    ['header x-a = 2', true],
    ['header x-a and bucket = releases', true],
    ['age > 59m', true],
    ['age > 1h', true],
    ['age > 61m', false],
    ['not age > 61m', true],
    ['bucket = releases and status = 404', false],
    ['bucket = releases or status = 404', true],
    ['status = 404 and bucket = x or bucket = releases', true],
    ['status = 404 and (bucket = x or bucket = releases)', false],
    ['not (status = 404 or bucket = x)', true],
    ['not not bucket = releases', true],
    ['not bucket = x and status = 404', false],
    ['host = "and"', false],
    ['"bucket" = releases', '1: \'bucket\' is nothing that a ban knows; did you mean \'bucket\'?'],
  ] as const) t.equal(holds(text), is, text)
  t.end()
})

t.test('quotes hold what would otherwise mean something', (t) => {
  const path = 'a"b\\c(d)* e'
  const one = { ...TARBALL, fetchedFor: { ...TARBALL.fetchedFor, path } }
  t.equal(holds('path = "a\\"b\\\\c(d)* e"', one), true)
  t.equal(holds('path ~ "a*\\* e"', one), true)
  t.equal(holds('path ~ "a*\\* f"', one), false)
  t.end()
})

t.test('what cannot be known yet is neither true nor false', (t) => {
  for (const [text, is] of [
    ['status = 200', null],
    ['status != 200', null],
    ['header etag', null],
    ['age > 1h', null],
    ['not age > 1h', null],
    ['bucket = releases and status = 200', null],
    ['bucket = x and status = 200', false],
    ['bucket = releases or status = 200', true],
    ['bucket = x or status = 200', null],
    ['bucket = releases', true],
    ['tag = all', true],
  ] as const) t.equal(holds(text, AIRBORNE), is, text)
  t.end()
})

t.test('a response of an http origin is no object, and in no bucket', (t) => {
  const page = { ...TARBALL, object: null }
  t.equal(holds('object ~ *', page), false)
  t.equal(holds('bucket ~ *', page), false)
  t.equal(holds('not bucket = releases and host = dl.example.org', page), true)
  t.end()
})

t.test('what is wrong is said with its place', (t) => {
  for (const [text, problem] of [
    ['', '1: a condition, such as path ~ "/downloads/*" is missing'],
    ['   ', '4: a condition, such as path ~ "/downloads/*" is missing'],
    ['bukket = x', '1: \'bukket\' is nothing that a ban knows; did you mean \'bucket\'?'],
    ['wibble = x', '1: \'wibble\' is nothing that a ban knows; ' +
      'there is object, bucket, route, host, path, tag, header, status, age'],
    ['bucket', '7: =, !=, ~, !~ after bucket is missing'],
    ['bucket releases', '8: after bucket comes =, !=, ~, !~, not \'releases\''],
    ['bucket > x', '8: after bucket comes =, !=, ~, !~, not \'>\''],
    ['bucket "=" x', '8: after bucket comes =, !=, ~, !~, not \'=\''],
    ['bucket =', '9: a value for bucket is missing'],
    ['bucket = = x', '10: a value for bucket is missing before \'=\''],
    ['bucket = (x)', '10: a value for bucket is missing before \'(\''],
    ['bucket = x y', '12: \'and\' or \'or\' is missing before \'y\''],
    ['bucket = x and', '15: a condition, such as path ~ "/downloads/*" is missing'],
    ['bucket = x "and" bucket = y', '12: \'and\' or \'or\' is missing before \'and\''],
    ['(bucket = x', '1: this parenthesis is not closed'],
    ['bucket = x)', '11: \'and\' or \'or\' is missing before \')\''],
    ['()', '2: \')\' is nothing that a ban knows; ' +
      'there is object, bucket, route, host, path, tag, header, status, age'],
    ['path = "x', '8: this quote is not closed'],
    ['path = x\ny', '10: \'y\' means nothing here; put a value with such characters in quotes'],
    ['path = !', '8: \'!\' means nothing here; put a value with such characters in quotes'],
    ['status = 99', '10: \'99\' is no status; write e.g. 404 or 5xx'],
    ['status = 600', '10: \'600\' is no status; write e.g. 404 or 5xx'],
    ['status ~ 4*', '8: after status comes =, !=, not \'~\''],
    ['status =', '9: a status, such as 404 or 5xx is missing'],
    ['status', '7: =, != after status is missing'],
    ['age > soon', '7: \'soon\' is no duration; write e.g. 90s, 12h or 30d'],
    ['age = 1h', '5: after age comes >, not \'=\''],
    ['age >', '6: a duration, such as 1h30m is missing'],
    ['header', '7: the name of a header field is missing'],
    ['header = x', '8: \'=\' is no name of a header field'],
    ['header "a b" = x', '8: \'a b\' is no name of a header field'],
    ['header a =', '11: a value for header a is missing'],
    ['not', '4: a condition, such as path ~ "/downloads/*" is missing'],
  ] as const) t.equal(holds(text), problem, JSON.stringify(text))
  t.end()
})

function deep(depth: number): string {
  return `${'('.repeat(depth)}age > 1s${')'.repeat(depth)}`
}

t.test('an expression has its bounds', (t) => {
  t.equal(holds(deep(BAN_EXPRESSION_DEPTH)), true)
  t.equal(holds(deep(BAN_EXPRESSION_DEPTH + 1)), '17: this is nested too deeply')
  const long = `path = ${'x'.repeat(BAN_EXPRESSION_CHARACTERS)}`
  t.equal(holds(long), `${BAN_EXPRESSION_CHARACTERS + 1}: the expression is too long`)
  t.end()
})

t.test('variants share the key in front of the line break', (t) => {
  t.equal(primaryKey('planet:/a'), 'planet:/a')
  t.equal(primaryKey('planet:/a\n[["x"],["1"]]'), 'planet:/a')
  t.end()
})

t.test('a ban can be told in words', (t) => {
  t.equal(banText({ kind: 'all' }), 'everything')
  t.equal(banText({ kind: 'tag', tag: 'x' }), 'tag = x')
  t.equal(banText({ kind: 'key', key: 'k' }), 'key = k')
  t.equal(banText({ kind: 'prefix', prefix: 'k' }), 'key ~ k*')
  t.equal(banText({ kind: 'expression', text: 'age > 1h' }), 'age > 1h')
  t.end()
})
