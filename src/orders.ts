/**
 * What the line orders of origins: an object, or a client's own request. What is hard about the
 * second is who sees what: a request whose response may be shared goes on without the conditions
 * and ranges of the one client that happens to ask first; any other goes on as it came.
 */
import { hasBody } from './decide/http/gate.ts'
import { forwardedFields, isForOrigin, unconditional } from './decide/http/forward.ts'
import { invalidated, isSafe } from './decide/http/invalidate.ts'
import { isStrict } from './decide/http/judge-web.ts'
import { validatingFields } from './decide/http/validate.ts'
import type { Forward } from './decide/key/onward.ts'
import { keyOfTarget, type Line } from './decide/line.ts'
import { fetchedFields, fetchFields } from './decide/rules/fetch-steps.ts'
import { keptOf } from './decide/rules/store-steps.ts'
import { tagsOf } from './decide/rules/tags.ts'
import type { Cache } from './act/cache/cache.ts'
import type { Flights } from './act/collapse/flights.ts'
import type { Source } from './act/deliver/reader.ts'
import type { Order } from './act/collapse/order.ts'
import { HauloutError } from './errors.ts'
import type { RequestBody } from './model/body.ts'
import type { Entry } from './model/entry.ts'
import type { Exchange } from './model/exchange.ts'
import type { Landing } from './model/landing.ts'
import type { Origin } from './model/origin.ts'

/** What orders are made with. */
export type Ordering = {
  readonly origins: ReadonlyMap<string, Origin>
  readonly flights: Pick<Flights, 'isUnshared' | 'isLarge'>
  /** Whoever only looks brings one that nothing is changed in by looking. */
  readonly cache: Pick<Cache, 'inMemory' | 'onDisk' | 'variantsFor' | 'allVariants'>
}

/** What else it takes to have something done. */
export type Doing = Ordering & { readonly flights: Flights; readonly cache: Cache }

/** An order for what `x` asks; `stored` is what is there and has to be asked about. */
export function orderOf(ordering: Ordering, x: Exchange, stored: Entry | null): Order {
  const policy = x.policy!
  const fetchedFor = { route: policy.route, host: x.target.host, path: x.target.path }
  const tags = tagsOf(policy, x.captures)
  const common = { key: x.key, policy, tags, fetchedFor, stored }
  const { action } = policy
  if (action.kind === 'forward') return { ...common, ...webOf(ordering, x, stored) }
  const method = x.method === 'HEAD' ? 'HEAD' : 'GET'
  const object = x.object!
  return {
    ...common,
    origin: ordering.origins.get(object.origin)!,
    pass: policy.pass || x.pass,
    request: {
      kind: 'object', object, method, fields: fetchFields(policy, object), known: stored,
      fromByte: 0,
    },
    web: null,
  }
}

/** Where several responses are stored under one key, the best that there is for this request. */
export function variantOf({ cache }: Ordering, x: Exchange, found: Entry): Entry | null {
  const action = x.policy!.action
  if (found.web!.variants === null || action.kind !== 'forward') return found
  return cache.variantsFor(found, fieldsOnward(x, action),
    (one) => keptOf(x.policy!, one))[0] ?? null
}

/**
 * A request that was meant to change something has succeeded: what is stored of what it has
 * changed is not used any more, nor what is on its way of it (RFC 9111 §4.4).
 */
export function invalidate(ordering: Doing & Line, x: Exchange, landing: Landing | null): void {
  const onward = x.onward
  if (onward === null || isSafe(x.method)) return
  const { cache, flights } = ordering
  for (const target of targetsOf(x, landing)) {
    const key = keyOfTarget(ordering, x, target)
    if (key === null) continue
    flights.disown(key)
    cache.invalidate(key)
  }
}

/** Of what has not answered nobody knows whether it has changed something. */
function targetsOf(x: Exchange, landing: Landing | null): readonly string[] {
  const { uri } = x.onward!
  const known = landing === null || landing.kind === 'failed' ? null : landing
  return invalidated({
    method: x.method, asked: x.fields, targetUri: uri, delimited: true,
    status: known?.status ?? 200,
    fields: known === null ? [] : known.own ?? known.entry.fields,
    requestedAt: x.arrivedAt, receivedAt: x.arrivedAt,
  })
}

