import { accessSync, constants, statSync } from 'node:fs'
import { secretRefs } from '../../decide/access/secret-refs.ts'
import type { SecretRef } from '../../model/secret.ts'
import type { Settings } from '../../model/settings.ts'
import type { Finding } from './issues.ts'

const KEYS = [
  ['access_key', 'accessKey'], ['secret_key', 'secretKey'], ['session_token', 'sessionToken'],
] as const

/**
 * What is wrong with the places that credentials and secrets are kept in: variables that are not
 * set, files that are not there, not readable, or readable by others. The secrets themselves are
 * not read.
 */
export function checkSecrets(
  { origins, rules, admin }: Settings, env: NodeJS.ProcessEnv,
): Finding[] {
  const findings: Finding[] = []
  for (const { name, credentials, ca } of origins) {
    for (const [key, field] of KEYS) {
      const ref = credentials?.[field] ?? null
      const fault = ref === null ? null : checkRef(ref, env)
      if (fault !== null) findings.push({ path: ['origins', name, 'credentials', key], ...fault })
    }
    const fault = ca === null ? null : checkFile(ca)
    if (fault !== null) findings.push({ path: ['origins', name, 'ca'], ...fault })
  }
  const token = admin.token === null ? [] : [{ path: ['admin', 'token'], ref: admin.token }]
  for (const { path, ref } of [...secretRefs(rules), ...token]) {
    const fault = checkRef(ref, env)
    if (fault !== null) findings.push({ path, ...fault })
  }
  return findings
}

type Fault = { readonly message: string; readonly advice: string }

function checkRef(ref: SecretRef, env: NodeJS.ProcessEnv): Fault | null {
  if (ref.kind === 'env') {
    if ((env[ref.name] ?? '') !== '') return null
    return {
      message: `the environment variable ${ref.name} is not set`,
      advice: 'set it for this process, or use file:PATH',
    }
  }
  const fault = checkFile(ref.path)
  if (fault !== null) return fault
  const mode = statSync(ref.path).mode & 0o777
  if ((mode & 0o077) === 0) return null
  return {
    message: `${ref.path} is open to others than its owner (mode ${mode.toString(8)})`,
    advice: `chmod 600 ${ref.path}`,
  }
}

/** A file that is there and can be read; null when it is. */
export function checkFile(path: string): Fault | null {
  try {
    if (!statSync(path).isFile()) return { message: `${path} is not a file`, advice: 'name a file' }
    accessSync(path, constants.R_OK)
    return null
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return {
      message: missing ? `there is no file ${path}` : `${path} cannot be read`,
      advice: missing ? 'a relative path is relative to the folder of this configuration'
        : 'the user that haulout runs as must be allowed to read it',
    }
  }
}
