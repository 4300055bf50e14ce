import { hash } from 'node:crypto'
import { statSync } from 'node:fs'
import { HauloutError } from '../../errors.ts'
import type { SecretRef } from '../../model/secret.ts'
import { watchFile } from './watched-file.ts'

/** Bits of a file's mode that let others than its owner read or write it. */
const OPEN_TO_OTHERS = 0o066

/** Gives the SHA-256 of a secret, as it is at this moment. */
export type Secrets = (ref: SecretRef) => Buffer

/**
 * Opens the secrets that fields of requests are compared with; a file is read again when it has
 * changed. Throws HauloutError `credentials` or `config` when one cannot be read.
 */
export function openSecrets(
  refs: readonly SecretRef[], complain: (text: string) => void,
): Secrets {
  const known = new Map(refs.map((ref) => [nameOf(ref), openSecret(ref, complain)]))
  return (ref) => known.get(nameOf(ref))!()
}

function nameOf(ref: SecretRef): string {
  return ref.kind === 'file' ? `file:${ref.path}` : `env:${ref.name}`
}

function openSecret(ref: SecretRef, complain: (text: string) => void): () => Buffer {
  if (ref.kind === 'file') {
    return watchFile(ref.path, (text) => fromFile(ref.path, text), complain)
  }
  const digest = digestOf(process.env[ref.name] ?? '', nameOf(ref))
  return () => digest
}

function fromFile(path: string, text: string): Buffer {
  if ((statSync(path).mode & OPEN_TO_OTHERS) !== 0) {
    throw new HauloutError('credentials', `file:${path} is open to others: chmod 600`)
  }
  return digestOf(text, `file:${path}`)
}

function digestOf(text: string, where: string): Buffer {
  const secret = text.trim()
  if (secret === '') throw new HauloutError('credentials', `${where} is empty or not set`)
  return hash('sha256', secret, 'buffer')
}
