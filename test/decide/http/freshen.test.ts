import t from 'tap'
import {
  freshened, headUpdates, isSilent, refreshed, updatedHttpFields, type Version,
} from '../../../src/decide/http/freshen.ts'
import { validatingFields } from '../../../src/decide/http/validate.ts'
import { DATE, MODIFIED, MODIFIED_AT, NOW, received, respect } from '../nouns.ts'

const OTHER = 'Sun, 06 Nov 1994 08:49:38 GMT'

/** Tagged `"abc"`, modified at MODIFIED, ten bytes. */
function version(parts: Partial<Version> = {}): Version {
  return {
    etag: '"abc"', lastModifiedAt: MODIFIED_AT, lengthBytes: 10, date: DATE, storedAt: NOW,
    ...parts,
  }
}

const BARE = { etag: null, lastModifiedAt: null }

t.test('a 304 freshens the stored responses that it is about, and no others', (t) => {
  const strong = version()
  const weak = version({ etag: 'W/"abc"' })
  const other = version({ etag: '"x"' })
  const untagged = version({ etag: null })
  const bare = version(BARE)
  const older = version({ etag: 'W/"abc"', date: 'Sat, 31 Jan 2026 11:00:00 GMT' })
  const dateless = version({ etag: 'W/"abc"', date: 'x', storedAt: NOW + 1 })
  for (const [name, stored, fields, found] of [
    ['a strong tag: all that have it', [strong, other, strong], ['ETag', '"abc"'],
      [strong, strong]],
    ['a strong tag and a weak one are two', [weak], ['ETag', '"abc"'], []],
    ['a strong tag that nobody has', [strong, bare], ['ETag', '"y"'], []],
    ['a strong tag counts, whatever the date', [strong], ['ETag', '"abc"', 'Last-Modified', OTHER],
      [strong]],
    ['a bare tag', [strong], ['ETag', 'abc'], [strong]],
    ['a weak tag: the newest that has it', [older, weak], ['ETag', 'W/"abc"'], [weak]],
    ['the newest by receipt, where the date is none', [weak, dateless], ['ETag', 'W/"abc"'],
      [dateless]],
    ['a weak tag for a strong one', [strong], ['ETag', 'W/"abc"'], [strong]],
    ['a weak tag that nobody has', [strong, untagged], ['ETag', 'W/"y"'], []],
    ['a date that is weak: the newest', [untagged, strong], ['Last-Modified', MODIFIED],
      [untagged]],
    ['a date that is strong: all', [untagged, strong], ['Last-Modified', MODIFIED, 'Date', DATE],
      [untagged, strong]],
    ['a date too near to Date is weak', [untagged, strong],
      ['Last-Modified', MODIFIED, 'Date', 'Sun, 06 Nov 1994 08:50:36 GMT'], [untagged]],
    ['a date that is a minute before Date is strong', [untagged, strong],
      ['Last-Modified', MODIFIED, 'Date', 'Sun, 06 Nov 1994 08:50:37 GMT'], [untagged, strong]],
    ['another date', [untagged], ['Last-Modified', OTHER, 'Date', DATE], []],
    ['a date and a weak tag that disagree', [strong],
      ['ETag', 'W/"abc"', 'Last-Modified', OTHER], []],
    ['nothing said, nothing known, and only one', [bare], [], [bare]],
    ['nothing said, but several', [bare, bare], [], []],
    ['nothing said, but something known', [strong], [], []],
    ['nothing said, only a date known', [untagged], [], []],
    ['nonsense is nothing said', [bare], ['ETag', '"', 'Last-Modified', 'x'], [bare]],
    ['nothing stored', [], [], []],
    ['nothing stored for this tag', [], ['ETag', 'W/"abc"'], []],
  ] as const) t.same(freshened(stored, fields, NOW), found, name)
  t.end()
})

t.test('the answer to a HEAD updates what it agrees with', (t) => {
  for (const [status, fields, verdict] of [
    [200, [], 'update'],
    [200, ['ETag', '"abc"'], 'update'],
    [200, ['ETag', '"abc"', 'Last-Modified', MODIFIED, 'Content-Length', '10'], 'update'],
    [200, ['ETag', '"x"'], 'stale'],
    [200, ['ETag', 'W/"abc"'], 'stale'],
    [200, ['Last-Modified', OTHER], 'stale'],
    [200, ['Content-Length', '11'], 'stale'],
    [200, ['ETag', '"abc"', 'Content-Length', '11'], 'stale'],
    [404, ['ETag', '"x"'], 'nothing'],
    [304, ['ETag', '"x"'], 'nothing'],
    [500, [], 'nothing'],
  ] as const) {
    t.equal(headUpdates(version(), { status, fields }, NOW), verdict, JSON.stringify(fields))
  }
  t.end()
})

