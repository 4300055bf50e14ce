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
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { open, type Database } from 'lmdb'
import { CHUNK_BYTES, DISK_PREFETCH_CHUNKS, PAGE_BYTES } from '../../limits.ts'
import { HauloutError } from '../../errors.ts'
import type { Entry } from '../../model/entry.ts'
import type { StorageSettings } from '../../model/settings.ts'
import type { Done, Tier, TierState } from '../../model/tier.ts'
import {
  decodeChunk, decodeEntry, diskKey, encodeChunk, encodeEntry, isForeign,
} from './codec.ts'
import { openLedger } from './ledger.ts'
import { takeLock } from './lock.ts'

type DiskSettings = NonNullable<StorageSettings['disk']>

export type Disk = Tier & {
  /** Makes room for a body; false if it cannot or may not be stored. */
  reserve(entry: Entry, lengthBytes: number): boolean
  /** Whether this very body is kept here. */
  holds(entry: Entry): boolean
  /** Puts back a chunk of a body, if that is kept. */
  mend(entry: Entry, index: number, bytes: Buffer): void
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
  const { root, lock } = openRoot(settings)
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
  let closed = false
  /** Threads that look at the map; it may not be closed under them. */
  const prefetching = new Set<Promise<void>>()
  sweep()

  /** Bodies whose entry was never kept are what a crash left behind. */
  function sweep(): void {
    for (const bodyId of rooms.pending.getKeys()) dropBody(bodyId, countOf(bodyId))
  }

  /** How many chunks of a body there are up to its last one. */
  function countOf(bodyId: number): number {
    const range = { start: [bodyId + 1, 0], end: [bodyId, -1], reverse: true, limit: 1 }
    const [last] = rooms.chunks.getKeys(range)
    return last === undefined ? 0 : last[1] + 1
  }

  /** A record as the file has it; one that cannot be read is not there. */
  function get<K extends string | BodyKey>(room: Database<Buffer, K>, key: K): Buffer | undefined {
    if (closed) return undefined
    try {
      return room.getBinary(key)
    } catch (error) {
      trouble(error as Error)
      return undefined
    }
  }

  function trouble(error: Error): void {
    onTrouble(new HauloutError('disk', error.message, error))
    ledger.rest()
  }

  function read(key: string): Entry | null {
    const record = get(rooms.heads, diskKey(key))
    if (record === undefined) return null
    const entry = decodeEntry(record, key)
    if (entry === null) {
      if (!isForeign(record)) corrupt += 1
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
        trouble(error)
        done(false)
      },
    )
  }

  function settle(write: Promise<boolean>): void {
    watch(write, () => {})
  }

  function evict(key: string, bodyId: number, count: number): void {
    if (closed) return
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
      const record = get(rooms.chunks, [bodyId, index])
      if (record === undefined) return null
      const bytes = decodeChunk(record, bodyId, index)
      if (bytes === null) {
        corrupt += 1
        settle(rooms.chunks.remove([bodyId, index]))
      }
      return bytes
    },
    drop(entry) {
      evict(entry.key, entry.bodyId, chunksOf(entry))
    },
    keep(entry, done) {
      if (closed) return done(false)
      const before = read(entry.key)
      const isNew = before?.bodyId !== entry.bodyId
      if (before !== null && isNew) dropBody(before.bodyId, chunksOf(before))
      settle(rooms.pending.remove(entry.bodyId))
      ledger.keep(entry)
      watch(rooms.heads.put(diskKey(entry.key), encodeEntry(entry)), (kept) => {
        if (!kept && isNew && !closed) dropBody(entry.bodyId, chunksOf(entry))
        done(kept)
      })
    },
    keepChunk(bodyId, index, bytes, done) {
      if (closed) return done(false)
      if (index === 0) settle(rooms.pending.put(bodyId, 1))
      watch(rooms.chunks.put([bodyId, index], encodeChunk(bodyId, index, bytes)), done)
    },
    holds: (entry) => !closed && ledger.has(entry.bodyId),
    mend(entry, index, bytes) {
      if (closed) return
      const { key, bodyId } = entry
      // Chunks without an account would never go again; a head without one is damage of the book.
      if (!ledger.has(bodyId)) return evict(key, bodyId, 0)
      settle(rooms.chunks.put([bodyId, index], encodeChunk(bodyId, index, bytes)))
    },
    reserve(entry, lengthBytes) {
      if (closed) return false
      return ledger.reserve(entry.bodyId, lengthBytes, (bodyId, account) => {
        if (account === null) dropBody(bodyId, countOf(bodyId))
        else evict(account.key, bodyId, chunkCount(account.bytes))
      })
    },
    prefetch(entry, index, ready) {
      if (closed) return ready()
      const last = Math.min(index + DISK_PREFETCH_CHUNKS, chunksOf(entry))
      const keys: BodyKey[] = []
      for (let i = index; i < last; i += 1) keys.push([entry.bodyId, i])
      const prefetched = rooms.chunks.prefetch(keys).then(ready, ready)
      prefetching.add(prefetched)
      void prefetched.finally(() => prefetching.delete(prefetched))
    },
    nextBodyId() {
      const [last] = rooms.chunks.getKeys({ reverse: true, limit: 1 })
      return Math.max(last === undefined ? 1 : last[0] + 1, ledger.nextBodyId())
    },
    state: ledger.state,
    corrupt: () => corrupt,
    async close() {
      if (closed) return
      closed = true
      await ledger.close()
      await Promise.allSettled(prefetching)
      await root.flushed
      await root.close()
      lock.release()
    },
  }
}

function openRoot({ path, sizeBytes }: DiskSettings) {
  try {
    makeFolder(path)
    const lock = takeLock(join(path, 'haulout.lock'))
    // Unasked, lmdb takes a path with a dot in it for a file.
    // A map that need not grow is not mapped twice; it is address space and not memory.
    const mapSize = Math.ceil((2 * sizeBytes) / PAGE_BYTES) * PAGE_BYTES
    const root = open({ path, noSubdir: false, maxDbs: 8, compression: false, mapSize })
    return { root, lock }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new HauloutError('disk', `storage.disk.path ${path} cannot be used: ${why}`, error)
  }
}

/** Not by mkdir's `recursive`, which never returns where a file system has no folders to make. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

function chunksOf(entry: Entry): number {
  return chunkCount(entry.lengthBytes ?? 0)
}

function chunkCount(lengthBytes: number): number {
  return Math.ceil(lengthBytes / CHUNK_BYTES)
}
