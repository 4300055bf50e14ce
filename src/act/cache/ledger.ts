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
  CHUNK_BYTES, CHUNK_CHECK_BYTES, DISK_ENTRY_BYTES, DISK_EVICT_BODIES, DISK_FILL, DISK_FILL_LEAST,
  DISK_FILL_STEP, DISK_NEARLY_FULL, DISK_STATFS_MS, DISK_USE_FLUSH_MS, PAGE_BYTES,
  PAGE_HEADER_BYTES,
} from '../../limits.ts'
import type { Entry } from '../../model/entry.ts'
import type { TierState } from '../../model/tier.ts'
import type { Account, Room, Rooms, Totals } from './rooms.ts'

/** `ages` in order of use, `accounts` by body, `totals` the sum. */
type LedgerRooms = Pick<Rooms, 'ages' | 'accounts' | 'totals' | 'fileBytes'>

export type LedgerOptions = {
  readonly path: string
  /** Bytes that the file may have. */
  readonly sizeBytes: number
  readonly reserveBytes: number
  /** Removes an entry; it must end in `forget`. Null: its account is damaged. */
  evict(bodyId: number, account: { key: string; bytes: number } | null): void
  /** A read of the book has failed. */
  onTrouble(error: Error): void
}

export type Ledger = {
  /**
   * Sets room aside for a body; false if it cannot be. The least recently used go for it, some at
   * once and the others soon: before the body can have filled the room that they take.
   */
  reserve(bodyId: number, lengthBytes: number): boolean
  keep(entry: Entry): void
  /** Whether a body is kept. */
  has(bodyId: number): boolean
  use(bodyId: number): void
  /** Takes a body off the account, kept or only reserved. */
  forget(bodyId: number): void
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

/** Reads the sums; throws what the database throws when it cannot be read at all. */
export function openLedger(rooms: LedgerRooms, options: LedgerOptions): Ledger {
  const { ages, accounts, totals } = rooms
  const { sizeBytes } = options
  const total: Totals = readTotals(rooms)
  /** The share of the size that is filled: less, where free pages have made the file grow. */
  let fill = DISK_FILL
  let fileBytes = rooms.fileBytes()
  let limitBytes = Math.floor(sizeBytes * fill)

  const reserved = new Map<number, number>()
  let reservedBytes = 0
  /** Accounts whose last write is not committed; null: forgotten. */
  const recent = new Map<number, Account | null>()
  const used = new Set<number>()
  let evictions = 0
  /** Bytes that the file system lets the file have; Infinity when that is not known. */
  let grantedBytes = Infinity
  let evicting: NodeJS.Immediate | null = null

  const flushTimer = setInterval(flushUses, DISK_USE_FLUSH_MS).unref()
  const spaceTimer = setInterval(() => void askForSpace(), DISK_STATFS_MS).unref()
  void askForSpace()

  /** The file may grow as long as the reserve stays free; without that, it is what it is. */
  async function askForSpace(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(options.path)
      grantedBytes = rooms.fileBytes() + Math.max(0, bavail * bsize - options.reserveBytes)
    } catch {
      // A file system that cannot say how full it is does not stop the cache; a full one will.
      grantedBytes = Infinity
    }
  }

  /** LMDB's file never shrinks: while it still grows near its limit, less of it is filled. */
  function lookAtFile(): void {
    const before = fileBytes
    try {
      fileBytes = rooms.fileBytes()
    } catch {
      return
    }
    if (fileBytes <= before || fileBytes < sizeBytes * DISK_NEARLY_FULL) return
    fill = Math.max(DISK_FILL_LEAST, fill * DISK_FILL_STEP)
    limitBytes = Math.floor(sizeBytes * fill)
  }

  function roomBytes(): number {
    return Math.min(limitBytes, grantedBytes * DISK_NEARLY_FULL)
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

  /** Evicts until there is room, a few bodies at a time; the others in turns of their own. */
  function makeRoom(): void {
    if (total.bytes + reservedBytes <= roomBytes()) return
    let most = DISK_EVICT_BODIES
    try {
      flushUses()
      for (const [usedAt, bodyId] of ages.getKeys()) {
        const account = accountOf(bodyId)
        if (account === null ? recent.has(bodyId) : account.usedAt !== usedAt) continue
        if (account === null) swallow(ages.remove([usedAt, bodyId]))
        evictions += 1
        options.evict(bodyId, account)
        if (total.bytes + reservedBytes <= roomBytes()) return
        most -= 1
        if (most === 0) break
      }
    } catch (error) {
      return options.onTrouble(error as Error)
    }
    if (most > 0) return
    evicting ??= setImmediate(() => {
      evicting = null
      makeRoom()
    })
  }

  return {
    reserve(bodyId, lengthBytes) {
      lookAtFile()
      const bytes = diskBytes(lengthBytes)
      const more = bytes - (reserved.get(bodyId) ?? 0)
      // All that is kept could go; what others have reserved cannot.
      if (reservedBytes + more > roomBytes()) return false
      reserved.set(bodyId, bytes)
      reservedBytes += more
      makeRoom()
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
    nextBodyId: () => total.nextBodyId,
    state() {
      const { bytes, entries } = total
      return { tier: 'disk', bytes, entries, limitBytes: sizeBytes, evictions }
    },
    async close() {
      clearInterval(flushTimer)
      clearInterval(spaceTimer)
      if (evicting !== null) clearImmediate(evicting)
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
  write.catch(() => {})
}
