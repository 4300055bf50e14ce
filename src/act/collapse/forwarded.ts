/**
 * What the answer of an http origin means for the cache and for everybody aboard. What is hard
 * about it is that one answer means different things to different people: some fields are for the
 * one alone who asked, a 304 may be about any of several stored responses, and who waits in the
 * same flight may have asked for another variant.
 */
import { parseDate, formatDate } from '../../decide/http/date.ts'
import { quoteEtag } from '../../decide/http/etag.ts'
import { factsOf } from '../../decide/http/facts.ts'
import { freshened, headUpdates, isSilent, refreshed } from '../../decide/http/freshen.ts'
import { find, findAll, sameFields } from '../../decide/http/headers.ts'
import { mayStandIn } from '../../decide/http/judge-http.ts'
import { isContentless } from '../../decide/http/methods.ts'
import { NOTHING_ASKED } from '../../decide/http/request-directives.ts'
import { mayStore, selectorNames } from '../../decide/http/storable-web.ts'
import { storedFields } from '../../decide/http/storable-http.ts'
import { dateAt } from '../../decide/http/freshness.ts'
import { languagesOf, variantKey } from '../../decide/http/variants.ts'
import { selectors } from '../../decide/http/vary.ts'
import { keptOf, stripped } from '../../decide/rules/store-steps.ts'
import { HauloutError } from '../../errors.ts'
import { assert } from '../../lib/assert.ts'
import type { Entry } from '../../model/entry.ts'
import type { Facts, Received, Variant } from '../../model/facts.ts'
import type { Landing, Answer } from '../../model/landing.ts'
import type { ForwardedRequest, OriginHead } from '../../model/origin.ts'
import type { Reason } from '../../model/outcome.ts'
import type { Done, Filling } from '../../model/tier.ts'
import { WHOLE } from './body.ts'
import { Flight } from './flight.ts'
import { notStored } from './landings.ts'
import type { Arrival, Order, Store, WebOrder } from './order.ts'

const EMPTY = Buffer.alloc(0)

/** An order to an http origin, with the response to it. */
type Reply = {
  readonly order: Order & { readonly web: WebOrder }
  readonly request: ForwardedRequest
  readonly head: OriginHead
  readonly received: Received
  readonly now: number
  readonly bansSeen: number
}

/** What an answer to a forwarded request means for the cache and for everybody aboard. */
export function landForwarded(store: Store, order: Order, arrival: Arrival): Landing {
  const reply = replyOf(order, arrival)
  const { head, request } = reply
  if (head.status === 304 && reply.order.web.candidates.length > 0) return validated(store, reply)
  if (request.method === 'HEAD') learnFromHead(store, reply)
  const facts = factsOf(reply.received)
  const made = { facts, bodyId: store.newBodyId() }
  const plain = entryOf(reply, { ...made, names: null })
  const { cacheable } = keptOf(order.policy, plain)
  const why = whyNot(reply, facts) ?? (cacheable ? null : 'not-cacheable')
  const names = why === null ? selectorNames(head.fields, reply.order.web.vary) : null
  const entry = names === null ? plain
    : stripped(order.policy, entryOf(reply, { ...made, names }))
  const own = sameFields(head.fields, entry.fields) ? null : head.fields
  const answer = { ...answerOf(head), names, own }
  if (why !== null) supersede(store, reply)
  const { isDead } = arrival
  // The answer to a HEAD is not stored, but whoever asks for the same may have it.
  if (request.method === 'HEAD') return { kind: 'head', entry, ...answer, reason: why }
  const filling = why === null ? enlisting(store, reply, { entry, names: names!, isDead })
    : notStored(why)
  if (isContentless(request.method, head.status)) {
    if (why === null) filling.keep({ ...entry, lengthBytes: 0, body: EMPTY }, () => {})
    return { kind: 'head', entry, ...answer, stored: why === null, reason: why }
  }
  const { call, over } = arrival
  const body = new Flight({
    entry, filling, call, md5: null, ...WHOLE, onOver: over,
  })
  const { reason } = filling
  return { kind: 'body', entry, body, ...answer, stored: reason === null, reason }
}

