import t from 'tap'
import { credentialsOf } from '../../../src/decide/access/credentials.ts'

function basic(text: string | Buffer): string {
  return `Basic ${Buffer.from(text).toString('base64')}`
}

const CASES: ReadonlyArray<readonly [field: string | null, [string, string] | null]> = [
  [basic('alice:wonderland'), ['alice', 'wonderland']],
  // RFC 7617 §2 and §2.1.
  ['Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', ['Aladdin', 'open sesame']],
  ['Basic dGVzdDoxMjPCow==', ['test', '123£']],
  [basic('alice:'), ['alice', '']],
  [basic('alice:a:b'), ['alice', 'a:b']],
  [basic('alice:x').replace('Basic', 'bAsIc'), ['alice', 'x']],
  [`${basic('alice:x')}  `, ['alice', 'x']],
  [basic(`alice:${'x'.repeat(1024)}`), ['alice', 'x'.repeat(1024)]],
  [basic(`alice:${'x'.repeat(1025)}`), null],
  [basic(`${'x'.repeat(256)}:x`), null],
  [basic(':x'), null],
  [basic('alice'), null],
  [basic('ali\nce:x'), null],
  [basic('alice:x\0'), null],
  [basic(Buffer.from('alice:\xe9', 'latin1')), null],
  ['Basic', null],
  ['Basic ', null],
  ['Basic a b', null],
  ['Basic !!!!', null],
  ['Bearer abc', null],
  ['', null],
  [null, null],
]

for (const [field, expected] of CASES) {
  t.test(`${String(field).slice(0, 40)} names ${expected?.[0] ?? 'nobody'}`, (t) => {
    const [user, password] = expected ?? []
    t.same(credentialsOf(field), expected === null ? null : { user, password })
    t.end()
  })
}
