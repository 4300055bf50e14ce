/**
 * What a cache has to know of status codes. What is hard is that the two sets are not the same: a
 * status may be stored without being understood, when freshness is explicit, but `must-understand`
 * forbids that; and only some may be given a freshness that nobody stated.
 */

/** Heuristically cacheable (RFC 9110 §15.1). */
const HEURISTIC: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501,
])

/**
 * Those whose caching requirements are known here, all of RFC 9110 §15 and RFC 6585, for
 * `must-understand` (RFC 9111 §5.2.2.3). 304 updates and is never stored by itself; 206 is stored
 * as a part.
 */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403,
  404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426, 428, 429,
  431, 500, 501, 502, 503, 504, 505, 511,
])

/** Whether freshness may be assumed for it where the origin states none. */
export function isHeuristic(status: number): boolean {
  return HEURISTIC.has(status)
}

/** Whether its meaning to a cache is known. */
export function isUnderstood(status: number): boolean {
  return UNDERSTOOD.has(status)
}

/** Whether it ends an exchange; 101 does so too, by making it something else than HTTP. */
export function isFinal(status: number): boolean {
  return status >= 200 && status <= 599
}
