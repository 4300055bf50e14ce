import type { Entry } from './entry.ts'
import type { Landing } from './landing.ts'

/** What a look-up would find, seen without touching it. */
export type Found = {
  readonly entry: Entry
  readonly tier: 'memory' | 'disk'
  /** What the bans since leave of it; where it is not `alive`, the entry is not used as it is. */
  readonly ban: 'alive' | 'spent' | 'dead'
  /** Whether the first chunk would have to be read from disk. */
  readonly isCold: boolean
  /** By index: which tiers have the chunk, as bits. Counted; the bytes have not been proven. */
  readonly chunks: Uint8Array
}

export const IN_MEMORY = 1
export const ON_DISK = 2

/** A flight as it is seen from outside. */
export type UnderWay = {
  /** Whether whoever asks now would board it; if not, it fetches the rest of what is stored. */
  readonly boards: boolean
  /** Who waits for its head or reads from it. */
  readonly clients: number
  readonly arrivedBytes: number
  readonly lengthBytes: number | null
  /** Null until the head is there. */
  readonly landing: Landing | null
}

/** What a live process knows of an object. */
export type Sight = { readonly found: Found | null; readonly flight: UnderWay | null }
