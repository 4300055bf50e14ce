/**
 * What does access cost? Four questions: an address in a list, a decision on a hit, how long the
 * event loop is held up while passwords are being checked and guessed, and what is left of the hits
 * of others meanwhile (`guesses.ts`). Run it alone: `node bench/access.ts`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createPasswordBooks, type Passwords } from '../src/act/access/passwords.ts'
import { openUsers } from '../src/act/access/users.ts'
import { admit } from '../src/decide/access/admit.ts'
import { createAccessCompiler } from '../src/decide/access/compile.ts'
import { compileNetworks, isInside } from '../src/decide/access/networks.ts'
import type { Access } from '../src/model/access.ts'
import { exchange, requestHead } from '../test/decide/nouns.ts'
import { ruleSet } from '../test/decide/rules/ruleset.ts'
import { measureGuesses } from './guesses.ts'

const ROUNDS = 1_000_000
const GUESSES = 10_000
const CLIENTS = 20

/** How long the loop is watched while nothing happens, to compare with. */
const IDLE_MS = 3000

/** bcrypt of cost 12, as htpasswd -B -C 12 makes it: some 250 ms of work. */
const HASH = '$2b$12$7H0k6F9MSOVNGL3Uj7SRMuXb9Rswtq4n5mRdAs4JUbwi/hMHSxQyS'

function perRound(what: string, work: (round: number) => unknown): void {
  for (let i = 0; i < ROUNDS / 4; i++) work(i)
  const began = performance.now()
  for (let i = 0; i < ROUNDS; i++) work(i)
  const ns = (performance.now() - began) * 1e6 / ROUNDS
  console.log(`${what.padEnd(52)} ${ns.toFixed(0).padStart(6)} ns`)
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function check(passwords: Passwords, client: string, password: string): Promise<void> {
  const head = requestHead({ authorization: basic('alice', password) })
  return new Promise((resolve) => {
    passwords.check(exchange({ client, head }), ['staff'], () => resolve())
  })
}

function addresses(): void {
  const entries = Array.from({ length: 1000 }, (_, i) => `10.${i >> 2}.${(i & 3) * 64}.0/24`)
  const { networks } = compileNetworks([...entries, '2001:db8::/32', '!2001:db8:1::/48'])
  const v4 = Array.from({ length: 64 }, (_, i) => `10.${i}.${i * 3}.7`)
  const v6 = Array.from({ length: 64 }, (_, i) => `2001:db8:${i}:85a3::8a2e:370`)
  perRound('an IPv4 address in 1,000 networks', (i) => isInside(networks, v4[i & 63]!))
  perRound('an IPv6 address', (i) => isInside(networks, v6[i & 63]!))
}

function decisions(passwords: Passwords): void {
  const rules = ruleSet([], { acls: { office: ['10.0.0.0/8', '!10.66.0.0/16'] }, users: ['staff'] })
  const { compile } = createAccessCompiler(rules)
  const office = compile({ client: ['office'] }, []).access!
  const both: Access = compile({
    all: [{ client: ['office'] }, { basic: { users: 'staff', realm: 'Staff' } }],
  }, []).access!
  const head = requestHead({ authorization: basic('alice', 'wonderland') })
  const x = exchange({ client: '10.1.2.3', head })
  perRound('a hit behind a network', () => admit(x, office, passwords))
  perRound('a hit behind a network and a proven password', () => admit(x, both, passwords))
}

async function guesses(passwords: Passwords): Promise<void> {
  await watchLoop(`nothing for ${IDLE_MS / 1000} s`, () =>
    new Promise((resolve) => setTimeout(resolve, IDLE_MS)))
  const from = (client: string, count: number): Promise<void>[] =>
    Array.from({ length: count }, (_, i) => check(passwords, client, `guess ${i}`))
  const what = `${GUESSES} guesses of one client, 3 of ${CLIENTS} others each`
  await watchLoop(what, async () => {
    const others = Array.from({ length: CLIENTS }, (_, i) => from(`192.0.2.${i}`, 3)).flat()
    // In batches, as from sockets: one turn of the loop does not read ten thousand requests.
    for (let sent = 0; sent < GUESSES; sent += 100) {
      void from('198.51.100.7', 100)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(others)
  })
}

/**
 * Says for how long other things could not happen meanwhile: by the clock, which on a machine with
 * other work counts that, too; and the most CPU that one turn of the loop took.
 */
async function watchLoop(what: string, work: () => Promise<unknown>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  let most = 0
  let last = process.threadCpuUsage()
  const turn = (): void => {
    const { user, system } = process.threadCpuUsage(last)
    most = Math.max(most, user + system)
    last = process.threadCpuUsage()
    next = setImmediate(turn)
  }
  let next = setImmediate(turn)
  const began = performance.now()
  await work()
  delay.disable()
  clearImmediate(next)
  const [p99, max] = [delay.percentile(99), delay.max].map((ns) => (ns / 1e6).toFixed(1))
  console.log(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s; longest turn of ` +
    `the loop ${(most / 1000).toFixed(1)} ms of CPU; delay p99 ${p99} ms, most ${max} ms`)
}

const folder = mkdtempSync(join(tmpdir(), 'haulout-bench-'))
const file = join(folder, 'htpasswd')
writeFileSync(file, `alice:${HASH}\n`)
const books = createPasswordBooks()
const passwords = books.open({
  users: new Map([['staff', openUsers(file, console.error)]]),
  secret: () => Buffer.alloc(32),
})
addresses()
await check(passwords, '192.0.2.200', 'wonderland')
const proof = passwords.proof('staff', basic('alice', 'wonderland'))
if (proof !== 'alice') throw new Error('the password is not the right one')
await new Promise((resolve) => setTimeout(resolve, 100))
decisions(passwords)
await guesses(passwords)
await books.close()
await measureGuesses(folder, HASH)
rmSync(folder, { recursive: true })
