import t from 'tap'
import { decidingFacts } from '../../../src/decide/explain/access-words.ts'
import { ASSUMED } from '../../../src/decide/explain/known.ts'
import { createAccessCompiler } from '../../../src/decide/access/compile.ts'
import type { AccessRule } from '../../../src/model/access.ts'
import type { Exchange } from '../../../src/model/exchange.ts'
import { exchange, requestHead } from '../nouns.ts'
import { ruleSet } from '../rules/ruleset.ts'

const OFFICE = { client: ['office'] }
const LAB = { client: ['lab'] }
const STAFF = { basic: { users: 'staff', realm: 'Staff' } }
const TOKEN = { header: { name: 'X-Token', equals: [{ kind: 'env', name: 'TOKEN' } as const] } }

function facts(rule: AccessRule, parts: Partial<Exchange> = {}): string[] {
  const acls = { office: ['10.0.0.0/8'], lab: ['172.16.0.0/12'] }
  const rules = { ...ruleSet([]), acls, users: ['staff'] }
  const { access, problems } = createAccessCompiler(rules).compile(rule, [])
  if (access === null) throw new Error(JSON.stringify(problems))
  return decidingFacts(access, exchange({ client: '10.1.1.1', ...parts }), ASSUMED)
}

function login(text: string): Partial<Exchange> {
  const authorization = `Basic ${Buffer.from(text).toString('base64')}`
  return { head: requestHead({ authorization }) }
}

t.test('the facts that decided are told, and no others', (t) => {
  for (const [rule, parts, expected] of [
    [OFFICE, {}, ['client 10.1.1.1 is in office']],
    [LAB, {}, ['client 10.1.1.1 is not in lab']],
    [{ client: ['office', 'lab'] }, { client: '::1' },
      ['client ::1 is not in office', 'client ::1 is not in lab']],
    [{ all: [OFFICE, STAFF] }, login('alice:'),
      ['client 10.1.1.1 is in office', 'alice is one of staff']],
    [{ all: [OFFICE, STAFF] }, {}, ['no user of staff has given a password']],
    [{ all: [LAB, STAFF] }, login('alice:'), ['client 10.1.1.1 is not in lab']],
    [{ any: [LAB, OFFICE, STAFF] }, {}, ['client 10.1.1.1 is in office']],
    [{ all: [OFFICE, STAFF] }, login('alice:secret'),
      ['whether the password is right for staff is not checked here']],
    [{ not: OFFICE }, {}, ['not: client 10.1.1.1 is in office']],
    [{ header: { name: 'X-A', present: true } }, {}, ['the field x-a is not there']],
    [{ header: { name: 'X-A', present: true } }, { fields: ['x-a', ''] },
      ['the field x-a is there']],
    [{ header: { name: 'X-A', present: false } }, { fields: ['x-a', ''] },
      ['the field x-a is there']],
    [TOKEN, { fields: ['X-Token', 'env:TOKEN'] }, ['the field x-token has a value that is wanted']],
    [TOKEN, { fields: ['X-Token', 'no'] }, ['the field x-token has no value that is wanted']],
  ] as ReadonlyArray<readonly [AccessRule, Partial<Exchange>, string[]]>) {
    t.same(facts(rule, parts), expected, JSON.stringify(rule))
  }
  t.end()
})

t.test('a time is told by the bound that matters', (t) => {
  const noon = Date.UTC(2026, 5, 1, 12)
  const [before, after] = [{ time: { before: noon } }, { time: { after: noon } }]
  const iso = '2026-06-01T12:00:00.000Z'
  t.same(facts(before, { arrivedAt: noon }), [`it is past ${iso}`])
  t.same(facts(before, { arrivedAt: noon - 1 }), [`it is before ${iso}`])
  t.same(facts(after, { arrivedAt: noon }), [`it is past ${iso}`])
  t.same(facts(after, { arrivedAt: noon - 1 }), [`it is not yet ${iso}`])
  t.end()
})

t.test('of many facts some are told, and how many more there are', (t) => {
  const any = Array.from({ length: 9 }, () => LAB)
  const told = facts({ any })
  t.equal(told.length, 6)
  t.equal(told.at(-1), 'and 4 more')
  t.end()
})

t.test('a secret is stood for by its reference, of either kind', (t) => {
  const [file, env] = [{ kind: 'file', path: 'A' } as const, { kind: 'env', name: 'A' } as const]
  t.equal(ASSUMED.secret(file).equals(ASSUMED.secret(env)), false)
  t.equal(ASSUMED.proof('staff', null), false)
  t.equal(ASSUMED.proof('staff', 'Bearer x'), false)
  t.end()
})
