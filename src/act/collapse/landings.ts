/**
 * What the answer of a store means for the cache and for everybody aboard. What is hard about it:
 * only a whole that can be proven may be stored, and the rest of a body only be taken from the
 * version that it belongs to.
 */
import { md5OfEtag } from '../../decide/http/etag.ts'
import { isVersion, stillStands } from '../../decide/http/landing.ts'
import { storable, ttlOf } from '../../decide/http/storable.ts'
import { HauloutError } from '../../errors.ts'
import { CHUNK_BYTES } from '../../limits.ts'
import { assert } from '../../lib/assert.ts'
import type { Entry } from '../../model/entry.ts'
import type { Answer, Landing } from '../../model/landing.ts'
import type { OriginHead, OriginRequest } from '../../model/origin.ts'
import type { Reason } from '../../model/outcome.ts'
import type { Filling } from '../../model/tier.ts'
import { freshEntry, renewedEntry } from './entries.ts'
import { Flight } from './flight.ts'
import type { Arrival, Order, Rest, Store } from './order.ts'

/** What an answer to an order means for the cache and for everybody aboard. */
export function landObject(store: Store, order: Order, arrival: Arrival): Landing {
  const { head, call } = arrival
  const { key, stored, policy, request, tags } = order
  assert(request.kind === 'object', 'an object was asked of an http origin')
  const answer = answerOf(head)
  if (stored !== null && stillStands(stored, head)) {
    if (head.kind === 'content') call.cancel()
    const entry = renewedEntry(stored, { head, now: Date.now(), tags })
    store.keepHead(entry)
    return { kind: 'unchanged', entry, ...answer, stored: true }
  }
  const entry = freshEntry({ key, object: request.object, tags }, head, {
    bodyId: store.newBodyId(), now: Date.now(),
  })
  if (head.kind !== 'content') {
    if (stored !== null) store.drop(stored)
    const why = tags === null ? 'tag-too-long'
      : ttlOf(entry.status, policy.cache) > 0 ? null : 'no-ttl'
    const keeps = why === null
    if (keeps) store.keepHead(entry)
    return { kind: 'head', entry, ...answer, stored: keeps, reason: why }
  }
  if (request.method === 'HEAD') return { kind: 'head', entry, ...answer }
  const may = tags === null ? 'tag-too-long' : storable(head, policy)
  const filling = may === true ? store.fill(entry) : notStored(may)
  const md5 = policy.cache.verify === 'md5' ? md5OfEtag(entry.originEtag ?? '') : null
  const body = new Flight({
    entry, filling, call, md5, fromChunk: 0, fromByte: 0, onOver: arrival.over,
  })
  const { reason } = filling
  return { kind: 'body', entry, body, ...answer, stored: reason === null, reason }
}

/** Continues a body, but only if the origin still has the version it belongs to. */
export function landRest(store: Store, { entry, index, mend }: Rest, arrival: Arrival): Landing {
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
export function resumeRequest({ entry, index, origin }: Rest): OriginRequest {
  // Without a length there is nothing that a part could be recognised by.
  const fromByte = origin.ranges && entry.lengthBytes !== null ? index * CHUNK_BYTES : 0
  const known = fromByte > 0 ? entry : null
  return { kind: 'object', object: entry.object, method: 'GET', known, fromByte }
}
