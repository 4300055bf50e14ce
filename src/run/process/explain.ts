/**
 * What would become of a request: asked of the files alone, or of a running process. What is hard
 * about it is that nothing may change by being asked. The exchange is one that nobody waits for, it
 * is decided by the line's own function, ordered for by the line's own, and the cache and the
 * flights are only looked at.
 */
import type { Cache } from '../../act/cache/cache.ts'
import { previewRequest } from '../../act/origin/preview.ts'
import { ASSUMED } from '../../decide/explain/known.ts'
import { answerOf, usable, verdictOf } from '../../decide/explain/foresee.ts'
import { traceOf, type Subject } from '../../decide/explain/trace.ts'
import { selected } from '../../decide/http/variants.ts'
import { decide, type Decision, type Line } from '../../decide/line.ts'
import { exchangeOf } from '../../decide/proof/exchange.ts'
import { CHUNK_BYTES } from '../../limits.ts'
import type { Entry } from '../../model/entry.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { Found, Sight } from '../../model/look.ts'
import type { RuleTest } from '../../model/proof.ts'
import type { OriginSettings } from '../../model/settings.ts'
import type { FetchTrace, Trace } from '../../model/trace.ts'
import { orderOf, variantOf, type Ordering } from '../../orders.ts'
import type { Parts } from '../../serve.ts'
import type { Examined } from '../config/load.ts'
import type { Generation } from './generation.ts'

/** The request to explain: as in a test. Without `at` it is now. */
export type Question = RuleTest['request']

/** By what the files say; the cache is not asked. */
export function explainFiles(examined: Examined, question: Question): Trace {
  const { settings, rules: compiled, placeOf } = examined
  const line = { rules: compiled, healthPath: settings.listen.healthPath }
  const subject = { rules: settings.rules, compiled, placeOf, generation: null }
  const { origins } = settings
  return explain({ line, subject, origins, ordering: NOTHING_STORED, look: null }, question)
}

/** By the generation that is current, and by what is in the cache now. */
export function explainLive(generation: Generation, question: Question): Trace {
  const { settings, parts, placeOf, number } = generation
  const { rules: compiled } = parts
  const subject = { rules: settings.rules, compiled, placeOf, generation: number }
  const ordering = { ...parts, cache: onlyLooking(parts.cache) }
  const look = (x: Exchange): Sight => lookAt(parts, ordering, x)
  return explain({ line: parts, subject, origins: settings.origins, ordering, look }, question)
}

type House = {
  readonly line: Omit<Line, 'passwords'>
  readonly subject: Subject
  readonly origins: readonly OriginSettings[]
  readonly ordering: Ordering
  /** Null when there is no cache to look into. */
  readonly look: ((x: Exchange) => Sight) | null
}

function explain(house: House, question: Question): Trace {
  const { line, subject, look } = house
  const x = exchangeOf({ at: Date.now(), ...question })
  const asked = x.fields
  const decision = decide({ ...line, passwords: ASSUMED }, x)
  const sight = decision.kind === 'look-up' && look !== null ? look(x) : null
  const wanted = fetchOf(house, x, { decision, sight })
  return traceOf(subject, x, { decision, sight, asked, wanted })
}

/** An empty house: no origin is ever asked by it. */
const NOTHING_STORED: Ordering = Object.freeze({
  origins: new Map(),
  flights: { isUnshared: () => false, isLarge: () => false },
  cache: {
    inMemory: () => null, onDisk: () => null, variantsFor: () => [], allVariants: () => [],
  },
} satisfies Ordering)

/** The cache as orders see it, with nothing used, carried up or dropped. */
function onlyLooking(cache: Cache): Ordering['cache'] {
  const look = (key: string): Entry | null => usable(cache.look(key))
  const all = (variants: ReadonlyArray<{ readonly key: string }>): Entry[] =>
    variants.map(({ key }) => look(key)).filter((entry) => entry !== null)
  return {
    inMemory: look,
    onDisk: () => null,
    variantsFor: (list, fields) => all(selected(list.web!.variants!, fields)),
    allVariants: (list) => all(list.web!.variants!),
  }
}

/** What is there, and who is fetching it. */
function lookAt({ cache, flights }: Parts, ordering: Ordering, x: Exchange): Sight {
  const found = chosen(cache, ordering, x)
  const verdict = verdictOf(x, found)
  const stored = verdict === 'miss' || verdict === 'refuse' ? null : usable(found)
  return { found, flight: flights.look(orderOf(ordering, x, stored)) }
}

/** What is stored under the key; of a list of variants, the one for this request. */
function chosen(cache: Cache, ordering: Ordering, x: Exchange): Found | null {
  const found = cache.look(x.key)
  const entry = usable(found)
  if (entry === null || entry.web?.variants == null) return found
  const variant = variantOf(ordering, x, entry)
  return variant === null ? null : cache.look(variant.key)
}

type Decided = { readonly decision: Decision; readonly sight: Sight | null }

/** The request to the origin that this exchange would lead to, if any does. */
function fetchOf(house: House, x: Exchange, { decision, sight }: Decided): FetchTrace | null {
  if (decision.kind !== 'look-up' && decision.kind !== 'pass') return null
  const found = sight?.found ?? null
  const isMiss = decision.kind === 'pass' || verdictOf(x, found) === 'miss'
  const { request } = orderOf(house.ordering, x, isMiss ? null : usable(found))
  const name = x.policy!.action.kind === 'forward' ? x.policy!.action.origin : x.object!.origin
  const settings = house.origins.find((one) => one.name === name)!
  const chunk = sight === null ? null : answerOf(x, decision, sight).refetch_from
  const fromByte = (chunk ?? 0) * CHUNK_BYTES
  return previewRequest({ ...request, fromByte }, settings, x.arrivedAt)
}
