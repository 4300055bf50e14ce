import { CHUNK_BYTES } from '../../limits.ts'
import type { Entry } from '../../model/entry.ts'
import type { Exchange } from '../../model/exchange.ts'
import { IN_MEMORY, ON_DISK, type Found, type Sight, type UnderWay } from '../../model/look.ts'
import type { OutcomeName } from '../../model/outcome.ts'
import type { AnswerTrace, LookupTrace, StoredTrace } from '../../model/trace.ts'
import type { HttpVerdict } from '../../model/facts.ts'
import { lifetimeOf } from '../http/age.ts'
import { keptMs } from '../http/judge-http.ts'
import { factsFor, verdictOn } from '../http/judge-web.ts'
import { nameOfFetched, nameOfHit, select, statusOf } from '../http/select.ts'
import { ttlOf } from '../http/storable.ts'
import type { Decision } from '../line.ts'
import { keptOf } from '../rules/store-steps.ts'

/** What the look-up of an exchange comes to; `sight` null when nobody has looked. */
export function lookupOf(x: Exchange, sight: Sight | null): LookupTrace {
  if (sight === null) return { verdict: null, stored: null, flight: null }
  const { found, flight } = sight
  return {
    verdict: verdictOf(x, found),
    stored: found === null ? null : storedOf(x, found),
    flight: flight === null ? null : {
      clients: flight.clients,
      arrived_bytes: flight.arrivedBytes,
      length_bytes: flight.lengthBytes,
    },
  }
}

/** The verdict on what has been found, by the line's own judge. */
export function verdictOf(x: Exchange, found: Found | null): HttpVerdict {
  return verdictOn(x, usable(found), x.policy!)
}

/** The entry that would be used: one that is banned would be dropped. */
export function usable(found: Found | null): Entry | null {
  return found === null || found.ban === 'dead' ? null : found.entry
}

function storedOf(x: Exchange, { entry, tier, ban, chunks }: Found): StoredTrace {
  const { status, etag, lengthBytes, storedAt } = entry
  const { ttl, grace, keep } = lifeOf(x, entry)
  const having = (bit: number): number => chunks.reduce((sum, one) => sum + (one & bit ? 1 : 0), 0)
  return {
    tier,
    ban: ban === 'dead' ? 'banned' : entry.spent ? 'spent' : null,
    status,
    etag,
    bytes: lengthBytes,
    stored_at: instant(storedAt),
    fresh_until: instant(storedAt + ttl),
    grace_until: instant(storedAt + ttl + grace),
    keep_until: instant(storedAt + ttl + keep),
    chunks: {
      all: chunks.length,
      in_memory: having(IN_MEMORY),
      on_disk: having(ON_DISK),
      lost: chunks.reduce((sum, one) => sum + (one === 0 ? 1 : 0), 0),
    },
  }
}

/** Ms from its storing for which an entry is fresh, then in grace, and, from then on, kept. */
type Life = { readonly ttl: number; readonly grace: number; readonly keep: number }

function lifeOf({ policy }: Exchange, entry: Entry): Life {
  const { respect } = policy!
  if (entry.web !== null && respect !== null) {
    const facts = factsFor(entry, entry.web, policy!)
    const said = facts.whileRevalidateMs
    const ttl = Math.max(0, lifetimeOf(facts, respect) - facts.initialAgeMs)
    const grace = facts.neverStale ? 0 : said >= 0 ? said : respect.graceMs
    return { ttl, grace, keep: keptMs(facts, respect) }
  }
  const { cache } = keptOf(policy!, entry)
  const ttl = ttlOf(entry.status, cache)
  // As the judge has it: negative answers, and those of a ttl of zero, have no grace.
  const grace = entry.status === 200 && ttl > 0 ? cache.graceMs : 0
  return { ttl, grace, keep: entry.status === 200 ? cache.graceMs + cache.keepMs : 0 }
}

const NOTHING: AnswerTrace = {
  status: null, outcome: null, reason: null, location: null,
  hangs_on: null, otherwise: null, refresh: false, refetch_from: null,
}

/**
 * What the client would get and the log would say, as `serve` would have it. What is hard about it
 * is to say no more than can be known: what only the origin can say, nobody can say in advance.
 */
