/**
 * The two tiers as one. Memory answers first; what comes from disk is carried up on the way. What
 * is hard about it: a body of several chunks lives in both tiers chunk by chunk, and each chunk may
 * have gone from either at any moment, so nobody may assume that a chunk that was there still is.
 */
import { CHUNK_BYTES, MEMORY_BODY_SHARE } from '../../limits.ts'
import type { Ban, BanAbout, Bannable } from '../../model/ban.ts'
import type { Variant } from '../../model/facts.ts'
import type { Entry } from '../../model/entry.ts'
import { IN_MEMORY, ON_DISK, type Found } from '../../model/look.ts'
import type { DiskHealth, Filling, TierState } from '../../model/tier.ts'
import type { Bans } from './bans.ts'
import { fill, type Place, type PlaceOf, type Tiers } from './filling.ts'
import { allVariants, enlist, variantsFor, type Shelf } from './variants.ts'

export type Cache = {
  /** The hit path: one Map lookup, and one comparison for all bans. */
  inMemory(key: string): Entry | null
  /**
   * The entry on disk, its body too when it is one chunk; carried up into memory where it may be.
   */
  onDisk(key: string, placeOf: PlaceOf): Entry | null
  /** What a look-up would find. It changes nothing: no use is counted, nothing is carried up. */
  look(key: string): Found | null
  /** Proven bytes of one chunk, from memory or disk; null when neither has them. */
  chunk(entry: Entry, index: number): Buffer | null
  /** Whether `chunk` would have to read from disk. */
  isCold(entry: Entry, index: number): boolean
  /** Warms some chunks from `index` on without blocking, then calls back. */
  prefetch(entry: Entry, index: number, ready: () => void): void
  /** Begins to store a response. */
  fill(entry: Entry, placeOf: PlaceOf): Filling
  /** CRC-32 of each chunk of a stored body; null where they are not known. */
  sumsOf(entry: Entry): Uint32Array | null
  /**
   * The next chunk after `index` that is on disk; null when none is. What memory alone has may be
   * gone when it is wanted.
   */
  nextChunk(entry: Entry, index: number): number | null
  /** Puts back a chunk that a tier has lost. */
  mend(entry: Entry, index: number, bytes: Buffer): void
  /** Replaces a head that has been revalidated, or keeps a negative answer in memory only. */
  keepHead(entry: Entry, place: Place): void
  drop(entry: Entry): void
  /** Drops whatever is stored under a key, all variants of it. */
  invalidate(key: string): void
  newBodyId(): number
  /** Lets the bans that it has not seen have a stored entry. */
  sift(entry: Entry): void
  /** Bans at once, and durably when it ends; see Bans. */
  ban(about: BanAbout, soft: boolean): Promise<Ban>
  bans(): Ban[]
  newestBan(): number
  mayBeBanned(one: Bannable, since: number): boolean
  /** Makes a stored response findable among those of its key. */
  enlist(key: string, variant: Variant, entry: Entry): void
  /** Of the responses that a list names, those that a request with these fields may get. */
  variantsFor(list: Entry, fields: readonly string[], placeOf: PlaceOf): Entry[]
  /** All of them. */
  allVariants(list: Entry): Entry[]
  states(): TierState[]
  corruptChunks(): number
  /** How the disk is; null when there is no disk tier. */
  diskHealth(): DiskHealth | null
  close(): Promise<void>
}

const nothing = (): void => {}

/** Where lists of variants may be. */
const anywhere: PlaceOf = () => ({ cacheable: true, memory: true, disk: true })

/**
 * The two tiers as one; `disk` null means memory only. The cache owns them and the bans, and closes
 * them.
 */
