/**
 * A Filling carries one response into the tiers while it arrives. What is hard about it: the length
 * may be unknown, a tier may give up half way, and none of it may ever fail the download. So each
 * tier is an offer that can be withdrawn; when none is left the response is simply not stored.
 */
import { CHUNK_BYTES, MEMORY_BODY_SHARE } from '../../limits.ts'
import type { Entry } from '../../model/entry.ts'
import type { Reason } from '../../model/outcome.ts'
import type { Done, Filling } from '../../model/tier.ts'
import type { Disk } from './disk.ts'
import type { Memory } from './memory.ts'

export type Tiers = { readonly memory: Memory; readonly disk: Disk | null }

const nothing: Done = () => {}

/** Begins to store `entry`, whose body is about to arrive. */
export function fill({ memory, disk }: Tiers, entry: Entry): Filling {
  const memoryBytes = memory.state().limitBytes * MEMORY_BODY_SHARE
  const known = entry.lengthBytes ?? 0
  let toMemory = known <= memoryBytes
  let toDisk = disk !== null && disk.reserve(entry, known)
  let reason: Reason = 'too-large'
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
    keep(whole, done) {
      if (!toMemory && !toDisk) return done(false)
      memory.keep(whole, nothing)
      if (!toDisk) return done(true)
      disk!.keep(whole, done)
    },
    abandon() {
      leaveMemory()
      leaveDisk('not-whole')
    },
  }
}
