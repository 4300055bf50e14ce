/**
 * What a store means when it says no. The status alone does not tell: the same 403 may be about the
 * object, about our credentials or about our clock, and only the first may reach a client as 403.
 */
import { HauloutError } from '../../errors.ts'
import type { AskedFor } from './answer.ts'

/** Every answer but content and 304, with what its document says. */
export type Rejection = {
  readonly status: number
  readonly fields: readonly string[]
  /** The document's `<Code>`. */
  readonly code: string | null
  /** The document's `<ServerTime>`, which comes with RequestTimeTooSkewed. */
  readonly serverTime: string | null
}

/** Codes of a 403 that speak of the request's signature, not of the object. */
const OPERATOR_CODES: ReadonlySet<string> = new Set([
  'SignatureDoesNotMatch', 'InvalidAccessKeyId', 'InvalidToken', 'ExpiredToken', 'InvalidSecurity',
  'TokenRefreshRequired', 'AccountProblem', 'NotSignedUp', 'RequestExpired',
  'MissingSecurityHeader', 'AuthorizationHeaderMalformed', 'CredentialsNotSupported',
  'RequestTimeTooSkewed',
])

/** Server errors that are about the request, so that asking again is of no use. */
const PERMANENT: ReadonlySet<number> = new Set([501, 505])

/** The kind of answer it is to whoever asked; an error where it is none. */
export function judgeRejection(
  rejection: Rejection, asked: AskedFor,
): 'absent' | 'forbidden' | HauloutError {
  const { status, code } = rejection
  const detail = code === null ? `${status}` : `${status} ${code}`
  if (status === 404 || status === 410) return 'absent'
  if (status === 403 && !OPERATOR_CODES.has(code ?? '')) return 'forbidden'
  if (asked.version !== null && (status === 412 || status === 416)) {
    return new HauloutError('origin-changed', detail)
  }
  if (status === 408 || status === 429 || (status >= 500 && !PERMANENT.has(status))) {
    return new HauloutError('origin-busy', detail)
  }
  return new HauloutError('origin-status', detail)
}

/** Whether the store says that our clock is wrong. */
export function saysSkewed(rejection: Rejection): boolean {
  return rejection.code === 'RequestTimeTooSkewed'
}

/** The text of the first `<name>` element of an error document, without parsing the rest. */
export function elementOf(document: string, name: 'Code' | 'ServerTime'): string | null {
  const found = new RegExp(`<${name}>([^<]{0,128})</${name}>`).exec(document)
  const text = found?.[1]?.trim() ?? ''
  // It goes into logs, so it is a word or a date and nothing else.
  return /^[\w.:+-]+$/.test(text) ? text : null
}
