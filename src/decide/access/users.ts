import { BCRYPT_COST, SHA_CRYPT_ROUNDS } from '../../limits.ts'

/** The hash of each user's password. */
export type Users = ReadonlyMap<string, string>

/** What is wrong with a line; never what it says. Lines count from 1. */
export type LineFault = { readonly line: number; readonly message: string; readonly advice: string }

const REWRITE = 'write it anew, with htpasswd -B FILE USER'

/** The kinds of hashes, with the number in each that says what checking costs. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
const SHA_CRYPT = /^\$([56])\$(?:rounds=(\d{1,9})\$)?[^$\s]{0,16}\$([./A-Za-z0-9]+)$/
const SHA_CRYPT_DIGITS: Readonly<Record<string, number>> = { 5: 43, 6: 86 }
const APR1 = /^\$apr1\$[^$\s]{0,8}\$[./A-Za-z0-9]{22}$/

/**
 * Reads an htpasswd file: `user:hash` in each line, blank lines and `#` comments aside. Hashes are
 * bcrypt, SHA-crypt or apr1; whatever else a file may hold, a password in plain text included, is a
 * fault, and so is a user who is there twice.
 */
export function parseUsers(text: string): { users: Users; faults: readonly LineFault[] } {
  const users = new Map<string, string>()
  const faults: LineFault[] = []
  for (const [index, whole] of text.replace(/^\uFEFF/, '').split('\n').entries()) {
    const line = whole.endsWith('\r') ? whole.slice(0, -1) : whole
    if (line.trim() === '' || line.startsWith('#')) continue
    const colon = line.indexOf(':')
    const user = line.slice(0, Math.max(0, colon))
    const fault = faultOfUser(user, users) ?? faultOfHash(line.slice(colon + 1))
    if (fault === null) users.set(user, line.slice(colon + 1))
    else faults.push({ line: index + 1, ...fault })
  }
  if (users.size === 0 && faults.length === 0) {
    const advice = 'add a user: htpasswd -B FILE USER'
    faults.push({ line: 1, message: 'there is no user in this file', advice })
  }
  return { users, faults }
}

type Fault = Omit<LineFault, 'line'>

function faultOfUser(user: string, users: Users): Fault | null {
  if (user === '' || /\p{Cc}/u.test(user)) {
    return { message: 'this line is not of the form user:hash', advice: REWRITE }
  }
  if (!users.has(user)) return null
  return {
    message: `the user \`${user}\` is here twice`,
    advice: 'remove the line that no longer holds',
  }
}

function faultOfHash(hash: string): Fault | null {
  if (APR1.test(hash)) return null
  const cost = BCRYPT.exec(hash)?.[1]
  if (cost !== undefined) return faultOfCost(Number(cost), [4, BCRYPT_COST], 'cost')
  const [, kind = '', rounds = '5000', digest] = SHA_CRYPT.exec(hash) ?? []
  const isWhole = digest?.length === SHA_CRYPT_DIGITS[kind]
  if (digest !== undefined && isWhole) {
    return faultOfCost(Number(rounds), [1000, SHA_CRYPT_ROUNDS], 'number of rounds')
  }
  return {
    message: 'the password is not hashed, or not in a way that is known here',
    advice: `bcrypt, SHA-crypt ($5$, $6$) and apr1 are; ${REWRITE}`,
  }
}

function faultOfCost(cost: number, [least, most]: readonly [number, number], what: string) {
  if (cost >= least && cost <= most) return null
  const advice = `it may be from ${least} to ${most}; ${REWRITE}`
  return { message: `the ${what} of this hash, ${cost}, is out of bounds`, advice }
}
