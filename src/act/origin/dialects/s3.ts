import { oneValidator } from './dialect.ts'
import type { Dialect } from './dialect.ts'

/**
 * AWS S3, the Ceph gateway, MinIO and their like: keep-alive, and ranges that can be held to one
 * version with If-Match, which compares strongly (RFC 9110 §13.1.1).
 */
export const s3: Dialect = {
  name: 's3',
  ranges: true,
  oneRequestPerConnection: false,
  dropsAfterRefusal: false,
  revalidate: (known) => oneValidator(known.originEtag, known.lastModified),
  resume: ({ originEtag }, fromByte, untilByte) => {
    if (originEtag === null || originEtag === '' || originEtag.startsWith('W/')) return null
    const last = untilByte === null ? '' : untilByte - 1
    return [['If-Match', originEtag], ['Range', `bytes=${fromByte}-${last}`]]
  },
}
