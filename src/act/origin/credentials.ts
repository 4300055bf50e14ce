import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { HauloutError } from '../../errors.ts'
import type { Credential, SecretRef } from '../../model/secret.ts'
import type { OriginSettings } from '../../model/settings.ts'

/** Bits of a file's mode that let others than its owner read or write it. */
const OPEN_TO_OTHERS = 0o066

/** Gives the credential; the same object as long as no part of it has changed. */
export type Credentials = () => Credential

/**
 * Reads secrets where the configuration says they are. Files are looked at on every call and read
 * again when they have changed, so that a rotated secret needs no reload. What is hard is what must
 * not happen: no secret, nor any part of one, ever gets into an error. Null when there are none.
 *
 * The result throws `credentials` when a variable is unset, or when a file is missing, empty, or
 * open to others than its owner.
 */
export function createCredentials(refs: OriginSettings['credentials']): Credentials | null {
  if (refs === null) return null
  const accessKey = createSecret(refs.accessKey)
  const secretKey = createSecret(refs.secretKey)
  const sessionToken = refs.sessionToken === null ? () => null : createSecret(refs.sessionToken)
  let last: Credential | null = null
  return () => {
    const read = {
      accessKey: accessKey(),
      secretKey: secretKey(),
      sessionToken: sessionToken(),
    }
    if (last === null || !same(last, read)) last = read
    return last
  }
}

function same(a: Credential, b: Credential): boolean {
  return a.accessKey === b.accessKey && a.secretKey === b.secretKey &&
    a.sessionToken === b.sessionToken
}

function createSecret(ref: SecretRef): () => string {
  if (ref.kind === 'file') return createFileSecret(ref.path)
  return () => {
    const value = process.env[ref.name]?.trim() ?? ''
    if (value === '') throw new HauloutError('credentials', `env:${ref.name} is not set`)
    return value
  }
}

function createFileSecret(path: string): () => string {
  let seen = ''
  let secret = ''
  return () => {
    const file = open(path)
    try {
      const stat = fstatSync(file, { bigint: true })
      if ((Number(stat.mode) & OPEN_TO_OTHERS) !== 0) {
        throw new HauloutError('credentials', `file:${path} is open to others: chmod 600`)
      }
      // A file moved into place may keep an old time, so its inode counts as well.
      const version = `${stat.ino}:${stat.size}:${stat.mtimeNs}`
      if (version !== seen) {
        secret = readFileSync(file, 'utf8').trim()
        seen = version
      }
    } finally {
      closeSync(file)
    }
    if (secret === '') throw new HauloutError('credentials', `file:${path} is empty`)
    return secret
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new HauloutError('credentials', `file:${path} cannot be opened`, cause)
  }
}
