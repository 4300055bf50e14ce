import type { Asked } from '../../model/facts.ts'
import { deltaMs, parseCacheControl, type Directive } from './cache-control.ts'

/** A request that asks nothing of caches: nearly every one. */
export const NOTHING_ASKED: Asked = Object.freeze({
  noCache: false, noStore: false, onlyIfCached: false, maxAgeMs: Infinity, minFreshMs: 0,
  maxStaleMs: 0, ifErrorMs: 0,
})

/**
 * What a request asks of caches (RFC 9111 §5.2.1, RFC 5861 §4): its Cache-Control and Pragma, lines
 * joined, null when absent. Given twice, the stricter counts; what is nonsense is as strict as it
 * can be, for the price of it is one question to the origin. Pragma is heard only without
 * Cache-Control (§5.4).
 */
export function askedOf(cacheControl: string | null, pragma: string | null): Asked {
  if (cacheControl === null && pragma === null) return NOTHING_ASKED
  const directives = parseCacheControl([cacheControl ?? pragma!])
  const has = (name: string) => directives.some((one) => one.name === name)
  if (cacheControl === null) return has('no-cache') ? PRAGMA_NO_CACHE : NOTHING_ASKED
  const least = (name: string) => Math.min(...valuesOf(directives, name, 0))
  return {
    noCache: has('no-cache'),
    noStore: has('no-store'),
    onlyIfCached: has('only-if-cached'),
    maxAgeMs: least('max-age'),
    minFreshMs: Math.max(0, ...valuesOf(directives, 'min-fresh', Infinity)),
    maxStaleMs: has('max-stale') ? Math.min(...staleness(directives)) : 0,
    ifErrorMs: has('stale-if-error') ? least('stale-if-error') : 0,
  }
}

const PRAGMA_NO_CACHE: Asked = Object.freeze({ ...NOTHING_ASKED, noCache: true })

/** In ms, `nonsense` for what cannot be read. */
function valuesOf(directives: readonly Directive[], name: string, nonsense: number): number[] {
  return directives.filter((one) => one.name === name)
    .map(({ argument, valid }) => (valid ? deltaMs(argument) : null) ?? nonsense)
}

/** `max-stale` without a number is content with any staleness (§5.2.1.2). */
function staleness(directives: readonly Directive[]): number[] {
  return directives.filter((one) => one.name === 'max-stale').map(({ argument, valid }) => {
    if (!valid) return 0
    return argument === null ? Infinity : deltaMs(argument) ?? 0
  })
}
