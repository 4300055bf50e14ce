/**
 * Databases that cannot be used are put aside, for whoever wants to know what has happened to them.
 * What is hard about it: they take room that the tier was given, so only a few small ones stay.
 */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DISK_ASIDE_FILES, DISK_ASIDE_SHARE } from '../../limits.ts'
import { DATABASE_FILE } from './lmdb.ts'
import type { RoomSettings } from './rooms.ts'

const LOCK_FILE = 'lock.mdb'

/**
 * Moves the database away, so that the next one begins empty, and returns where it lies now.
 * Throws the system's error.
 */
export function putAside({ path, sizeBytes }: RoomSettings, now: Date): string {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const named = `${DATABASE_FILE}.damaged-${time}`
  const taken = new Set(asidesOf(path).map(({ name }) => name))
  let name = named
  for (let more = 2; taken.has(name); more += 1) name = `${named}-${more}`
  renameSync(join(path, DATABASE_FILE), join(path, name))
  rmSync(join(path, LOCK_FILE), { force: true, recursive: true })
  removeOld(path, sizeBytes * DISK_ASIDE_SHARE)
  return join(path, name)
}

/** Bytes that the databases put aside take. */
export function asideBytes(path: string): number {
  return asidesOf(path).reduce((sum, { bytes }) => sum + bytes, 0)
}

/** The oldest go, until the others are few and take no more than so many bytes. */
function removeOld(path: string, limitBytes: number): void {
  let sum = 0
  for (const [at, { name, bytes }] of asidesOf(path).entries()) {
    sum += bytes
    if (at < DISK_ASIDE_FILES && sum <= limitBytes) continue
    rmSync(join(path, name), { force: true, recursive: true })
  }
}

/** Latest first. */
function asidesOf(path: string): Array<{ name: string; bytes: number; at: number }> {
  const names = readdirSync(path).filter((name) => name.startsWith(`${DATABASE_FILE}.damaged-`))
  return names.map((name) => {
    const { blocks, ctimeMs } = statSync(join(path, name))
    // What it really takes: a file with holes is smaller than it says.
    return { name, bytes: blocks * 512, at: ctimeMs }
  }).toSorted((a, b) => b.at - a.at || (a.name < b.name ? 1 : -1))
}
