/**
 * One open database as a tier. What is hard about it:
 * - The database hands back whatever the file holds, so every record proves itself (codec).
 * - Writes are queued and committed on another thread; what one turn of the event loop queues is
 *   one transaction. `keep` relies on that: head, use, ledger and the end of `pending` become
 *   visible together or not at all.
 * - Any operation may fail at any moment. What cannot be read is not there, what cannot be written
 *   is not kept, and the owner is told; nothing is thrown.
 */
import { CHUNK_BYTES, DISK_PREFETCH_CHUNKS } from '../../limits.ts'
import type { Entry } from '../../model/entry.ts'
import type { StorageSettings } from '../../model/settings.ts'
import type { Done, Tier, TierState } from '../../model/tier.ts'
import {
  decodeChunk, decodeEntry, decodeSums, diskKey, encodeChunk, encodeEntry, encodeSums, isForeign,
} from './codec.ts'
import { openLedger } from './ledger.ts'
import { createRemoval } from './removal.ts'
import type { BodyKey, Room, Rooms } from './rooms.ts'
import { createWrites } from './writes.ts'

type DiskSettings = NonNullable<StorageSettings['disk']>

export type Shelf = Tier & {
  /** What `find` would give; nothing is counted, mended or reported. */
  peek(key: string): Entry | null
  /** The indexes of the chunks of a body that there are; a single one is proven, too. */
  held(entry: Entry): Iterable<number>
  /** Makes room for a body; false if it cannot or may not be stored. */
  reserve(entry: Entry, lengthBytes: number): boolean
  /** Whether this very body is kept here. */
  holds(entry: Entry): boolean
  /** Puts back a chunk of a body, if that is kept. */
  mend(entry: Entry, index: number, bytes: Buffer): void
  /** The checksums of a body's chunks; null when they are not to be had. */
  sums(bodyId: number): Uint32Array | null
  /** The next chunk after `index` that is here; null when there is none. */
  nextChunk(bodyId: number, index: number): number | null
  /** Brings some chunks from `index` on into the page cache without blocking, then calls back. */
  prefetch(entry: Entry, index: number, ready: () => void): void
  /**
   * Up to so many entries, by their body ids from this one on, and where to go on; null when they
   * cannot be read. What is not on the disk yet is not among them, and it is no use of them.
   */
  walk(from: number, limit: number): Page | null
  /** Ends when all that was written before is on the disk. */
  flushed(): Promise<void>
  /** The first body id that had not been used here when it was opened. */
  readonly nextBodyId: number
  state(): TierState
  corrupt(): number
  /** Writes that were not waited for. */
  dropped(): number
  close(): Promise<void>
}

/** Some entries; `next` null when there are no more. */
export type Page = { readonly entries: readonly Entry[]; readonly next: number | null }

export type ShelfOptions = {
  readonly rooms: Rooms
  readonly settings: DiskSettings
  /** Bytes the file may have, less than the setting when damaged files lie beside it. */
  readonly sizeBytes: number
  /** Told of everything that fails. */
  onFault(error: Error): void
}

const nothing: Done = () => {}

