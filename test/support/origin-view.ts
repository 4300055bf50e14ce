/** What an origin may see of a request: nothing of the client, and only what its dialect stands. */
import type { Test } from 'tap'
import type { PocketRequest } from '../../src/pocket/log.ts'
import type { House } from './house.ts'

/**
 * The fields that haulout makes, in the case that Walrus wants; host and connection, for which any
 * case does, come from the HTTP client below.
 */
const OWN = new Set([
  'host', 'connection', 'User-Agent', 'Accept-Encoding', 'Date', 'Authorization',
  'x-amz-date', 'x-amz-content-sha256', 'If-None-Match', 'If-Modified-Since', 'If-Match', 'Range',
])

/** The value of a field by its exact name, as the request had it; null when absent. */
export function fieldOf(request: PocketRequest | undefined, name: string): string | null {
  return request?.fields.find(([one]) => one === name)?.[1] ?? null
}

/** `GET 304`, … of every request so far. */
export function askedFor({ pocket }: House): string[] {
  return pocket.requests.map(({ method, status }) => `${method} ${status}`)
}

/** Holds every request that the pocket has seen to what may go upstream; and to having no bugs. */
export function checkUpstream(t: Test, { pocket }: House): void {
  const { host, pathname } = new URL(pocket.endpoint)
  for (const request of pocket.requests) {
    const names = request.fields.map(([name]) => name)
    t.same(names.filter((name) => !OWN.has(name)), [], `${request.target}: only own fields`)
    t.equal(new Set(names).size, names.length, 'each of them once')
    t.equal(fieldOf(request, 'host'), host)
    t.equal(fieldOf(request, 'User-Agent'), 'haulout')
    t.equal(fieldOf(request, 'Accept-Encoding'), 'identity')
    t.equal(request.query, '')
    t.ok(request.path.startsWith(`${pathname === '/' ? '' : pathname}/bucket/`), request.path)
    if (fieldOf(request, 'Range') === null) continue
    // A dialect with a service path has no ranges; the other holds them to one version.
    t.equal(pathname, '/', 'no Range but to S3')
    t.type(fieldOf(request, 'If-Match'), 'string', 'no Range without its version')
  }
  t.same(pocket.failures, [])
}
