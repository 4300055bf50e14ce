import { createHash, randomBytes } from 'node:crypto'
import { CHUNK_BYTES } from '../../src/limits.ts'
import type { Entry } from '../../src/model/entry.ts'
import { keyOfObject } from '../../src/model/object.ts'

/** A stored 200 as a test needs it; `body` is kept inside when it is one chunk or less. */
export function entryOf(key: string, bodyId: number, body: Buffer): Entry {
  const object = { origin: 'walrus', bucket: 'b', bucketName: 'bucket', key }
  const etag = createHash('md5').update(body).digest('hex')
  return {
    key: keyOfObject(object),
    object,
    bodyId,
    status: 200,
    fields: ['Content-Type', 'application/gzip'],
    etag: `"${etag}"`,
    originEtag: etag,
    lastModified: 'Tue, 15 Nov 2011 12:45:26 GMT',
    lastModifiedAt: Date.UTC(2011, 10, 15, 12, 45, 26),
    date: 'Tue, 15 Nov 2011 12:45:26 GMT',
    lengthBytes: body.length,
    tags: ['release-3.1'],
    storedAt: 1_700_000_000_000,
    body: body.length <= CHUNK_BYTES ? body : null,
    dropped: ['X-Dropped', '1'],
    fetchedFor: { route: 'files', host: 'dl.example.org', path: `/${key}` },
    spent: false,
    bansSeen: 0,
    retryAt: 0,
    kept: null,
    ready: null, web: null,
  }
}

/** What may be kept everywhere. */
export const EVERYWHERE = { cacheable: true, memory: true, disk: true }

/** Random bytes that own their memory, as the bytes of a flight do. */
export function bytesOf(length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length)
  randomBytes(length).copy(bytes)
  return bytes
}

/** The chunks of a body, in order. */
export function chunksOf(body: Buffer): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < body.length; at += CHUNK_BYTES) {
    const end = Math.min(body.length, at + CHUNK_BYTES)
    const chunk = Buffer.allocUnsafeSlow(end - at)
    body.copy(chunk, 0, at, end)
    chunks.push(chunk)
  }
  return chunks
}
