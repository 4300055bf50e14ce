/**
 * Who flies, and who is aboard. The first exchange that needs an object starts its flight, all
 * others board it, at any moment until the response can be found in the tiers; so the origin sees
 * one request however many clients ask. A flight belongs to this table, not to the exchange that
 * began it.
 */
import { HauloutError } from '../../errors.ts'
import { CHUNK_BYTES, REFRESH_RETRY_MS } from '../../limits.ts'
import { isVersion, stillStands } from '../../decide/http/landing.ts'
import { storable, ttlOf } from '../../decide/http/storable.ts'
import { md5OfEtag } from '../../decide/http/etag.ts'
import type { Entry } from '../../model/entry.ts'
import type { Answer, Landing } from '../../model/landing.ts'
import type { BucketObject } from '../../model/object.ts'
import type { Origin, OriginCall, OriginHead, OriginRequest } from '../../model/origin.ts'
import type { Reason } from '../../model/outcome.ts'
import type { Policy } from '../../model/policy.ts'
import type { Filling } from '../../model/tier.ts'
import { freshEntry, renewedEntry } from './entries.ts'
import { Flight } from './flight.ts'

/** What an exchange wants fetched. */
export type Order = {
  readonly key: string
  readonly object: BucketObject
  /** Where the object comes from, by the generation that the exchange began under. */
  readonly origin: Origin
  readonly policy: Policy
  /** What is stored under the key and has to be revalidated; null when nothing is. */
  readonly stored: Entry | null
  readonly method: 'GET' | 'HEAD'
}

/** What flights need of the cache. */
export type Store = {
  fill(entry: Entry): Filling
  /** Puts back a chunk that a tier has lost. */
  mend(entry: Entry, index: number, bytes: Buffer): void
  keepHead(entry: Entry): void
  drop(entry: Entry): void
  newBodyId(): number
}

export type Flights = {
  /**
   * Boards the flight for an order, starting it if there is none. `landed` is called once, at once
   * if the head is already there; `joined` says whether the flight was under way before.
   */
  board(order: Order, landed: (landing: Landing, joined: boolean) => void): void
  /** Asks the origin behind the reply whether a stale entry still stands. */
  refresh(order: Order, stored: Entry): void
  /**
   * Fetches the rest of `entry` from chunk `index` on, for a reader whose chunk is in no tier. With
   * `mend` the chunks go back into the tiers.
   */
  resume(rest: Rest, landed: (landing: Landing) => void): void
  state(): { running: number; passengers: number }
}

export type Rest = {
  readonly entry: Entry
  readonly index: number
  readonly mend: boolean
  readonly origin: Origin
}

/** One flight in the table, from its start until its response can be found in the tiers. */
type Departure = Pick<Place, 'fromChunk' | 'origin'> & {
  landing: Landing | null
  flight: Flight | null
  waiting: Array<(landing: Landing) => void>
}

export function createFlights(store: Store): Flights {
  const table = new Map<string, Departure>()

  /** Starts a fetch whose head goes to `decide` and whose landing goes to everybody waiting. */
  function depart(place: Place, request: OriginRequest, decide: Decide): Departure {
    const { key, fromChunk, origin } = place
    const departure: Departure = { fromChunk, origin, landing: null, flight: null, waiting: [] }
    table.set(key, departure)
    const over = () => {
      if (table.get(key) === departure) table.delete(key)
    }
    const land = (landing: Landing) => {
      departure.landing = landing
      if (landing.kind === 'body') departure.flight = landing.body as Flight
      else over()
      for (const landed of departure.waiting.splice(0)) landed(landing)
    }
    const call = origin.fetch(request, {
      onHead(head) {
        land(decide({ head, call, over }))
      },
      onBytes: (bytes) => departure.flight?.bytes(bytes),
      onEnd: () => departure.flight?.end(),
      onError(error) {
        if (departure.landing === null) land({ kind: 'failed', error })
        else departure.flight?.fail(error)
      },
    })
    return departure
  }

  function start(order: Order): Departure {
    const { object, method, stored, origin } = order
    const request = { object, method, known: stored, fromByte: 0 }
    const place = { key: tableKey(order), fromChunk: 0, origin }
    return depart(place, request, (arrival) => decideOrder(store, order, arrival))
  }

  /** A HEAD learns all it wants from the head of a GET that is under way. */
  function runningFor(order: Order): Departure | undefined {
    const running = underWay(order.key, order)
    if (order.method === 'HEAD') return running ?? underWay(tableKey(order), order)
    return joinable(running)
  }

  /**
   * A flight that asks an origin whose settings have changed since is left to those aboard: who
   * comes now is flown by the new one, which takes its place in the table.
   */
  function underWay(key: string, { origin }: Order): Departure | undefined {
    const running = table.get(key)
    return running?.origin === origin ? running : undefined
  }

  return {
    board(order, landed) {
      const running = runningFor(order)
      const departure = running ?? start(order)
      const joined = running !== undefined
      if (departure.landing !== null) landed(departure.landing, joined)
      else departure.waiting.push((landing) => landed(landing, joined))
    },
    refresh(order, stored) {
      if (underWay(tableKey(order), order) !== undefined || Date.now() < stored.retryAt) return
      // From its start, because it may also fail under way, or end because nobody is aboard.
      stored.retryAt = Date.now() + REFRESH_RETRY_MS
      start(order).waiting.push((landing) => {
        if (landing.kind === 'failed') stored.retryAt = Date.now() + REFRESH_RETRY_MS
      })
    },
    resume(rest, landed) {
      const { entry, index, origin } = rest
      const key = `rest of ${entry.bodyId}`
      const request = resumeRequest(entry, index, origin)
      const departure = restFrom(table.get(key), index) ??
        depart({ key, fromChunk: index, origin }, request,
          (arrival) => decideRest(store, rest, arrival))
      if (departure.landing !== null) landed(departure.landing)
      else departure.waiting.push(landed)
    },
    state() {
      let passengers = 0
      for (const { flight, waiting } of table.values()) {
        passengers += (flight?.aboard ?? 0) + waiting.length
      }
      return { running: table.size, passengers }
    },
  }
}

