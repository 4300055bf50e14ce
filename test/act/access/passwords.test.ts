import { renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  createPasswordBooks, type Passwords, type PasswordState,
} from '../../../src/act/access/passwords.ts'
import { openUsers } from '../../../src/act/access/users.ts'
import type { Known } from '../../../src/model/access.ts'
import type { Refusal } from '../../../src/model/outcome.ts'
import { exchange, requestHead } from '../../decide/nouns.ts'
import { lineOf } from '../../decide/access/vectors.ts'

type Scene = {
  readonly file: string
  readonly passwords: Passwords
  readonly complaints: string[]
  /** The passwords of the next configuration, with the same file. */
  reload(): Passwords
  state(): PasswordState
  check(user: string, password: string, client?: string): Promise<Answer>
}
type Answer = { readonly refusal: Refusal | null; readonly known: Known; readonly field: string }

function fieldOf(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function open(t: Test, text: string = lineOf('alice')): Scene {
  const file = join(t.testdir({ htpasswd: text }), 'htpasswd')
  const complaints: string[] = []
  const books = createPasswordBooks()
  const reload = (): Passwords => books.open({
    users: new Map([['staff', openUsers(file, (said) => complaints.push(said))]]),
    secret: () => Buffer.alloc(32),
  })
  const passwords = reload()
  t.teardown(() => books.close())
  return {
    file, passwords, complaints, reload, state: () => books.state(),
    check(user, password, client = '192.0.2.7') {
      const field = fieldOf(user, password)
      const x = exchange({ client, head: requestHead({ authorization: field }) })
      return new Promise((resolve) => {
        passwords.check(x, ['staff'], (refusal, known) => resolve({ refusal, known, field }))
      })
    },
  }
}

t.test('a password that was right is believed without another check', async (t) => {
  const { passwords, check } = open(t)
  const field = fieldOf('alice', 'wonderland')
  t.equal(passwords.proof('staff', field), null, 'not known at first')
  const { refusal, known } = await check('alice', 'wonderland')
  t.equal(refusal, null)
  t.equal(known.proof('staff', field), 'alice')
  t.equal(passwords.proof('staff', field), 'alice', 'and from now on')
  t.equal(passwords.proof('staff', fieldOf('alice', 'wonderlanD')), null)
  t.equal(passwords.proof('staff', null), false)
  t.equal(passwords.proof('staff', 'Bearer x'), false)
})

t.test('a wrong password, and a user who does not exist, prove nothing', async (t) => {
  const { passwords, check } = open(t)
  for (const login of ['alice wrong', 'bob wonderland', 'bob x']) {
    const [user, password] = login.split(' ') as [string, string]
    const { refusal, known, field } = await check(user, password, `192.0.2.${password.length}`)
    t.equal(refusal, null)
    t.equal(known.proof('staff', field), false)
    t.equal(passwords.proof('staff', field), null, 'nor is it remembered')
  }
})

t.test('who is taken out of the file, or gets another password, is out at once', async (t) => {
  const { file, passwords, check } = open(t, lineOf('alice') + lineOf('bob'))
  const alice = await check('alice', 'wonderland')
  const bob = await check('bob', 'wonderland')
  writeFileSync(file, lineOf('bob'))
  t.equal(passwords.proof('staff', alice.field), null)
  t.equal(passwords.proof('staff', bob.field), 'bob')
  writeFileSync(file, lineOf('bob').replace('DjlTu', 'DjlTe'))
  t.equal(passwords.proof('staff', bob.field), null, 'even if size and time are the same')
  const again = await check('alice', 'wonderland')
  t.equal(again.known.proof('staff', again.field), false)
})

t.test('a file that is moved into place counts, however old it says it is', async (t) => {
  const { file, passwords, check } = open(t)
  const { field } = await check('alice', 'wonderland')
  writeFileSync(`${file}.new`, lineOf('carol'))
  utimesSync(`${file}.new`, 0, 0)
  renameSync(`${file}.new`, file)
  t.equal(passwords.proof('staff', field), null)
})

t.test('a bad new file changes nothing, and is complained of once', async (t) => {
  const { file, passwords, complaints, check } = open(t)
  const { field } = await check('alice', 'wonderland')
  for (const [text, said] of [
    ['alice:hunter2\n', /htpasswd:1: the password is not hashed/],
    ['', /htpasswd:1: there is no user in this file/],
  ] as const) {
    writeFileSync(file, text)
    t.equal(passwords.proof('staff', field), 'alice')
    t.equal(passwords.proof('staff', field), 'alice')
    t.equal(complaints.length, 1)
    t.match(complaints[0], said)
    t.notMatch(complaints.pop()!, /hunter2/)
  }
  renameSync(file, `${file}.gone`)
  t.equal(passwords.proof('staff', field), 'alice')
  t.match(complaints, [/cannot be opened/])
  renameSync(`${file}.gone`, file)
  writeFileSync(file, lineOf('bob'))
  t.equal(passwords.proof('staff', field), null, 'a good one counts again')
})

t.test('a bad file at the start is an error that does not quote it', (t) => {
  const file = join(t.testdir({ htpasswd: `${lineOf('alice')}bob:hunter2\n` }), 'htpasswd')
  const opened = (): unknown => openUsers(file, () => {})
  t.throws(opened, { code: 'config', detail: /htpasswd:2: the password is not hashed/ })
  try {
    opened()
  } catch (error) {
    t.notMatch(String(error), /hunter2/)
  }
  t.end()
})

t.test('ten thousand wrong passwords at once are a handful of checks and many 429', async (t) => {
  const { check, state } = open(t)
  const answers = await Promise.all(
    Array.from({ length: 10_000 }, (_, i) => check('alice', `wrong ${i}`)))
  const refused = answers.filter(({ refusal }) => refusal !== null)
  t.equal(refused.length, 10_000 - 8)
  t.ok(refused.every(({ refusal }) => refusal?.status === 429))
  t.match(refused[0]!.refusal, { reason: 'too-many-failures', fields: ['Retry-After', '1'] })
  const other = await check('alice', 'wonderland', '198.51.100.1')
  t.equal(other.known.proof('staff', other.field), 'alice', 'another client is not concerned')
  t.same(state(), {
    checks: { right: 1, wrong: 8, 'too-many-failures': 9992, 'checks-busy': 0 }, waiting: 0,
  }, 'which the metrics tell')
})

t.test('who has many passwords checked keeps no other client waiting for all', async (t) => {
  const { check } = open(t)
  const order: string[] = []
  const from = (client: string, password: string): Promise<unknown> =>
    check('alice', password, client).then(() => order.push(client))
  const many = Array.from({ length: 7 }, (_, i) => from('192.0.2.7', `wrong ${i}`))
  await Promise.all([...many, from('198.51.100.1', 'wonderland')])
  t.not(order.at(-1), '198.51.100.1', order.join())
})

t.test('what finds no place in the queue is 503 at once, and counted', async (t) => {
  const { check, state } = open(t)
  const answers = await Promise.all(Array.from({ length: 600 }, (_, i) =>
    check('alice', `wrong ${i}`, `10.0.${i >> 8}.${i & 255}`)))
  const busy = answers.filter(({ refusal }) => refusal?.status === 503)
  t.ok(busy.length > 300, `${busy.length} of 600 are told to come back`)
  t.match(busy[0]!.refusal, { reason: 'checks-busy', fields: ['Retry-After', '1'] })
  t.match(state().checks, { wrong: 600 - busy.length, 'checks-busy': busy.length })
})

t.test('the same from one client at the same time is one check, right or wrong', async (t) => {
  const { check } = open(t)
  const right = await Promise.all(Array.from({ length: 100 }, () => check('alice', 'wonderland')))
  t.ok(right.every(({ known, field }) => known.proof('staff', field) === 'alice'))
  const wrong = await Promise.all(Array.from({ length: 100 }, () => check('alice', 'wrong')))
  t.ok(wrong.every(({ refusal, known, field }) => {
    return refusal === null && known.proof('staff', field) === false
  }))
  const later = await check('alice', 'wonderland')
  t.equal(later.refusal, null, 'a hundred times the same mistake is one failure')
})

t.test('a reload forgets neither who has proven himself nor who has guessed', async (t) => {
  const { file, check, reload } = open(t)
  const { field } = await check('alice', 'wonderland')
  t.equal(reload().proof('staff', field), 'alice')
  await Promise.all(Array.from({ length: 8 }, (_, i) => check('alice', `wrong ${i}`)))
  await Promise.all(['a', 'b'].map((password) => check('alice', password)))
  const x = exchange({ client: '192.0.2.7', head: requestHead({ authorization: `${field} ` }) })
  const refusal = await new Promise<Refusal | null>((resolve) => {
    reload().check(x, ['staff'], resolve)
  })
  t.equal(refusal?.status, 429)
  writeFileSync(file, lineOf('bob'))
  t.equal(reload().proof('staff', field), null, 'but a proof counts for the hash it was made with')
})
