/**
 * The seam in front of the database: its named rooms as the tier needs them, and nothing else of
 * it. So a test can stand between the two and let the N-th operation fail.
 *
 * What the types cannot say: reading throws when the file is damaged or the disk does not answer;
 * writes of one turn of the event loop become visible together or not at all; a write that rejects
 * has not happened, and no other promise rejects with it.
 */

/** One named room. */
export type Room<V, K> = {
  get(key: K): V | undefined
  put(key: K, value: V): Promise<boolean>
  remove(key: K): Promise<boolean>
  /** In order; `start` included, `end` not, the other way round when `reverse`. */
  getKeys(range?: { start?: K; end?: K; reverse?: boolean; limit?: number }): Iterable<K>
}

export type BodyKey = [bodyId: number, index: number]
export type AgeKey = [usedAt: number, bodyId: number]

/** A stored body. `usedAt` is in seconds: finer is not worth a write. */
export type Account = { key: string; bytes: number; usedAt: number }
export type Totals = { bytes: number; entries: number; nextBodyId: number }

export type Rooms = {
  readonly heads: Room<Buffer, string>
  readonly chunks: Room<Buffer, BodyKey>
  /** Checksums of a body's chunks, by which one that is fetched again is known. */
  readonly sums: Room<Buffer, number>
  /** Bodies whose entry is not kept yet, or that are being removed. */
  readonly pending: Room<number, number>
  readonly ages: Room<string, AgeKey>
  readonly accounts: Room<Account, number>
  readonly totals: Room<Totals, string>
  /** Bytes of the database's file. */
  fileBytes(): number
  /** Touches these chunks in another thread. */
  prefetch(keys: BodyKey[]): Promise<void>
  /** Ends when all that was written before is on the disk. */
  flushed(): Promise<void>
  /** Writes something and takes it away again, to see whether the disk takes it. */
  trial(): Promise<void>
  /** Ends when what was written is on the disk and the file is let go. */
  close(): Promise<void>
}

/** How a database is opened. */
export type RoomSettings = { readonly path: string; readonly sizeBytes: number }

/** Opens or creates the database; throws what the system or the database says. */
export type OpenRooms = (settings: RoomSettings) => Rooms

/** Codes of LMDB that say that the file is not what it should be (lmdb.h), and no system's. */
const DAMAGE: ReadonlySet<number> = new Set([
  -30797, // MDB_PAGE_NOTFOUND
  -30796, // MDB_CORRUPTED
  -30795, // MDB_PANIC
  -30794, // MDB_VERSION_MISMATCH
  -30793, // MDB_INVALID
  -30784, // MDB_INCOMPATIBLE
  -30779, // MDB_PROBLEM
])

/** The same where only LMDB's words are there. */
const DAMAGE_WORDS = /MDB_(?:CORRUPTED|PAGE_NOTFOUND|PANIC|INVALID|VERSION_MISMATCH|PROBLEM)/

/** Whether an error says that the database is damaged, and not only that the disk has trouble. */
export function isDamage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && DAMAGE.has(Number(error.code))) return true
  return DAMAGE_WORDS.test(error.message)
}