/** Where a flight stands in the table, the chunk it begins with, and whom it asks. */
type Place = { readonly key: string; readonly fromChunk: number; readonly origin: Origin }

/**
 * Whoever boards a flight that can no longer give the first bytes has to fetch them apart, and that
 * can be done only for a version that can be recognised.
 */
function joinable(running: Departure | undefined): Departure | undefined {
  const flight = running?.flight
  if (flight == null || flight.firstChunk === 0) return running
  const { originEtag, lastModifiedAt } = flight.entry
  return originEtag === null && lastModifiedAt === null ? undefined : running
}

/** The flight with the rest of a body, if it begins, and still is, early enough for this chunk. */
function restFrom(running: Departure | undefined, index: number): Departure | undefined {
  const first = running?.flight?.firstChunk ?? running?.fromChunk ?? Infinity
  return first <= index ? running : undefined
}

/** The origin's head, the call behind it, and what to do when the flight is over. */
type Arrival = {
  readonly head: OriginHead
  readonly call: OriginCall
  readonly over: () => void
}
type Decide = (arrival: Arrival) => Landing

/** HEAD and GET fly apart: the answer to a HEAD has no body to share. */
function tableKey({ method, key }: Order): string {
  return method === 'HEAD' ? `HEAD ${key}` : key
}

/** What an answer to an order means for the cache and for everybody aboard. */
function decideOrder(store: Store, order: Order, arrival: Arrival): Landing {
  const { head, call } = arrival
  const { stored, policy, method } = order
  const answer = answerOf(head)
  if (stored !== null && stillStands(stored, head)) {
    if (head.kind === 'content') call.cancel()
    const entry = renewedEntry(stored, head, Date.now())
    store.keepHead(entry)
    return { kind: 'unchanged', entry, ...answer, stored: true }
  }
  const entry = freshEntry(order, head, { bodyId: store.newBodyId(), now: Date.now() })
  if (head.kind !== 'content') {
    if (stored !== null) store.drop(stored)
    const keeps = ttlOf(entry.status, policy.cache) > 0
    if (keeps) store.keepHead(entry)
    return { kind: 'head', entry, ...answer, stored: keeps, reason: keeps ? null : 'no-ttl' }
  }
  if (method === 'HEAD') return { kind: 'head', entry, ...answer }
  const may = storable(head, policy)
  const filling = may === true ? store.fill(entry) : notStored(may)
  const md5 = policy.cache.verify === 'md5' ? md5OfEtag(entry.originEtag ?? '') : null
  const body = new Flight({
    entry, filling, call, md5, fromChunk: 0, fromByte: 0, onOver: arrival.over,
  })
  const { reason } = filling
  return { kind: 'body', entry, body, ...answer, stored: reason === null, reason }
}

/** Continues a body, but only if the origin still has the version it belongs to. */
function decideRest(store: Store, { entry, index, mend }: Rest, arrival: Arrival): Landing {
  const { head, call } = arrival
  const answer = answerOf(head)
  if (head.kind !== 'content' || !isVersion(entry, head)) {
    call.cancel()
    const detail = `${entry.key} is no longer the version that was being sent`
    return { kind: 'failed', error: new HauloutError('origin-changed', detail) }
  }
  const body = new Flight({
    entry,
    filling: mend ? mending(store, entry) : notStored('too-large'),
    call,
    md5: null,
    fromChunk: index,
    fromByte: head.fromByte,
    onOver: arrival.over,
  })
  return { kind: 'body', entry, body, ...answer }
}

function answerOf({ status, waitMs, code }: OriginHead): Answer {
  return { status, waitMs, code, stored: false, reason: null }
}

function notStored(reason: Reason): Filling {
  return {
    reason,
    chunk: (_index, _bytes, done) => done(false),
    keep: (_entry, done) => done(false),
    abandon() {},
  }
}

/** Puts chunks back where they were lost; the flight itself only has its window. */
function mending(store: Store, entry: Entry): Filling {
  return {
    ...notStored('not-whole'),
    chunk(index, bytes, done) {
      store.mend(entry, index, bytes)
      done(false)
    },
  }
}

/**
 * Where the dialect has ranges, only the rest; else the whole, of which the start is passed over.
 */
function resumeRequest(entry: Entry, index: number, origin: Origin): OriginRequest {
  // Without a length there is nothing that a part could be recognised by.
  const fromByte = origin.ranges && entry.lengthBytes !== null ? index * CHUNK_BYTES : 0
  const known = fromByte > 0 ? entry : null
  return { object: entry.object, method: 'GET', known, fromByte }
}
