import t from 'tap'
import { decodeEntry, encodeEntry, isForeign } from '../../../src/act/cache/codec.ts'
import { bytesOf, entryOf } from '../../support/entries.ts'

const entry = entryOf('a', 3, bytesOf(10))
const record = encodeEntry(entry)

t.test('an entry comes back as it was, all but its body', (t) => {
  t.same(decodeEntry(record, entry.key), { ...entry, body: null })
  t.notOk(isForeign(record))
  t.end()
})

t.test('a record of another format is a miss, and neither read nor taken for damage', (t) => {
  const current = record[0]!
  for (const format of [0, current - 1, current + 1, 63]) {
    const old = Buffer.from(record)
    old[0] = format
    t.equal(decodeEntry(old, entry.key), null)
    t.ok(isForeign(old))
  }
  t.end()
})

t.test('a flipped bit, a cut or another place is damage', (t) => {
  for (let at = 0; at < record.length; at += 1) {
    const bad = Buffer.from(record)
    bad[at]! ^= 0x80
    t.equal(decodeEntry(bad, entry.key), null)
    t.notOk(isForeign(bad))
  }
  for (const length of [0, 4, 5, record.length - 1]) {
    t.equal(decodeEntry(record.subarray(0, length), entry.key), null)
  }
  t.equal(decodeEntry(record, `${entry.key}x`), null)
  t.end()
})
