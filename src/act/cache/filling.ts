/**
 * A Filling carries one response into the tiers while it arrives. What is hard about it: the length
 * may be unknown, a tier may give up half way, and none of it may ever fail the download. So each
 * tier is an offer that can be withdrawn; when none is left the response is simply not stored.
 */
import { crc32 } from 'node:zlib'
import { CHUNK_BYTES, MEMORY_BODY_SHARE } from '../../limits.ts'
import type { Entry } from '../../model/entry.ts'
import type { Reason } from '../../model/outcome.ts'
import type { Kept } from '../../model/policy.ts'
import type { Done, Filling, Tier } from '../../model/tier.ts'
import type { Disk } from './disk.ts'
import type { Memory } from './memory.ts'

export type Tiers = { readonly memory: Memory; readonly disk: Disk | null }

const nothing: Done = () => {}

/** Which tiers may have it. */
export type Place = Pick<Kept, 'cacheable' | 'memory' | 'disk'>

/** What the rules say of an entry, once its length is known or as far as it is. */
export type PlaceOf = (entry: Entry) => Place

/** Begins to store `entry`, whose body is about to arrive. */
export function fill(
  { memory, disk }: Tiers, entry: Entry, placeOf: PlaceOf,
): Filling {
  const memoryBytes = memory.state().limitBytes * MEMORY_BODY_SHARE
  const known = entry.lengthBytes ?? 0
  const place = placeOf(entry)
  let toMemory = place.memory && known <= memoryBytes
  let toDisk = place.disk && disk !== null && disk.reserve(entry, known)
  let reason: Reason = place.memory || place.disk ? 'too-large' : 'not-cacheable'
  const sums: number[] = []
  /** Bytes given to the tiers so far, those still queued for the disk included. */
  let lengthBytes = 0

  function leaveDisk(why: Reason): void {
    if (!toDisk) return
    toDisk = false
    reason = why
    disk?.drop({ ...entry, lengthBytes })
  }

  function leaveMemory(): void {
    if (!toMemory) return
    toMemory = false
    memory.drop({ ...entry, lengthBytes })
  }

  /** A body of unknown length asks for room as it grows. */
  function grow(): void {
    if (entry.lengthBytes !== null) return
    if (lengthBytes > memoryBytes) leaveMemory()
    if (toDisk && !disk!.reserve(entry, lengthBytes)) leaveDisk('too-large')
  }

  return {
    get reason() {
      return toMemory || toDisk ? null : reason
    },
    chunk(index, bytes, done) {
      lengthBytes = index * CHUNK_BYTES + bytes.length
      sums[index] = crc32(bytes)
      grow()
      // A body of one chunk goes to memory inside its entry.
      if (toMemory && (index > 0 || bytes.length === CHUNK_BYTES)) {
        memory.keepChunk(entry.bodyId, index, bytes, nothing)
      }
      if (!toDisk) return done(toMemory)
      disk!.keepChunk(entry.bodyId, index, bytes, (kept) => {
        if (!kept) leaveDisk('disk-trouble')
        done(kept || toMemory)
      })
    },
    keep(entire, done) {
      const whole = sums.length < 2 ? entire : { ...entire, sums: Uint32Array.from(sums) }
      // Its length may not have been known before.
      const { cacheable, ...may } = placeOf(whole)
      if (!cacheable || !may.memory) leaveMemory()
      if (!cacheable || !may.disk) leaveDisk('not-cacheable')
      if (!toMemory && !toDisk) return done(false)
      // Large bodies are read from disk by a head in memory.
      if (may.memory) memory.keep(whole, nothing)
      else forget(memory, whole)
      if (!may.disk && disk !== null) forget(disk, whole)
      if (!toDisk) return done(true)
      disk!.keep(whole, done)
    },
    abandon() {
      leaveMemory()
      leaveDisk('not-whole')
    },
  }
}

/** An older version must not be found where the new one may not be. */
function forget(tier: Tier, { key }: Entry): void {
  const old = tier.find(key)
  if (old !== null) tier.drop(old)
}
