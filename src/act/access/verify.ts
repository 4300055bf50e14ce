import { timingSafeEqual } from 'node:crypto'
import { compareSync } from 'bcryptjs'
import { apr1 } from '../../decide/access/apr1.ts'
import { shaCrypt } from '../../decide/access/sha-crypt.ts'

/**
 * Whether a password has this hash, which is one that `parseUsers` lets pass. Takes from a
 * millisecond to a second and waits for nothing meanwhile: for a thread of its own.
 */
export function verify(password: string, hash: string): boolean {
  if (hash.startsWith('$2')) return compareSync(password, hash)
  const made = hash.startsWith('$apr1$') ? apr1(password, hash.split('$')[2]!)
    : shaCrypt(password, hash)
  const [a, b] = [Buffer.from(made), Buffer.from(hash)]
  return a.length === b.length && timingSafeEqual(a, b)
}
