import { chmodSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createCredentials } from '../../../src/act/origin/credentials.ts'
import { HauloutError } from '../../../src/errors.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG'

/** Writes a secret that only its owner can read, as an operator should. */
function put(path: string, text: string, mode = 0o600): void {
  writeFileSync(path, text)
  chmodSync(path, mode)
}

/** What goes wrong when the credentials are read, as code and all text of the error. */
function failure(read: () => unknown): { code: string; text: string } {
  try {
    read()
  } catch (error) {
    if (!(error instanceof HauloutError)) throw error
    return { code: error.code, text: `${error} ${String(error.cause)}` }
  }
  return { code: 'none', text: '' }
}

t.test('an origin without credentials has none', (t) => {
  t.equal(createCredentials(null), null)
  t.end()
})

t.test('secrets come from the environment and from files, without the last newline', (t) => {
  const path = join(t.testdir(), 'secret')
  put(path, `${SECRET}\n`)
  process.env.HAULOUT_TEST_KEY = 'AKID'
  t.teardown(() => { delete process.env.HAULOUT_TEST_KEY })
  const read = createCredentials({
    accessKey: { kind: 'env', name: 'HAULOUT_TEST_KEY' },
    secretKey: { kind: 'file', path },
    sessionToken: { kind: 'file', path },
  })
  t.same(read?.(), { accessKey: 'AKID', secretKey: SECRET, sessionToken: SECRET })
  t.equal(read?.(), read?.(), 'it is the same object as long as nothing changes')
  t.end()
})

t.test('a file is read again when it has been changed or replaced', (t) => {
  const path = join(t.testdir(), 'secret')
  put(path, 'one')
  const ref = { kind: 'file', path } as const
  const read = createCredentials({ accessKey: ref, secretKey: ref, sessionToken: null })
  const first = read?.()
  put(path, 'second')
  t.equal(read?.().secretKey, 'second')
  t.not(read?.(), first)
  put(`${path}.new`, 'third!')
  renameSync(`${path}.new`, path)
  t.equal(read?.().secretKey, 'third!')
  t.end()
})

t.test('a secret that cannot be had is an error that does not tell it', (t) => {
  const folder = t.testdir()
  const cases = [
    ['open to the group', SECRET, 0o640],
    ['open to all', SECRET, 0o604],
    ['writable by the group', SECRET, 0o620],
    ['empty', '\n', 0o600],
    ['missing', null, 0],
  ] as const
  for (const [title, text, mode] of cases) {
    const path = join(folder, title.replaceAll(' ', '-'))
    if (text !== null) put(path, text, mode)
    const ref = { kind: 'file', path } as const
    const read = createCredentials({ accessKey: ref, secretKey: ref, sessionToken: null })
    const { code, text: said } = failure(() => read?.())
    t.equal(code, 'credentials', title)
    t.match(said, path)
    t.notMatch(said, SECRET)
  }
  const unset = { kind: 'env', name: 'HAULOUT_TEST_UNSET' } as const
  const read = createCredentials({ accessKey: unset, secretKey: unset, sessionToken: null })
  t.match(failure(() => read?.()), { code: 'credentials', text: 'HAULOUT_TEST_UNSET' })
  t.end()
})