export function createCache(tiers: Tiers, bans: Bans): Cache {
  const { memory, disk } = tiers
  const memoryBodyBytes = memory.state().limitBytes * MEMORY_BODY_SHARE
  // Body ids of a memory that begins anew need only differ from each other.
  let bodyId = disk?.nextBodyId ?? 1

  /** What the bans that it has not seen leave of a stored entry; null for nothing. */
  function unbanned(entry: Entry): Entry | null {
    if (entry.bansSeen === bans.newest) return entry
    const verdict = bans.judge(entry)
    if (verdict === 'dead') {
      drop(entry)
      return null
    }
    entry.bansSeen = bans.newest
    return verdict === 'alive' || entry.spent ? entry : spend(entry)
  }

  /** The same entry, but to be asked about before it is used; also after a restart. */
  function spend(entry: Entry): Entry {
    const spent: Entry = { ...entry, spent: true, ready: null }
    const held = memory.peek(entry.key)
    if (held?.bodyId === entry.bodyId) {
      memory.keep({ ...held, spent: true, bansSeen: bans.newest, ready: null }, nothing)
    }
    if (disk?.holds(entry) === true) disk.keep(spent, nothing)
    return spent
  }

  function drop(entry: Entry): void {
    memory.drop(entry)
    disk?.drop(entry)
  }

  function onDisk(key: string, placeOf: PlaceOf): Entry | null {
    const found = disk?.find(key) ?? null
    const entry = found === null ? null : unbanned(found)
    if (entry === null) return null
    const body = isSmall(entry) ? smallBody(entry) : null
    if (isSmall(entry) && body === null) {
      disk!.drop(entry)
      return null
    }
    const whole: Entry = { ...entry, body }
    if (placeOf(whole).memory) memory.keep(whole, nothing)
    return whole
  }

  /** Whether chunks of a body are carried up; the rules were asked when it was found. */
  function mayRise({ lengthBytes, kept }: Entry): boolean {
    return lengthBytes !== null && lengthBytes <= memoryBodyBytes && kept?.memory !== false
  }

  function smallBody(entry: Entry): Buffer | null {
    return entry.lengthBytes === 0 ? Buffer.alloc(0) : disk!.chunk(entry.bodyId, 0)
  }

  function inMemory(key: string): Entry | null {
    const entry = memory.find(key)
    return entry === null || entry.bansSeen === bans.newest ? entry : unbanned(entry)
  }

  function fillUnbanned(entry: Entry, placeOf: PlaceOf): Filling {
    const filling = fill(tiers, entry, placeOf)
    return {
      get reason() {
        return filling.reason
      },
      chunk: filling.chunk,
      keep(whole, done) {
        const alive = unbanned(whole)
        if (alive !== null) return filling.keep(alive, done)
        // What was banned on its way is dead on arrival.
        filling.abandon()
        done(false)
      },
      abandon: filling.abandon,
    }
  }

  const shelf: Shelf = {
    find: (key, placeOf = anywhere) => inMemory(key) ?? onDisk(key, placeOf),
    fill: (entry) => fillUnbanned(entry, anywhere),
    drop,
    newBodyId: () => bodyId++,
    newestBan: () => bans.newest,
  }

  function look(key: string): Found | null {
    const warm = memory.peek(key)
    const entry = warm ?? disk?.peek(key) ?? null
    if (entry === null) return null
    const chunks = chunksOf(entry)
    // What `onDisk` would find without its only chunk, it would drop.
    if (warm === null && isSmall(entry) && chunks.includes(0)) return null
    const tier = warm === null ? 'disk' : 'memory'
    const ban = entry.bansSeen === bans.newest ? 'alive' : bans.judge(entry)
    const seen = ban === 'spent' ? { ...entry, spent: true } : entry
    return { entry: seen, tier, ban, isCold: isCold(entry, 0), chunks }
  }

  function isCold(entry: Entry, index: number): boolean {
    return disk !== null && !memory.has(entry.bodyId, index)
  }

  function chunksOf(entry: Entry): Uint8Array {
    const { lengthBytes, body, bodyId } = entry
    const chunks = new Uint8Array(Math.ceil((lengthBytes ?? 0) / CHUNK_BYTES))
    for (const index of disk?.held(entry) ?? []) if (index < chunks.length) chunks[index] = ON_DISK
    for (let index = 0; index < chunks.length; index += 1) {
      if (body !== null || memory.has(bodyId, index)) chunks[index]! |= IN_MEMORY
    }
    return chunks
  }

  return {
    inMemory,
    onDisk,
    look,
    chunk(entry, index) {
      const warm = memory.chunk(entry.bodyId, index)
      if (warm !== null || disk === null) return warm
      const bytes = disk.chunk(entry.bodyId, index)
      if (bytes !== null && mayRise(entry)) memory.keepChunk(entry.bodyId, index, bytes, nothing)
      return bytes
    },
    isCold,
    prefetch(entry, index, ready) {
      if (disk === null) ready()
      else disk.prefetch(entry, index, ready)
    },
    fill: fillUnbanned,
    sumsOf(entry) {
      const held = memory.peek(entry.key)
      const known = entry.sums ?? (held?.bodyId === entry.bodyId ? held.sums : undefined)
      return known ?? disk?.sums(entry.bodyId) ?? null
    },
    nextChunk: (entry, index) => disk?.nextChunk(entry.bodyId, index) ?? null,
    mend(entry, index, bytes) {
      if (entry.lengthBytes === null) return
      disk?.mend(entry, index, bytes)
      // At once to be found, while the disk still has to commit it.
      if (mayRise(entry)) memory.keepChunk(entry.bodyId, index, bytes, nothing)
    },
    keepHead(renewed, place) {
      // A ban may have come while the origin was asked.
      const entry = unbanned(renewed)
      if (entry === null) return
      if (place.memory) memory.keep(entry, nothing)
      else memory.drop(entry)
      if (disk?.holds(entry) === true) disk.keep(entry, nothing)
    },
    drop,
    sift: (entry) => void unbanned(entry),
    ban: bans.add,
    bans: bans.list,
    newestBan: () => bans.newest,
    mayBeBanned: bans.mayConcern,
    invalidate(key) {
      const entry = shelf.find(key)
      if (entry === null) return
      if (entry.web?.variants != null) allVariants(shelf, entry).forEach(drop)
      drop(entry)
    },
    newBodyId: shelf.newBodyId,
    enlist: (key, variant, entry) => enlist(shelf, { key, stored: variant, entry }),
    variantsFor: (list, fields, placeOf) =>
      variantsFor({ find: (key) => shelf.find(key, placeOf) }, list, fields),
    allVariants: (list) => allVariants(shelf, list),
    states: () => (disk === null ? [memory.state()] : [memory.state(), disk.state()]),
    corruptChunks: () => disk?.corrupt() ?? 0,
    diskHealth: () => disk?.health() ?? null,
    async close() {
      await bans.close()
      await disk?.close()
    },
  }
}

function isSmall(entry: Entry): boolean {
  return entry.lengthBytes !== null && entry.lengthBytes <= CHUNK_BYTES
}
