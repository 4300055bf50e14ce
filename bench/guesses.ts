/**
 * Does somebody who guesses passwords slow down everybody else? A whole haulout on one core, wrk
 * and the guesser on the other. What is hard about it: whoever sends ten thousand requests takes
 * some of the server's time, whatever he asks for. So the same number of plain hits from one client
 * is measured, too, and only what lies beyond those is the price of passwords.
 */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startPocket } from '../src/pocket/pocket.ts'
import { wrk } from './clients.ts'
import { freePort, start, type Running } from './process.ts'
import { median } from './table.ts'

/** How often all questions are asked, and for how long each. */
const ROUNDS = 6
const SECONDS = 5
const REQUESTS = 10_000
const LANES = 64
const CONNECTIONS = 32
/** USER_HZ, the unit of /proc/PID/stat. */
const TICKS_PER_SECOND = 100
const SERVER_CORE = 0
const CLIENT_CORE = 1

/** What the client besides wrk does. */
const KINDS = ['quiet', 'guesses', 'hits'] as const
type Kind = (typeof KINDS)[number]

type Order = {
  readonly port: number
  readonly kind: Exclude<Kind, 'quiet'>
  /** Makes the clients of this round new ones: who guessed before rests. */
  readonly round: number
}

type Scene = { readonly port: number; readonly admin: number; readonly haulout: Running }

/** Prints what the others get beside each kind of client, as ratios to the quiet. */
export async function measureGuesses(folder: string, hash: string): Promise<void> {
  const pocket = await startPocket({ era: 'walrus3' })
  await pocket.put('bucket', 'hit', Buffer.alloc(1024, 'x'))
  const scene = await startHaulout(folder, hash, pocket.endpoint)
  const [before = 0] = loadavg()
  const rates: Record<Kind, Rate[]> = { quiet: [], guesses: [], hits: [] }
  const answers: Partial<Record<Kind, string>> = {}
  try {
    await wrk(CLIENT_CORE, { ...asked(scene), seconds: 2 })
    for (let round = 0; round < ROUNDS; round++) {
      for (const kind of KINDS) {
        const other = kind === 'quiet' ? null : run({ port: scene.port, kind, round })
        const before = scene.haulout.cpuSeconds()
        const hashed = hashingSeconds(scene.haulout.pid)
        const { requests } = await wrk(CLIENT_CORE, asked(scene))
        const cpuSeconds = scene.haulout.cpuSeconds() - before
        const hashing = (hashingSeconds(scene.haulout.pid) - hashed) / SECONDS
        rates[kind].push({ clock: requests / SECONDS, cpu: requests / cpuSeconds, hashing })
        answers[kind] = JSON.stringify(await other)
      }
    }
  } finally {
    await scene.haulout.stop()
    await pocket.close()
  }
  console.log(`\nhits per second of CPU, and of the clock, for ${CONNECTIONS} others ` +
    `(ratio to quiet); medians of ${ROUNDS} rounds of ${SECONDS} s; load before: ` +
    before.toFixed(2))
  for (const kind of KINDS) {
    const of = (unit: 'clock' | 'cpu'): string => {
      const ratio = median(rates[kind].map((rate, i) => rate[unit] / rates.quiet[i]![unit]))
      const rate = median(rates[kind].map((one) => one[unit]))
      return `${rate.toFixed(0).padStart(6)} (${ratio.toFixed(3)})`
    }
    const hashing = 100 * median(rates[kind].map((one) => one.hashing))
    console.log(`${WORDS[kind].padEnd(47)} ${of('cpu')} ${of('clock')}  hashing: ` +
      `${hashing.toFixed(1)} % of the core  ${answers[kind] ?? ''}`)
  }
}

/**
 * Hits per second of the clock, and per second of CPU that haulout took with all its threads. It
 * has a core of its own and never rests, so both say the same on a quiet machine; on any other the
 * second is to be believed.
 */
type Rate = {
  readonly clock: number
  readonly cpu: number
  /** The part of the core that the hashing threads had. */
  readonly hashing: number
}

/** CPU seconds of the threads that stand back behind the others, which are those that hash. */
function hashingSeconds(pid: number): number {
  const ticks = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1')
    // Behind the name: utime and stime are the 12th and 13th, nice the 17th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number)
    return fields[16]! > 0 ? fields[11]! + fields[12]! : 0
  })
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND
}

