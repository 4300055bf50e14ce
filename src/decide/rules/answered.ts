import type { Answered } from '../../model/asked.ts'
import type { Entry } from '../../model/entry.ts'
import type { WhenRule } from '../../model/when.ts'

/**
 * An entry as conditions see it: with the validators, which an entry keeps apart from its other
 * fields, and with what else there is of the origin's answer.
 */
export function answeredBy(entry: Entry, others: readonly string[]): Answered {
  const { object, status, lengthBytes, etag, lastModified } = entry
  // Responses of http origins have them among the others.
  const isApart = entry.web === null
  const fields = [
    ...entry.fields, ...others,
    ...etag === null || !isApart ? [] : ['ETag', etag],
    ...lastModified === null || !isApart ? [] : ['Last-Modified', lastModified],
  ]
  return { object, status, lengthBytes, fields }
}

/** Whether a condition, or one within it, names a status: only then is a step about errors too. */
export function namesStatus(rule: WhenRule | undefined): boolean {
  return rule !== undefined && (rule.status !== undefined || namesStatus(rule.not))
}
