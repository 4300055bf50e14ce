import t from 'tap'
import { verify } from '../../../src/act/access/verify.ts'
import { shaCrypt } from '../../../src/decide/access/sha-crypt.ts'
import { parseUsers } from '../../../src/decide/access/users.ts'
import { VECTORS } from '../../decide/access/vectors.ts'

for (const [password, hash] of VECTORS) {
  t.test(`${hash.slice(0, 20)}… is that of ${JSON.stringify(password.slice(0, 12))}`, (t) => {
    t.equal(parseUsers(`user:${hash}\n`).faults.length, 0, 'such a hash may be in a file')
    t.equal(verify(password, hash), true)
    t.equal(verify(`${password} `, hash), false)
    t.equal(verify(password.slice(1) || 'x', hash), false)
    const last = hash.at(-1) === '.' ? '/' : '.'
    t.equal(verify(password, hash.slice(0, -3) + last + hash.slice(-2)), false)
    t.end()
  })
}

t.test('too few rounds are a thousand, as in the appendix of the paper', (t) => {
  t.equal(shaCrypt('the minimum number is still observed', '$6$rounds=10$roundstoolow'),
    '$6$rounds=1000$roundstoolow$kUMsbe306n21p9R.FRkW3IGn.S9NPN0x50YhH1xhLsPuWGsUSklZt58jaTf' +
    'F4ZEQpyUNGc0dqbpBYYBaHHrsX.')
  t.end()
})
