import { readFileSync, statSync } from 'node:fs'
import { parseUsers } from '../../decide/access/users.ts'
import { USERS_FILE_BYTES } from '../../limits.ts'
import type { UsersSettings } from '../../model/settings.ts'
import type { Finding } from './issues.ts'
import { checkFile } from './secrets.ts'

/** Of a file with many faults, so many are told. */
const TOLD = 5

/**
 * What is wrong with the files of users: each fault with its line in that file, and without a word
 * of what the line says.
 */
export function checkUsers(all: readonly UsersSettings[]): Finding[] {
  return all.flatMap(({ name, file }) => {
    return faultsOf(file).map((fault) => ({ path: ['users', name, 'file'], ...fault }))
  })
}

type Fault = { readonly message: string; readonly advice: string }

function faultsOf(file: string): Fault[] {
  const missing = checkFile(file)
  if (missing !== null) return [missing]
  const { mode, size } = statSync(file)
  if ((mode & 0o002) !== 0) {
    return [{ message: `everybody can write to ${file}`, advice: `chmod o-w ${file}` }]
  }
  if (size > USERS_FILE_BYTES) {
    return [{ message: `${file} is larger than 1 MiB`, advice: 'name a file of user:hash lines' }]
  }
  const { faults } = parseUsers(readFileSync(file, 'utf8'))
  return faults.slice(0, TOLD).map(({ line, message, advice }) => {
    return { message: `${file}:${line}: ${message}`, advice }
  })
}
