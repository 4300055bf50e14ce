/**
 * Who has proven to be who. What a hit needs is in memory: a proof that is not older than some
 * minutes, for a hash that is still that of the user. Everything else goes to a thread, once for
 * all requests of a client that come with the same. What is hard is to give nothing away: not
 * whether a user exists (somebody's hash is checked in any case), not a password (only digests
 * under a key of this process are kept), and no time on the event loop.
 */
import { hash, randomBytes } from 'node:crypto'
import { neighbourhood } from '../../decide/access/addresses.ts'
import { credentialsOf, type Credentials } from '../../decide/access/credentials.ts'
import type { Users } from '../../decide/access/users.ts'
import { PROOF_MS, PROOFS } from '../../limits.ts'
import type { Known, Proof } from '../../model/access.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { Refusal } from '../../model/outcome.ts'
import { createFailures, type Failures } from './failures.ts'
import { createHashing, type Hashing } from './hashing.ts'
import type { Sources } from './sources.ts'

export type Passwords = Known & {
  /**
   * Checks the password of an exchange against these files of users. `done` is called once, with
   * what is known then, or with the Refusal of a client that has to wait; perhaps at once.
   */
  check(x: Exchange, files: readonly string[], done: Checked): void
}

/** What is known of passwords and clients, whatever the configuration is at the moment. */
export type PasswordBooks = {
  /** The passwords of one configuration. */
  open(sources: Sources): Passwords
  state(): PasswordState
  close(): Promise<void>
}

/** For the metrics: what became of checks so far, and how many passwords wait for a thread. */
export type PasswordState = {
  readonly checks: Readonly<Record<CheckResult, number>>
  readonly waiting: number
}

/** Right or wrong; or not looked at, for the reason that the client is given. */
type CheckResult = 'right' | 'wrong' | 'too-many-failures' | 'checks-busy'

export type Checked = (refusal: Refusal | null, known: Known) => void

/** A password that was right: for whom, with which hash, and until when that is believed. */
type Proven = { readonly user: string; readonly hash: string; readonly untilMs: number }

const BUSY: Refusal = {
  status: 503, reason: 'checks-busy', close: false, fields: ['Retry-After', '1'],
}

/** Makes the books; nothing is known yet. */
export function createPasswordBooks(): PasswordBooks {
  const key = randomBytes(32).toString('base64')
  const hashing = createHashing()
  const pauses = new Set<NodeJS.Timeout>()
  const books: Books = {
    hashing,
    failures: createFailures(),
    proofs: new Map(),
    checks: { right: 0, wrong: 0, 'too-many-failures': 0, 'checks-busy': 0 },
    digestOf: (what, authorization) =>
      hash('sha256', `${key}${what}\0${authorization}`, 'base64'),
    pause(ms, then) {
      if (ms === 0) return then()
      const timer = setTimeout(() => {
        pauses.delete(timer)
        then()
      }, ms)
      pauses.add(timer)
    },
  }
  return {
    open: (sources) => openPasswords(books, sources),
    state: () => ({ checks: books.checks, waiting: hashing.waiting }),
    async close() {
      for (const timer of pauses) clearTimeout(timer)
      await hashing.close()
    },
  }
}

/** Who comes with what. */
type Asking = { readonly client: string; readonly authorization: string }

/** Whether it is right; null: it was not looked at, since too many are waiting. */
type Told = (right: boolean | null) => void

/** What all configurations of a process have in common. */
type Books = {
  readonly hashing: Hashing
  readonly failures: Failures
  /** The oldest stands first. */
  readonly proofs: Map<string, Proven>
  readonly checks: Record<CheckResult, number>
  /** A name for credentials (and what they are for) that gives neither away. */
  digestOf(what: string, authorization: string): string
  pause(ms: number, then: () => void): void
}

function openPasswords(books: Books, { users, secret }: Sources): Passwords {
  const { hashing, failures, proofs, checks, digestOf } = books
  const running = new Map<string, Checked[]>()

  function proof(file: string, authorization: string | null): Proof {
    if (authorization === null) return false
    const name = digestOf(file, authorization)
    const known = proofs.get(name)
    if (known !== undefined && performance.now() < known.untilMs &&
      users.get(file)!().get(known.user) === known.hash) return known.user
    proofs.delete(name)
    return credentialsOf(authorization) === null ? false : null
  }

  function remember(name: string, proven: Proven): void {
    proofs.set(name, proven)
    if (proofs.size > PROOFS) proofs.delete(proofs.keys().next().value!)
  }

  /** Gives true or false later; null at once when too many passwords are waiting. */
  function ask(file: string, { client, authorization }: Asking, done: Told): void {
    const { user, password }: Credentials = credentialsOf(authorization)!
    const table = users.get(file)!()
    const own = table.get(user)
    const question = { password, hash: own ?? somebodys(table, digestOf(file, user)) }
    const isTaken = hashing.check(client, question, (right) => {
      const isProven = right && own !== undefined
      const untilMs = performance.now() + PROOF_MS
      if (isProven) remember(digestOf(file, authorization), { user, hash: own, untilMs })
      done(isProven)
    })
    if (!isTaken) done(null)
  }

  /** One file after the other; then `done` with those in which the password was right. */
  function askAll(
    files: readonly string[], asking: Asking, done: (right: string[] | null) => void,
  ): void {
    const right: string[] = []
    const next = (at: number): void => {
      const file = files[at]
      if (file === undefined) return done(right)
      ask(file, asking, (isRight) => {
        if (isRight === null) return done(null)
        if (isRight) right.push(file)
        next(at + 1)
      })
    }
    next(0)
  }

  function refuse(restMs: number, done: Checked): void {
    checks['too-many-failures']++
    done(tooMany(restMs), { secret, proof })
  }

  return {
    proof,
    secret,
    check({ client, head: { authorization } }, files, done) {
      const from = neighbourhood(client)
      // The cheapest answer for those who come most often.
      const refused = failures.rest(from, performance.now())
      if (refused > 0) return refuse(refused, done)
      // Whoever comes with the same while it is being checked waits for the same answer.
      const name = digestOf([from, ...files].join('\0'), authorization!)
      const others = running.get(name)
      if (others !== undefined) return void others.push(done)
      const restMs = failures.begin(from, performance.now())
      if (restMs > 0) return refuse(restMs, done)
      const waiting = [done]
      running.set(name, waiting)
      const end = (refusal: Refusal | null, right: readonly string[]): void => {
        failures.end(from)
        running.delete(name)
        const known = { secret, proof: settled(authorization!, right) }
        for (const one of waiting) one(refusal, known)
      }
      askAll(files, { client: from, authorization: authorization! }, (right) => {
        checks[right === null ? 'checks-busy' : right.length > 0 ? 'right' : 'wrong']++
        if (right === null) return end(BUSY, [])
        if (right.length > 0) return end(null, right)
        books.pause(failures.failed(from, performance.now()), () => end(null, []))
      })
    },
  }
}

/** What is known of an exchange whose password has been checked: everything. */
function settled(authorization: string, right: readonly string[]): Known['proof'] {
  const { user } = credentialsOf(authorization)!
  return (file) => right.includes(file) ? user : false
}

/** For a user who does not exist, always the same hash of the file: it takes as long as any. */
function somebodys(table: Users, digest: string): string {
  const hashes = [...table.values()]
  return hashes[Buffer.from(digest, 'base64').readUInt32LE(0) % hashes.length]!
}

function tooMany(restMs: number): Refusal {
  const seconds = String(Math.ceil(restMs / 1000))
  return {
    status: 429, reason: 'too-many-failures', close: false, fields: ['Retry-After', seconds],
  }
}
