/**
 * What it costs to decide: match and key, and the whole upper half of the line, for ten, a thousand
 * and ten thousand routes with hosts of their own, and how long they take to compile. What is hard
 * about it is not to measure too little: every exchange is new, with strings that no look-up has
 * seen, because a Map knows the hash of a string that it has met before. And what is asked for in
 * no order comes from memory, not from the processor's cache; so the same is measured once more
 * with requests for a hundred of the hosts, as most are on a real day.
 */
import { decide } from '../src/decide/line.ts'
import { keyOf } from '../src/decide/key/key.ts'
import { compile, type CompiledRules } from '../src/decide/rules/compile.ts'
import { match } from '../src/decide/rules/match.ts'
import { exchangeOf } from '../src/decide/proof/exchange.ts'
import { builtinDocument } from '../src/run/config/load.ts'
import { checkDocument } from '../src/run/config/schema.ts'
import { settingsOf } from '../src/run/config/settings.ts'
import type { Exchange } from '../src/model/exchange.ts'
import type { RuleSet } from '../src/model/rules.ts'
import { NO_PASSWORDS } from '../test/support/line.ts'

const SIZES = [10, 1000, 10_000]
/** So few that they are still in the processor's cache, as those of a server are. */
const BATCH = 100
const ROUNDS = 2001
/** Hosts that most requests are for. */
const BUSY = 100

/** A route for each host, each with captures, an object and a policy of its own. */
function rulesOf(count: number): RuleSet {
  const checked = checkDocument(builtinDocument())
  if (!('haulout' in checked)) throw new Error('builtin.yaml has issues')
  return {
    ...settingsOf(checked, '/').rules,
    origins: ['walrus'], httpOrigins: [],
    buckets: { releases: { origin: 'walrus', name: 'eucalyptus-releases' } },
    routes: Array.from({ length: count }, (_, i) => ({
      name: `r${i}`,
      match: { host: [`dl${i}.example.org`], path: '/d/{version}/{file}.{ext:tgz|tar.gz}' },
      to: 'releases/{version}/{file}.{ext}',
    })),
  }
}

/** A string of its own, not one that something else has hashed. */
function fresh(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** Requests for the first so many of the routes, in no order. */
function requests(count: number, seed: number): Exchange[] {
  let state = Math.imul(seed, 2_654_435_761)
  return Array.from({ length: BATCH }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    const host = fresh(`dl${Math.floor(state / 65_536) % count}.example.org`)
    const path = fresh(`/d/3.1/eucalyptus-3.1.${state % 1000}.tgz`)
    const x = exchangeOf({ method: 'GET', url: path, fields: [fresh('Host'), host] })
    x.target = { host, path, raw: path, query: '' }
    return x
  })
}

/** The middle of the rounds, in ns for one. */
function measure(count: number, run: (x: Exchange) => void): number {
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    const batch = requests(count, round)
    const started = process.hrtime.bigint()
    for (let i = 0; i < batch.length; i++) run(batch[i]!)
    return Number(process.hrtime.bigint() - started) / batch.length
  })
  return rounds.sort((a, b) => a - b)[ROUNDS >> 1]!
}

function expectKey(x: Exchange): void {
  if (!x.key.startsWith('walrus:eucalyptus-releases/3.1/')) throw new Error('a wrong decision')
}

type Row = Readonly<Record<'count' | 'busy' | 'all' | 'decide' | 'compileMs', number>>

function rowOf(count: number, rules: CompiledRules, compileMs: number): Row {
  const line = { rules, healthPath: '/healthz', passwords: NO_PASSWORDS }
  const matchAndKey = (x: Exchange): void => {
    match(rules, x)
    keyOf(x, x.policy!)
    expectKey(x)
  }
  const decideAll = (x: Exchange): void => {
    decide(line, x)
    expectKey(x)
  }
  return {
    count, compileMs,
    busy: measure(Math.min(count, BUSY), matchAndKey),
    all: measure(count, matchAndKey),
    decide: measure(count, decideAll),
  }
}

const compiled = SIZES.map((count) => {
  const rules = rulesOf(count)
  const started = performance.now()
  const { compiled, problems } = compile(rules)
  if (problems.length > 0) throw new Error(problems[0]!.message)
  return { count, compiled, compileMs: performance.now() - started }
})
// Once for the compiler, all sizes mixed, so that none is measured colder than the others.
for (const { count, compiled: rules } of compiled) rowOf(count, rules, 0)
const rows = compiled.map(({ count, compiled: rules, compileMs }) => rowOf(count, rules, compileMs))

console.log('| routes | match and key, 100 busy hosts | match and key, all hosts ' +
  '| whole decision, all hosts | compiled in |')
console.log('|--:|--:|--:|--:|--:|')
for (const { count, busy, all, decide, compileMs } of rows) {
  const ns = [busy, all, decide].map((value) => `${value.toFixed(0)} ns`)
  console.log(`| ${count} | ${ns.join(' | ')} | ${compileMs.toFixed(0)} ms |`)
}
const [first, last] = [rows[0]!, rows.at(-1)!]
console.log(`\n${last.count} routes cost ${(last.busy / first.busy).toFixed(2)} times what ` +
  `${first.count} do for busy hosts, ${(last.all / first.all).toFixed(2)} times for all`)
