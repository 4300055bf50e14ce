import { hash } from 'node:crypto'
import t from 'tap'
import * as fc from 'fast-check'
import { admit } from '../../../src/decide/access/admit.ts'
import { createAccessCompiler } from '../../../src/decide/access/compile.ts'
import type { Access, AccessRule, Known, Proof } from '../../../src/model/access.ts'
import type { Exchange } from '../../../src/model/exchange.ts'
import { exchange, NOW, requestHead } from '../nouns.ts'
import { ruleSet } from '../rules/ruleset.ts'

const RULES = ruleSet([], {
  acls: { office: ['10.0.0.0/8', '!10.66.0.0/16'], lab: ['10.9.0.0/16'] },
  users: ['staff', 'admins'],
  access: { inside: { client: ['office'] }, staff: { basic: { users: 'staff', realm: 'Staff' } } },
})

function compiled(rule: AccessRule): Access {
  const { access, problems } = createAccessCompiler(RULES).compile(rule, [])
  if (access === null) throw new Error(JSON.stringify(problems))
  return access
}

type Asked = Partial<Pick<Exchange, 'client' | 'fields' | 'arrivedAt'>> & {
  /** What is known of the password for each file; absent: no Authorization at all. */
  readonly proofs?: Readonly<Record<string, Proof>>
}

function asked({ proofs, ...rest }: Asked): { x: Exchange; known: Known } {
  const authorization = proofs === undefined ? null : 'Basic …'
  const x = exchange({ client: '10.1.2.3', head: requestHead({ authorization }), ...rest })
  return {
    x,
    known: {
      proof: (users, field) => {
        return field === null || proofs?.[users] === undefined ? false : proofs[users]
      },
      secret: (ref) => hash('sha256', ref.kind === 'env' ? ref.name : ref.path, 'buffer'),
    },
  }
}

const STAFF = { basic: { users: 'staff', realm: 'Staff' } }
const ADMINS = { basic: { users: 'admins', realm: 'The "A" \\ team' } }
const OFFICE = { client: ['office'] }
const ALL = { all: [STAFF, OFFICE] }
const ANY = { any: [STAFF, OFFICE] }
const AWAY = '192.0.2.7'
const TOKEN = { header: { name: 'X-Token', equals: [{ kind: 'env', name: 'key' } as const] } }
const UNTIL = { time: { before: NOW } }

/** The rule, the request, and yes, 401, 403 or the files that a password has to be checked with. */
const CASES: ReadonlyArray<readonly [AccessRule, Asked, 'yes' | 401 | 403 | readonly string[]]> = [
  ['inside', {}, 'yes'],
  ['inside', { client: AWAY }, 403],
  ['inside', { client: '10.66.1.1' }, 403],
  [{ not: 'inside' }, { client: AWAY }, 'yes'],
  [{ not: { all: ['inside', { not: { client: ['lab'] } }] } }, { client: '10.9.0.1' }, 'yes'],
  [{ client: ['lab', 'office'] }, {}, 'yes'],
  ['staff', {}, 401],
  ['staff', { proofs: { staff: null } }, ['staff']],
  ['staff', { proofs: { staff: false } }, 401],
  ['staff', { proofs: { staff: 'alice' } }, 'yes'],
  [ALL, {}, 401],
  [ALL, { proofs: { staff: null } }, ['staff']],
  [ALL, { proofs: { staff: 'alice' } }, 'yes'],
  [ALL, { client: AWAY }, 403],
  [ALL, { client: AWAY, proofs: { staff: null } }, 403],
  [ALL, { client: AWAY, proofs: { staff: 'alice' } }, 403],
  [ANY, {}, 'yes'],
  [ANY, { proofs: { staff: null } }, 'yes'],
  [ANY, { client: AWAY }, 401],
  [ANY, { client: AWAY, proofs: { staff: null } }, ['staff']],
  [ANY, { client: AWAY, proofs: { staff: 'alice' } }, 'yes'],
  [{ any: [STAFF, ADMINS] }, { proofs: { staff: null, admins: null } }, ['staff', 'admins']],
  [{ any: [STAFF, ADMINS] }, { proofs: { staff: false, admins: null } }, ['admins']],
  [{ any: [STAFF, STAFF] }, { proofs: { staff: null } }, ['staff']],
  [{ any: [{ all: [STAFF, OFFICE] }, ADMINS] }, { client: AWAY, proofs: { staff: null } }, 401],
  [TOKEN, { fields: ['x-token', 'key'] }, 'yes'],
  [TOKEN, { fields: ['X-TOKEN', 'keY'] }, 403],
  [TOKEN, { fields: ['x-token', 'key', 'X-Token', 'key'] }, 403],
  [TOKEN, { fields: ['x-token', ''] }, 403],
  [TOKEN, {}, 403],
  [{ header: { name: 'x-a', equals: ['1', '2'] } }, { fields: ['X-A', '2'] }, 'yes'],
  [{ header: { name: 'x-a', equals: ['1', '2'] } }, { fields: ['X-A', '1, 2'] }, 403],
  [{ header: { name: 'x-a', present: true } }, { fields: ['X-A', ''] }, 'yes'],
  [{ header: { name: 'x-a', present: true } }, { fields: ['X-B', ''] }, 403],
  [{ header: { name: 'x-a', present: false } }, { fields: ['X-A', ''] }, 403],
  [{ header: { name: 'x-a', present: false } }, {}, 'yes'],
  [UNTIL, { arrivedAt: NOW - 1 }, 'yes'],
  [UNTIL, { arrivedAt: NOW }, 403],
  [{ time: { after: NOW } }, { arrivedAt: NOW - 1 }, 403],
  [{ time: { after: NOW } }, { arrivedAt: NOW }, 'yes'],
  [{ all: [UNTIL, STAFF] }, { arrivedAt: NOW, proofs: { staff: null } }, 403],
]

