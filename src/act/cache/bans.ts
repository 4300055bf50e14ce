/**
 * All bans that are in force, and whether they concern a response. What is hard about it:
 * - A hit must not pay for them: it compares one number, that of the newest ban, with the newest
 *   that its entry is known to be free of. Only where these differ is anything looked up.
 * - However many responses a tag or a key has, banning it is one line in a Map: nothing is walked.
 * - What has been acknowledged holds after any end of the process, so it is on the disk before; but
 *   it is in force from the moment it is asked for, for no later request shall be served by it.
 * - Numbers never go back, even if the journal is lost: they are moments of the clock.
 */
import { banText, fits, primaryKey } from '../../decide/bans/concerns.ts'
import { isProblem, parseBan } from '../../decide/bans/parse.ts'
import { HauloutError } from '../../errors.ts'
import { assert } from '../../lib/assert.ts'
import { BANS } from '../../limits.ts'
import type { Ban, BanAbout, Bannable, BanTest } from '../../model/ban.ts'
import type { Entry } from '../../model/entry.ts'
import { openJournal, type Journal } from './journal.ts'

/** `dead`: not to be served any more. `spent`: only once the origin was asked, or has failed. */
export type BanVerdict = 'alive' | 'dead' | 'spent'

export type Bans = {
  /** The number of the newest ban; 0 before the first. Only to be read. */
  newest: number
  /** What the bans that an entry has not seen make of it. */
  judge(entry: Entry): BanVerdict
  /** Whether a ban after that number concerns such a response, or may, as far as it is known. */
  mayConcern(one: Bannable, since: number): boolean
  /**
   * Bans, at once; ends when that is durable. Rejects with HauloutError `ban` when it cannot be
   * made durable, and is then in force only until the end of the process, or not at all when there
   * are too many.
   */
  add(about: BanAbout, soft: boolean): Promise<Ban>
  /** Those in force, oldest first. */
  list(): Ban[]
  /** Forgets all up to this number: nothing that is stored is concerned by them any more. */
  retire(upTo: number): Promise<void>
  close(): Promise<void>
}

/** The newest bans of one tag or key, 0 for none. */
type Marks = { hard: number; soft: number }

/** A ban that has to be tried. */
type Listed = { readonly ban: Ban; readonly test: BanTest | null }

/** As it is in the journal; a line without `about` says up to which number bans were retired. */
type Line = { readonly retired: number } | Ban

/**
 * Reads the bans that are kept in the file at `path`; null keeps them in memory only, for a cache
 * that does not outlive the process either. A file that cannot be read any more may have banned
 * anything, so everything is banned; `warn` is told.
 */
export async function openBans(path: string | null, warn: (text: string) => void): Promise<Bans> {
  if (path === null) return passingBans()
  const { journal, was, why } = await openJournal(path)
  const bans = createBans(journal, was)
  if (why !== null) {
    warn(`${path}: ${why}; everything that was stored is banned`)
    // In force at once, and once something can be written, durable.
    await bans.add({ kind: 'all' }, false).catch(() => {})
  }
  return bans
}

/** Bans that end with the process. */
export function passingBans(): Bans {
  return createBans(null, [])
}

function createBans(journal: Journal | null, lines: readonly string[]): Bans {
  let all: Ban[] = []
  let listed: Listed[] = []
  const tags = new Map<string, Marks>()
  const keys = new Map<string, Marks>()
  const bans: Bans = {
    newest: 0, judge, mayConcern, add, list: () => [...all], retire,
    close: async () => journal?.close(),
  }
  for (const line of lines) {
    const read = JSON.parse(line) as Line
    if ('retired' in read) bans.newest = Math.max(bans.newest, read.retired)
    else enter(isReadable(read) ? read : { ...read, about: { kind: 'all' } })
  }

  function enter(ban: Ban): void {
    const { about, number } = ban
    all.push(ban)
    bans.newest = Math.max(bans.newest, number)
    if (about.kind === 'tag') mark(tags, about.tag, ban)
    else if (about.kind === 'key') mark(keys, about.key, ban)
    else listed.push({ ban, test: testOf(about) })
  }

  /** What is newest for the entry decides; a hard ban always does. */
  function judge(entry: Entry): BanVerdict {
    const since = entry.bansSeen
    const marked = worst(entry, since)
    if (marked.hard > since) return 'dead'
    let soft = marked.soft > since
    for (let i = listed.length - 1; i >= 0; i--) {
      const { ban, test } = listed[i]!
      if (ban.number <= since) break
      if (soft && ban.soft) continue
      if (isConcerned(ban, test, entry) !== true) continue
      if (!ban.soft) return 'dead'
      soft = true
    }
    return soft ? 'spent' : 'alive'
  }

  function mayConcern(one: Bannable, since: number): boolean {
    const { hard, soft } = worst(one, since)
    return hard > since || soft > since || listed.some(({ ban, test }) =>
      ban.number > since && isConcerned(ban, test, one) !== false)
  }

  /** The newest marks of any of its tags and of its key. */
  function worst(one: Bannable, since: number): Marks {
    let { hard, soft } = keys.get(primaryKey(one.key)) ?? NONE
    for (const tag of one.tags) {
      const marks = tags.get(tag)
      if (marks === undefined) continue
      hard = Math.max(hard, marks.hard)
      soft = Math.max(soft, marks.soft)
    }
    return hard > since || soft > since ? { hard, soft } : NONE
  }

  async function add(about: BanAbout, soft: boolean): Promise<Ban> {
    if (all.length >= BANS) {
      throw new HauloutError('ban', `${BANS} bans are in force; some have to be retired first`)
    }
    const at = Date.now()
    const ban: Ban = { number: Math.max(bans.newest + 1, at), at, soft, about }
    enter(ban)
    try {
      await journal?.append(JSON.stringify(ban))
    } catch (error) {
      const why = (error as Error).message
      const detail = `${banText(about)} holds until the process ends, but not after it: ${why}`
      throw new HauloutError('ban', detail, error)
    }
    return ban
  }

  async function retire(upTo: number): Promise<void> {
    const rest = all.filter(({ number }) => number > upTo)
    const lines: Line[] = [{ retired: upTo }, ...rest]
    await journal?.rewrite(lines.map((line) => JSON.stringify(line)))
    all = all.filter(({ number }) => number > upTo)
    listed = listed.filter(({ ban }) => ban.number > upTo)
    for (const map of [tags, keys]) {
      for (const [name, { hard, soft }] of map) if (Math.max(hard, soft) <= upTo) map.delete(name)
    }
  }

  return bans
}

const NONE: Marks = Object.freeze({ hard: 0, soft: 0 })

function mark(marks: Map<string, Marks>, name: string, { number, soft }: Ban): void {
  const before = marks.get(name) ?? NONE
  marks.set(name, soft ? { ...before, soft: number } : { ...before, hard: number })
}

/** An expression of another version may not be one of this. */
function isReadable({ about }: Ban): boolean {
  return about.kind !== 'expression' || !isProblem(parseBan(about.text))
}

function testOf(about: BanAbout): BanTest | null {
  if (about.kind !== 'expression') return null
  const test = parseBan(about.text)
  // Only what can be read is ever kept.
  assert(!isProblem(test), 'a ban that cannot be read')
  return test
}

/** Null: it may be, once more is known of the response. */
function isConcerned({ about, at }: Ban, test: BanTest | null, one: Bannable): boolean | null {
  if (test !== null) return fits(test, one, at)
  return about.kind === 'all' || (about.kind === 'prefix' && one.key.startsWith(about.prefix))
}
