/** The journal of bans: what was acknowledged is there, whatever happened to the rest. */
import {
  appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openJournal } from '../../../src/act/cache/journal.ts'

t.test('lines come back in their order', async (t) => {
  const path = join(t.testdir(), 'j')
  const { journal, was, why } = await openJournal(path)
  t.same([was, why], [[], null], 'a file that is not there is empty')
  await Promise.all(['a', 'b "c"', 'ü'].map((line) => journal.append(line)))
  await journal.append('last')
  await journal.close()
  const again = await openJournal(path)
  t.same([again.was, again.why], [['a', 'b "c"', 'ü', 'last'], null])
  await again.journal.append('more')
  await again.journal.close()
  t.same((await openJournal(path)).was, ['a', 'b "c"', 'ü', 'last', 'more'])
  t.equal(statSync(path).mode & 0o777, 0o600)
})

t.test('half a line at the end is nobody\'s, and goes', async (t) => {
  const path = join(t.testdir(), 'j')
  const { journal } = await openJournal(path)
  await journal.append('whole')
  await journal.close()
  appendFileSync(path, '00000000 ha')
  const torn = await openJournal(path)
  t.same([torn.was, torn.why], [['whole'], null])
  await torn.journal.append('next')
  await torn.journal.close()
  const after = await openJournal(path)
  t.same([after.was, after.why], [['whole', 'next'], null])
})

t.test('a whole line that does not prove itself is damage', async (t) => {
  const path = join(t.testdir(), 'j')
  const { journal } = await openJournal(path)
  for (const line of ['one', 'two', 'three']) await journal.append(line)
  await journal.close()
  writeFileSync(path, readFileSync(path, 'utf8').replace('two', 'owt'))
  const damaged = await openJournal(path)
  t.same(damaged.was, ['one', 'three'])
  t.equal(damaged.why, '1 lines are damaged')
})

t.test('a file that cannot be read is said to be so', async (t) => {
  const path = join(t.testdir(), 'j')
  mkdirSync(path)
  const { was, why, journal } = await openJournal(path)
  t.same(was, [])
  t.match(why, /EISDIR/)
  await t.rejects(journal.append('x'), { code: 'EISDIR' })
})

t.test('rewriting puts lines in the place of all others, and appending goes on', async (t) => {
  const path = join(t.testdir(), 'j')
  const { journal } = await openJournal(path)
  await journal.append('a')
  const rewritten = journal.rewrite(['b', 'c'])
  await Promise.all([rewritten, journal.append('d')])
  await journal.close()
  t.same((await openJournal(path)).was, ['b', 'c', 'd'])
})

t.test('what could not be written is not there, and the next line is', async (t) => {
  const folder = join(t.testdir(), 'f')
  mkdirSync(folder)
  const path = join(folder, 'j')
  const { journal } = await openJournal(path)
  rmSync(folder, { recursive: true })
  await t.rejects(journal.append('lost'), { code: 'ENOENT' })
  await t.rejects(journal.rewrite(['lost']), { code: 'ENOENT' })
  mkdirSync(folder)
  await journal.append('kept')
  await journal.close()
  t.same((await openJournal(path)).was, ['kept'])
  chmodSync(path, 0o600)
})
