import { parseUsers, type Users } from '../../decide/access/users.ts'
import { HauloutError } from '../../errors.ts'
import { watchFile, type WatchedFile } from './watched-file.ts'

/**
 * The users of an htpasswd file, as it is at this moment. Throws HauloutError `config` when it has
 * faults at first; later on a file with faults changes nothing, and `complain` is told.
 */
export function openUsers(path: string, complain: (text: string) => void): WatchedFile<Users> {
  return watchFile(path, (text) => usersOf(path, text), complain)
}

function usersOf(path: string, text: string): Users {
  const { users, faults } = parseUsers(text)
  const [first] = faults
  if (first === undefined) return users
  throw new HauloutError('config', `${path}:${first.line}: ${first.message}`)
}
