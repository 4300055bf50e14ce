/** GET and HEAD of an object that exists and may be read. */
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { Answer, Asked } from './answer.ts'
import { bareAnswer, commonFields, errorAnswer } from './answer.ts'
import { conditionField, judgeConditions, matches } from './conditions.ts'
import { etagOf } from './objects.ts'
import type { StoredObject } from './objects.ts'
import type { Field } from './request.ts'
import { spanOf } from './span.ts'
import type { Span } from './span.ts'

/** Fields that a store only keeps from 4.1 on, beside its own x-amz-meta. */
const KEPT = /^(?:cache-control|expires|content-encoding|content-disposition|content-language)$/i

/** `overrides` are the `response-*` values of the query by field name. */
export async function answerObject(
  asked: Asked, object: StoredObject, overrides: ReadonlyMap<string, string>,
): Promise<Answer> {
  const { era, head } = asked
  const etag = await etagOf(object, era)
  switch (judgeConditions(head, era, { etag, lastModifiedAt: object.lastModifiedAt })) {
    case 'crash': return errorAnswer(asked, 'InternalError')
    case 'failed': return errorAnswer(asked, 'PreconditionFailed')
    case 'not-modified': return notModified(asked, object, etag)
    case 'send': break
  }
  const span = requestedSpan(asked, object, etag)
  if (span === 'crash') return bareAnswer(500)
  if (span === 'unsatisfiable') {
    const answer = errorAnswer(asked, 'InvalidRange')
    if (era.range !== 'rfc') return answer
    const unsatisfied: Field = ['Content-Range', `bytes */${object.sizeBytes}`]
    return { ...answer, fields: [...answer.fields, unsatisfied] }
  }
  const fields = objectFields(asked, { object, etag, overrides })
  return content(asked, { object, fields, span })
}

/** `?IsCompressed=true`: gzip without saying so, its end told by the end of the connection. */
export async function answerCompressed(asked: Asked, object: StoredObject): Promise<Answer> {
  const etag = await etagOf(object, asked.era)
  return {
    status: 200,
    fields: objectFields(asked, { object, etag, overrides: new Map() }),
    body: {
      lengthBytes: null,
      read: () => Readable.from(object.read(0, object.sizeBytes)).pipe(createGzip()),
    },
    sendsBody: asked.head.method !== 'HEAD',
    tellsLength: false,
    close: 'silently',
  }
}

type Part = { object: StoredObject; fields: Field[]; span: Span | 'whole' }

function content(asked: Asked, part: Part): Answer {
  const { object, fields, span } = part
  const [from, end] = span === 'whole' ? [0, object.sizeBytes] : [span.from, span.end]
  if (span !== 'whole') fields.push(['Content-Range', span.contentRange])
  return {
    status: span === 'whole' ? 200 : span.status,
    fields,
    body: { lengthBytes: end - from, read: () => object.read(from, end) },
    sendsBody: asked.head.method !== 'HEAD',
    tellsLength: true,
    close: asked.head.method === 'GET' ? asked.era.closesAfterObject : 'no',
  }
}

function requestedSpan(
  asked: Asked, object: StoredObject, etag: string | null,
): ReturnType<typeof spanOf> {
  const { era, head } = asked
  if (head.method === 'HEAD' && !era.headConditions) return 'whole'
  const ifRange = era.range === 'rfc' ? conditionField(head, era, 'If-Range') : null
  const lastModified = new Date(object.lastModifiedAt).toUTCString()
  if (ifRange !== null && ifRange !== lastModified && !matches(ifRange, etag, era)) return 'whole'
  return spanOf(conditionField(head, era, 'Range'), object.sizeBytes, era)
}

function notModified(asked: Asked, object: StoredObject, etag: string | null): Answer {
  const { era } = asked
  const lastModified: Field = ['Last-Modified', new Date(object.lastModifiedAt).toUTCString()]
  const validators: Field[] = [lastModified, ...etagField(asked, etag)]
  const answer = errorAnswer(asked, 'NotModified')
  if (era.notModifiedBody) return { ...answer, fields: [...answer.fields, ...validators] }
  const fields = [...commonFields(asked), ...(era.notModifiedEtag ? validators : [lastModified])]
  const close = asked.head.method === 'GET' ? era.closesAfterObject : 'no'
  return { ...bareAnswer(304), fields, sendsBody: false, tellsLength: false, close }
}

type Described = {
  object: StoredObject
  etag: string | null
  overrides: ReadonlyMap<string, string>
}

function objectFields(asked: Asked, { object, etag, overrides }: Described): Field[] {
  const { era } = asked
  const dated = asked.head.method === 'HEAD' || era.objectDate
  const kept = object.fields.filter(([name]) => era.keepsFields || !KEPT.test(name))
  const own: Field[] = [
    ['Content-Type', object.contentType ?? 'binary/octet-stream'],
    ['Last-Modified', new Date(object.lastModifiedAt).toUTCString()],
    ...etagField(asked, etag),
    ...(era.range === 'rfc' ? [['Accept-Ranges', 'bytes'] as const] : []),
    ...kept,
  ]
  return [
    ...(dated ? commonFields(asked) : []),
    ...own.filter(([name]) => !overrides.has(name.toLowerCase())),
    ...overrides,
  ]
}

function etagField(asked: Asked, etag: string | null): Field[] {
  if (etag === null) return []
  return [['ETag', asked.era.quotedEtags ? `"${etag}"` : etag]]
}
