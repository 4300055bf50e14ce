import { join } from 'node:path'
import type { StorageSettings } from '../../model/settings.ts'
import { openBans, passingBans } from './bans.ts'
import { createCache, type Cache } from './cache.ts'
import { openDisk, type DiskLog } from './disk.ts'
import { createLurker } from './lurker.ts'
import { openMemory } from './memory.ts'

/** The bans beside the database: they have to hold as long as it does, also while it rests. */
const BANS_FILE = 'haulout.bans'

/**
 * Opens all there is to a cache: tiers, bans, and what retires these. Throws HauloutError `disk`
 * as `openDisk` does. What is hard is the order: the disk tier's lock comes before the bans are
 * read, so that two processes never write to one journal.
 */
export async function openCache({ memory, disk }: StorageSettings, log: DiskLog): Promise<Cache> {
  const tiers = {
    memory: openMemory(memory.sizeBytes),
    disk: disk === null ? null : await openDisk(disk, { log }),
  }
  const bans = disk === null ? passingBans()
    : await openBans(join(disk.path, BANS_FILE), (text) => log.error('bans', text))
  const cache = createCache(tiers, bans)
  const lurker = createLurker({ tiers, bans, cache, log })
  return {
    ...cache,
    async close() {
      lurker.close()
      await cache.close()
    },
  }
}
