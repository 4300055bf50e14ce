/**
 * The disk tier's book of account: what each stored body costs, when it was last used, what has to
 * go. It lives in LMDB, so that a restart needs no scan and a million entries need no memory.
 *
 * What is hard about it: LMDB shows a write only once it is committed. So what was written, used or
 * forgotten a moment ago is remembered here until then, and looked at first; and when the commit
 * fails, the sum has to follow. And the file may hold anything: a damaged line is no line.
 */
import { statfs } from 'node:fs/promises'
import {
  CHUNK_BYTES, CHUNK_CHECK_BYTES, DISK_ENTRY_BYTES, DISK_FILL, DISK_REST_MS, DISK_STATFS_MS,
  DISK_USE_FLUSH_MS, PAGE_BYTES, PAGE_HEADER_BYTES,
} from '../../limits.ts'
import type { Entry } from '../../model/entry.ts'
import type { StorageSettings } from '../../model/settings.ts'
import type { TierState } from '../../model/tier.ts'

/** A stored body. `usedAt` is in seconds: finer is not worth a write. */
type Account = { key: string; bytes: number; usedAt: number }
type AgeKey = [usedAt: number, bodyId: number]
type Totals = { bytes: number; entries: number; nextBodyId: number }

/** A named database, as far as the ledger needs it. */
type Room<V, K> = {
  get(key: K): V | undefined
  put(key: K, value: V): Promise<boolean>
  remove(key: K): Promise<boolean>
  getKeys(): Iterable<K>
}

/** `ages` in order of use, `accounts` by body, `totals` the sum. */
export type LedgerRooms = {
  readonly ages: Room<string, AgeKey>
  readonly accounts: Room<Account, number>
  readonly totals: Room<Totals, string>
}

type DiskSettings = NonNullable<StorageSettings['disk']>
/** The owner's way to remove an entry; it must end in `forget`. Null: its account is damaged. */
type Evict = (bodyId: number, account: { key: string; bytes: number } | null) => void

export type Ledger = {
  /** Sets room aside for a body, evicting the least recently used; false if it cannot be. */
  reserve(bodyId: number, lengthBytes: number, evict: Evict): boolean
  keep(entry: Entry): void
  /** Whether a body is kept. */
  has(bodyId: number): boolean
  use(bodyId: number): void
  /** Takes a body off the account, kept or only reserved. */
  forget(bodyId: number): void
  /** A write has failed: nothing new for a while. */
  rest(): void
  nextBodyId(): number
  state(): TierState
  close(): Promise<void>
}

/** Bytes of file that a body of this length and its entry take. */
export function diskBytes(lengthBytes: number): number {
  const whole = Math.floor(lengthBytes / CHUNK_BYTES)
  const rest = lengthBytes - whole * CHUNK_BYTES
  return DISK_ENTRY_BYTES + whole * pageBytes(CHUNK_BYTES) + (rest > 0 ? pageBytes(rest) : 0)
}

function pageBytes(chunkBytes: number): number {
  const bytes = chunkBytes + CHUNK_CHECK_BYTES + PAGE_HEADER_BYTES
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES
}

