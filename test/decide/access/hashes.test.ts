import t from 'tap'
import { apr1 } from '../../../src/decide/access/apr1.ts'
import { shaCrypt } from '../../../src/decide/access/sha-crypt.ts'
import { VECTORS } from './vectors.ts'

for (const [password, hash] of VECTORS) {
  if (hash.startsWith('$2')) continue
  t.test(`${JSON.stringify(password.slice(0, 12))} hashes to ${hash.slice(0, 20)}…`, (t) => {
    const salt = hash.split('$')[2]!
    t.equal(hash.startsWith('$apr1') ? apr1(password, salt) : shaCrypt(password, hash), hash)
    t.end()
  })
}
