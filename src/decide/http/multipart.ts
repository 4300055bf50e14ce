import type { Span } from './ranges.ts'

/** The frame of a multipart/byteranges body: what stands before each part, and after the last. */
export type Multipart = {
  readonly heads: Buffer[]
  readonly tail: Buffer
  /** Bytes of the whole body, parts included: its Content-Length. */
  readonly lengthBytes: number
}

/**
 * Frames several spans of an object of `length` bytes as multipart/byteranges (RFC 9110 §14.6, RFC
 * 2046 §5.1.1). `contentType` is the object's own, null when it has none; `boundary` is the
 * caller's, who must make it too random to be in the object. The line break before a boundary
 * belongs to it, so the first part has none and the parts themselves are sent untouched.
 */
export function multipart(
  spans: readonly Span[], length: number, contentType: string | null, boundary: string,
): Multipart {
  const type = contentType === null ? '' : `Content-Type: ${contentType}\r\n`
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1')
  let lengthBytes = tail.length
  const heads = spans.map(({ start, end }, i) => {
    const range = `Content-Range: bytes ${start}-${end}/${length}\r\n`
    const head = Buffer.from(
      `${i === 0 ? '' : '\r\n'}--${boundary}\r\n${type}${range}\r\n`, 'latin1',
    )
    lengthBytes += head.length + end - start + 1
    return head
  })
  return { heads, tail, lengthBytes }
}
