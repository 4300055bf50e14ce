import { hash } from 'node:crypto'
import { HauloutError } from '../../errors.ts'
import type { Choose } from '../../model/origin.ts'

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

/** What is known of the question for which a place is wanted. */
export type Turn<Place> = {
  /** Where it has been asked before; null for nowhere. */
  readonly after: Place | null
  /** What it is about: for `shard`, equal subjects go to the same place. */
  readonly subject: string
}

/** Which of several equal places is asked next: one that is well, where there is one. */
export type Rotation<Place> = {
  next(nowMs: number, turn: Turn<Place>): Place
  /** It is passed over for a while. */
  failed(place: Place, nowMs: number): void
  /** What probes think of it: one that is down is passed over until it is up. */
  mark(place: Place, up: boolean): void
}

export type RotationOptions<Place> = {
  readonly choose: Choose
  /** For how long a place that failed is passed over, as long as there is another. */
  readonly restMs: number
  /** What a place is called; for `shard`. */
  readonly nameOf: (place: Place) => string
}

/**
 * What is hard about it is that no knowledge here is certain: a place that rests or is down is
 * still asked when there is no other, because a wrong guess must not become an outage.
 *
 * @param places at least one, in the order of the configuration
 */
export function createRotation<Place>(
  places: readonly [Place, ...Place[]], { choose, restMs, nameOf }: RotationOptions<Place>,
): Rotation<Place> {
  const restUntilMs = new Map<Place, number>()
  const down = new Set<Place>()
  let turns = 0

  /** The best that there are: up and rested; up; the one before, if it is up; then any. */
  function candidates(nowMs: number, after: Place | null): readonly Place[] {
    const others = places.length === 1 ? places : places.filter((place) => place !== after)
    const up = others.filter((place) => !down.has(place))
    const rested = up.filter((place) => (restUntilMs.get(place) ?? 0) <= nowMs)
    if (rested.length > 0) return rested
    if (up.length > 0) return up
    return after !== null && !down.has(after) ? [after] : others
  }

  return {
    next(nowMs, { after, subject }) {
      const among = candidates(nowMs, after)
      turns += 1
      if (choose === 'fallback') return among[0]!
      if (choose === 'round_robin') return among[turns % among.length]!
      const weights = among.map((place) => weightOf(nameOf(place), subject))
      return among[weights.indexOf(Math.max(...weights))]!
    },
    failed(place, nowMs) {
      restUntilMs.set(place, nowMs + restMs)
    },
    mark(place, up) {
      if (up) down.delete(place)
      else down.add(place)
    },
  }
}

/**
 * Rendezvous hashing: the place with the greatest weight has the subject, so when one goes, only
 * what it had goes elsewhere, and comes back with it.
 */
function weightOf(name: string, subject: string): number {
  return hash('md5', `${name}\n${subject}`, 'buffer').readUIntBE(0, 6)
}
