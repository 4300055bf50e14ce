/** Conditional requests as each era understands them, which is seldom as RFC 9110 §13 does. */
import type { Era } from './eras.ts'
import { exactFieldOf, fieldOf } from './request.ts'
import type { RequestHead } from './request.ts'

/** `crash`: the store answers 500, having got a 304 from its own backend. */
export type ConditionResult = 'send' | 'not-modified' | 'failed' | 'crash'

export type Validators = {
  /** Unquoted; null when the object has none. */
  readonly etag: string | null
  /** Epoch ms. */
  readonly lastModifiedAt: number
}

/** A conditional or Range field, found by the era's rule for names. */
export function conditionField(head: RequestHead, era: Era, name: string): string | null {
  return era.exactNames ? exactFieldOf(head, name) : fieldOf(head, name)
}

/** The result in RFC 9110 §13.2.2's order, with each field understood as the era does. */
export function judgeConditions(
  head: RequestHead, era: Era, validators: Validators,
): ConditionResult {
  if (head.method === 'HEAD' && !era.headConditions) return 'send'
  const modified = Math.floor(validators.lastModifiedAt / 1000) * 1000
  const match = conditionField(head, era, 'If-Match')
  if (match !== null && !matches(match, validators.etag, era)) return 'failed'
  const unmodified = instant(conditionField(head, era, 'If-Unmodified-Since'))
  if (match === null && unmodified !== null && modified > unmodified) return 'failed'
  const noneMatch = conditionField(head, era, 'If-None-Match')
  if (noneMatch !== null) return matches(noneMatch, validators.etag, era) ? 'not-modified' : 'send'
  const since = instant(conditionField(head, era, 'If-Modified-Since'))
  if (since === null || modified > since) return 'send'
  return era.sinceCrashes ? 'crash' : 'not-modified'
}

/** Whether a field names this ETag, in the spellings that the era knows. */
export function matches(field: string, etag: string | null, era: Era): boolean {
  if (etag === null) return false
  if (era.etagMatch === 'unquoted') return field === etag
  if (era.etagMatch === 'single') return field === etag || field === `"${etag}"`
  if (field === '*') return true
  const named = field.split(/\s*,\s*/)
  return named.some((one) => one.replace(/^W\//, '').replace(/^"|"$/g, '') === etag)
}

function instant(field: string | null): number | null {
  if (field === null) return null
  const at = Date.parse(field)
  return Number.isNaN(at) ? null : at
}
