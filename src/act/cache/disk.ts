/**
 * The disk tier as the rest of the house sees it: always there, whatever the disk does. What is
 * hard about it: the disk may be missing, full, read-only, slow or damaged, at the start or at any
 * later moment, and none of it may fail a download. So the tier is either open or resting; while it
 * rests it has nothing and takes nothing, tries again by itself, and says so (`health`).
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DISK_RETRY_MAX_MS, DISK_RETRY_MS, DISK_START_MS } from '../../limits.ts'
import { HauloutError } from '../../errors.ts'
import type { StorageSettings } from '../../model/settings.ts'
import type { DiskHealth, TierState } from '../../model/tier.ts'
import { openBerth, type Berth } from './berth.ts'
import { DATABASE_FILE, openRooms } from './lmdb.ts'
import { isDamage, type OpenRooms } from './rooms.ts'
import { openShelf, type Shelf } from './shelf.ts'

type DiskSettings = NonNullable<StorageSettings['disk']>

export type Disk = Omit<Shelf, 'dropped'> & { health(): DiskHealth }

/** Hears of each change once: of a failure, of the recovery, of a database that is put aside. */
export type DiskLog = { error(kind: string, text: string): void; info(text: string): void }

type Options = { readonly log: DiskLog; readonly open?: OpenRooms }

/** Errors at the start that trying again does not mend: the setting is wrong. */
const LASTING: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'EEXIST', 'EINVAL', 'ELOOP'])

/**
 * Opens or creates the tier; after a crash, once it has been tried out. A disk that has trouble is
 * no error: the tier then rests. Throws HauloutError `disk` when the folder cannot be what the
 * setting says, or is another process's.
 */
