/**
 * Who flies, and who is aboard. The first exchange that needs an object starts its flight, all
 * others board it, at any moment until the response can be found in the tiers; so the origin sees
 * one request however many clients ask. A flight belongs to this table, not to the exchange that
 * began it.
 */
import { variantKey } from '../../decide/http/variants.ts'
import { selectors } from '../../decide/http/vary.ts'
import { REFRESH_RETRY_MS } from '../../limits.ts'
import type { Bannable } from '../../model/ban.ts'
import type { Entry } from '../../model/entry.ts'
import type { Landing } from '../../model/landing.ts'
import type { UnderWay } from '../../model/look.ts'
import type { Origin, OriginRequest } from '../../model/origin.ts'
import { fetchOn } from './continuing.ts'
import type { Flight } from './flight.ts'
import { landForwarded } from './forwarded.ts'
import { landObject, landRest, restOf, resumeRequest } from './landings.ts'
import { createLessons } from './lessons.ts'
import type { Arrival, Order, Rest, Store, Wanted } from './order.ts'
import { isShared, tellsOfAll } from './sharing.ts'

export type Flights = {
  /**
   * Boards the flight for an order, starting it if there is none. `landed` is called once, at once
   * if the head is already there; `joined` says whether the flight was under way before.
   */
  board(order: Order, landed: Landed): void
  /** Whether everybody asks for this key alone, because what came could not be shared. */
  isUnshared(key: string): boolean
  /** Whether what came for it was too large to be stored. */
  isLarge(key: string): boolean
  /** Flies for one alone, who is to cancel it when leaving before it has landed. */
  pass(order: Order, landed: (landing: Landing) => void): { cancel(): void }
  /** Asks the origin behind the reply whether a stale entry still stands. */
  refresh(order: Order, stored: Entry): void
  /**
   * Fetches the rest of `entry` from chunk `index` on, for a reader whose chunk is in no tier. With
   * `mend` the chunks go back into the tiers.
   */
  resume(wanted: Wanted, landed: (landing: Landing) => void): void
  /** What is on its way to be stored under this key will not be found by who comes later. */
  disown(key: string): void
  /** The flight that an order would board, or that fetches the rest of what it has; null: none. */
  look(order: Order): UnderWay | null
  state(): { running: number; passengers: number }
}

/** One flight in the table, from its start until its response can be found in the tiers. */
type Departure = Omit<Place, 'key'> & {
  /** The number of the newest ban that is known not to concern what it brings. */
  bansSeen: number
  /** Ends it at once, landed or not, telling nobody. */
  cancel: () => void
  readonly request: OriginRequest
  /** The key of its order, if that is to an http origin. */
  storesUnder: string | null
  /** What it brings is not to be found by anybody who comes later. */
  isDead: boolean
  landing: Landing | null
  flight: Flight | null
  waiting: Array<(landing: Landing) => void>
}

/** Told once what has landed, and whether it was under way before. */
type Landed = (landing: Landing, joined: boolean) => void

type Decide = (arrival: Arrival) => Landing

