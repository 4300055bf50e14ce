/**
 * The decision is the decision: for random rules and random requests, what the line does with an
 * object that is cached is what it does with one that is not, and both are what an evaluator does
 * that knows nothing of caches and tables. SEED= and RUNS= as for the other properties; a run is a
 * rule set with 16 requests, each of them a case.
 */
import { deepStrictEqual as equal } from 'node:assert'
import * as fc from 'fast-check'
import t from 'tap'
import type { Passwords } from '../../src/act/access/passwords.ts'
import { compile, type CompiledRules } from '../../src/decide/rules/compile.ts'
import { serve, type Parts } from '../../src/serve.ts'
import { newExchange, type Exchange } from '../../src/model/exchange.ts'
import type { RuleSet } from '../../src/model/rules.ts'
import { partsInMemory, watchWire } from '../support/line.ts'
import { scriptOrigin, type ScriptedOrigin } from '../support/scripted-origin.ts'
import { ruleSet } from '../decide/rules/ruleset.ts'
import { decideNaively, type Ask, type Decided } from './naive.ts'
import { LOGINS, stories } from './rules.ts'

const ASKS = 16
const TRUTH = { body: Buffer.from('the object'), etag: null, ranges: true, tellsLength: true }
const MIB = 1024 * 1024

/** Leads to every object of every bucket, whatever the rules of the moment are. */
const { compiled: OPEN } = compile(ruleSet(['plain', 'releases', 'images'].map((bucket) => {
  return { name: bucket, match: { path: `/${bucket}/{key**}` }, to: `${bucket}/{key}` }
})))

/** Passwords that have never been checked before, and are then known at once. */
const PASSWORDS: Passwords = {
  secret,
  proof: (_, authorization) => authorization?.startsWith('Basic ') === true ? null : false,
  check: (_x, _files, done) => done(null, { proof, secret }),
}

function proof(file: string, authorization: string | null): string | false {
  const login = Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64').toString()
  return LOGINS[file]!.includes(login) ? login.split(':')[0]! : false
}

function secret(): Buffer {
  return Buffer.alloc(32)
}

type House = { readonly parts: Parts; readonly scripted: ScriptedOrigin }

function houseOf(rules: CompiledRules): House {
  const scripted = scriptOrigin(TRUTH)
  const parts = { ...partsInMemory(MIB, scripted.origin), rules, passwords: PASSWORDS }
  return { parts, scripted }
}

/** What came over the wire, less what tells the age of an answer. */
type Seen = Decided & { readonly fields: string; readonly body: string; readonly asked: boolean }

const PASSING = new Set(['age', 'cache-status', 'date'])

function ask({ parts, scripted }: House, asked: Ask): { seen: Seen; x: Exchange } {
  const { method, url, host, peer, fields, at } = asked
  const watched = watchWire()
  const x = newExchange({
    wire: watched.wire, arrivedAt: at, startedMs: 0, peer, method, url, version: '1.1',
    fields: ['Host', host, ...fields.flat()],
  })
  const before = scripted.fetches.length
  serve(parts, x)
  for (const fetched of scripted.fetches.slice(before)) fetched.send(MIB)
  const { status } = watched.wire
  const said = watched.fields.flatMap((name, i) => i % 2 === 0 && !PASSING.has(name.toLowerCase())
    ? [`${name}: ${watched.fields[i + 1]}`] : [])
  const location = said.find((field) => field.startsWith('Location: '))?.slice(10)
  return {
    x,
    seen: {
      status, route: x.policy?.route ?? null, ...location === undefined ? {} : { location },
      ...x.object === null ? {} : { object: `${x.object.bucket}/${x.object.key}` },
      fields: said.join('\n'), body: Buffer.concat(watched.body).toString(),
      asked: scripted.fetches.length > before,
    },
  }
}

/** The entry of an object, fetched by another URL under other rules. */
function warm(house: House, object: string, at: number): void {
  const url = `/${object.split('/').map(encodeURIComponent).join('/')}`
  const rest = { method: 'GET', host: 'other', peer: '192.0.2.1', fields: [] }
  const open = { ...house, parts: { ...house.parts, rules: OPEN } }
  const { seen } = ask(open, { ...rest, url, at: at - 1 })
  equal([seen.status, seen.object], [200, object])
}

t.setTimeout(400_000)

const tally = { cases: 0, hits: 0, refusedHits: 0, bad: 0, redirects: 0, none: 0, asked401: 0 }

function compare(rules: RuleSet, compiled: CompiledRules, asked: Ask): void {
  const expected = decideNaively(rules, LOGINS, asked)
  const { seen: cold } = ask(houseOf(compiled), asked)
  const house = houseOf(compiled)
  if (expected.object !== undefined) warm(house, expected.object, asked.at)
  const { seen: cached, x } = ask(house, asked)
  const isObject = expected.status === 200
  const { status, route, location, object } = cold
  const got = { status, route, ...location === undefined ? {} : { location } }
  const { object: wanted, ...rest } = expected
  equal({ ...got, object: isObject ? object : undefined },
    { ...rest, object: isObject ? wanted : undefined }, 'as the evaluator without tables')
  equal({ ...cached, asked: null }, { ...cold, asked: null }, 'cached as uncached')
  equal([cold.asked, cached.asked], [isObject, false], 'the origin is asked for nothing else')
  if (isObject) equal(x.outcome.name, 'hit-memory')
  count(expected)
}

function count({ status, object, route }: Decided): void {
  tally.cases++
  if (status === 200) tally.hits++
  else if (object !== undefined) tally.refusedHits++
  if (status === 400) tally.bad++
  if (status === 302) tally.redirects++
  if (status === 401) tally.asked401++
  if (route === 'default') tally.none++
}

/** One line for each route: what is left of them after shrinking is few. */
function readable(story: object, cause: unknown): string {
  const lines = Object.entries(story).flatMap(([name, part]) => {
    const parts = name === 'routes' ? part as unknown[] : [part]
    return parts.map((one) => `${name}: ${JSON.stringify(one)}`)
  })
  return [(cause as Error).message, ...lines].join('\n')
}

t.test('what is decided hangs neither on the cache nor on how rules are compiled', (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
  const numRuns = Number(process.env['RUNS'] ?? 6300)
  t.comment(`seed ${seed}`)
  fc.assert(fc.property(stories(ASKS), ([rules, all]) => {
    const { compiled, problems } = compile(rules)
    equal(problems.filter(({ message }) => !message.includes('never reached')), [])
    for (const one of all) {
      try {
        compare(rules, compiled, one)
      } catch (cause) {
        const { routes, trustedProxies } = rules
        throw new Error(readable({ ask: one, trustedProxies, routes }, cause), { cause })
      }
    }
  }), { seed, numRuns })
  t.comment(JSON.stringify(tally))
  t.ok(tally.cases >= numRuns * ASKS, `${tally.cases} cases`)
  const rare = Object.values(tally).map((count) => count / tally.cases)
  t.ok(rare.every((share) => share > 0.005), 'and each kind of answer often enough')
  t.end()
})
