import { hash } from 'node:crypto'
import { crypt64 } from './crypt64.ts'

/** What the two kinds differ in: the name, the digest, and the order of its bytes in the text. */
const KINDS = {
  5: {
    algorithm: 'sha256',
    groups: [
      [0, 10, 20], [21, 1, 11], [12, 22, 2], [3, 13, 23], [24, 4, 14], [15, 25, 5], [6, 16, 26],
      [27, 7, 17], [18, 28, 8], [9, 19, 29], [31, 30],
    ],
  },
  6: {
    algorithm: 'sha512',
    groups: [
      [0, 21, 42], [22, 43, 1], [44, 2, 23], [3, 24, 45], [25, 46, 4], [47, 5, 26], [6, 27, 48],
      [28, 49, 7], [50, 8, 29], [9, 30, 51], [31, 52, 10], [53, 11, 32], [12, 33, 54],
      [34, 55, 13], [56, 14, 35], [15, 36, 57], [37, 58, 16], [59, 17, 38], [18, 39, 60],
      [40, 61, 19], [62, 20, 41], [63],
    ],
  },
} as const

/** Fewer rounds than this are that many. */
const LEAST_ROUNDS = 1000
const USUAL_ROUNDS = 5000

/**
 * SHA-crypt of a password (Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512", version 0.6), as
 * the whole string. `like` is a hash of the kind, with the salt and the rounds to use.
 */
export function shaCrypt(password: string, like: string): string {
  const [, kind, prefix = '', rounds, salt = ''] =
    /^\$([56])\$(rounds=(\d+)\$)?([^$]*)/.exec(like) ?? []
  const { algorithm, groups } = KINDS[kind === '5' ? 5 : 6]
  const digestOf = (bytes: Buffer): Buffer => hash(algorithm, bytes, 'buffer')
  const count = rounds === undefined ? USUAL_ROUNDS : Math.max(LEAST_ROUNDS, Number(rounds))
  const digest = rounded(Buffer.from(password), Buffer.from(salt), { digestOf, count })
  const said = prefix === '' ? '' : `rounds=${count}$`
  return `$${kind}$${said}${salt}$${crypt64(digest, groups)}`
}

type Way = { readonly digestOf: (bytes: Buffer) => Buffer; readonly count: number }

/** The steps of the paper, by its letters. */
function rounded(key: Buffer, salt: Buffer, { digestOf, count }: Way): Buffer {
  const b = digestOf(Buffer.concat([key, salt, key]))
  const parts = [key, salt, Buffer.alloc(key.length, b)]
  for (let bits = key.length; bits > 0; bits >>= 1) parts.push((bits & 1) === 1 ? b : key)
  let a = digestOf(Buffer.concat(parts))
  const p = Buffer.alloc(key.length, digestOf(repeated(key, key.length)))
  const s = Buffer.alloc(salt.length, digestOf(repeated(salt, 16 + a[0]!)))
  // What a round mixes repeats after 42: made once, with a place for the digest before it.
  const mixes = Array.from({ length: 42 }, (_, round) => {
    const middle = [...round % 3 === 0 ? [] : [s], ...round % 7 === 0 ? [] : [p]]
    const isOdd = round % 2 === 1
    const mixed = Buffer.concat(isOdd ? [p, ...middle, a] : [a, ...middle, p])
    return { mixed, at: isOdd ? mixed.length - a.length : 0 }
  })
  for (let round = 0; round < count; round++) {
    const { mixed, at } = mixes[round % 42]!
    mixed.set(a, at)
    a = digestOf(mixed)
  }
  return a
}

function repeated(bytes: Buffer, times: number): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => bytes))
}
