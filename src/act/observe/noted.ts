import type { HauloutError } from '../../errors.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { Answer } from '../../model/landing.ts'

/** What the origin said, for the record of an exchange. */
export function noteAnswer({ outcome }: Exchange, answer: Answer): void {
  outcome.originStatus = answer.status
  outcome.originMs = answer.waitMs
  outcome.stored = answer.stored
  outcome.reason = answer.reason
  outcome.errorDetail = answer.code
}

/** What went wrong with the world. */
export function noteError({ outcome }: Exchange, error: HauloutError): void {
  outcome.errorCode = error.code
  outcome.errorDetail = error.detail
}