for (const [rule, request, expected] of CASES) {
  t.test(`${JSON.stringify(rule)} says ${String(expected)} to ${JSON.stringify(request)}`, (t) => {
    const { x, known } = asked(request)
    const answer = admit(x, compiled(rule), known)
    if (answer === null) t.equal(expected, 'yes')
    else if ('needs' in answer) t.same(answer.needs, expected)
    else t.equal(answer.status, expected)
    t.end()
  })
}

t.test('a 401 challenges for the passwords that would help, and only for those', (t) => {
  const rule = compiled({ any: [{ all: [STAFF, OFFICE] }, ADMINS, ADMINS] })
  const challenges = (client: string): unknown => {
    const { x, known } = asked({ client })
    return admit(x, rule, known)
  }
  const admins = 'Basic realm="The \\"A\\" \\\\ team", charset="UTF-8"'
  t.same(challenges(AWAY), {
    status: 401, reason: 'no-credentials', close: false, fields: ['WWW-Authenticate', admins],
  })
  t.match(challenges('10.1.2.3'), {
    fields: ['WWW-Authenticate', 'Basic realm="Staff", charset="UTF-8"',
      'WWW-Authenticate', admins],
  })
  t.end()
})

t.test('the user is who a password has proven, and nobody else', (t) => {
  for (const [proof, user] of [['alice', 'alice'], [false, null], [null, null]] as const) {
    const { x, known } = asked({ client: AWAY, proofs: { staff: proof } })
    admit(x, compiled(ANY), known)
    t.equal(x.user, user)
  }
  const { x, known } = asked({ client: '10.1.2.3' })
  admit(x, compiled(ALL), known)
  t.equal(x.user, null, 'a challenge makes no user')
  t.end()
})

const LEAF = fc.constantFrom<AccessRule>(
  OFFICE, STAFF, ADMINS, 'inside', 'staff', { client: ['lab'] }, UNTIL,
  { header: { name: 'x', present: true } },
)
const { rule: RULE } = fc.letrec<{ plain: AccessRule; rule: AccessRule }>((tie) => ({
  plain: fc.oneof({ maxDepth: 3 }, fc.constantFrom<AccessRule>(OFFICE, 'inside', UNTIL),
    fc.record({ not: tie('plain') }),
    fc.record({ any: fc.array(tie('plain'), { minLength: 1, maxLength: 3 }) })),
  rule: fc.oneof({ maxDepth: 4 }, LEAF, fc.record({ not: tie('plain') }),
    fc.record({ all: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) })),
}))

/** The rule read aloud, with every password right or wrong. */
function naive(rule: AccessRule, world: Record<string, boolean>): boolean {
  if (typeof rule === 'string') return naive(RULES.access[rule]!, world)
  if (rule.all !== undefined) return rule.all.every((one) => naive(one, world))
  if (rule.any !== undefined) return rule.any.some((one) => naive(one, world))
  if (rule.not !== undefined) return !naive(rule.not, world)
  if (rule.client !== undefined) return rule.client.some((name) => world[name])
  if (rule.basic !== undefined) return world[rule.basic.users]!
  return rule.header !== undefined ? world['x']! : world['early']!
}

/** Whether the password may turn out to be right. */
function could(proof: Proof): boolean[] {
  return proof === null ? [true, false] : [proof !== false]
}

const WORLD = fc.record({
  client: fc.constantFrom('10.1.2.3', '10.9.1.1', '192.0.2.7'),
  fields: fc.constantFrom([], ['X', '1']),
  arrivedAt: fc.constantFrom(NOW - 1, NOW),
  proofs: fc.record({
    staff: fc.constantFrom<Proof>('alice', false, null),
    admins: fc.constantFrom<Proof>('root', false, null),
  }),
})

t.test('the answer is that of a plain reading, whatever unknown passwords turn out to be', (t) => {
  const seen = { yes: 0, no: 0, login: 0, needs: 0 }
  fc.assert(fc.property(RULE, WORLD, (rule, request) => {
    const { x, known } = asked(request)
    const answer = admit(x, compiled(rule), known)
    const { client, fields, arrivedAt, proofs } = request
    const plainly = (staff: boolean, admins: boolean): boolean => naive(rule, {
      office: client.startsWith('10.'), lab: client.startsWith('10.9.'), x: fields.length > 0,
      early: arrivedAt < NOW, staff, admins,
    })
    const worlds = could(proofs.staff)
      .flatMap((staff) => could(proofs.admins).map((admins) => plainly(staff, admins)))
    if (answer === null) return worlds.every((one) => one) && ++seen.yes > 0
    if ('needs' in answer) {
      const isOpen = worlds.includes(true) && worlds.includes(false)
      return isOpen && answer.needs.length > 0 && ++seen.needs > 0 &&
        answer.needs.every((name) => proofs[name as 'staff'] === null)
    }
    if (worlds.includes(true)) return false
    const helps = plainly(true, true)
    seen[helps ? 'login' : 'no']++
    return answer.status === (helps ? 401 : 403)
  }), { numRuns: 20_000 })
  for (const [what, times] of Object.entries(seen)) t.ok(times > 200, `${what}: ${times}`)
  t.end()
})