/** A table of flights that fill this cache. */
export function createFlights(store: Store): Flights {
  const table = new Map<string, Departure>()
  const lessons = createLessons()

  /** Starts a fetch whose head goes to `decide` and whose landing goes to everybody waiting. */
  function depart(place: Place, request: OriginRequest, decide: Decide): Departure {
    const { key, ...where } = place
    const bansSeen = store.newestBan()
    const over = () => {
      if (table.get(key) === departure) table.delete(key)
    }
    const departure: Departure = {
      ...where, request, bansSeen, storesUnder: null, isDead: false, landing: null,
      flight: null, waiting: [],
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
    const call = fetchOn(place.origin, request, {
      onHead(head) {
        land(decide({ head, call, over, bansSeen, isDead: () => departure.isDead }))
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
    const { request, origin, web } = order
    const place = { key, fromChunk: 0, untilChunk: null, origin }
    if (web === null) {
      return depart(place, request, (arrival) => landObject(store, order, arrival))
    }
    const reads = request.method === 'GET' || request.method === 'HEAD'
    const departure = depart(place, request, (arrival) => {
      const { isDead } = departure
      const landing = landForwarded(store, isDead ? { ...order, pass: true } : order, arrival)
      if (!order.pass && !isDead && reads && landing.kind !== 'failed' && tellsOfAll(landing)) {
        const large = landing.reason === 'too-large'
        const learnt = { status: landing.status, large, now: Date.now() }
        lessons.learn(order.key, landing.names, learnt)
      }
      return landing
    })
    if (reads && !order.pass) departure.storesUnder = order.key
    return departure
  }

  /** HEAD and GET fly apart: the answer to a HEAD has no body to share. */
  function tableKey({ request, key, web }: Order): string {
    const place = web === null || request.kind === 'object' ? key
      : placeOf(key, request.fields)
    return request.method === 'HEAD' ? `HEAD ${place}` : place
  }

  /** Those who ask for different variants, as far as is known, do not wait for each other. */
  function placeOf(key: string, fields: readonly string[]): string {
    const names = lessons.namesOf(key)
    return variantKey(key, names, selectors(names, fields))
  }

  /** A place of its own, where nobody comes aboard. */
  function startAlone(order: Order): Departure {
    return start(order, `alone ${store.newBodyId()}`)
  }

  /**
   * Boards a shared flight. Who asked for the same key may not get what has come for another: it
   * asks alone then, or, where it is only another variant, once more together with its like.
   */
  function join(order: Order, landed: Landed, again: boolean): void {
    const running = runningFor(order)
    const departure = running ?? start(order)
    const joined = running !== undefined
    const reached = (landing: Landing): void => {
      if (!joined || isShared(landing, departure.request, order.request)) landed(landing, joined)
      else if (again && 'names' in landing && landing.names !== null) join(order, landed, false)
      else boardNew(startAlone(order), landed)
    }
    if (departure.landing !== null) reached(departure.landing)
    else departure.waiting.push(reached)
  }

  function boardNew(departure: Departure, landed: Landed): void {
    departure.waiting.push((landing) => landed(landing, false))
  }

  function startRest(key: string, rest: Rest): Departure {
    const { index: fromChunk, until: untilChunk, origin } = rest
    return depart({ key, fromChunk, untilChunk, origin }, resumeRequest(rest),
      (arrival) => landRest(store, rest, arrival))
  }

  /** A HEAD learns all it wants from the head of a GET that is under way. */
  function runningFor(order: Order): Departure | undefined {
    const own = tableKey(order)
    if (order.request.method !== 'HEAD') return joinable(underWay(own, order))
    return underWay(own.slice('HEAD '.length), order) ?? underWay(own, order)
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
      if (order.web?.alone === true) boardNew(startAlone(order), landed)
      else join(order, landed, true)
    },
    isUnshared: (key) => lessons.isUnshared(key, Date.now()),
    isLarge: lessons.isLarge,
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
    resume(wanted, landed) {
      const { entry, index } = wanted
      const key = restKey(entry)
      const departure = restFrom(table.get(key), index) ?? startRest(key, restOf(store, wanted))
      if (departure.landing !== null) landed(departure.landing)
      else departure.waiting.push(landed)
    },
    disown(key) {
      for (const [place, departure] of table) {
        if (departure.storesUnder !== key || departure.isDead) continue
        departure.isDead = true
        table.delete(place)
        departure.flight?.disown()
      }
    },
    look(order) {
      const running = order.web?.alone === true ? undefined : runningFor(order)
      const seen = running ?? (order.stored === null ? undefined : table.get(restKey(order.stored)))
      if (seen === undefined) return null
      const { flight, waiting, landing } = seen
      return {
        boards: running !== undefined,
        clients: (flight?.aboard ?? 0) + waiting.length,
        arrivedBytes: flight?.arrivedBytes() ?? 0,
        lengthBytes: flight?.entry.lengthBytes ?? null,
        landing,
      }
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

/** Where a flight stands in the table, from which chunk on and before which, and whom it asks. */
type Place = {
  readonly key: string
  readonly fromChunk: number
  readonly untilChunk: number | null
  readonly origin: Origin
}

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

/** The flight with the rest of a body, if this chunk is, and can still be had, in it. */
function restFrom(running: Departure | undefined, index: number): Departure | undefined {
  if (running !== undefined && index >= (running.untilChunk ?? Infinity)) return undefined
  const first = running?.flight?.firstChunk ?? running?.fromChunk ?? Infinity
  return first <= index ? running : undefined
}

const restKey = ({ bodyId }: Entry): string => `rest of ${bodyId}`
