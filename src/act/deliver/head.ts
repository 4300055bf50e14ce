/**
 * Heads of responses. The head of a whole stored response is made once per (entry, policy) and kept
 * with the entry; on a hit only `Age` and `Cache-Status` are put into their places. All other heads
 * are variations of it.
 */
import { cacheStatus, hitStatus } from '../../decide/http/cache-status.ts'
import { corsForAll, corsForOne, withoutCors } from '../../decide/http/cors.ts'
import { visibleFields } from '../../decide/http/headers.ts'
import { answeredBy } from '../../decide/rules/answered.ts'
import { deliverOf } from '../../decide/rules/deliver.ts'
import { keptOf } from '../../decide/rules/store-steps.ts'
import { fillField } from '../../decide/rules/field-template.ts'
import { ttlOf } from '../../decide/http/storable.ts'
import type { Entry, ReadyHead } from '../../model/entry.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { Policy } from '../../model/policy.ts'
import { VIA } from './via.ts'
import { isWeb, webHead } from './web-head.ts'

/**
 * The fields of a whole response to `x`, in an array that is only good until the next call for the
 * same entry.
 */
export function wholeHead(x: Exchange, entry: Entry, policy: Policy): string[] {
  if (isWeb(entry)) return webHead(x, entry, policy)
  const ready = entry.ready?.policy === policy ? entry.ready : makeReady(x, entry, policy)
  const ageMs = Math.max(0, x.arrivedAt - entry.storedAt)
  ready.fields[ready.ageSlot] = String(Math.floor(ageMs / 1000))
  if (ready.cacheStatusSlot > 0) {
    const ttl = ttlLeft(x, entry, policy)
    ready.fields[ready.cacheStatusSlot] = x.outcome.forwarded === null
      ? hitStatus(x.outcome.name, ttl)
      : cacheStatus(x.outcome, ttl)
  }
  if (ready.filled !== null) {
    for (const [slot, value] of ready.filled) ready.fields[slot] = fillField(value, x.captures)
  }
  const { cors } = policy
  if (cors === null || cors.origins === null) return ready.fields
  return [...ready.fields, ...corsForOne(cors, x.head.origin)]
}

/** Seconds of freshness left, rounded up; null for what is not kept. */
function ttlLeft({ outcome, arrivedAt }: Exchange, entry: Entry, policy: Policy): number | null {
  const { cache, cacheable } = keptOf(policy, entry)
  if (outcome.forwarded === 'bypass' || !cacheable) return null
  const ageMs = Math.max(0, arrivedAt - entry.storedAt)
  return Math.ceil((ttlOf(entry.status, cache) - ageMs) / 1000)
}

function makeReady(x: Exchange, entry: Entry, policy: Policy): ReadyHead {
  const { cors } = policy
  const sent = cors === null ? entry.fields : withoutCors(entry.fields)
  const made = [...sent, 'Accept-Ranges', 'bytes', 'Date', entry.date, 'Via', VIA]
  if (entry.etag !== null) made.push('ETag', entry.etag)
  if (entry.lastModified !== null) made.push('Last-Modified', entry.lastModified)
  const deliver = deliverOf(policy, x, answeredBy(entry, []))
  const fields = visibleFields(made, deliver, x.captures)
  const filled = slotsOf(fields.length, deliver.set)
  if (cors !== null) fields.push(...corsForAll(cors, fields))
  fields.push('Age', '0')
  const ageSlot = fields.length - 1
  let cacheStatusSlot = -1
  if (deliver.cacheStatus) {
    fields.push('Cache-Status', '')
    cacheStatusSlot = fields.length - 1
  }
  if (entry.lengthBytes !== null) fields.push('Content-Length', String(entry.lengthBytes))
  const ready = { policy, fields, ageSlot, cacheStatusSlot, filled }
  // What hangs on conditions is for this request alone.
  if (policy.deliverSteps === null) entry.ready = ready
  return ready
}

/** The places of values with captures, where what is set stands last in so many fields. */
function slotsOf(length: number, set: Policy['deliver']['set']): ReadyHead['filled'] {
  const first = length - 2 * set.length
  const slots = set.flatMap(([, value], index) => {
    return typeof value === 'string' ? [] : [[first + 2 * index + 1, value] as const]
  })
  return slots.length === 0 ? null : slots
}

/** Fields that tell of the content as it is sent, and so change when only a part of it is. */
const OF_CONTENT = new Set(['content-length', 'content-type', 'content-range'])

/** The head of a 206 with one part, or of a 206 with several (`type` is then multipart). */
export function partHead(
  whole: readonly string[],
  part: { lengthBytes: number; range?: string; type?: string },
): string[] {
  const fields: string[] = []
  for (let i = 0; i < whole.length; i += 2) {
    const name = whole[i]!.toLowerCase()
    if (name === 'content-length' || (name === 'content-type' && part.type !== undefined)) continue
    fields.push(whole[i]!, whole[i + 1]!)
  }
  if (part.type !== undefined) fields.push('Content-Type', part.type)
  if (part.range !== undefined) fields.push('Content-Range', part.range)
  fields.push('Content-Length', String(part.lengthBytes))
  return fields
}

/** The head of a 304: what a 200 would have said, without what tells of content (§15.4.5). */
export function notModifiedHead(whole: readonly string[]): string[] {
  const fields: string[] = []
  for (let i = 0; i < whole.length; i += 2) {
    const name = whole[i]!.toLowerCase()
    if (OF_CONTENT.has(name) || name === 'content-encoding') continue
    fields.push(whole[i]!, whole[i + 1]!)
  }
  return fields
}
