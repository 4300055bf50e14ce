import type { SecretRef } from '../../model/secret.ts'
import type { UsersSettings } from '../../model/settings.ts'
import type { Users } from '../../decide/access/users.ts'
import { openSecrets, type Secrets } from './secrets.ts'
import { openUsers } from './users.ts'
import type { WatchedFile } from './watched-file.ts'

/** Where a configuration keeps its users, by the name of the file, and its secrets. */
export type Sources = {
  readonly users: ReadonlyMap<string, WatchedFile<Users>>
  readonly secret: Secrets
}

/**
 * Opens them. Throws HauloutError `config` or `credentials` where one has become bad since the
 * configuration was checked; later on, `complain` is told and the last good one holds.
 */
export function openSources(
  users: readonly UsersSettings[], refs: readonly SecretRef[], complain: (text: string) => void,
): Sources {
  return {
    users: new Map(users.map(({ name, file }) => [name, openUsers(file, complain)])),
    secret: openSecrets(refs, complain),
  }
}
