import { HauloutError } from '../../errors.ts'

/** Where a store listens: one base URL of the configuration, cut. */
export type Endpoint = {
  readonly secure: boolean
  /** A name or an address; IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** The value of Host: with the port where it is not the scheme's own. */
  readonly authority: string
  /** `http://10.1.0.2:8773`, nothing behind it. */
  readonly base: string
  /** The service path without a trailing slash: `/services/Walrus`, or empty. */
  readonly path: string
}

/**
 * Cuts `http://10.1.0.2:8773/services/Walrus`. Throws `config` for anything that is not an absolute
 * http or https URL without user, query and fragment.
 */
export function parseEndpoint(text: string): Endpoint {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new HauloutError('config', `endpoint ${text} is not an http or https URL`)
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new HauloutError('config', `endpoint of ${url.host} has more than a host and a path`)
  }
  const secure = url.protocol === 'https:'
  return {
    secure,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    authority: url.host,
    base: `${url.protocol}//${url.host}`,
    path: url.pathname.replace(/\/+$/, ''),
  }
}

/** Which of several equal places is asked next: in turn, and not for a while after a failure. */
export type Rotation<Place> = {
  /** The next in turn; another one than `after` where there is another. */
  next(nowMs: number, after: Place | null): Place
  failed(place: Place, nowMs: number): void
}

/**
 * @param places at least one
 * @param restMs for how long a place that failed is passed over, as long as there is another
 */
export function createRotation<Place>(
  places: readonly [Place, ...Place[]], restMs: number,
): Rotation<Place> {
  const restUntilMs = new Map<Place, number>()
  let turn = 0
  return {
    next(nowMs, after) {
      const others = places.length === 1 ? places : places.filter((place) => place !== after)
      const rested = others.filter((place) => (restUntilMs.get(place) ?? 0) <= nowMs)
      const candidates = rested.length === 0 ? others : rested
      turn += 1
      return candidates[turn % candidates.length]!
    },
    failed(place, nowMs) {
      restUntilMs.set(place, nowMs + restMs)
    },
  }
}