export function answerOf(x: Exchange, decision: Decision, sight: Sight | null): AnswerTrace {
  switch (decision.kind) {
    case 'health': return { ...NOTHING, status: 200, outcome: 'synth' }
    case 'pass': return { ...NOTHING, outcome: 'pass', hangs_on: 'origin' }
    case 'preflight': {
      const { reason } = decision
      return { ...NOTHING, status: 204, outcome: reason === null ? 'synth' : 'denied', reason }
    }
    case 'check': return { ...NOTHING, hangs_on: 'password' }
    case 'purge': return { ...NOTHING, status: 200, outcome: 'synth' }
    case 'synth': return { ...NOTHING, status: decision.status, outcome: 'synth' }
    case 'redirect': {
      const { status, location } = decision
      return { ...NOTHING, status, outcome: 'synth', location }
    }
    case 'refuse': {
      const { outcome, refusal: { status, reason } } = decision
      return { ...NOTHING, status, outcome, reason }
    }
    case 'look-up':
      return sight === null ? { ...NOTHING, hangs_on: 'cache' } : afterLookup(x, sight)
  }
}

function afterLookup(x: Exchange, { found, flight }: Sight): AnswerTrace {
  const boards = flight?.boards === true
  switch (verdictOf(x, found)) {
    case 'hit': {
      const { entry, tier, isCold } = found!
      return given(x, found!, nameOfHit(entry, tier === 'memory', () => isCold))
    }
    case 'stale': {
      const refresh = !boards && x.arrivedAt >= found!.entry.retryAt
      return { ...given(x, found!, 'stale'), refresh }
    }
    case 'revalidate': {
      if (boards && flight.landing !== null) return joined(x, flight)
      const otherwise = nameOfFetched(false, boards)
      return { ...given(x, found!, nameOfFetched(true, boards)), hangs_on: 'origin', otherwise }
    }
    case 'refuse': return { ...NOTHING, status: 504, outcome: 'denied', reason: 'only-if-cached' }
    case 'miss':
      if (boards && flight.landing !== null) return joined(x, flight)
      return { ...NOTHING, outcome: nameOfFetched(false, boards), hangs_on: 'origin' }
  }
}

/** A flight whose head is there holds no more secrets about the status. */
function joined(x: Exchange, { landing }: UnderWay): AnswerTrace {
  const outcome = nameOfFetched(false, true)
  if (landing === null || landing.kind === 'failed') return { ...NOTHING, outcome }
  const { status, reason } = selected(x, landing.entry)
  return { ...NOTHING, outcome, status, reason: reason ?? landing.reason }
}

/** What is stored, given as `outcome`; where a chunk is lost on the way, it is `partial`. */
function given(x: Exchange, found: Found, outcome: OutcomeName): AnswerTrace {
  const { entry } = found
  const refetch = firstLost(x, found)
  return {
    ...NOTHING,
    ...selected(x, entry),
    outcome: refetch === null ? outcome : 'partial',
    refetch_from: refetch,
  }
}

function selected(x: Exchange, entry: Entry): Pick<AnswerTrace, 'status' | 'reason'> {
  if (entry.status !== 200) return { status: entry.status, reason: null }
  return statusOf(select(x.head, entry, x.method))
}

/** The first chunk of those that would be read which is in no tier. */
function firstLost(x: Exchange, { entry, chunks }: Found): number | null {
  if (entry.status !== 200 || entry.body !== null || x.method === 'HEAD') return null
  const selection = select(x.head, entry, x.method)
  const read = selection === 'whole' ? [{ start: 0, end: chunks.length * CHUNK_BYTES - 1 }]
    : typeof selection === 'string' ? [] : selection
  for (const { start, end } of read) {
    for (let index = Math.floor(start / CHUNK_BYTES); index * CHUNK_BYTES <= end; index++) {
      if (chunks[index] === 0) return index
    }
  }
  return null
}

function instant(at: number): string {
  // A ttl of a hundred years is one that nobody meant to end; a Date has an end.
  return new Date(Math.min(at, 8.64e15)).toISOString()
}
