/**
 * Where the database lies: its folder, its lock, its mark, and what has to be known before it may
 * be opened. What is hard about it: a database that was not closed may be damaged, a damaged one
 * may end the process that opens it, and the next process must not run into the same wall.
 */
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DISK_CLOSE_MS, DISK_TOO_LARGE, DISK_YOUNG_DEATHS, DISK_YOUNG_MS } from '../../limits.ts'
import type { StorageSettings } from '../../model/settings.ts'
import { asideBytes, putAside } from './aside.ts'
import { DATABASE_FILE } from './lmdb.ts'
import { takeLock } from './lock.ts'
import { isUntouched, readMark, sealOf, writeMark } from './mark.ts'
import { probe } from './probe.ts'
import { isDamage, type OpenRooms, type Rooms } from './rooms.ts'

type DiskSettings = NonNullable<StorageSettings['disk']>

/** Something that keeps a database open. */
type Tenant = { close(): Promise<void> }

export type BerthOptions<T extends Tenant> = {
  readonly settings: DiskSettings
  readonly open: OpenRooms
  /** Begins to use the database; what it throws may say that this is damaged. */
  begin(rooms: Rooms, sizeBytes: number): T
  /** A database was put aside: why, and where it lies now. */
  onAside(why: string, where: string): void
}

export type Berth<T> = {
  readonly tenant: T
  readonly rooms: Rooms
  /** Closes the database and says so to the next process; false if that takes too long. */
  close(): Promise<boolean>
  /** Closes it and has it put aside when it is opened again; false as above. */
  condemn(why: string): Promise<boolean>
}

/** Opens the database, once it is known to be sound. Throws what stands against it. */
export async function openBerth<T extends Tenant>(options: BerthOptions<T>): Promise<Berth<T>> {
  const { path } = options.settings
  makeFolder(path)
  const lock = takeLock(join(path, 'haulout.lock'))
  try {
    const deaths = await clear(options)
    return berthOf(options, { deaths, release: () => lock.release() })
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Puts aside what must not be opened; returns how many processes have died young before us. */
async function clear<T extends Tenant>(options: BerthOptions<T>): Promise<number> {
  const { path, sizeBytes } = options.settings
  const mark = readMark(path)
  if (mark !== null && isUntouched(path, mark)) {
    makeSmall(path, sizeBytes)
    return 0
  }
  const deaths = mark === null || mark.closed !== null ? 0 : mark.deaths
  const known = existsSync(join(path, DATABASE_FILE)) ? mark?.damage ?? null : null
  const damage = known ?? await probe(path, deaths >= DISK_YOUNG_DEATHS)
  if (damage === null) makeSmall(path, sizeBytes)
  else options.onAside(damage, putAside(options.settings, new Date()))
  return damage === null ? deaths : 0
}

/** The file never shrinks, so one that was allowed to be much larger is begun anew. */
function makeSmall(path: string, sizeBytes: number): void {
  const file = join(path, DATABASE_FILE)
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (bytes > sizeBytes * DISK_TOO_LARGE) rmSync(file)
}

type Held = { readonly deaths: number; readonly release: () => void }

function berthOf<T extends Tenant>(
  options: BerthOptions<T>, { deaths, release }: Held,
): Berth<T> {
  const { path } = options.settings
  writeMark(path, { closed: null, deaths: deaths + 1, damage: null })
  const { rooms, tenant } = begin(options)
  const grown = setTimeout(() => {
    attempt(() => writeMark(path, { closed: null, deaths: 0, damage: null }))
  }, DISK_YOUNG_MS).unref()

  async function leave(damage: string | null): Promise<boolean> {
    clearTimeout(grown)
    if (damage !== null) attempt(() => writeMark(path, { closed: null, deaths: 0, damage }))
    if (!await isOver(tenant.close())) return false
    if (damage === null) {
      attempt(() => writeMark(path, { closed: sealOf(path), deaths: 0, damage }))
    }
    release()
    return true
  }

  return { tenant, rooms, close: () => leave(null), condemn: leave }
}

/** What opens and yet cannot be used is put aside, too; its place is taken by an empty one. */
function begin<T extends Tenant>(options: BerthOptions<T>): { rooms: Rooms; tenant: T } {
  const { settings, open } = options
  const sizeBytes = settings.sizeBytes - asideBytes(settings.path)
  const rooms = open({ path: settings.path, sizeBytes })
  try {
    return { rooms, tenant: options.begin(rooms, sizeBytes) }
  } catch (error) {
    // Nothing has been written to it; whoever tries again finds why in the mark.
    void rooms.close().catch(() => {})
    if (isDamage(error)) {
      const damage = (error as Error).message
      attempt(() => writeMark(settings.path, { closed: null, deaths: 0, damage }))
    }
    throw error
  }
}

/** Whether it ended well, and in time. */
async function isOver(closing: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, DISK_CLOSE_MS, false)
  })
  const over = await Promise.race([closing.then(() => true, () => false), late])
  clearTimeout(timer)
  return over
}

/** A mark that cannot be written costs the next start a probe. */
function attempt(write: () => void): void {
  try {
    write()
  } catch {
    // The disk is read-only or full, which others report.
  }
}

/** Not by mkdir's `recursive`, which never returns where a file system has no folders to make. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}
