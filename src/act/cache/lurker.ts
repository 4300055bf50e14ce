/**
 * Retires bans: looks at everything that is stored, a little at a time, and once all of it has
 * been held against a ban, that is forgotten. What is hard about it: a ban that is forgotten too
 * early brings back what it has removed. So what is on its way to the disk is waited for, before
 * and after, and a disk that has trouble meanwhile ends the attempt. What comes into the tiers
 * during it was held against all bans on its way in.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { BAN_RETIRE_AFTER_MS, LURK_ENTRIES, LURK_PAUSE_MS } from '../../limits.ts'
import type { Bans } from './bans.ts'
import type { Cache } from './cache.ts'
import type { DiskLog } from './disk.ts'
import type { Tiers } from './filling.ts'
import type { Page } from './shelf.ts'

export type Lurker = {
  /** Begins to look, unless nothing is to be retired or it is under way; ends when it is done. */
  lurk(): Promise<void>
  close(): void
}

type Options = {
  readonly tiers: Tiers
  readonly bans: Bans
  readonly cache: Pick<Cache, 'sift'>
  readonly log: DiskLog
}

/** What retires the bans that are old enough to have gathered some company. */
export function createLurker({ tiers, bans, cache, log }: Options): Lurker {
  const { memory, disk } = tiers
  let closed = false
  let running: Promise<void> | null = null
  const timer = setInterval(() => {
    const [oldest] = bans.list()
    if (oldest !== undefined && oldest.at + BAN_RETIRE_AFTER_MS <= Date.now()) void lurk()
  }, BAN_RETIRE_AFTER_MS / 2).unref()

  function lurk(): Promise<void> {
    running ??= retire().catch((error: Error) => {
      log.error('bans', `bans cannot be retired: ${error.message}`)
    }).finally(() => { running = null })
    return running
  }

  async function retire(): Promise<void> {
    const upTo = bans.newest
    if (bans.list().length === 0 || !isWell()) return
    await disk?.flushed()
    await lookAtMemory()
    if (!await lookAtDisk()) return
    await disk?.flushed()
    if (isWell()) await bans.retire(upTo)
  }

  function isWell(): boolean {
    return !closed && (disk === null || disk.health().trouble === null)
  }

  async function lookAtMemory(): Promise<void> {
    const keys = memory.keys()
    for (let i = 0; i < keys.length && !closed; i++) {
      const entry = memory.peek(keys[i]!)
      if (entry !== null) cache.sift(entry)
      if (i % LURK_ENTRIES === LURK_ENTRIES - 1) await pause(LURK_PAUSE_MS)
    }
  }

  /** Whether it came to the end. */
  async function lookAtDisk(): Promise<boolean> {
    for (let from: number | null = 0; from !== null && disk !== null;) {
      const page: Page | null = isWell() ? disk.walk(from, LURK_ENTRIES) : null
      if (page === null) return false
      for (const entry of page.entries) cache.sift(entry)
      from = page.next
      await pause(LURK_PAUSE_MS)
    }
    return !closed
  }

  return {
    lurk,
    close() {
      closed = true
      clearInterval(timer)
    },
  }
}
