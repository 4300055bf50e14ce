import type { Exchange } from './exchange.ts'
import type { ExchangeRecord } from './outcome.ts'

/**
 * What is recorded of an exchange that is over at `endedMs` (monotonic ms); `complete` says whether
 * its answer was sent to the end.
 */
export function recordOf(x: Exchange, complete: boolean, endedMs: number): ExchangeRecord {
  const { wire, object } = x
  return {
    arrivedAt: x.arrivedAt,
    client: x.client,
    user: x.user,
    method: x.method,
    host: x.target.host,
    url: x.url,
    version: x.version,
    referer: x.head.referer,
    userAgent: x.head.userAgent,
    route: x.policy?.route ?? '-',
    bucket: object?.bucket ?? '-',
    object: object?.key ?? '-',
    status: wire.status,
    bytes: wire.sentBytes,
    complete,
    durationMs: endedMs - x.startedMs,
    firstByteMs: wire.firstByteMs === 0 ? 0 : wire.firstByteMs - x.startedMs,
    outcome: x.outcome,
  }
}
