/**
 * An Answer is what the server has decided to say, before faults and framing: status, fields, and
 * where the bytes come from. Errors are Answers too; the table below is S3's.
 */
import type { Era } from './eras.ts'
import type { Field, RequestHead } from './request.ts'

export type Body = {
  /** Null when it is not known before the end. */
  readonly lengthBytes: number | null
  read(): AsyncIterable<Buffer> | Iterable<Buffer>
}

export type Answer = {
  readonly status: number
  /** Without Content-Length, Transfer-Encoding and Connection. */
  readonly fields: readonly Field[]
  readonly body: Body
  /** False: the length of the body is told, its bytes are not sent. */
  readonly sendsBody: boolean
  /** Whether a Content-Length is sent at all. */
  readonly tellsLength: boolean
  /** What the server does with the connection behind this answer. */
  readonly close: 'no' | 'silently' | 'announced'
}

const ERRORS = {
  NotModified: [304, 'The object has not been modified'],
  InvalidURI: [400, 'Could not parse the specified URI'],
  AccessDenied: [403, 'Access Denied'],
  InvalidAccessKeyId: [403, 'The access key id does not exist in our records'],
  SignatureDoesNotMatch: [403, 'The signature does not match the one calculated'],
  RequestTimeTooSkewed: [403, 'The difference between the request time and ours is too large'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchKey: [404, 'The specified key does not exist'],
  NoSuchVersion: [404, 'The specified version does not exist'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource'],
  PreconditionFailed: [412, 'At least one of the preconditions did not hold'],
  InvalidRange: [416, 'The requested range cannot be satisfied'],
  InternalError: [500, 'We encountered an internal error, please try again'],
  NotImplemented: [501, 'A header or query implies functionality that is not implemented'],
  SlowDown: [503, 'Please reduce your request rate'],
} as const
export type StoreErrorCode = keyof typeof ERRORS

/** What an answer to this request needs besides itself. */
export type Asked = {
  readonly era: Era
  readonly head: RequestHead
  /** Epoch ms, by the store's clock. */
  readonly now: number
}

/** An error in the store's words. */
export function errorAnswer(asked: Asked, code: StoreErrorCode): Answer {
  const [status, message] = ERRORS[code]
  return errorDocument(asked, { status, code, message })
}

/** An error document under any status. */
export function errorDocument(
  asked: Asked, error: { status: number; code: string; message: string },
): Answer {
  const xml = '<?xml version="1.0" encoding="UTF-8"?>' +
    `<Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>` +
    `<Resource>${escapeXml(asked.head.target)}</Resource>` +
    '<RequestId>8f4d0a52-5d1e-4b6f-9a5c-2d8f3e6a7b10</RequestId></Error>'
  const answer = xmlAnswer(asked, error.status, xml)
  return { ...answer, sendsBody: asked.head.method !== 'HEAD' || asked.era.headErrorBody }
}

/** A status with nothing behind it, as the servlet container gives before the store is asked. */
export function bareAnswer(status: number): Answer {
  const body = bytesBody(Buffer.alloc(0))
  return { status, fields: [], body, sendsBody: true, tellsLength: true, close: 'no' }
}

/** A document of the store's own. */
export function xmlAnswer(asked: Asked, status: number, xml: string): Answer {
  return {
    status,
    fields: [...commonFields(asked), ['Content-Type', 'application/xml']],
    body: bytesBody(Buffer.from(xml, 'utf8')),
    sendsBody: asked.head.method !== 'HEAD',
    tellsLength: true,
    close: 'no',
  }
}

/** Date and Server, as the era sends them. */
export function commonFields(asked: Asked): Field[] {
  const fields: Field[] = [['Date', new Date(asked.now).toUTCString()]]
  if (asked.era.server !== null) fields.push(['Server', asked.era.server])
  return fields
}

/** A body that is at hand. */
export function bytesBody(bytes: Buffer): Body {
  return { lengthBytes: bytes.length, read: () => [bytes] }
}

/** Text for an element or an attribute. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
