/**
 * What the answer of a store means for the cache and for everybody aboard. What is hard about it:
 * only a whole that can be proven may be stored, and the rest of a body only be taken from the
 * version that it belongs to.
 */
import { md5OfEtag } from '../../decide/http/etag.ts'
import { unconditional } from '../../decide/http/forward.ts'
import { isVersion, stillStands } from '../../decide/http/landing.ts'
import { storable } from '../../decide/http/storable.ts'
import { fetchFields } from '../../decide/rules/fetch-steps.ts'
import { keptOf, stripped } from '../../decide/rules/store-steps.ts'
import { HauloutError } from '../../errors.ts'
import { CHUNK_BYTES } from '../../limits.ts'
import { assert } from '../../lib/assert.ts'
import type { Entry } from '../../model/entry.ts'
import type { Answer, Landing } from '../../model/landing.ts'
import type { ForwardedRequest, OriginHead, OriginRequest } from '../../model/origin.ts'
import type { Reason } from '../../model/outcome.ts'
import type { Kept } from '../../model/policy.ts'
import type { Filling } from '../../model/tier.ts'
import { freshEntry, renewedEntry } from './entries.ts'
import { WHOLE } from './body.ts'
import { Flight } from './flight.ts'
import type { Arrival, Order, Rest, Store, Wanted } from './order.ts'

/** What an answer to an order means for the cache and for everybody aboard. */
export function landObject(store: Store, order: Order, arrival: Arrival): Landing {
  const { head, call, bansSeen } = arrival
  const { key, stored, policy, request, tags, fetchedFor } = order
  const moment = { now: Date.now(), bansSeen }
  assert(request.kind === 'object', 'an object was asked of an http origin')
  const answer = answerOf(head)
  if (stored !== null && stillStands(stored, head)) {
    if (head.kind === 'content') call.cancel()
    const entry = stripped(policy, renewedEntry(stored, {
      head, tags, fetchedFor, ...moment,
    }))
    return { kind: 'unchanged', entry, ...answer, ...renew(store, entry, keptOf(policy, entry)) }
  }
  const entry = stripped(policy, freshEntry(
    { key, object: request.object, tags, fetchedFor }, head,
    { bodyId: store.newBodyId(), ...moment },
  ))
  const kept = keptOf(policy, entry)
  if (head.kind !== 'content') {
    if (stored !== null) store.drop(stored)
    const reason = unkept(order, head, kept)
    if (reason === null) store.keepHead(entry, kept)
    return { kind: 'head', entry, ...answer, stored: reason === null, reason }
  }
  if (request.method === 'HEAD') return { kind: 'head', entry, ...answer }
  const why = unkept(order, head, kept)
  const filling = why !== null ? notStored(why)
    : store.fill(entry, (whole) => keptOf(policy, whole))
  const md5 = kept.cache.verify === 'md5' ? md5OfEtag(entry.originEtag ?? '') : null
  const body = new Flight({
    entry, filling, call, md5, ...WHOLE, onOver: arrival.over,
  })
  const { reason } = filling
  return { kind: 'body', entry, body, ...answer, stored: reason === null, reason }
}

/** A head that was vouched for takes the place of the old one, unless the rules are against it. */
function renew(store: Store, entry: Entry, kept: Kept): Pick<Answer, 'stored' | 'reason'> {
  if (kept.cacheable) store.keepHead(entry, kept)
  else store.drop(entry)
  return { stored: kept.cacheable, reason: kept.cacheable ? null : 'not-cacheable' }
}

/** Why the answer to an order is not to be stored; null when it is. */
function unkept({ pass, tags }: Order, head: OriginHead, kept: Kept): Reason | null {
  if (pass) return 'pass'
  if (tags === null) return 'tag-too-long'
  if (!kept.cacheable) return 'not-cacheable'
  const may = storable(head, kept.cache)
  return may === true ? null : may
}

/** Continues a body, but only if the origin still has the version it belongs to. */
export function landRest(store: Store, rest: Rest, arrival: Arrival): Landing {
  const { entry, index, mend, sums } = rest
  const { head, call } = arrival
  const answer = answerOf(head)
  const whole = head.kind === 'content' || head.status === 200 || head.status === 206
  if (!whole || !isVersion(entry, head)) {
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
    untilChunk: rest.until,
    sums,
    onWrong: () => store.drop(entry),
    onOver: arrival.over,
  })
  return { kind: 'body', entry, body, ...answer }
}

function answerOf({ status, waitMs, code }: OriginHead): Answer {
  return { status, waitMs, code, stored: false, reason: null, names: [], own: null }
}

/** Nothing of a body is kept. */
export function notStored(reason: Reason): Filling {
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

/** What is to be fetched of a stored body whose chunk `wanted.index` is lost. */
export function restOf(store: Store, wanted: Wanted): Rest {
  const { entry, index, mend, origin, forwarded } = wanted
  const sums = mend ? store.sumsOf(entry) : null
  // Without checksums only the end of the body can prove that it is the rest of the same, and
  // without ranges a second gap would cost the whole body once more.
  const bounded = sums !== null && origin.ranges && forwarded === null
  const until = bounded ? store.nextChunk(entry, index) : null
  return { ...wanted, sums, until }
}

/**
 * Where the origin has ranges, only what is missing; else the whole, of which the start is passed
 * over.
 */
export function resumeRequest(rest: Rest): OriginRequest {
  const { entry, index, until, origin, policy, forwarded } = rest
  // Without a length there is nothing that a part could be recognised by.
  const hasParts = origin.ranges && entry.lengthBytes !== null
  if (forwarded !== null) return onward(forwarded, entry, hasParts ? index * CHUNK_BYTES : 0)
  assert(entry.object !== null, 'an object is fetched as what it is')
  const { object } = entry
  const fields = fetchFields(policy, object)
  const whole = { kind: 'object', object, method: 'GET', fields, known: null } as const
  if (!hasParts || (index === 0 && until === null)) return { ...whole, fromByte: 0 }
  const part = { ...whole, known: entry, fromByte: index * CHUNK_BYTES }
  return until === null ? part : { ...part, untilByte: until * CHUNK_BYTES }
}

/** Only a strong entity tag can say that the rest is of the same version (RFC 9110 §13.1.5). */
function onward(request: ForwardedRequest, entry: Entry, fromByte: number): ForwardedRequest {
  const fields = unconditional(request.fields)
  const { etag } = entry
  const whole = { ...request, method: 'GET', body: null, onInterim: null }
  if (fromByte === 0 || etag === null || etag.startsWith('W/')) {
    return { ...whole, fields, fromByte: 0, known: null }
  }
  const range = ['Range', `bytes=${fromByte}-`, 'If-Range', etag]
  return { ...whole, fields: [...fields, ...range], fromByte, known: entry }
}
