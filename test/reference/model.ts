/**
 * A shared cache as RFC 9111 tells it, slow and obvious: all stored responses in one list that is
 * walked for every question, every field parsed anew, nothing remembered but what was received. It
 * shares no line with the program, so that what both get wrong would have to be misread twice.
 */
import {
  comparable, instant, valuesOf, weighted, without, type Directive, type Field,
} from './fields.ts'
import {
  currentAge, dateOf, directivesFor, has, HOP, HOST, isNeverStale, isWithin, keptFields, lifetime,
  liking, maxStale, maybeStored, minFreshes, named, nominated, numbers, requestDirectives,
  type Request, type Response, type Stored, type Times, type Wishes,
} from './reading.ts'

export type Decision =
  | { act: 'reuse'; id: number; age: number; stale: boolean }
  | { act: 'validate'; id: number }
  | { act: 'fetch' }
  | { act: 'refuse' }

/** From what a client is answered in the end: what is stored, the origin, or another question. */
export type Served = { from: 'stored'; id: number } | { from: 'origin' } | { from: 'again' }

export class Model {
  stored: Stored[] = []
  readonly wishes: Wishes

  constructor(wishes: Wishes) {
    this.wishes = wishes
  }

  /** 4.1: what the request may get, the best first. */
  #candidates(request: Request): Stored[] {
    const matching = this.stored.filter((one) => one.path === request.path &&
      nominated(one.fields)!.every((name) =>
        comparable(one.request, name) === comparable(request.fields, name)))
    const wanted = weighted(valuesOf(request.fields, 'accept-language').join(','))
    return matching.sort((one, other) => Number(varies(other)) - Number(varies(one)) ||
      liking(other, wanted) - liking(one, wanted) || dateOf(other) - dateOf(one))
  }

  decide(request: Request, now: number): Decision {
    if (request.method !== 'GET' && request.method !== 'HEAD') return { act: 'fetch' }
    const asked = requestDirectives(request)
    const [chosen] = this.#candidates(request)
    const otherwise: Decision = has(asked, 'only-if-cached') ? { act: 'refuse' } : { act: 'fetch' }
    if (chosen === undefined) return otherwise
    const age = currentAge(chosen, now)
    const left = lifetime(chosen, this.wishes) - age
    const how = this.#usable(chosen, asked, { age, left })
    if (how !== null) {
      return { act: 'reuse', id: chosen.id, age: Math.floor(age), stale: how === 'stale' }
    }
    if (otherwise.act === 'refuse' || this.#isTooOld(chosen, left)) return otherwise
    const plain = request.method === 'HEAD' || has(asked, 'no-store')
    return plain ? otherwise : { act: 'validate', id: chosen.id }
  }

  #isTooOld(chosen: Stored, left: number): boolean {
    const { all } = directivesFor(chosen.fields)
    const windows = ['stale-while-revalidate', 'stale-if-error']
      .map((name) => (has(all, name) ? Math.min(...numbers(all, name)) : 0))
    return -left >= Math.max(this.wishes.keep, this.wishes.grace, ...windows)
  }

  /** 4, 5.2.1, 5.2.2: whether it may be used without a question. */
  #usable(
    { fields }: Stored, asked: Directive[], { age, left }: { age: number; left: number },
  ): 'fresh' | 'stale' | null {
    const { all } = directivesFor(fields)
    const maxAge = has(asked, 'max-age') ? Math.min(...numbers(asked, 'max-age')) : undefined
    const minFresh = Math.max(0, ...minFreshes(asked))
    if (named(all, 'no-cache') === null || has(asked, 'no-cache')) return null
    if (maxAge !== undefined && age > maxAge) return null
    if (left > 0) return left >= minFresh ? 'fresh' : null
    if (isNeverStale(all) || minFresh > 0) return null
    if (has(asked, 'max-stale') && isWithin(-left, maxStale(asked))) return 'stale'
    if (maxAge !== undefined) return null
    const swr = numbers(all, 'stale-while-revalidate')
    return -left < (swr.length > 0 ? Math.min(...swr) : this.wishes.grace) ? 'stale' : null
  }

  /** 4.2.4: whether it may be used because the origin fails. */
  #standsIn(chosen: Stored, asked: Directive[], now: number): boolean {
    const { all } = directivesFor(chosen.fields)
    if (named(all, 'no-cache') === null || has(asked, 'no-cache')) return false
    const staleness = currentAge(chosen, now) - lifetime(chosen, this.wishes)
    if (staleness < 0) return true
    if (isNeverStale(all)) return false
    const theirs = numbers(asked, 'stale-if-error')
    if (theirs.length > 0 && staleness < Math.min(...theirs)) return true
    if (has(asked, 'max-stale') && isWithin(staleness, maxStale(asked))) return true
    if (has(asked, 'max-age')) return false
    const sie = numbers(all, 'stale-if-error')
    return staleness < (sie.length > 0 ? Math.min(...sie) : this.wishes.keep)
  }

  /** The origin has answered; `chosen` is what it was asked about, undefined for nothing. */
  learn(request: Request, response: Response, times: Times, chosen: number | undefined): Served {
    const { method } = request
    if (!['GET', 'HEAD', 'OPTIONS'].includes(method)) this.#invalidate(request, response)
    if (method === 'HEAD') this.#learnHead(request, response, times)
    if (method !== 'GET' && method !== 'POST') return { from: 'origin' }
    const old = this.stored.find((one) => one.id === chosen)
    if (old !== undefined && response.status === 304) {
      return this.#learnSame(request, response, times, old)
    }
    if (old !== undefined && response.status >= 500) {
      const asked = requestDirectives(request)
      if (this.#standsIn(old, asked, times.answeredAt)) return { from: 'stored', id: old.id }
    }
    this.#remove(old)
    const whole = { request: request.fields, ...response, times }
    if (maybeStored(method, request.path, whole, this.wishes)) {
      this.#put({ ...whole, path: request.path, fields: keptFields(response.fields) })
    }
    return { from: 'origin' }
  }

  /** 4.4 */
  #invalidate({ path }: Request, { status, fields }: Response): void {
    if (status < 200 || status >= 400) return
    const named = [...valuesOf(fields, 'location'), ...valuesOf(fields, 'content-location')]
      .map((one) => (one.startsWith(`http://${HOST}/`) ? one.slice(`http://${HOST}`.length) : one))
    const gone = new Set([path, ...named])
    this.stored = this.stored.filter((one) => !gone.has(one.path))
  }

  /** 4.3.5 */
  #learnHead(request: Request, response: Response, times: Times): void {
    if (response.status !== 200) return
    for (const one of this.#candidates(request)) {
      const agrees = ['etag', 'last-modified', 'content-length'].every((name) => {
        const [told] = valuesOf(response.fields, name)
        return told === undefined || told === valuesOf(one.fields, name)[0]
      })
      if (agrees) this.#update(one, { request, response, times })
      else this.#remove(one)
    }
  }

  /** 4.3.4 */
  #learnSame(request: Request, response: Response, times: Times, old: Stored): Served {
    const [etag] = valuesOf(response.fields, 'etag')
    const [modified] = valuesOf(response.fields, 'last-modified')
    const candidates = this.#candidates(request)
    const found = identified(candidates, { etag, modified, response })
    if (found.length === 0) {
      const silent = etag === undefined && modified === undefined
      return silent ? { from: 'stored', id: old.id } : { from: 'again' }
    }
    for (const one of found) this.#update(one, { request, response, times })
    return { from: 'stored', id: found.includes(old) ? old.id : found[0]!.id }
  }

  /** 3.2 */
  #update(
    one: Stored, { request, response, times }: {
      request: Request; response: Response; times: Times
    },
  ): void {
    // An update before this one has come to answer the same requests.
    if (!this.stored.includes(one)) return
    this.#remove(one)
    const news = without(keptHop(response.fields), ['content-length', 'content-encoding',
      'content-range', 'set-cookie'])
    const names = news.map(([name]) => name.toLowerCase())
    const fields = [...without(one.fields, [...names, 'age', 'date']), ...news]
    const whole = { request: request.fields, status: one.status, fields, times }
    if (!maybeStored('GET', one.path, whole, this.wishes)) return
    this.#put({ ...one, ...whole, fields: keptFields(fields) })
  }

  /** In front of all others, and in the place of one that answers the same requests. */
  #put(stored: Stored): void {
    const same = (one: Stored) => one.path === stored.path && selection(one) === selection(stored)
    this.stored = [stored, ...this.stored.filter((one) => !same(one))]
  }

  #remove(stored: Stored | undefined): void {
    this.stored = this.stored.filter((one) => one !== stored)
  }
}

