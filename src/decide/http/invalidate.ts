import type { Received } from '../../model/facts.ts'
import { findAll } from './headers.ts'
import { originForm, parseUri, resolve, sameOrigin } from './reference.ts'

/**
 * Methods that are known to change nothing (RFC 9110 §9.2.1 and its registry). Of any other, one
 * that nobody knows included, it has to be assumed that it does. Methods are case-sensitive.
 */
const SAFE: ReadonlySet<string> = new Set([
  'GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY',
])

/** Whether a request of this method is not expected to change anything. */
export function isSafe(method: string): boolean {
  return SAFE.has(method)
}

/**
 * What a response makes invalid (RFC 9111 §4.4), as request targets (`/path?query`) on the host of
 * the request, its own target first; empty when it makes nothing so. What is hard: Location and
 * Content-Location come from whoever wrote the response, so what is of another origin must not be
 * touched, and what cannot be read is of no origin.
 */
export function invalidated(received: Received): string[] {
  const { method, status, fields, targetUri } = received
  if (isSafe(method) || status < 200 || status > 399) return []
  const target = parseUri(targetUri)
  if (target === null) return []
  const found = new Set([originForm(target)])
  for (const name of ['location', 'content-location']) {
    for (const reference of findAll(fields, name)) {
      const uri = resolve(reference.trim(), targetUri)
      if (uri !== null && sameOrigin(uri, target)) found.add(originForm(uri))
    }
  }
  return [...found]
}