t.test('an update replaces what it names, all but what describes the stored bytes', (t) => {
  const stored = [
    'Content-Type', 'text/html', 'X-A', '1', 'x-a', '2', 'Content-Encoding', 'gzip',
    'Cache-Control', 'max-age=1', 'X-B', '3',
  ]
  const told = [
    'cache-control', 'max-age=9', 'X-A', '4', 'Content-Type', 'text/plain', 'Content-Length', '0',
    'Content-Encoding', 'br', 'Content-Range', 'bytes 0-1/2', 'X-New', '5',
  ]
  t.same(updatedHttpFields(stored, told), [
    'Content-Encoding', 'gzip', 'X-B', '3',
    'cache-control', 'max-age=9', 'X-A', '4', 'Content-Type', 'text/plain', 'X-New', '5',
  ])
  t.same(updatedHttpFields(stored, []), stored)
  t.end()
})

t.test('a question carries all tags, and the date of a single response', (t) => {
  const both = { originEtag: '"a"', lastModified: MODIFIED }
  const tag = { originEtag: 'W/"b"', lastModified: null }
  const date = { originEtag: null, lastModified: MODIFIED }
  for (const [stored, client, fields] of [
    [[], null, []],
    [[], '"x"', []],
    [[both], null, ['If-None-Match', '"a"', 'If-Modified-Since', MODIFIED]],
    [[tag], null, ['If-None-Match', 'W/"b"']],
    [[date], null, ['If-Modified-Since', MODIFIED]],
    [[both, tag], null, ['If-None-Match', '"a", W/"b"']],
    [[both, both], null, ['If-None-Match', '"a"']],
    [[date, date], null, []],
    [[both], '"x", "a"', ['If-None-Match', '"a", "x"', 'If-Modified-Since', MODIFIED]],
    [[tag], '*', ['If-None-Match', 'W/"b"']],
    [[tag], '"x', ['If-None-Match', 'W/"b"']],
    [[date], '"x"', ['If-Modified-Since', MODIFIED]],
  ] as const) {
    t.same(validatingFields(stored, client), fields, `${JSON.stringify(stored)} ${client}`)
  }
  t.end()
})

t.test('a 304 that names no version can be believed for once', (t) => {
  t.equal(isSilent(['Date', DATE]), true)
  t.equal(isSilent(['ETag', '"x"']), false)
  t.equal(isSilent(['Last-Modified', MODIFIED]), false)
  t.end()
})

const STORED = {
  status: 200,
  fields: ['ETag', '"abc"', 'Cache-Control', 'max-age=60', 'Age', '50', 'Date', MODIFIED, 'X', '1'],
}

t.test('what is refreshed is reckoned anew from the answer alone', (t) => {
  const quiet = refreshed(STORED, received([], { status: 304, receivedAt: NOW + 5 }), respect())
  t.same(quiet.fields, ['ETag', '"abc"', 'Cache-Control', 'max-age=60', 'X', '1', 'Date', DATE])
  t.equal(quiet.storable, true)
  t.match(quiet.facts, { lifetimeMs: 60_000, initialAgeMs: 5 })
  const dateless = { ...received([], { status: 304 }), fields: ['Age', '7'] }
  t.equal(refreshed(STORED, dateless, respect()).facts.initialAgeMs, 7000)
  t.end()
})

t.test('a 304 can change freshness, and whether it may be stored at all', (t) => {
  for (const [told, ours, storable, fields] of [
    [['Cache-Control', 'max-age=9'], {}, true,
      ['X', '1', 'Date', DATE, 'Cache-Control', 'max-age=9']],
    [['Cache-Control', 'no-store'], {}, 'no-store',
      ['X', '1', 'Date', DATE, 'Cache-Control', 'no-store']],
    [['Vary', '*'], {}, 'vary-any', null],
    [['Set-Cookie', 'a=b'], {}, true, null],
    [['Set-Cookie', 'a=b'], { cookies: 'store' }, true,
      ['Cache-Control', 'max-age=60', 'X', '1', 'Date', DATE, 'Set-Cookie', 'a=b']],
    [['Connection', 'X', 'X', '2'], {}, true,
      ['Cache-Control', 'max-age=60', 'X', '1', 'Date', DATE]],
    [['Cache-Control', 'no-cache="x"'], {}, true, ['Date', DATE, 'Cache-Control', 'no-cache="x"']],
  ] as const) {
    const answer = refreshed(STORED, received(told, { status: 304 }), respect(ours))
    t.equal(answer.storable, storable, told.join())
    if (fields !== null) t.same(answer.fields, ['ETag', '"abc"', ...fields], told.join())
  }
  t.end()
})