function replyOf(order: Order, { head, bansSeen }: Arrival): Reply {
  const { request, web } = order
  assert(request.kind === 'forwarded' && web !== null, 'an http origin was asked for an object')
  const now = Date.now()
  return {
    order: { ...order, web }, request, head, now, bansSeen,
    received: {
      // What of a GET could be stored, of a HEAD can be shared.
      method: request.method === 'HEAD' ? 'GET' : request.method,
      asked: request.fields,
      status: head.status,
      fields: head.fields,
      requestedAt: now - Math.max(0, Math.round(head.waitMs)),
      receivedAt: now,
      delimited: head.delimited,
      targetUri: web.uri,
    },
  }
}

/** Why a response is not to be stored; null when it is. */
function whyNot({ order, received, now }: Reply, facts: Facts): Reason | null {
  const { pass, tags, web, stored, policy } = order
  if (pass) return 'pass'
  if (tags === null) return 'tag-too-long'
  const may = mayStore(received, facts, policy)
  if (may !== true) return may
  // RFC 5861 §4: what stands in for an origin in trouble is not replaced by its trouble.
  const standsIn = received.status >= 500 && stored?.web != null &&
    (web.respect === null || mayStandIn({ facts: stored.web.facts, storedAt: stored.storedAt },
      { respect: web.respect, asked: NOTHING_ASKED, now }))
  return standsIn ? 'origin-error' : null
}

type Made = {
  readonly facts: Facts
  readonly names: readonly string[] | null
  readonly bodyId: number
}

/** The entry as it is stored, or as it is handed on where it is not. */
function entryOf(reply: Reply, { facts, names, bodyId }: Made): Entry {
  const { order, request, head, now, bansSeen } = reply
  const { key, origin, tags, policy } = order
  const keeps = names !== null
  const { setCookie } = policy.cache
  const fields = keeps ? storedFields(head.fields, facts, {
    ...NO_RESPECT, cookies: setCookie,
  }) : head.fields
  return {
    key: keeps ? variantKey(key, names, selectors(names, request.fields)) : key,
    object: null,
    bodyId,
    status: head.status,
    fields,
    ...validatorsOf(fields, now),
    lengthBytes: head.lengthBytes,
    tags: tags ?? [],
    storedAt: now,
    body: null,
    dropped: [],
    fetchedFor: order.fetchedFor,
    spent: false,
    bansSeen,
    retryAt: 0,
    kept: null,
    ready: null,
    web: { origin: origin.name, phrase: head.phrase, facts, variants: null },
  }
}

/** Cookies are all that is looked at of it. */
const NO_RESPECT = {
  ttlMs: null, graceMs: 0, keepMs: 0, cookies: 'refuse', directives: false,
} as const

type WebValidators = Pick<
  Entry, 'etag' | 'originEtag' | 'lastModified' | 'lastModifiedAt' | 'date'
>

/** What is said twice, or is none, is no validator. */
function validatorsOf(fields: readonly string[], now: number): WebValidators {
  const tags = findAll(fields, 'etag')
  const originEtag = tags.length === 1 && /^(?:W\/)?"/.test(tags[0]!) ? tags[0]! : null
  const etag = originEtag === null ? null : quoteEtag(originEtag)
  const dates = findAll(fields, 'last-modified')
  const lastModifiedAt = dates.length === 1 ? parseDate(dates[0]!, now) : null
  const date = find(fields, 'date')
  return {
    etag,
    originEtag: etag === null ? null : originEtag,
    lastModified: lastModifiedAt === null ? null : dates[0]!,
    lastModifiedAt,
    date: date === null || parseDate(date, now) === null ? formatDate(now) : date,
  }
}

/** A response that is not stored still ends what was there before it, unless it is trouble. */
function supersede(store: Store, { order, request, head }: Reply): void {
  if (order.stored === null || request.method !== 'GET' || order.pass) return
  if (head.status < 500 && head.status !== 206 && head.status !== 304) store.drop(order.stored)
}

