/**
 * The straight line. One request, from its head to its answer, readable aloud: what is decided is
 * decided by pure functions, what is done is done at the edges, and here is the only place where
 * the two meet. It calls, compares and switches; it does not compute.
 *
 * From the top down to `hit` everything is synchronous: a memory hit has been answered when `serve`
 * returns. Whatever has to be waited for comes back through `landed`.
 */
import { decide, denied, permit, type Decision, type Line } from './decide/line.ts'
import { standsIn, verdictOn } from './decide/http/judge-web.ts'
import { nameOfFetched, nameOfHit } from './decide/http/select.ts'
import { keptOf } from './decide/rules/store-steps.ts'
import type { Passwords } from './act/access/passwords.ts'
import type { Cache } from './act/cache/cache.ts'
import type { Flights } from './act/collapse/flights.ts'
import { invalidate, orderOf, sourceOf, variantOf, withoutOrigin } from './orders.ts'
import type { Order } from './act/collapse/order.ts'
import { deliver, type Delivery } from './act/deliver/deliver.ts'
import { sentence, synthesize, synthesizeEmpty, synthesizeError } from './act/deliver/synth.ts'
import type { Source } from './act/deliver/reader.ts'
import { noteAnswer, noteError } from './act/observe/noted.ts'
import type { HauloutError } from './errors.ts'
import type { Entry } from './model/entry.ts'
import type { Exchange } from './model/exchange.ts'
import type { Landing } from './model/landing.ts'
import type { Origin } from './model/origin.ts'
import type { ExchangeRecord, OutcomeName, Refusal } from './model/outcome.ts'
import type { Policy } from './model/policy.ts'
import { recordOf } from './model/record.ts'

/** What the line needs of the house, as one generation of the configuration has it. */
export type Parts = Line & {
  /** By name; has every origin that the rules lead to. */
  readonly origins: ReadonlyMap<string, Origin>
  readonly passwords: Passwords
  readonly cache: Cache
  readonly flights: Flights
  /** Where readers find bytes: the cache's and the flights' functions. */
  readonly source: Source
  readonly record: (record: ExchangeRecord) => void
}

/** Answers one exchange. */
export function serve(parts: Parts, x: Exchange): void {
  x.pages = parts.rules.pages
  follow(parts, x, decide(parts, x))
}

/** What has been decided is done; where it hangs on a password, once that has been checked. */
function follow(parts: Parts, x: Exchange, decision: Decision): void {
  switch (decision.kind) {
    case 'look-up':
      return lookUp(parts, x, x.policy!)
    case 'pass':
      return pass(parts, x)
    case 'check':
      return parts.passwords.check(x, decision.files, (refusal, found) => {
        if (x.wire.gone) return
        follow(parts, x, refusal === null ? permit(x, found) : denied(refusal))
      })
    case 'health':
      return synthesize(x, { status: 200, text: 'alive' })
    case 'redirect': {
      const { status, location } = decision
      return synthesize(x, { status, text: location, fields: ['Location', location] })
    }
    case 'preflight':
      if (decision.reason !== null) x.outcome.name = 'denied'
      x.outcome.reason = decision.reason
      return synthesizeEmpty(x, decision.fields)
    case 'purge':
      return purge(parts, x)
    case 'synth':
      return synthesize(x, { ...decision, text: '' })
    case 'refuse':
      return refuse(x, decision.outcome, decision.refusal)
  }
}

/** Memory, then disk; and what the policy of this moment thinks of what is there. */
function lookUp(parts: Parts, x: Exchange, policy: Policy): void {
  const inMemory = parts.cache.inMemory(x.key)
  const found = inMemory ?? parts.cache.onDisk(x.key, (one) => keptOf(policy, one))
  const entry = found === null || found.web === null ? found : variantOf(parts, x, found)
  switch (verdictOn(x, entry, policy)) {
    case 'hit':
      return give(parts, x, stored(entry!, policy), hitName(parts, entry!, inMemory))
    case 'stale':
      parts.flights.refresh(orderOf(parts, x, entry), entry!)
      return give(parts, x, stored(entry!, policy), 'stale')
    case 'revalidate':
      x.outcome.forwarded = 'stale'
      return board(parts, x, orderOf(parts, x, entry))
    case 'miss':
      x.outcome.forwarded = entry === null ? 'uri-miss' : 'stale'
      return board(parts, x, orderOf(parts, x, null))
    case 'refuse':
      return refuse(x, 'denied', NOT_CACHED)
  }
}

