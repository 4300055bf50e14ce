/**
 * Heads of responses of http origins. What is hard about it is to keep out of them: every field of
 * the origin's stands where it stood, byte for byte; only what a cache owes is changed or added.
 */
import { ageField, ageMs, lifetimeOf } from '../../decide/http/age.ts'
import { cacheStatus } from '../../decide/http/cache-status.ts'
import { corsForAll, corsForOne, withoutCors } from '../../decide/http/cors.ts'
import { find, visibleFields } from '../../decide/http/headers.ts'
import { factsFor } from '../../decide/http/judge-web.ts'
import { isContentless } from '../../decide/http/methods.ts'
import { ttlOf } from '../../decide/http/storable.ts'
import { answeredBy } from '../../decide/rules/answered.ts'
import { deliverOf } from '../../decide/rules/deliver.ts'
import { keptOf } from '../../decide/rules/store-steps.ts'
import type { Entry, WebPart } from '../../model/entry.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { OutcomeName } from '../../model/outcome.ts'
import type { Policy } from '../../model/policy.ts'
import { VIA } from './via.ts'

/** What has come from the origin just now, and is not out of the cache. */
const NEW: ReadonlySet<OutcomeName> = new Set(['miss', 'joined', 'pass'])

type WebEntry = Entry & { readonly web: WebPart }

/** Whether an entry is a response of an http origin. */
export function isWeb(entry: Entry): entry is WebEntry {
  return entry.web !== null
}

/** The fields of a whole response to `x`, in an array of its own. */
export function webHead(x: Exchange, entry: WebEntry, policy: Policy): string[] {
  const { outcome } = x
  const age = ageMs(entry.storedAt, entry.web.facts, x.arrivedAt)
  const reused = !NEW.has(outcome.name)
  const fields: string[] = []
  for (let i = 0; i < entry.fields.length; i += 2) {
    const name = entry.fields[i]!.toLowerCase()
    // RFC 9111 §5.1: one Age, and on reuse it is ours. RFC 9112 §6.1: 204 has no length.
    if ((name === 'age' && reused) || (name === 'content-length' && entry.status === 204)) continue
    fields.push(entry.fields[i]!, entry.fields[i + 1]!)
  }
  // RFC 9110 §6.6.1
  if (find(fields, 'date') === null) fields.push('Date', entry.date)
  fields.push('Via', VIA)
  const { cors } = policy
  const deliver = deliverOf(policy, x, answeredBy(entry, []))
  const sent = cors === null ? fields : withoutCors(fields)
  const visible = visibleFields(sent, deliver, x.captures)
  if (cors !== null) visible.push(...corsForAll(cors, visible))
  if (reused) visible.push('Age', ageField(age))
  if (deliver.cacheStatus) {
    const ttl = outcome.name === 'pass' ? null : Math.ceil((lifetime(entry, policy) - age) / 1000)
    visible.push('Cache-Status', cacheStatus(outcome, ttl))
  }
  const { lengthBytes, status } = entry
  const tells = lengthBytes !== null && find(visible, 'content-length') === null
  if (tells && !isContentless('GET', status)) visible.push('Content-Length', String(lengthBytes))
  if (cors !== null && cors.origins !== null) visible.push(...corsForOne(cors, x.head.origin))
  return visible
}

function lifetime(entry: WebEntry, policy: Policy): number {
  const { respect } = policy
  return respect === null ? ttlOf(entry.status, keptOf(policy, entry).cache)
    : lifetimeOf(factsFor(entry, entry.web, policy), respect)
}
