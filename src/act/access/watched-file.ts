import { closeSync, fstatSync, openSync, readFileSync, statSync, type Stats } from 'node:fs'
import { HauloutError } from '../../errors.ts'
import { USERS_FILE_BYTES } from '../../limits.ts'

/** What a file says at this moment; the same object as long as the file has not changed. */
export type WatchedFile<T> = () => T

/** Makes of a text what it means. Throws a HauloutError whose detail says nothing of the text. */
export type Reading<T> = (text: string) => T

/**
 * Two writes within one tick of the file system's clock leave the same time. So a file that was
 * this young when it was read is read again.
 */
const TICK_MS = 50

/**
 * A file that is looked at on every call and read when it has changed, so that who was taken out of
 * it is out at the next request. What is hard is a bad new file: what the last good one said still
 * holds then, and `complain` is told, once for each bad version. At first there is no good one:
 * throws HauloutError `config`.
 */
export function watchFile<T>(
  path: string, read: Reading<T>, complain: (text: string) => void,
): WatchedFile<T> {
  let seen = versionOf(path)
  let holds = load(path, read)
  let bad = ''
  return () => {
    const now = versionOf(path)
    if (now.text === seen.text && !seen.young) return holds
    seen = now
    try {
      holds = load(path, read)
      bad = ''
    } catch (error) {
      if (bad !== now.text) complain(complaint(path, error))
      bad = now.text
    }
    return holds
  }
}

type Version = { readonly text: string; readonly young: boolean }

function versionOf(path: string): Version {
  const stat: Stats | undefined = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return { text: 'none', young: false }
  const { ino, size, ctimeMs } = stat
  return { text: `${ino}:${size}:${ctimeMs}`, young: Math.abs(Date.now() - ctimeMs) < TICK_MS }
}

function load<T>(path: string, read: Reading<T>): T {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (cause) {
    throw new HauloutError('config', `${path} cannot be opened`, cause)
  }
  try {
    const stat = fstatSync(file)
    if (!stat.isFile()) throw new HauloutError('config', `${path} is not a file`)
    if (stat.size > USERS_FILE_BYTES) {
      throw new HauloutError('config', `${path} is larger than ${USERS_FILE_BYTES} bytes`)
    }
    return read(readFileSync(file, 'utf8'))
  } finally {
    closeSync(file)
  }
}

function complaint(path: string, error: unknown): string {
  const detail = error instanceof HauloutError ? error.detail : `${path} cannot be read`
  return `${detail}; what it said before still holds`
}