/** Answered once it is durable, so that whoever reads the answer can count on it. */
function purge({ cache }: Parts, x: Exchange): void {
  const said = (text: string) => x.wire.gone || synthesize(x, { status: 200, text })
  cache.ban({ kind: 'key', key: x.key }, false)
    .then(() => said('purged'), (error: HauloutError) => x.wire.gone || fail(x, error))
}

/** RFC 9111 §5.2.1.7 */
const NOT_CACHED: Refusal = Object.freeze({ status: 504, reason: 'only-if-cached', close: false })

function stored(entry: Entry, policy: Policy): Delivery {
  return { entry, policy, live: null, raw: false }
}

function hitName({ cache }: Parts, entry: Entry, inMemory: Entry | null): OutcomeName {
  return nameOfHit(entry, inMemory !== null, cache.isCold)
}

/** The origin has to be asked: on the flight that is under way, or on a new one. */
function board(parts: Parts, x: Exchange, order: Order): void {
  parts.flights.board(order, (landing, joined) => {
    x.outcome.collapsed = joined
    if (!x.wire.gone) landed(parts, x, { order, landing })
  })
}

/** The origin is asked for this exchange alone, and for as long as its client is there. */
function pass(parts: Parts, x: Exchange): void {
  x.outcome.forwarded = x.method === 'GET' || x.method === 'HEAD' ? 'bypass' : 'method'
  const order = orderOf(parts, x, null)
  const { cancel } = parts.flights.pass(order, (landing) => {
    x.wire.onGone = null
    landed(parts, x, { order, landing })
  })
  x.wire.onGone = () => {
    cancel()
    invalidate(parts, x, null)
  }
}

/** The origin's head is there, or will never be. */
function landed(parts: Parts, x: Exchange, { order, landing }: Landed): void {
  const { policy, stored: before } = order
  const isTrouble = landing.kind === 'failed' || landing.status >= 500
  if (landing.kind === 'failed') noteError(x, landing.error)
  else noteAnswer(x, landing)
  invalidate(parts, x, landing)
  if (before !== null && isTrouble && standsIn(x, before, policy)) {
    return give(parts, x, stored(before, policy), 'stale')
  }
  if (landing.kind === 'failed') {
    return fail(x, before === null ? landing.error : withoutOrigin(landing.error))
  }
  const live = landing.kind === 'body' ? landing.body : null
  const entry = landing.own === null || x.outcome.collapsed ? landing.entry
    : { ...landing.entry, fields: landing.own }
  const raw = order.web?.raw === true
  const passed = x.outcome.forwarded === 'bypass' || x.outcome.forwarded === 'method'
  const name = passed ? 'pass'
    : nameOfFetched(landing.kind === 'unchanged', x.outcome.collapsed)
  give(parts, x, { entry, policy, live, raw }, name)
}

type Landed = { readonly order: Order; readonly landing: Landing }

function give(parts: Parts, x: Exchange, delivery: Delivery, name: OutcomeName): void {
  x.outcome.name = name
  deliver(x, delivery, sourceOf(parts, x, delivery.raw), sent)
}

/** The body has been handed over, or the connection was cut in the middle of it. */
function sent(x: Exchange, error: HauloutError | null): void {
  if (error === null) return
  if (error.code !== 'client-gone') x.outcome.name = 'error'
  noteError(x, error)
}

function refuse(x: Exchange, name: OutcomeName, refusal: Refusal): void {
  const { status, reason, close, allow, fields = [] } = refusal
  x.outcome.name = name
  x.outcome.reason = reason
  const said = allow === undefined ? fields : ['Allow', allow]
  synthesize(x, { status, text: sentence(reason), close, fields: said })
}

function fail(x: Exchange, error: HauloutError): void {
  x.outcome.name = 'error'
  x.outcome.reason = 'origin-error'
  synthesizeError(x, error)
}

/** The exchange is over, one way or the other: its one record. */
export function settle(parts: Parts, x: Exchange, complete: boolean): void {
  parts.record(recordOf(x, complete, performance.now()))
}
