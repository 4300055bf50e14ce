/**
 * Tries a database out in a child process before this one opens it. What is hard about it: a
 * damaged file may kill whoever reads it, or hold it for ever, and both are answers, too.
 */
import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DISK_PROBE_LIMIT_MS, DISK_PROBE_MS, DISK_PROBE_WHOLE_MS } from '../../limits.ts'
import { DATABASE_FILE } from './lmdb.ts'

/**
 * What is wrong with the database in a folder; null when nothing is known to be. It is read as far
 * as a start may wait for, or to its end when `thorough`. Throws when the disk, and not the
 * database, is the trouble.
 */
export async function probe(path: string, thorough: boolean): Promise<string | null> {
  const shape = shapeOf(path)
  if (shape !== 'file') return shape
  const budgetMs = thorough ? DISK_PROBE_WHOLE_MS : DISK_PROBE_MS
  const found = await ask(path, budgetMs)
  if (found.trouble !== undefined) throw new Error(found.trouble)
  return found.damage ?? null
}

/** `file`: something that has to be tried out; null: nothing that could be wrong. */
function shapeOf(path: string): string | null {
  const file = statSync(join(path, DATABASE_FILE), { throwIfNoEntry: false })
  if (file === undefined || (file.isFile() && file.size === 0)) return null
  return file.isFile() ? 'file' : `${DATABASE_FILE} is not a file`
}

type Found = { damage?: string | null; trouble?: string }

function ask(path: string, budgetMs: number): Promise<Found> {
  // The file beside this one: a source, or what it was compiled to.
  const file = `./probe-child${extname(import.meta.filename)}`
  const child = fileURLToPath(new URL(file, import.meta.url))
  const timeout = budgetMs + DISK_PROBE_LIMIT_MS
  const options = { timeout, killSignal: 'SIGKILL' } as const
  return new Promise((resolve) => {
    const args = [child, path, String(budgetMs)]
    execFile(process.execPath, args, options, (error, stdout) => {
      if (stdout !== '') return resolve(JSON.parse(stdout) as Found)
      if (error === null) return resolve({ trouble: 'the probe said nothing' })
      if (typeof error.code === 'string') return resolve({ trouble: error.message })
      // SIGBUS and SIGSEGV are what reading a damaged file ends with; SIGKILL is our own.
      const how = error.signal ?? `exit ${error.code}`
      resolve({ damage: `reading it ends with ${how}` })
    })
  })
}
