import { hash } from 'node:crypto'
import type { Known } from '../../model/access.ts'
import { credentialsOf } from '../access/credentials.ts'

/**
 * What is known when a request is explained, which must not become a way to try passwords and
 * secrets without being slowed down. As in tests, a user who is named has given the right password,
 * and a secret is stood for by its reference, `env:NAME`. Any other password is not checked.
 */
export const ASSUMED: Known = Object.freeze({
  proof(_file: string, authorization: string | null) {
    const given = credentialsOf(authorization)
    if (given === null) return false
    return given.password === '' ? given.user : null
  },
  secret(ref) {
    const text = ref.kind === 'env' ? `env:${ref.name}` : `file:${ref.path}`
    return hash('sha256', text, 'buffer')
  },
} satisfies Known)