/** What is stored may not be used without the origin, which has failed (RFC 9111 §5.2.2.2). */
export function withoutOrigin(error: HauloutError): HauloutError {
  return new HauloutError('origin-away', error.detail, error)
}

/**
 * Where readers of this exchange find bytes. What is lost of a stored response is fetched with the
 * exchange's own request; what has only passed through cannot be fetched twice.
 */
export function sourceOf(ordering: Doing & Sourced, x: Exchange, raw: boolean): Source {
  const { source, flights } = ordering
  if (x.onward === null) return source
  return {
    ...source,
    resume(rest, landed) {
      const { origin, request } = webOf(ordering, x, null)
      if (raw || request.kind === 'object' || request.method !== 'GET') {
        const detail = `${x.method} ${x.onward!.uri} cannot be fetched again`
        return landed({ kind: 'failed', error: new HauloutError('origin-cut', detail) })
      }
      flights.resume({ ...rest, origin, forwarded: request }, landed)
    },
  }
}

type Sourced = { readonly source: Source }

/** The fields with which a request goes on. */
function fieldsOnward(x: Exchange, { authorization }: Forward): readonly string[] {
  return fetchedFields(x.policy!, forwardedFields(x, authorization))
}

type WebPartOfOrder = Pick<Order, 'origin' | 'pass' | 'request' | 'web'>

function webOf(ordering: Ordering, x: Exchange, stored: Entry | null): WebPartOfOrder {
  const policy = x.policy!
  const { action, respect } = policy
  const onward = x.onward!
  if (action.kind !== 'forward') throw new Error('bug: an object has no request to forward')
  const reads = x.method === 'GET' || x.method === 'HEAD'
  const pass = policy.pass || x.pass || hasBody(x.head) && reads
  const isShared = reads && !pass && !isRaw(ordering, x)
  const came = fieldsOnward(x, action)
  const candidates = isShared ? candidatesOf(ordering, x, stored) : []
  const fields = isShared ? [...unconditional(came), ...validatingFields(candidates, null)] : came
  return {
    origin: ordering.origins.get(action.origin)!,
    // What has been sent in full may not be kept under a key that leaves a part of it out.
    pass: pass || (!reads && onward.whole !== onward.target),
    request: {
      kind: 'forwarded',
      method: x.method,
      target: reads && !pass ? onward.target : onward.whole,
      host: onward.authority,
      fields,
      body: bodyOf(x),
      fromByte: 0,
      known: null,
      onInterim: interimOf(x),
    },
    web: {
      respect, uri: onward.uri, vary: action.vary, candidates,
      raw: !isShared,
      alone: !isShared || isStrict(x, respect),
    },
  }
}

/** Whether a request goes on with its conditions, and its answer comes back as it is. */
function isRaw({ flights }: Ordering, x: Exchange): boolean {
  return isForOrigin(x) || flights.isUnshared(x.key) ||
    (x.head.range !== null && flights.isLarge(x.key))
}

/** All stored responses that might still be good for this request (RFC 9111 §4.3.1). */
function candidatesOf({ cache }: Ordering, x: Exchange, stored: Entry | null): readonly Entry[] {
  if (stored !== null) return [stored]
  const list = cache.inMemory(x.key) ?? cache.onDisk(x.key, (one) => keptOf(x.policy!, one))
  return list?.web?.variants == null ? []
    : cache.allVariants(list).filter(({ originEtag }) => originEtag !== null)
}

function bodyOf(x: Exchange): RequestBody | null {
  const { head, wire } = x
  if (!hasBody(head)) return null
  const lengthBytes = head.contentLength === null ? null : Number(head.contentLength)
  return wire.body(lengthBytes, head.expect !== null && x.version === '1.1')
}

/** 102 and 103 are relayed to the one whose request it is; 100 is between neighbours. */
function interimOf({ wire, version }: Exchange) {
  if (version !== '1.1') return null
  return (status: number, fields: readonly string[]): void => {
    if (status > 101) wire.interim(status, fields)
  }
}