/** What a HEAD tells about the stored answer to a GET (RFC 9111 §4.3.5). */
function learnFromHead(store: Store, reply: Reply): void {
  const { order, head, now } = reply
  const { stored } = order
  if (stored === null || order.pass) return
  const verdict = headUpdates(stored, head, now)
  if (verdict === 'update') keepAgain(store, reply, renewed(stored, reply))
  else if (verdict === 'stale') store.drop(stored)
}

/** A stored response as its origin has vouched for it, and whether it may still be stored. */
type Renewed = { readonly entry: Entry; readonly storable: boolean }

/** What the origin says now, over what it said before (RFC 9111 §3.2, §4.3.4). */
function renewed(stored: Entry, { received, order, now, bansSeen }: Reply): Renewed {
  const { policy } = order
  const before = { status: stored.status, fields: [...stored.fields, ...stored.dropped] }
  const { fields, whole, facts } = refreshed(before, received, {
    ...NO_RESPECT, cookies: policy.cache.setCookie,
  })
  const entry = stripped(policy, {
    ...stored, fields, dropped: [], ...validatorsOf(fields, now), tags: order.tags ?? stored.tags,
    fetchedFor: order.fetchedFor, spent: false, bansSeen, storedAt: now, retryAt: 0, ready: null,
    kept: null, web: { ...stored.web!, facts },
  })
  return { entry, storable: mayStore(whole, facts, policy) === true }
}

/** A head that was vouched for takes the place of the old one, unless somebody is against it. */
function keepAgain(store: Store, { order: { policy } }: Reply, { entry, storable }: Renewed): void {
  const kept = keptOf(policy, entry)
  if (storable && kept.cacheable) store.keepHead(entry, kept)
  else store.drop(entry)
}

/**
 * A 304: what is stored is still good, all of it that the 304 is about (RFC 9111 §4.3.4). Where it
 * is about none of it, it is believed for the response that was asked about, and only this once.
 */
function validated(store: Store, reply: Reply): Landing {
  const { order, head, now } = reply
  const { stored, web } = order
  const meant = freshened(web.candidates, head.fields, now)
  const fresh = meant.map((one) => ({ before: one, after: renewed(one, reply) }))
  for (const { after } of fresh) keepAgain(store, reply, after)
  const entry = (fresh.find(({ before }) => before === stored) ?? fresh[0])?.after.entry ?? stored
  if (entry === null) {
    const detail = '304 about nothing that it was asked about'
    return { kind: 'failed', error: new HauloutError('origin-protocol', detail) }
  }
  // What the origin has is another version, whatever it was asked about.
  if (fresh.length === 0 && !isSilent(head.fields)) store.drop(entry)
  const names = selectorNames(entry.fields, web.vary)
  return {
    kind: 'unchanged', entry, ...answerOf(head), names, own: null, stored: fresh.length > 0,
    reason: null,
  }
}

function answerOf({ status, waitMs }: OriginHead): Omit<Answer, 'names' | 'own'> {
  return { status, waitMs, code: null, stored: false, reason: null }
}

/** Stores a response, and lists it among those of its key. */
function enlisting(
  store: Store, { order, request, head, received }: Reply,
  { entry, names, isDead }: { entry: Entry; names: readonly string[]; isDead: () => boolean },
): Filling {
  const filling = store.fill(entry, (whole) => keptOf(order.policy, whole))
  const variant: Variant = {
    key: entry.key,
    names,
    values: selectors(names, request.fields),
    languages: languagesOf(head.fields),
    dateAt: dateAt(received),
  }
  return {
    get reason() { return filling.reason },
    chunk: (index, bytes, done) => filling.chunk(index, bytes, done),
    abandon: () => filling.abandon(),
    keep(whole: Entry, done: Done) {
      filling.keep(whole, (kept) => {
        if (isDead()) store.drop(whole)
        done(kept)
      })
      // In the same turn, and so in the same transaction: no crash can come between.
      if (names.length > 0 && !isDead()) store.enlist(order.key, variant, whole)
    },
  }
}
