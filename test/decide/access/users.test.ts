import t from 'tap'
import { parseUsers } from '../../../src/decide/access/users.ts'

const BCRYPT = '$2b$04$abcdefghijklmnopqrstuujZkTwHUiJ9XdZPwKfcfDo7dMp5DjlTu'
const SHA256 = '$5$saltsalt$IeaomH1t0t79ShF5t59ZywXLL/dm2jA/3vpoR6EMo74'
const APR1 = '$apr1$saltsalt$WoESZIlCyPaOHxFHP.vy51'

t.test('every line is a user; blank lines, comments and line ends are not', (t) => {
  const text = `\uFEFF# staff\r\n\r\nalice:${BCRYPT}\r\nbøb:${SHA256}\n\ncarol:${APR1}`
  const { users, faults } = parseUsers(text)
  t.same(faults, [])
  t.same([...users], [['alice', BCRYPT], ['bøb', SHA256], ['carol', APR1]])
  t.end()
})

/** What follows alice's good line, and what is said of it. */
const FAULTS: ReadonlyArray<readonly [line: string, said: RegExp]> = [
  ['bob:hunter2', /not hashed/],
  ['bob:', /not hashed/],
  ['bob:!', /not hashed/],
  // DES crypt, Apache's SHA-1, MD5 crypt, nginx's plain text, scrypt: weak or not known here.
  ['bob:rqXexS6ZhobKA', /not hashed/],
  ['bob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', /not hashed/],
  ['bob:$1$hunter2$WoESZIlCyPaOHxFHP.vy51', /not hashed/],
  ['bob:{PLAIN}hunter2', /not hashed/],
  ['bob:$7$hunter2', /not hashed/],
  [`bob:${BCRYPT.replace('$2b', '$2x')}`, /not hashed/],
  [`bob:${BCRYPT.slice(0, -1)}`, /not hashed/],
  [`bob:${BCRYPT}:comment`, /not hashed/],
  [`bob:${BCRYPT} `, /not hashed/],
  [`bob:${SHA256.replace('$5', '$6')}`, /not hashed/],
  [`bob:${BCRYPT.replace('$04', '$15')}`, /the cost of this hash, 15, is out of bounds/],
  [`bob:${BCRYPT.replace('$04', '$03')}`, /the cost of this hash, 3,/],
  [`bob:${SHA256.replace('$5$', '$5$rounds=1000001$')}`, /the number of rounds of this hash/],
  [`bob:${SHA256.replace('$5$', '$5$rounds=999$')}`, /the number of rounds of this hash/],
  [`alice:${BCRYPT}`, /the user `alice` is here twice/],
  [`:${BCRYPT}`, /not of the form user:hash/],
  ['hunter2', /not of the form user:hash/],
  [`b\0b:${BCRYPT}`, /not of the form user:hash/],
]

for (const [line, said] of FAULTS) {
  t.test(`${JSON.stringify(line.slice(0, 40))} is refused, and not quoted`, (t) => {
    const { users, faults } = parseUsers(`# one\nalice:${BCRYPT}\n${line}\n`)
    t.equal(faults.length, 1)
    t.equal(faults[0]!.line, 3)
    t.match(faults[0]!.message, said)
    t.notMatch(faults[0]!.message + faults[0]!.advice, /hunter2|saltsalt|abcdef/)
    t.same([...users.keys()], ['alice'])
    t.end()
  })
}

t.test('a file without a user is no file of users', (t) => {
  for (const text of ['', '\n', '# nobody\n']) {
    t.match(parseUsers(text).faults, [{ line: 1, message: 'there is no user in this file' }])
  }
  t.end()
})
