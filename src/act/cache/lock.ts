/**
 * One process per disk tier: two would keep two accounts of one file. What is hard about it: after
 * a kill -9 the lock is still there, and its process id may by now be somebody else's. So the lock
 * names a process by its id and the moment of its start, as /proc tells it.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { HauloutError } from '../../errors.ts'

/** Takes the lock file, or throws HauloutError `disk` when a living process holds it. */
export function takeLock(path: string): { release(): void } {
  const holder = holderOf(path)
  if (holder !== null) {
    throw new HauloutError('disk', `${path} is held by process ${holder}: one haulout per folder`)
  }
  writeFileSync(path, `${process.pid} ${startOf(process.pid)}`, { mode: 0o600 })
  return { release: () => rmSync(path, { force: true }) }
}

/** The id of the living process that holds the lock, null when nobody does. */
function holderOf(path: string): number | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return null
  }
  const [pid, start] = text.split(' ')
  const startNow = startOf(Number(pid))
  return startNow !== null && startNow === start ? Number(pid) : null
}

/** When a process was started, in the kernel's ticks; null when there is no such process. */
function startOf(pid: number): string | null {
  try {
    // The name in parentheses may hold anything, so fields are counted from behind it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
