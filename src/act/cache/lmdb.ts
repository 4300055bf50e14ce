/**
 * LMDB, the only file that knows it. What is hard about it, and is wrapped here once:
 * - When a commit fails a put rejects, and so does a promise hidden inside its error.
 * - Closing waits for the last commit only, while the thread of one before may still be at it.
 * - Only named databases, never the root one; never `getAsync`; no read transaction is held.
 * - Its map size is no cap and its file never shrinks, so bytes are counted elsewhere (ledger).
 * - A damaged file can end the process that opens it, so that is tried out in another (probe).
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { open, type Database, type Key, type RootDatabase } from 'lmdb'
import { PAGE_BYTES } from '../../limits.ts'
import type { Room, Rooms, RoomSettings } from './rooms.ts'

/** Raised when the rooms change; a database of another format is not read. */
export const DATABASE_FORMAT = 'haulout 2'

/** The database's own file in the tier's folder. */
export const DATABASE_FILE = 'data.mdb'

type Encoding = 'binary' | 'json'
const ROOMS = {
  about: 'json', heads: 'binary', chunks: 'binary', sums: 'binary', pending: 'json',
  ages: 'json', accounts: 'json', totals: 'json',
} as const satisfies Readonly<Record<string, Encoding>>

/** Opens the database in a folder, or makes it; throws the errors of LMDB and of the system. */
export function openRooms({ path, sizeBytes }: RoomSettings): Rooms {
  // A map that need not grow is not mapped twice; it is address space and not memory. Unasked,
  // lmdb takes a path with a dot in it for a file.
  const mapSize = Math.ceil((2 * sizeBytes) / PAGE_BYTES) * PAGE_BYTES
  const root = open({ path, noSubdir: false, maxDbs: 16, compression: false, mapSize })
  const commits = commitsOf(root)
  // First of all, so that a process that dies right here leaves a database that says what it is.
  const about = root.openDB<string, string>({ name: 'about', encoding: ROOMS.about })
  if (about.get('format') === undefined) about.putSync('format', DATABASE_FORMAT)
  const chunks = root.openDB<Buffer, [number, number]>({ name: 'chunks', encoding: 'binary' })
  return {
    heads: binaryRoom(root.openDB({ name: 'heads', encoding: ROOMS.heads }), commits),
    chunks: binaryRoom(chunks, commits),
    sums: binaryRoom(root.openDB({ name: 'sums', encoding: ROOMS.sums }), commits),
    pending: roomOf(root.openDB({ name: 'pending', encoding: ROOMS.pending }), commits),
    ages: roomOf(root.openDB({ name: 'ages', encoding: ROOMS.ages }), commits),
    accounts: roomOf(root.openDB({ name: 'accounts', encoding: ROOMS.accounts }), commits),
    totals: roomOf(root.openDB({ name: 'totals', encoding: ROOMS.totals }), commits),
    fileBytes: () => statSync(join(path, DATABASE_FILE)).size,
    prefetch: (keys) => chunks.prefetch(keys),
    async flushed() {
      await root.flushed
    },
    async trial() {
      await commits.watch(about.put('trial', 'x'.repeat(PAGE_BYTES)))
      await commits.watch(about.remove('trial'))
    },
    async close() {
      await commits.over()
      await root.close()
    },
  }
}

function roomOf<V, K extends Key>(room: Database<V, K>, { watch }: Commits): Room<V, K> {
  return {
    get: (key) => room.get(key),
    put: (key, value) => watch(room.put(key, value)),
    remove: (key) => watch(room.remove(key)),
    getKeys: (range) => room.getKeys(range),
  }
}

function binaryRoom<K extends Key>(
  room: Database<Buffer, K>, commits: Commits,
): Room<Buffer, K> {
  return { ...roomOf(room, commits), get: (key) => room.getBinary(key) }
}

type Commits = {
  /** The write, counted until no thread is at it, and with what rejects beside it heard. */
  watch(write: Promise<boolean>): Promise<boolean>
  /** Ends when no thread is at a commit. */
  over(): Promise<void>
}

/**
 * The commits that other threads are at. Commits overlap: a later one may be synced together with
 * one before, whose thread wakes up only then. lmdb waits for the last one and closes, and that
 * thread goes on in memory that is free: it dies with SIGSEGV, or waits for ever for a lock that is
 * no more and keeps the process.
 */
function commitsOf(root: RootDatabase): Commits {
  const running = new Set<Promise<void>>()
  return {
    watch(write) {
      const over = new Promise<void>((resolve) => {
        const ended = (): void => resolve()
        // Asked at once, this is the flush of this commit and of no later one, and it is told of
        // when the thread is done; the write itself may be known to be committed before. A commit
        // that fails is never flushed, and its thread touches nothing more.
        root.flushed.then(ended, ended)
        write.catch(ended)
      })
      running.add(over)
      void over.then(() => running.delete(over))
      return heard(write)
    },
    async over() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}

/** The write, with what rejects beside it heard. */
function heard(write: Promise<boolean>): Promise<boolean> {
  return write.catch((error: Error & { commitError?: Promise<unknown> }) => {
    error.commitError?.catch(() => {})
    throw error
  })
}

/** What a walk through a database has found: nothing wrong, or what. */
export type Findings = { readonly damage: string | null; readonly whole: boolean }

/**
 * Reads a database from one end to the other, or until `untilMs` (monotonic). It may take the
 * process with it: for a process that has nothing to lose.
 */
export function walkDatabase(path: string, untilMs: number): Findings {
  const root = open({ path, noSubdir: false, maxDbs: 16, readOnly: true })
  const damage = strangeness(root, path)
  if (damage !== null) return { damage, whole: true }
  let whole = true
  for (const name of Array.from(root.getKeys(), String)) {
    if (!Object.hasOwn(ROOMS, name)) continue
    whole &&= walkRoom(root.openDB({ name, encoding: 'binary' }), untilMs)
  }
  return { damage: null, whole }
}

/** What tells that a database is not one of ours, or not all there; null when nothing does. */
function strangeness(root: RootDatabase, path: string): string | null {
  const { lastPageNumber, pageSize } = root.getStats() as Record<string, number>
  const bytes = (lastPageNumber! + 1) * pageSize!
  const { size } = statSync(join(path, DATABASE_FILE))
  if (size < bytes) return `truncated: ${size} bytes of ${bytes}`
  const names = [...root.getKeys()].map(String)
  const format = names.includes('about')
    ? root.openDB<string, string>({ name: 'about', encoding: 'json' }).get('format') : undefined
  if (format === undefined) {
    return names.every((name) => name === 'about') ? null : 'not a database of haulout'
  }
  return format === DATABASE_FORMAT ? null : `format ${format}, not ${DATABASE_FORMAT}`
}

/** Touches every page of a room that the time allows; whether it came to the end. */
function walkRoom(room: Database<Buffer>, untilMs: number): boolean {
  let count = 0
  for (const key of room.getKeys()) {
    room.getBinaryFast(key)
    count += 1
    if (count % 64 === 0 && performance.now() > untilMs) return false
  }
  return true
}
