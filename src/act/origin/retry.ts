/**
 * Whether to ask again, and how. Only asked while nothing of an answer has been passed on, and all
 * requests are GET or HEAD, so asking again is always allowed (RFC 9110 §9.2.2); the point is when
 * it is wise.
 */
import type { HauloutError } from '../../errors.ts'
import { RETRY_AFTER_MS } from '../../limits.ts'

/** Something went wrong before an answer could be used. */
export type Fault = {
  readonly error: HauloutError
  /** Status of the answer, 0 when there was none. */
  readonly status: number
  /** The connection broke before the first byte of an answer, as idle or one-request ones may. */
  readonly untouched: boolean
  /** The store's Retry-After; null when it gave none. */
  readonly retryAfterMs: number | null
  /** How far the store's clock is ahead of ours, when that was its complaint and it told. */
  readonly skewMs: number | null
}

/** What has been tried so far. */
export type Tried = {
  /** Asked so often, not counting `reconnected`, `resigned` and `unconditional`. */
  attempts: number
  reconnected: boolean
  resigned: boolean
  /** The condition has been given up. */
  unconditional: boolean
}

export type Step =
  | { readonly kind: 'fail' }
  | { readonly kind: 'reconnect' }
  | { readonly kind: 'resign' }
  | { readonly kind: 'unconditional' }
  | { readonly kind: 'backoff'; readonly delayMs: number }

export type RetryOptions = {
  readonly attempts: number
  readonly backoffMs: number
  /** Whether the request that failed had a condition. */
  readonly conditional: boolean
  /** 0 to 1. */
  readonly random: number
}

/** The next step. The three free repeats are each made once; the rest is counted and waits. */
export function nextStep(fault: Fault, tried: Readonly<Tried>, options: RetryOptions): Step {
  if (options.conditional && fault.status >= 500 && !tried.unconditional) {
    return { kind: 'unconditional' }
  }
  if (fault.skewMs !== null && !tried.resigned) return { kind: 'resign' }
  if (fault.untouched && !tried.reconnected) return { kind: 'reconnect' }
  if (!fault.error.retry || tried.attempts >= options.attempts) return { kind: 'fail' }
  const delayMs = backoff(options.backoffMs, tried.attempts, options.random)
  if (fault.retryAfterMs === null) return { kind: 'backoff', delayMs }
  // A store that wants more time than a client will wait is taken at its word: not now.
  if (fault.retryAfterMs > RETRY_AFTER_MS) return { kind: 'fail' }
  return { kind: 'backoff', delayMs: Math.max(delayMs, fault.retryAfterMs) }
}

/** Doubles with each attempt, and is spread over half of itself so that fetches do not march. */
function backoff(baseMs: number, attempts: number, random: number): number {
  const fullMs = Math.min(baseMs * 2 ** (attempts - 1), RETRY_AFTER_MS)
  return fullMs * (0.5 + random / 2)
}

/** `Retry-After` in ms from now (RFC 9110 §10.2.3); null when absent or neither form. */
export function parseRetryAfter(text: string | null, now: number): number | null {
  if (text === null) return null
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}
