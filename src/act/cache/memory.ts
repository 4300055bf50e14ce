/**
 * The memory tier: lru-cache, bounded by bytes. Entries and chunks share one cache, so that one
 * number bounds both; a small body lives in its entry, a large one as chunks that come and go one
 * by one. What is hard about it: lru-cache counts what it is told, so Buffers must be counted by
 * what they hold on to, not by what they show.
 */
import { LRUCache } from 'lru-cache'
import { CHUNK_BYTES } from '../../limits.ts'
import type { Entry } from '../../model/entry.ts'
import type { Tier, TierState } from '../../model/tier.ts'

/** What an entry or a chunk costs beside its body: objects, strings, the LRU's own tables. */
const ENTRY_COST_BYTES = 700
const CHUNK_COST_BYTES = 300
/** A place on a list of variants, beside its key, which holds the values once more. */
const VARIANT_COST_BYTES = 300

export type Memory = Tier & {
  has(bodyId: number, index: number): boolean
  /** As `find`, but it is no use of it. */
  peek(key: string): Entry | null
  /** The keys of all entries at this moment. */
  keys(): string[]
  state(): TierState
}

/** A memory tier that never counts more than `sizeBytes`. */
export function openMemory(sizeBytes: number): Memory {
  let evictions = 0
  let entries = 0
  const lru = new LRUCache<string, Entry | Buffer>({
    maxSize: sizeBytes,
    sizeCalculation: costOf,
    dispose(value, _key, reason) {
      if (!Buffer.isBuffer(value)) entries -= 1
      if (reason === 'evict') evictions += 1
    },
  })

  function dropChunks(entry: Entry): void {
    const count = Math.ceil((entry.lengthBytes ?? sizeBytes) / CHUNK_BYTES)
    for (let index = 0; index < count; index += 1) lru.delete(chunkKey(entry.bodyId, index))
  }

  return {
    find(key) {
      return (lru.get(key) as Entry | undefined) ?? null
    },
    keep(entry, done) {
      const before = lru.peek(entry.key) as Entry | undefined
      if (before !== undefined && before.bodyId !== entry.bodyId) dropChunks(before)
      lru.set(entry.key, entry)
      const kept = lru.has(entry.key)
      if (kept) entries += 1
      done(kept)
    },
    chunk(bodyId, index) {
      return (lru.get(chunkKey(bodyId, index)) as Buffer | undefined) ?? null
    },
    keepChunk(bodyId, index, bytes, done) {
      const key = chunkKey(bodyId, index)
      lru.set(key, bytes)
      done(lru.has(key))
    },
    drop(entry) {
      const current = lru.peek(entry.key) as Entry | undefined
      if (current?.bodyId === entry.bodyId) lru.delete(entry.key)
      dropChunks(entry)
    },
    peek: (key) => (lru.peek(key) as Entry | undefined) ?? null,
    keys: () => [...lru.keys()].filter((key) => !key.startsWith('#')),
    has(bodyId, index) {
      return lru.has(chunkKey(bodyId, index))
    },
    state() {
      const { calculatedSize: bytes } = lru
      return { tier: 'memory', bytes, entries, limitBytes: sizeBytes, evictions }
    },
  }
}

/** Chunk keys begin with `#`, which no origin's name does. */
function chunkKey(bodyId: number, index: number): string {
  return `#${bodyId}/${index}`
}

function costOf(value: Entry | Buffer): number {
  if (Buffer.isBuffer(value)) return value.buffer.byteLength + CHUNK_COST_BYTES
  let cost = ENTRY_COST_BYTES + 2 * value.key.length
  for (const tag of value.tags) cost += 16 + tag.length
  for (const field of value.dropped) cost += 16 + field.length
  for (const field of value.fields) cost += 16 + field.length
  for (const variant of value.web?.variants ?? []) cost += VARIANT_COST_BYTES + variant.key.length
  // The key once more in the object, and a ready-made head that repeats the fields.
  return 2 * cost + (value.body?.buffer.byteLength ?? 0) + (value.sums?.byteLength ?? 0)
}
