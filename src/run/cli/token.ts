import { readFileSync } from 'node:fs'
import { HauloutError } from '../../errors.ts'

const USUAL = 'env:HAULOUT_TOKEN'

/**
 * The token to show, from where `--token` says it is kept: `env:NAME` or `file:PATH`. A token
 * itself on a command line would be there for everybody who can list processes.
 * @throws HauloutError `usage` when there is none.
 */
export function tokenFrom(where: string = USUAL): string {
  const token = read(where).trim()
  if (token !== '') return token
  throw new HauloutError('usage', `there is no token in ${where}; --token says where it is kept`)
}

function read(where: string): string {
  if (where.startsWith('env:')) return process.env[where.slice(4)] ?? ''
  if (!where.startsWith('file:')) {
    throw new HauloutError('usage', '--token takes env:NAME or file:PATH, never the token itself')
  }
  const path = where.slice(5)
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new HauloutError('usage', `${path} cannot be read: ${(error as Error).message}`, error)
  }
}