export async function openDisk(settings: DiskSettings, options: Options): Promise<Disk> {
  const { log, open = openRooms } = options
  // Ids of a process that has begun later are higher, also when the database opens later still.
  let firstBodyId = Date.now() * 1000
  let started = false
  let berth: Berth<Shelf> | null = null
  let trouble: DiskHealth['trouble'] = null
  let closed = false
  let retryMs = DISK_RETRY_MS
  let recoveredAt = 0
  let timer: NodeJS.Timeout | null = null
  let attaching: Promise<void> | null = null
  let leaving: Promise<unknown> | null = null
  let putAside = 0
  /** What shelves that are no more have counted. */
  const before = { corrupt: 0, dropped: 0 }

  function rest(why: string): void {
    if (closed) return
    if (trouble === null) {
      log.error('disk', `disk: ${why}; nothing new is stored until it is over`)
      trouble = { why, sinceAt: Date.now() }
      if (Date.now() - recoveredAt > DISK_RETRY_MAX_MS) retryMs = DISK_RETRY_MS
    }
    trouble = { ...trouble, why }
    timer ??= setTimeout(() => {
      timer = null
      retryMs = Math.min(2 * retryMs, DISK_RETRY_MAX_MS)
      void tryAgain()
    }, retryMs).unref()
  }

  function recover(): void {
    if (trouble === null || closed) return
    trouble = null
    recoveredAt = Date.now()
    log.info('disk: the tier is in use again')
  }

  async function tryAgain(): Promise<void> {
    if (closed || leaving !== null) return
    try {
      if (berth === null) await attach()
      else await berth.rooms.trial()
      recover()
    } catch (error) {
      rest((error as Error).message)
    }
  }

  function onFault(error: Error): void {
    rest(error.message)
    if (isDamage(error)) leaving ??= abandon(error.message)
  }

  /** The database is damaged: it is put aside when it is opened again, at once if it closes. */
  async function abandon(why: string): Promise<void> {
    const condemned = berth
    if (condemned === null) return
    berth = null
    before.corrupt += condemned.tenant.corrupt()
    before.dropped += condemned.tenant.dropped()
    const gone = await condemned.condemn(why)
    if (gone) leaving = null
    else log.error('disk', 'disk: the damaged database does not close; only a restart mends that')
  }

  /** One at a time: the first may still be looking when the next is due. */
  function attach(): Promise<void> {
    attaching ??= openNow().finally(() => { attaching = null })
    return attaching
  }

  async function openNow(): Promise<void> {
    const opened = await openBerth({
      settings, open,
      begin(rooms, sizeBytes) {
        const shelf = openShelf({ rooms, settings, sizeBytes, onFault })
        if (!started) firstBodyId = Math.max(firstBodyId, shelf.nextBodyId)
        return shelf
      },
      onAside(why, where) {
        putAside += 1
        log.error('disk-aside', `disk: the database was put aside as ${where}: ${why}`)
      },
    })
    if (closed) await opened.close()
    else if (opened.tenant.nextBodyId > firstBodyId) {
      await opened.condemn('its body ids are ahead of the clock')
      await openNow()
    } else berth = opened
  }

  const opening = attach().then(recover)
  await begun(opening, settings.path, rest)
  started = true
  return {
    find: (key) => berth?.tenant.find(key) ?? null,
    peek: (key) => berth?.tenant.peek(key) ?? null,
    held: (entry) => berth?.tenant.held(entry) ?? [],
    keep: (entry, done) => (berth === null ? done(false) : berth.tenant.keep(entry, done)),
    chunk: (bodyId, index) => berth?.tenant.chunk(bodyId, index) ?? null,
    keepChunk(bodyId, index, bytes, done) {
      if (berth === null) done(false)
      else berth.tenant.keepChunk(bodyId, index, bytes, done)
    },
    drop: (entry) => berth?.tenant.drop(entry),
    reserve(entry, lengthBytes) {
      return trouble === null && berth !== null && berth.tenant.reserve(entry, lengthBytes)
    },
    holds: (entry) => berth?.tenant.holds(entry) ?? false,
    mend: (entry, index, bytes) => berth?.tenant.mend(entry, index, bytes),
    walk: (from, limit) => berth?.tenant.walk(from, limit) ?? null,
    flushed: async () => berth?.tenant.flushed(),
    sums: (bodyId) => berth?.tenant.sums(bodyId) ?? null,
    nextChunk: (bodyId, index) => berth?.tenant.nextChunk(bodyId, index) ?? null,
    prefetch: (entry, index, ready) =>
      (berth === null ? ready() : berth.tenant.prefetch(entry, index, ready)),
    get nextBodyId() {
      return firstBodyId
    },
    state: () => berth?.tenant.state() ?? emptyState(settings),
    corrupt: () => before.corrupt + (berth?.tenant.corrupt() ?? 0),
    health: () => ({
      trouble, putAside,
      droppedWrites: before.dropped + (berth?.tenant.dropped() ?? 0),
      fileBytes: fileBytesOf(settings.path),
    }),
    async close() {
      if (closed) return
      closed = true
      if (timer !== null) clearTimeout(timer)
      await attaching?.catch(() => {})
      await leaving
      await berth?.close()
    },
  }
}

/** Waits for the first opening, but not for long; throws only what trying again cannot mend. */
async function begun(
  opening: Promise<void>, path: string, rest: (why: string) => void,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, DISK_START_MS, 'late')
  })
  const named = (error: Error): string =>
    `storage.disk.path ${path} cannot be used: ${error.message}`
  try {
    if (await Promise.race([opening, late]) !== 'late') return
    rest(`storage.disk.path ${path} is still being looked at`)
    opening.catch((error: Error) => rest(named(error)))
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (error instanceof HauloutError || LASTING.has(code)) {
      throw new HauloutError('disk', named(error as Error), error)
    }
    rest(named(error as Error))
  } finally {
    clearTimeout(timer)
  }
}

/** What the tier takes of the file system. */
function fileBytesOf(path: string): number {
  return statSync(join(path, DATABASE_FILE), { throwIfNoEntry: false })?.size ?? 0
}

function emptyState({ sizeBytes }: DiskSettings): TierState {
  return { tier: 'disk', bytes: 0, entries: 0, limitBytes: sizeBytes, evictions: 0 }
}
