/**
 * The disk tier: LMDB. What is hard about it, and is wrapped here once:
 * - LMDB hands back whatever the file holds, so every record proves itself (codec).
 * - Its map size is no cap and its file never shrinks, so bytes are counted here, and room is made
 *   before it is needed (ledger).
 * - Writes are queued and committed on another thread; what one turn of the event loop queues is
 *   one transaction. `keep` relies on that: head, use, ledger and the end of `pending` become
 *   visible together or not at all.
 * - When the disk is full a put rejects, and so does a promise hidden inside its error.
 * - Only named databases, never the root one; never `getAsync`; no read transaction is held.
 */
import { mkdirSync } from 'node:fs'
import { open, type Database } from 'lmdb'
import { CHUNK_BYTES, DISK_PREFETCH_CHUNKS, PAGE_BYTES } from '../../limits.ts'
import { HauloutError } from '../../errors.ts'
import type { Entry } from '../../model/entry.ts'
import type { StorageSettings } from '../../model/settings.ts'
import type { Done, Tier, TierState } from '../../model/tier.ts'
import { decodeChunk, decodeEntry, diskKey, encodeChunk, encodeEntry } from './codec.ts'
import { openLedger } from './ledger.ts'

type DiskSettings = NonNullable<StorageSettings['disk']>

export type Disk = Tier & {
  /** Makes room for a body; false if it cannot or may not be stored. */
  reserve(entry: Entry, lengthBytes: number): boolean
  /** Brings some chunks from `index` on into the page cache without blocking, then calls back. */
  prefetch(entry: Entry, index: number, ready: () => void): void
  /** The first body id that was never used here. */
  nextBodyId(): number
  state(): TierState
  corrupt(): number
  close(): Promise<void>
}

type BodyKey = [bodyId: number, index: number]

/** LMDB's three rooms besides the ledger's. `pending` names bodies whose entry is not kept yet. */
type Rooms = {
  readonly heads: Database<Buffer, string>
  readonly chunks: Database<Buffer, BodyKey>
  readonly pending: Database<number, number>
}

/** Opens or creates the tier; throws HauloutError `disk` when the folder cannot be used. */
export function openDisk(settings: DiskSettings, onTrouble: (error: HauloutError) => void): Disk {
  const root = openRoot(settings)
  const rooms: Rooms = {
    heads: root.openDB({ name: 'heads', encoding: 'binary' }),
    chunks: root.openDB({ name: 'chunks', encoding: 'binary' }),
    pending: root.openDB({ name: 'pending', encoding: 'json' }),
  }
  const ledger = openLedger({
    ages: root.openDB({ name: 'ages', encoding: 'json' }),
    accounts: root.openDB({ name: 'accounts', encoding: 'json' }),
    totals: root.openDB({ name: 'totals', encoding: 'json' }),
  }, settings)
  let corrupt = 0
  sweep()

  /** Bodies whose entry was never kept are what a crash left behind. */
  function sweep(): void {
    for (const bodyId of rooms.pending.getKeys()) {
      const start = [bodyId + 1, 0]
      const end = [bodyId, -1]
      const [last] = rooms.chunks.getKeys({ start, end, reverse: true, limit: 1 })
      dropBody(bodyId, last === undefined ? 0 : last[1] + 1)
    }
  }

  function read(key: string): Entry | null {
    const record = rooms.heads.getBinary(diskKey(key))
    if (record === undefined) return null
    const entry = decodeEntry(record, key)
    if (entry === null) {
      corrupt += 1
      settle(rooms.heads.remove(diskKey(key)))
    }
    return entry
  }

  /** Reports a write to its owner, and a failed one to the log. */
  function watch(write: Promise<boolean>, done: Done): void {
    write.then(
      () => done(true),
      (error: Error & { commitError?: Promise<unknown> }) => {
        error.commitError?.catch(() => {})
        onTrouble(new HauloutError('disk', error.message, error))
        ledger.rest()
        done(false)
      },
    )
  }

  function settle(write: Promise<boolean>): void {
    watch(write, () => {})
  }

  function evict(key: string, bodyId: number, count: number): void {
    if (read(key)?.bodyId === bodyId) settle(rooms.heads.remove(diskKey(key)))
    dropBody(bodyId, count)
  }

  /** By index, not by what is there: chunks that are queued behind us must go too. */
  function dropBody(bodyId: number, count: number): void {
    for (let index = 0; index < count; index += 1) settle(rooms.chunks.remove([bodyId, index]))
    settle(rooms.pending.remove(bodyId))
    ledger.forget(bodyId)
  }

  return {
    find(key) {
      const entry = read(key)
      if (entry !== null) ledger.use(entry.bodyId)
      return entry
    },
    chunk(bodyId, index) {
      const record = rooms.chunks.getBinary([bodyId, index])
      if (record === undefined) return null
      const bytes = decodeChunk(record, bodyId, index)
      if (bytes === null) {
        corrupt += 1
        settle(rooms.chunks.remove([bodyId, index]))
      }
      return bytes
    },
    drop(entry) {
      evict(entry.key, entry.bodyId, chunkCount(entry.lengthBytes ?? 0))
    },
    keep(entry, done) {
      const before = read(entry.key)
      if (before !== null && before.bodyId !== entry.bodyId) {
        dropBody(before.bodyId, chunkCount(before.lengthBytes ?? 0))
      }
      settle(rooms.pending.remove(entry.bodyId))
      ledger.keep(entry)
      watch(rooms.heads.put(diskKey(entry.key), encodeEntry(entry)), done)
    },
    keepChunk(bodyId, index, bytes, done) {
      if (index === 0) settle(rooms.pending.put(bodyId, 1))
      watch(rooms.chunks.put([bodyId, index], encodeChunk(bodyId, index, bytes)), done)
    },
    reserve(entry, lengthBytes) {
      return ledger.reserve(entry.bodyId, lengthBytes, (key, bodyId, bytes) => {
        evict(key, bodyId, chunkCount(bytes))
      })
    },
    prefetch(entry, index, ready) {
      const last = Math.min(index + DISK_PREFETCH_CHUNKS, chunkCount(entry.lengthBytes ?? 0))
      const keys: BodyKey[] = []
      for (let i = index; i < last; i += 1) keys.push([entry.bodyId, i])
      rooms.chunks.prefetch(keys).then(ready, ready)
    },
    nextBodyId() {
      const [last] = rooms.chunks.getKeys({ reverse: true, limit: 1 })
      return Math.max(last === undefined ? 1 : last[0] + 1, ledger.nextBodyId())
    },
    state: ledger.state,
    corrupt: () => corrupt,
    async close() {
      await ledger.close()
      await root.flushed
      await root.close()
    },
  }
}

function openRoot({ path, sizeBytes }: DiskSettings) {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    // Unasked, lmdb takes a path with a dot in it for a file.
    // A map that need not grow is not mapped twice; it is address space and not memory.
    const mapSize = Math.ceil((2 * sizeBytes) / PAGE_BYTES) * PAGE_BYTES
    return open({ path, noSubdir: false, maxDbs: 8, compression: false, mapSize })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new HauloutError('disk', `storage.disk.path ${path} cannot be used: ${why}`, error)
  }
}

function chunkCount(lengthBytes: number): number {
  return Math.ceil(lengthBytes / CHUNK_BYTES)
}