function keptHop(fields: readonly Field[]): Field[] {
  const options = valuesOf(fields, 'connection').join(',').toLowerCase().split(',')
  return without(fields, [...HOP, ...options.map((one) => one.trim())])
}

function selection(one: Stored): string {
  return JSON.stringify(nominated(one.fields)!.map((name) =>
    [name, comparable(one.request, name) ?? null]))
}

function of({ fields }: Stored, name: string): string | undefined {
  return valuesOf(fields, name)[0]
}

function opaque(tag: string): string {
  return tag.replace(/^W\//, '')
}

function varies({ fields }: Stored): boolean {
  return nominated(fields)!.length > 0
}

/** 4.3.4, the three cases; a 304 that disagrees in anything it says is about something else. */
function identified(
  candidates: Stored[],
  { etag, modified, response }: {
    etag: string | undefined; modified: string | undefined; response: Response
  },
): Stored[] {
  if (etag?.startsWith('"')) return candidates.filter((one) => of(one, 'etag') === etag)
  if (etag === undefined && modified === undefined) {
    return candidates.length === 1 && of(candidates[0]!, 'etag') === undefined &&
      of(candidates[0]!, 'last-modified') === undefined ? candidates : []
  }
  const alike = candidates.filter((one) => {
    const [tag, date] = [of(one, 'etag'), of(one, 'last-modified')]
    const tags = etag === undefined || tag === undefined ? null : opaque(tag) === opaque(etag)
    const dates = modified === undefined || date === undefined ? null : date === modified
    return tags !== false && dates !== false && (tags !== null || dates !== null)
  })
  const date = instant(valuesOf(response.fields, 'date')[0])
  const strong = modified !== undefined && date !== undefined &&
    date - instant(modified)! >= 60_000
  if (strong || alike.length < 2) return alike
  return [alike.reduce((best, one) => (dateOf(one) > dateOf(best) ? one : best))]
}
