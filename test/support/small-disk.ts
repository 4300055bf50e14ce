/** A file system of its own for a test, as small as it likes; only where that is allowed. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** The folder of a new tmpfs, mounted with these options; null, and a skip, where it may not be. */
export function mountSmall(t: Test, options: string): string | null {
  const path = mkdtempSync(join(tmpdir(), 'haulout-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    rmdirSync(path)
    t.pass('no right to mount a tmpfs', { skip: 'mounting a tmpfs is not allowed here' })
    return null
  }
  t.teardown(() => {
    execFileSync('umount', ['-l', path])
    rmdirSync(path)
  })
  return path
}

/** Mounts it anew with other options. */
export function remount(path: string, options: string): void {
  execFileSync('mount', ['-o', `remount,${options}`, path])
}
