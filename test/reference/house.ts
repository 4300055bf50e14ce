/**
 * A cache that is nothing but haulout's decisions, put together as the line puts them together,
 * over two Maps instead of tiers and flights: what the reference model is compared with.
 */
import { ageMs } from '../../src/decide/http/age.ts'
import { formatDate, parseDate } from '../../src/decide/http/date.ts'
import { quoteEtag } from '../../src/decide/http/etag.ts'
import { factsOf } from '../../src/decide/http/facts.ts'
import {
  freshened, headUpdates, isSilent, refreshed,
} from '../../src/decide/http/freshen.ts'
import { dateAt } from '../../src/decide/http/freshness.ts'
import { find, findAll } from '../../src/decide/http/headers.ts'
import { invalidated, isSafe } from '../../src/decide/http/invalidate.ts'
import { judgeHttp, mayStandIn } from '../../src/decide/http/judge-http.ts'
import { askedOf } from '../../src/decide/http/request-directives.ts'
import { storableHttp, storedFields } from '../../src/decide/http/storable-http.ts'
import {
  languagesOf, selected, variantKey, withVariant,
} from '../../src/decide/http/variants.ts'
import { selectors, varyOf } from '../../src/decide/http/vary.ts'
import type { Asked, Facts, Received, Respect, Variant } from '../../src/model/facts.ts'
import type { Decision, Served } from './model.ts'
import { HOST, type Request, type Response, type Times } from './reading.ts'

type Held = {
  readonly id: number
  readonly status: number
  readonly fields: readonly string[]
  readonly facts: Facts
  readonly storedAt: number
  readonly etag: string | null
  readonly lastModifiedAt: number | null
  readonly lengthBytes: number | null
  readonly date: string
}

type News = Pick<Held, 'id' | 'fields' | 'facts'>

export type House = {
  decide(request: Request, now: number): Decision
  learn(request: Request, response: Response, times: Times, chosen: number | undefined): Served
  /** What is stored for a path: ids, and the fields of each. */
  held(path: string): Array<readonly [id: number, fields: readonly string[]]>
}

export function createHouse(respect: Respect): House {
  const variants = new Map<string, readonly Variant[]>()
  const entries = new Map<string, Held>()

  const of = (path: string) => variants.get(path) ?? []
  const candidates = (request: Request) => selected(of(request.path), request.fields.flat())

  function drop(path: string, { key }: Variant): void {
    entries.delete(key)
    variants.set(path, of(path).filter((one) => one.key !== key))
  }

  function put(path: string, received: Received, held: News): void {
    const { fields } = held
    const names = varyOf(fields) as readonly string[]
    const values = selectors(names, received.asked)
    const one: Variant = {
      key: variantKey(path, names, values), names, values, languages: languagesOf(fields),
      dateAt: dateAt(received),
    }
    const { variants: kept, dropped } = withVariant(of(path), one)
    for (const { key } of dropped) entries.delete(key)
    variants.set(path, kept)
    const etag = find(fields, 'etag')
    const modified = find(fields, 'last-modified')
    const length = find(fields, 'content-length')
    entries.set(one.key, {
      ...held, status: received.status, storedAt: received.receivedAt,
      etag: etag === null ? null : quoteEtag(etag),
      lastModifiedAt: modified === null ? null : parseDate(modified, received.receivedAt),
      lengthBytes: length === null ? null : Number(length),
      date: formatDate(dateAt(received)),
    })
  }

  function learnHead(request: Request, received: Received): void {
    for (const one of candidates(request)) {
      const held = entries.get(one.key)
      if (held === undefined) continue
      const verdict = headUpdates(held, received, received.receivedAt)
      if (verdict === 'update') update(request.path, one, { told: received, held })
      if (verdict === 'stale') drop(request.path, one)
    }
  }

  /** Unless another has come to its place: both were found to be the same. */
  function update(
    path: string, one: Variant, { told, held }: { told: Received; held: Held },
  ): void {
    if (entries.get(one.key) !== held) return
    const { fields, facts, storable } = refreshed(held, told, respect)
    drop(path, one)
    if (storable !== true) return
    put(path, { ...told, status: held.status }, { id: held.id, fields, facts })
  }

  function learnSame(request: Request, received: Received, old: Variant): Served {
    const versions = new Map(candidates(request).map((one) => [entries.get(one.key)!, one]))
    const found = freshened([...versions.keys()], received.fields, received.receivedAt)
    const { id } = entries.get(old.key)!
    if (found.length === 0) {
      return isSilent(received.fields) ? { from: 'stored', id } : { from: 'again' }
    }
    for (const one of found) update(request.path, versions.get(one)!, { told: received, held: one })
    return { from: 'stored', id: found.some((one) => one.id === id) ? id : found[0]!.id }
  }

  return {
    decide(request, now) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return { act: 'fetch' }
      const asked = wishesOf(request)
      const [chosen] = candidates(request)
      const held = chosen === undefined ? null : entries.get(chosen.key)!
      const verdict = judgeHttp(held, { respect, asked, now })
      const id = held?.id ?? 0
      switch (verdict) {
        case 'hit':
        case 'stale': {
          const age = Math.floor(ageMs(held!.storedAt, held!.facts, now) / 1000)
          return { act: 'reuse', id, age, stale: verdict === 'stale' }
        }
        case 'revalidate': {
          const plain = asked.noStore || request.method === 'HEAD'
          return plain ? { act: 'fetch' } : { act: 'validate', id }
        }
        case 'miss': return { act: 'fetch' }
        case 'refuse': return { act: 'refuse' }
      }
    },
    learn(request, response, times, chosen) {
      const received = receivedOf(request, response, times)
      if (!isSafe(request.method)) for (const path of invalidated(received)) variants.delete(path)
      if (request.method === 'HEAD') learnHead(request, received)
      const old = of(request.path).find((one) => entries.get(one.key)!.id === chosen)
      if (old !== undefined && response.status === 304) return learnSame(request, received, old)
      if (old !== undefined && response.status >= 500) {
        const held = entries.get(old.key)!
        const now = { respect, asked: wishesOf(request), now: times.answeredAt }
        if (mayStandIn(held, now)) return { from: 'stored', id: held.id }
      }
      if (old !== undefined) drop(request.path, old)
      const facts = factsOf(received)
      if (storableHttp(received, facts, respect) === true) {
        const fields = storedFields(received.fields, facts, respect)
        put(request.path, received, { id: response.id, fields, facts })
      }
      return { from: 'origin' }
    },
    held: (path) => of(path).map((one) => entries.get(one.key)!)
      .map(({ id, fields }) => [id, fields] as const),
  }
}

function receivedOf(request: Request, response: Response, times: Times): Received {
  return {
    method: request.method, asked: request.fields.flat(), status: response.status,
    fields: response.fields.flat(), requestedAt: times.askedAt, receivedAt: times.answeredAt,
    delimited: true, targetUri: `http://${HOST}${request.path}`,
  }
}

function wishesOf({ fields }: Request): Asked {
  const flat = fields.flat()
  const joined = (name: string) => {
    const lines = findAll(flat, name)
    return lines.length === 0 ? null : lines.join(', ')
  }
  return askedOf(joined('cache-control'), joined('pragma'))
}