/** Begins to use a database; throws what reading it for the first time throws. */
export function openShelf({ rooms, settings, sizeBytes, onFault }: ShelfOptions): Shelf {
  const writes = createWrites(onFault)
  const settle = (write: Promise<boolean>): void => writes.watch(write, 0, nothing)
  const removal = createRemoval({ rooms, settle, attempt })
  // What can throw comes before anything has begun.
  const left = [...rooms.pending.getKeys()]
  const [last] = rooms.chunks.getKeys({ reverse: true, limit: 1 })
  const { path, reserveBytes } = settings
  const ledger = openLedger(rooms, { path, sizeBytes, reserveBytes, onTrouble: onFault, evict })
  let corrupt = 0
  let closed = false
  /** Threads that look at the map; it may not be closed under them. */
  const prefetching = new Set<Promise<void>>()
  removal.sweep(left)

  function attempt(read: () => void): void {
    try {
      read()
    } catch (error) {
      onFault(error as Error)
    }
  }

  /** A record as the file has it; one that cannot be read is not there. */
  function get<K extends string | BodyKey>(room: Room<Buffer, K>, key: K): Buffer | undefined {
    let record: Buffer | undefined
    if (!closed) attempt(() => { record = room.get(key) })
    return record
  }

  /** The same for whoever only looks: what cannot be read is not there, and nobody is told. */
  function glance<T>(look: () => T | undefined): T | null {
    if (closed) return null
    try {
      return look() ?? null
    } catch {
      return null
    }
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

  function evict(bodyId: number, account: { key: string; bytes: number } | null): void {
    if (closed) return
    if (account === null) dropBody(bodyId, removal.countOf(bodyId))
    else dropEntry(account.key, bodyId, chunkCount(account.bytes))
  }

  function dropEntry(key: string, bodyId: number, count: number): void {
    if (closed) return
    if (read(key)?.bodyId === bodyId) settle(rooms.heads.remove(diskKey(key)))
    dropBody(bodyId, count)
  }

  function pageFrom(from: number, limit: number): Page {
    const ids = [...rooms.accounts.getKeys({ start: from, limit: limit + 1 })]
    const next = ids.length > limit ? ids.pop()! : null
    const keys = ids.map((id) => rooms.accounts.get(id)?.key)
    const entries = keys.map((key) => (typeof key === 'string' ? read(key) : null))
    return { entries: entries.filter((entry) => entry !== null), next }
  }

  function dropBody(bodyId: number, count: number): void {
    removal.remove(bodyId, count)
    ledger.forget(bodyId)
  }

  return {
    find(key) {
      const entry = read(key)
      if (entry !== null) ledger.use(entry.bodyId)
      return entry
    },
    peek(key) {
      const record = glance(() => rooms.heads.get(diskKey(key)))
      return record === null ? null : decodeEntry(record, key)
    },
    held(entry) {
      const { bodyId } = entry
      if (chunksOf(entry) !== 1) return glance(() => indexesOf(rooms, bodyId)) ?? []
      const record = glance(() => rooms.chunks.get([bodyId, 0]))
      return record === null || decodeChunk(record, bodyId, 0) === null ? [] : [0]
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
    drop: (entry) => dropEntry(entry.key, entry.bodyId, chunksOf(entry)),
    keep(entry, done) {
      if (closed) return done(false)
      const before = read(entry.key)
      const isNew = before?.bodyId !== entry.bodyId
      if (before !== null && isNew) dropBody(before.bodyId, chunksOf(before))
      settle(rooms.pending.remove(entry.bodyId))
      ledger.keep(entry)
      const record = encodeEntry(entry)
      if (entry.sums !== undefined) {
        settle(rooms.sums.put(entry.bodyId, encodeSums(entry.bodyId, entry.sums)))
      }
      writes.watch(rooms.heads.put(diskKey(entry.key), record), record.length, (kept) => {
        if (!kept && isNew && !closed) dropEntry(entry.key, entry.bodyId, chunksOf(entry))
        done(kept)
      })
    },
    keepChunk(bodyId, index, bytes, done) {
      if (closed || !writes.admits(bytes.length)) return done(false)
      if (index === 0) settle(rooms.pending.put(bodyId, 1))
      const record = encodeChunk(bodyId, index, bytes)
      writes.watch(rooms.chunks.put([bodyId, index], record), record.length, done)
    },
    holds: (entry) => !closed && ledger.has(entry.bodyId),
    mend(entry, index, bytes) {
      if (closed || !writes.admits(bytes.length)) return
      const { key, bodyId } = entry
      // Chunks without an account would never go again; a head without one is damage of the book.
      if (!ledger.has(bodyId)) return dropEntry(key, bodyId, 0)
      const record = encodeChunk(bodyId, index, bytes)
      writes.watch(rooms.chunks.put([bodyId, index], record), record.length, nothing)
    },
    sums(bodyId) {
      let record: Buffer | undefined
      if (!closed) attempt(() => { record = rooms.sums.get(bodyId) })
      return record === undefined ? null : decodeSums(record, bodyId)
    },
    nextChunk(bodyId, index) {
      let next: BodyKey | undefined
      const start: BodyKey = [bodyId, index + 1]
      const end: BodyKey = [bodyId + 1, 0]
      if (!closed) attempt(() => { [next] = rooms.chunks.getKeys({ start, end, limit: 1 }) })
      return next?.[1] ?? null
    },
    reserve: (entry, lengthBytes) => !closed && ledger.reserve(entry.bodyId, lengthBytes),
    prefetch(entry, index, ready) {
      if (closed) return ready()
      const last = Math.min(index + DISK_PREFETCH_CHUNKS, chunksOf(entry))
      const keys: BodyKey[] = []
      for (let i = index; i < last; i += 1) keys.push([entry.bodyId, i])
      const prefetched = rooms.prefetch(keys).then(ready, ready)
      prefetching.add(prefetched)
      void prefetched.finally(() => prefetching.delete(prefetched))
    },
    walk(from, limit) {
      let page: Page | null = null
      if (!closed) attempt(() => { page = pageFrom(from, limit) })
      return page
    },
    flushed: () => rooms.flushed(),
    nextBodyId: Math.max(last === undefined ? 1 : last[0] + 1, ledger.nextBodyId()),
    state: ledger.state,
    corrupt: () => corrupt,
    dropped: () => writes.dropped,
    async close() {
      if (closed) return
      closed = true
      removal.close()
      await ledger.close()
      await Promise.allSettled(prefetching)
      await rooms.close()
      writes.close()
    },
  }
}

/** By their keys: the bytes of a large body are not read. */
function indexesOf({ chunks }: Rooms, bodyId: number): number[] {
  const range = chunks.getKeys({ start: [bodyId, 0], end: [bodyId + 1, 0] })
  return [...range].map(([, index]) => index)
}

function chunksOf(entry: Entry): number {
  return chunkCount(entry.lengthBytes ?? 0)
}

function chunkCount(lengthBytes: number): number {
  return Math.ceil(lengthBytes / CHUNK_BYTES)
}
