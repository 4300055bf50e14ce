import { hash } from 'node:crypto'
import { crypt64 } from './crypt64.ts'

const GROUPS = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]] as const
const ROUNDS = 1000

/**
 * Apache's MD5 of a password (`$apr1$salt$…`, in the manner of Poul-Henning Kamp's MD5 crypt), as
 * the whole string. It is weak by today's standards and is only here because files have it.
 */
export function apr1(password: string, salt: string): string {
  const key = Buffer.from(password)
  const salted = Buffer.from(salt)
  const outer = [key, Buffer.from('$apr1$'), salted]
  const inner = md5([key, salted, key])
  outer.push(Buffer.alloc(key.length, inner))
  // One byte for each bit of the length: zero, or the first of the password. A slip of 1994's.
  for (let bits = key.length; bits > 0; bits >>= 1) {
    outer.push((bits & 1) === 1 ? Buffer.alloc(1) : key.subarray(0, 1))
  }
  let digest = md5(outer)
  for (let round = 0; round < ROUNDS; round++) {
    const parts = [round % 2 === 1 ? key : digest]
    if (round % 3 !== 0) parts.push(salted)
    if (round % 7 !== 0) parts.push(key)
    parts.push(round % 2 === 1 ? digest : key)
    digest = md5(parts)
  }
  return `$apr1$${salt}$${crypt64(digest, GROUPS)}`
}

function md5(parts: readonly Buffer[]): Buffer {
  return hash('md5', Buffer.concat(parts), 'buffer')
}
