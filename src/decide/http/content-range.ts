/**
 * What a Content-Range field says (RFC 9110 §14.4). `span` null is the form of a 416, which only
 * knows the length; `lengthBytes` null is a length that the origin does not know.
 */
export type ContentRange = {
  readonly span: { readonly start: number; readonly end: number } | null
  readonly lengthBytes: number | null
}

/**
 * Reads a Content-Range of bytes; null for any other unit and for what is malformed or contradicts
 * itself, which nobody may put together with anything (§14.4).
 */
export function parseContentRange(text: string): ContentRange | null {
  const found = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(?:(\d{1,15})|\*)$/i.exec(text)
  if (found === null) return null
  const lengthBytes = found[3] === undefined ? null : Number(found[3])
  if (found[1] === undefined) return lengthBytes === null ? null : { span: null, lengthBytes }
  const span = { start: Number(found[1]), end: Number(found[2]) }
  if (span.end < span.start || (lengthBytes !== null && span.end >= lengthBytes)) return null
  return { span, lengthBytes }
}
