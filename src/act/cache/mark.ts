/**
 * What one process tells the next about the database: whether it was closed properly, and as which
 * file. What is hard about it: only a database that is the very file that was closed may be opened
 * untried, and a process that dies young again and again must be told from one that is killed.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DATABASE_FILE, DATABASE_FORMAT } from './lmdb.ts'

export type Mark = {
  readonly format: string
  /** The file as it was closed; null while it is open, or when it was not closed. */
  readonly closed: Seal | null
  /** Processes in a row that have ended within their first minute without closing it. */
  readonly deaths: number
  /** What a process has found wrong with it and could not see to. */
  readonly damage: string | null
}

/** What changes when somebody else writes to a file or puts another one in its place. */
type Seal = { readonly inode: number; readonly bytes: number; readonly changedMs: number }

const NAME = 'haulout.mark'

/** The mark in a folder; null when there is none that can be read. */
export function readMark(path: string): Mark | null {
  try {
    const mark = JSON.parse(readFileSync(join(path, NAME), 'utf8')) as Partial<Mark>
    const { format, closed = null, deaths, damage = null } = mark
    if (typeof format !== 'string' || typeof deaths !== 'number') return null
    return { format, closed, deaths, damage }
  } catch {
    return null
  }
}

/** Replaces the mark; throws the system's error. */
export function writeMark(path: string, mark: Omit<Mark, 'format'>): void {
  const beside = join(path, `${NAME}.new`)
  const text = JSON.stringify({ format: DATABASE_FORMAT, ...mark } satisfies Mark)
  writeFileSync(beside, text, { mode: 0o600 })
  renameSync(beside, join(path, NAME))
}

/** The seal of the database as it is now; null when there is none. */
export function sealOf(path: string): Seal | null {
  try {
    const { ino: inode, size: bytes, mtimeMs: changedMs } = statSync(join(path, DATABASE_FILE))
    return { inode, bytes, changedMs }
  } catch {
    return null
  }
}

/** Whether the database is, untouched, the one that was closed properly. */
export function isUntouched(path: string, { format, closed, damage }: Mark): boolean {
  const seal = sealOf(path)
  if (closed === null || seal === null || damage !== null) return false
  return format === DATABASE_FORMAT && closed.inode === seal.inode &&
    closed.bytes === seal.bytes && closed.changedMs === seal.changedMs
}
