/**
 * What methods promise (RFC 9110 §9.2, §18.2). What is hard: a method that is not known promises
 * nothing, so it changes things, and twice is worse than once.
 */
const SAFE: ReadonlySet<string> = new Set([
  'GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH',
])

const IDEMPOTENT: ReadonlySet<string> = new Set([
  ...SAFE, 'PUT', 'DELETE', 'ACL', 'BIND', 'COPY', 'LINK', 'MERGE', 'MKCALENDAR', 'MKCOL', 'MOVE',
  'PROPPATCH', 'REBIND', 'UNBIND', 'UNLINK', 'UNLOCK',
])

/** Whether nobody asks for a change with it (RFC 9110 §9.2.1). */
export function isSafe(method: string): boolean {
  return SAFE.has(method)
}

/** Whether asking twice means the same as asking once (RFC 9110 §9.2.2). */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method)
}
