import t from 'tap'
import { isVersion, stillStands } from '../../../src/decide/http/landing.ts'
import type { Entry } from '../../../src/model/entry.ts'
import { entry, MODIFIED, originHead } from '../nouns.ts'

const UNTAGGED = { etag: null, originEtag: null }
const OTHER = 'Sun, 06 Nov 1994 08:49:38 GMT'

type Case = readonly [
  stored: Partial<Entry>, fields: readonly string[], lengthBytes: number | null, same: boolean,
]

/** The stored entry of every case has ten bytes, the tag `abc` and was modified at MODIFIED. */
const CASES: readonly Case[] = [
  [{}, ['ETag', 'abc'], 10, true],
  [{}, ['etag', 'abc', 'Last-Modified', OTHER], 10, true],
  [{}, ['ETag', 'abc'], 11, false],
  [{}, ['ETag', 'abc'], null, false],
  [{}, ['ETag', '"abc"'], 10, false],
  [{}, ['ETag', 'abd', 'Last-Modified', MODIFIED], 10, false],
  [{}, ['Last-Modified', MODIFIED], 10, false],
  [UNTAGGED, ['Last-Modified', MODIFIED], 10, true],
  [UNTAGGED, ['Last-Modified', 'Sunday, 06-Nov-94 08:49:37 GMT'], 10, true],
  [UNTAGGED, ['Last-Modified', OTHER], 10, false],
  [UNTAGGED, ['Last-Modified', MODIFIED], 9, false],
  [UNTAGGED, ['ETag', 'abc'], 10, false],
  [UNTAGGED, [], 10, false],
  [
    { ...UNTAGGED, lastModified: null, lastModifiedAt: null },
    ['Last-Modified', MODIFIED], 10, false,
  ],
  [{ ...UNTAGGED, lastModified: null, lastModifiedAt: null }, [], 10, false],
]

t.test('a version is known by its length and its strongest validator', (t) => {
  for (const [stored, fields, lengthBytes, same] of CASES) {
    const name = `${JSON.stringify(stored)} ${fields.join(' ')} ${lengthBytes}`
    t.equal(isVersion(entry(stored), originHead({ fields, lengthBytes })), same, name)
  }
  t.end()
})

t.test('what is held still stands after a 304, and after a 200 of the same version', (t) => {
  const fields = ['ETag', 'abc']
  t.ok(stillStands(entry(), originHead({ kind: 'not-modified', status: 304, lengthBytes: null })))
  t.ok(stillStands(entry(), originHead({ fields })))
  t.notOk(stillStands(entry(), originHead({ fields: ['ETag', 'new'] })))
  t.notOk(stillStands(entry(), originHead({ kind: 'absent', status: 404, fields })))
  t.notOk(stillStands(entry(), originHead({ kind: 'forbidden', status: 403, fields })))
  t.end()
})
