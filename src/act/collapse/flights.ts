/**
 * Who flies, and who is aboard. The first exchange that needs an object starts its flight, all
 * others board it, at any moment until the response can be found in the tiers; so the origin sees
 * one request however many clients ask. A flight belongs to this table, not to the exchange that
 * began it.
 */
import { REFRESH_RETRY_MS } from '../../limits.ts'
import type { Bannable } from '../../model/ban.ts'
import type { Entry } from '../../model/entry.ts'
import type { Landing } from '../../model/landing.ts'
import type { Origin, OriginRequest } from '../../model/origin.ts'
import { fetchOn } from './continuing.ts'
import type { Flight } from './flight.ts'
import { landObject, landRest, resumeRequest } from './landings.ts'
import type { Arrival, Order, Rest, Store } from './order.ts'

export type Flights = {
  /**
   * Boards the flight for an order, starting it if there is none. `landed` is called once, at once
   * if the head is already there; `joined` says whether the flight was under way before.
   */
  board(order: Order, landed: (landing: Landing, joined: boolean) => void): void
  /** Flies for one alone, who is to cancel it when leaving before it has landed. */
  pass(order: Order, landed: (landing: Landing) => void): { cancel(): void }
  /** Asks the origin behind the reply whether a stale entry still stands. */
  refresh(order: Order, stored: Entry): void
  /**
   * Fetches the rest of `entry` from chunk `index` on, for a reader whose chunk is in no tier. With
   * `mend` the chunks go back into the tiers.
   */
  resume(rest: Rest, landed: (landing: Landing) => void): void
  state(): { running: number; passengers: number }
}

/** One flight in the table, from its start until its response can be found in the tiers. */
type Departure = Pick<Place, 'fromChunk' | 'origin'> & {
  /** The number of the newest ban that is known not to concern what it brings. */
  bansSeen: number
  /** Ends it at once, landed or not, telling nobody. */
  cancel: () => void
  landing: Landing | null
  flight: Flight | null
  waiting: Array<(landing: Landing) => void>
}

type Decide = (arrival: Arrival) => Landing

/** A table of flights that fill this cache. */
export function createFlights(store: Store): Flights {
  const table = new Map<string, Departure>()

  /** Starts a fetch whose head goes to `decide` and whose landing goes to everybody waiting. */
  function depart(place: Place, request: OriginRequest, decide: Decide): Departure {
    const { key, fromChunk, origin } = place
    const bansSeen = store.newestBan()
    const over = () => {
      if (table.get(key) === departure) table.delete(key)
    }
    const departure: Departure = {
      fromChunk, origin, bansSeen, landing: null, flight: null, waiting: [],
      cancel() {
        call.cancel()
        over()
      },
    }
    table.set(key, departure)
    const land = (landing: Landing) => {
      departure.landing = landing
      if (landing.kind === 'body') departure.flight = landing.body as Flight
      else over()
      for (const landed of departure.waiting.splice(0)) landed(landing)
    }
    const call = fetchOn(origin, request, {
      onHead(head) {
        land(decide({ head, call, over, bansSeen }))
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

  function start(order: Order, key = tableKey(order)): Departure {
    const { request, origin } = order
    const place = { key, fromChunk: 0, origin }
    return depart(place, request, (arrival) => landObject(store, order, arrival))
  }

  /** A HEAD learns all it wants from the head of a GET that is under way. */
  function runningFor(order: Order): Departure | undefined {
    const running = underWay(order.key, order)
    if (order.request.method === 'HEAD') return running ?? underWay(tableKey(order), order)
    return joinable(running)
  }

  /**
   * A flight that asks an origin whose settings have changed since, or that brings what has been
   * banned since, is left to those aboard: who comes now is flown by the new one, which takes its
   * place in the table.
   */
  function underWay(key: string, order: Order): Departure | undefined {
    const running = table.get(key)
    if (running === undefined || running.origin !== order.origin) return undefined
    return running.bansSeen === store.newestBan() || isFree(running, order) ? running : undefined
  }

  /** Whether no ban since its departure can concern what a flight brings. */
  function isFree(running: Departure, order: Order): boolean {
    const known = running.flight?.entry ?? bannableOf(order)
    if (store.mayBeBanned(known, running.bansSeen)) return false
    running.bansSeen = store.newestBan()
    return true
  }

  return {
    board(order, landed) {
      const running = runningFor(order)
      const departure = running ?? start(order)
      const joined = running !== undefined
      if (departure.landing !== null) landed(departure.landing, joined)
      else departure.waiting.push((landing) => landed(landing, joined))
    },
    pass(order, landed) {
      const departure = start(order, `pass ${store.newBodyId()}`)
      departure.waiting.push((landing) => {
        landed(landing)
        // A condition or a refusal has been answered without the body.
        departure.flight?.desert()
      })
      return departure
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
      const request = resumeRequest(rest)
      const departure = restFrom(table.get(key), index) ??
        depart({ key, fromChunk: index, origin }, request,
          (arrival) => landRest(store, rest, arrival))
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

/** What is known of a response whose head is not there: it may be anything. */
function bannableOf({ key, request, tags, fetchedFor }: Order): Bannable {
  const object = request.kind === 'object' ? request.object : null
  return { key, object, fetchedFor, tags: tags ?? [], status: null, fields: null, storedAt: null }
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

/** HEAD and GET fly apart: the answer to a HEAD has no body to share. */
function tableKey({ request, key }: Order): string {
  return request.method === 'HEAD' ? `HEAD ${key}` : key
}