export function openLedger(rooms: LedgerRooms, settings: DiskSettings): Ledger {
  const { ages, accounts, totals } = rooms
  const total: Totals = readTotals(rooms)
  const limitBytes = Math.floor(settings.sizeBytes * DISK_FILL)

  const reserved = new Map<number, number>()
  let reservedBytes = 0
  /** Accounts whose last write is not committed; null: forgotten. */
  const recent = new Map<number, Account | null>()
  const used = new Set<number>()
  let restsUntil = 0
  let evictions = 0
  let roomBytes = limitBytes

  const flushTimer = setInterval(flushUses, DISK_USE_FLUSH_MS).unref()
  const spaceTimer = setInterval(() => void askForSpace(), DISK_STATFS_MS).unref()
  void askForSpace()

  /** Without free space beyond the reserve the file may not grow: what is there is the room. */
  async function askForSpace(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(settings.path)
      const spareBytes = Math.max(0, bavail * bsize - settings.reserveBytes)
      roomBytes = Math.min(limitBytes, total.bytes + reservedBytes + spareBytes)
    } catch {
      // A file system that cannot say how full it is does not stop the cache; a full one will.
      roomBytes = limitBytes
    }
  }

  function accountOf(bodyId: number): Account | null {
    const account = recent.get(bodyId)
    return account === undefined ? readAccount(accounts, bodyId) : account
  }

  /** Writes an account down, and remembers it until LMDB shows it. */
  function write(bodyId: number, account: Account | null): void {
    recent.set(bodyId, account)
    const committed = account === null ? accounts.remove(bodyId) : accounts.put(bodyId, account)
    const shown = () => {
      if (recent.get(bodyId) === account) recent.delete(bodyId)
    }
    const failed = () => {
      if (recent.get(bodyId) !== account) return
      recent.delete(bodyId)
      settleTotal(account, readAccount(accounts, bodyId))
    }
    committed.then(shown, failed)
    swallow(committed)
    swallow(totals.put('total', total))
  }

  /** An account is not what it was thought to be. */
  function settleTotal(before: Account | null, after: Account | null): void {
    total.bytes += (after?.bytes ?? 0) - (before?.bytes ?? 0)
    total.entries += (after === null ? 0 : 1) - (before === null ? 0 : 1)
  }

  function forget(bodyId: number): void {
    reservedBytes -= reserved.get(bodyId) ?? 0
    reserved.delete(bodyId)
    used.delete(bodyId)
    const account = accountOf(bodyId)
    if (account === null) return
    settleTotal(account, null)
    swallow(ages.remove([account.usedAt, bodyId]))
    write(bodyId, null)
  }

  function flushUses(): void {
    const usedAt = Math.floor(Date.now() / 1000)
    for (const bodyId of used) {
      const account = accountOf(bodyId)
      if (account === null || account.usedAt === usedAt) continue
      swallow(ages.remove([account.usedAt, bodyId]))
      swallow(ages.put([usedAt, bodyId], account.key))
      write(bodyId, { ...account, usedAt })
    }
    used.clear()
  }

  function makeRoom(neededBytes: number, evict: Evict): void {
    flushUses()
    for (const [usedAt, bodyId] of ages.getKeys()) {
      if (total.bytes + reservedBytes + neededBytes <= roomBytes) return
      const account = accountOf(bodyId)
      if (account === null ? recent.has(bodyId) : account.usedAt !== usedAt) continue
      if (account === null) swallow(ages.remove([usedAt, bodyId]))
      evictions += 1
      evict(bodyId, account)
    }
  }

  return {
    reserve(bodyId, lengthBytes, evict) {
      const bytes = diskBytes(lengthBytes)
      const more = bytes - (reserved.get(bodyId) ?? 0)
      if (bytes > limitBytes || Date.now() < restsUntil) return false
      if (total.bytes + reservedBytes + more > roomBytes) makeRoom(more, evict)
      if (total.bytes + reservedBytes + more > roomBytes) return false
      reserved.set(bodyId, bytes)
      reservedBytes += more
      return true
    },
    keep(entry) {
      const before = accountOf(entry.bodyId)
      const bytes = diskBytes(entry.lengthBytes ?? 0)
      const usedAt = before?.usedAt ?? Math.floor(Date.now() / 1000)
      reservedBytes -= reserved.get(entry.bodyId) ?? 0
      reserved.delete(entry.bodyId)
      const account: Account = { key: entry.key, bytes, usedAt }
      settleTotal(before, account)
      total.nextBodyId = Math.max(total.nextBodyId, entry.bodyId + 1)
      swallow(ages.put([usedAt, entry.bodyId], entry.key))
      write(entry.bodyId, account)
    },
    has: (bodyId) => accountOf(bodyId) !== null,
    use(bodyId) {
      used.add(bodyId)
    },
    forget,
    rest() {
      restsUntil = Date.now() + DISK_REST_MS
    },
    nextBodyId: () => total.nextBodyId,
    state() {
      const { bytes, entries } = total
      return { tier: 'disk', bytes, entries, limitBytes: settings.sizeBytes, evictions }
    },
    async close() {
      clearInterval(flushTimer)
      clearInterval(spaceTimer)
      flushUses()
      await totals.put('total', total).catch(() => false)
    },
  }
}

function readAccount(accounts: Room<Account, number>, bodyId: number): Account | null {
  try {
    const account = accounts.get(bodyId)
    if (account === undefined || typeof account.key !== 'string') return null
    return Number.isSafeInteger(account.bytes + account.usedAt) ? account : null
  } catch {
    return null
  }
}

/** The sum as it was written, or, when that is damaged, as the accounts add up. */
function readTotals({ ages, accounts, totals }: LedgerRooms): Totals {
  try {
    const total = totals.get('total') ?? { bytes: 0, entries: 0, nextBodyId: 1 }
    const { bytes, entries, nextBodyId } = total
    if ([bytes, entries, nextBodyId].every(Number.isSafeInteger)) return total
  } catch {
    // Not JSON any more.
  }
  const total = { bytes: 0, entries: 0, nextBodyId: 1 }
  for (const [, bodyId] of ages.getKeys()) {
    const account = readAccount(accounts, bodyId)
    total.nextBodyId = Math.max(total.nextBodyId, bodyId + 1)
    total.bytes += account?.bytes ?? 0
    total.entries += account === null ? 0 : 1
  }
  return total
}

/** A failed write of the book fails together with the body's own, which is watched and reported. */
function swallow(write: Promise<boolean>): void {
  write.catch((error: { commitError?: Promise<unknown> }) => error.commitError?.catch(() => {}))
}