const WORDS: Readonly<Record<Kind, string>> = {
  quiet: 'nobody else',
  guesses: `${REQUESTS} wrong passwords of one client, bcrypt 12`,
  hits: `${REQUESTS} hits of one client, for comparison`,
}

function asked({ port }: Scene) {
  return { port, path: '/open/hit', connections: CONNECTIONS, seconds: SECONDS }
}

async function startHaulout(folder: string, hash: string, endpoint: string): Promise<Scene> {
  const [port, admin] = [await freePort(), await freePort()]
  writeFileSync(join(folder, 'guessed'), `alice:${hash}\n`, { mode: 0o600 })
  const config = join(folder, 'haulout.yaml')
  writeFileSync(config, `haulout: 1
listen: { http: "127.0.0.1:${port}", admin: "127.0.0.1:${admin}" }
trusted_proxies: ["127.0.0.1"]
users: { staff: { file: guessed } }
log: { access: { format: json, path: access.log } }
origins: { walrus: { dialect: walrus, endpoints: ["${endpoint}"] } }
buckets: { files: { origin: walrus, name: bucket, cache: { ttl: 1d } } }
routes:
  - { name: open, match: { path: "/open/{key**}" }, to: "files/{key}" }
  - name: closed
    match: { path: "/closed/{key**}" }
    access: { basic: { users: staff, realm: Staff } }
    to: "files/{key}"
`)
  const main = resolve(import.meta.dirname, '../src/main.ts')
  const haulout = await start({
    name: 'haulout', command: [process.execPath, main, 'serve', '--config', config], port,
    core: SERVER_CORE,
  })
  return { port, admin, haulout }
}

/** Runs the other client as a process on the clients' core; gives how often each status came. */
async function run(order: Order): Promise<Record<string, number>> {
  const child = spawn('taskset', ['-c', String(CLIENT_CORE), process.execPath,
    import.meta.filename, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const said: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text))
  await new Promise((done) => child.once('close', done))
  return JSON.parse(said.join('')) as Record<string, number>
}

/** Sends the requests evenly over the time of a round, over so many connections that stay open. */
async function send(order: Order): Promise<Record<string, number>> {
  const tally: Tally = { began: performance.now(), next: 0, statuses: {} }
  await Promise.all(Array.from({ length: LANES }, () => sendOver(order, tally)))
  return tally.statuses
}

type Tally = { readonly began: number; next: number; readonly statuses: Record<string, number> }

async function sendOver(order: Order, tally: Tally): Promise<void> {
  const socket = connect({ port: order.port, host: '127.0.0.1' })
  let got = ''
  let answered = Promise.withResolvers<void>()
  socket.setEncoding('latin1').on('data', (text: string) => {
    got += text
    if (isWhole(got)) answered.resolve()
  })
  for (let i = tally.next++; i < REQUESTS; i = tally.next++) {
    const waitMs = tally.began + i * (SECONDS * 1000 / REQUESTS) - performance.now()
    if (waitMs > 0) await wait(waitMs)
    if (performance.now() - tally.began > SECONDS * 1000) break
    got = ''
    answered = Promise.withResolvers<void>()
    socket.write(requestOf(order, i))
    await answered.promise
    const status = got.slice(9, 12)
    tally.statuses[status] = (tally.statuses[status] ?? 0) + 1
  }
  socket.destroy()
}

function requestOf({ kind, round }: Order, i: number): string {
  const login = Buffer.from(`alice:guess ${round} ${i}`).toString('base64')
  const path = kind === 'hits' ? '/open/hit' : '/closed/hit'
  return `GET ${path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.${round}\r\n` +
    `${kind === 'hits' ? '' : `Authorization: Basic ${login}\r\n`}\r\n`
}

function isWhole(got: string): boolean {
  const end = got.indexOf('\r\n\r\n')
  const length = /content-length: (\d+)/i.exec(got.slice(0, Math.max(0, end)))?.[1]
  return end >= 0 && got.length >= end + 4 + Number(length)
}

if (import.meta.main) {
  console.log(JSON.stringify(await send(JSON.parse(process.argv[2]!) as Order)))
}
