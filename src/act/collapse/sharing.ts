/**
 * Who may have what has come for another, and what can be learnt from it for others. What is hard
 * about it: a response tells by which fields of the request it was selected (RFC 9111 §4.1), and
 * that only when it is there.
 */
import { selectors } from '../../decide/http/vary.ts'
import type { Landing } from '../../model/landing.ts'
import type { OriginRequest } from '../../model/origin.ts'

/** Whether what has landed for one request is also an answer to another (RFC 9111 §4.1). */
export function isShared(landing: Landing, led: OriginRequest, mine: OriginRequest): boolean {
  if (landing.kind === 'failed' || led.kind === 'object' || mine.kind === 'object') return true
  const { names } = landing
  if (names === null) return false
  const values = selectors(names, mine.fields)
  return selectors(names, led.fields).every((value, i) => value === values[i])
}

/** What a request has brought about by its own conditions or ranges says nothing to others. */
const CONDITIONAL: ReadonlySet<number> = new Set([206, 412, 416])

/** Whether what has landed is what any request for the same would have brought. */
export function tellsOfAll(landing: Landing): boolean {
  return landing.kind !== 'failed' && !CONDITIONAL.has(landing.status)
}
