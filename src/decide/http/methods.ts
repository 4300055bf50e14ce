import { isSafe } from './invalidate.ts'

/** What is not safe and yet means the same twice as once (RFC 9110 §18.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  'PUT', 'DELETE', 'ACL', 'BIND', 'COPY', 'LINK', 'MERGE', 'MKCALENDAR', 'MKCOL', 'MOVE',
  'PROPPATCH', 'REBIND', 'UNBIND', 'UNLINK', 'UNLOCK',
])

/** Whether a request may be made again when nobody knows what became of it (RFC 9110 §9.2.2). */
export function isIdempotent(method: string): boolean {
  return isSafe(method) || IDEMPOTENT.has(method)
}

/** Whether a response to it has no content, whatever its fields say (RFC 9112 §6.3). */
export function isContentless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304
}
