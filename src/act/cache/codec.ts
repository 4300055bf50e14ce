/**
 * How entries and chunks look on disk. What is hard about it: the disk may hand back anything. So
 * every record proves itself: its checksum covers the place it was written for, not only its bytes,
 * and a record that was moved, cut, flipped or written by another version is no record at all.
 */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { CHUNK_CHECK_BYTES } from '../../limits.ts'
import type { FetchedFor } from '../../model/ban.ts'
import type { BucketObject } from '../../model/object.ts'
import type { Entry, WebPart } from '../../model/entry.ts'

/** Raised whenever the layout below changes; a record with another number is not read. */
const FORMAT = 4
/** Numbers from here on are damage. */
const FORMATS = 64
/** Format byte, then CRC-32 of key and JSON. */
const HEAD_BYTES = 5

/** LMDB's keys end at 1978 bytes; a longer name goes to disk by its digest. */
const DISK_KEY_CHARACTERS = 600

type Stored = {
  object: BucketObject | null
  bodyId: number
  status: number
  fields: readonly string[]
  dropped: readonly string[]
  etag: string | null
  originEtag: string | null
  lastModified: string | null
  lastModifiedAt: number | null
  date: string
  lengthBytes: number
  tags: readonly string[]
  fetchedFor: FetchedFor
  storedAt: number
  spent: boolean
  bansSeen: number
  web: WebPart | null
}

/** Where an entry's head is kept. A digest cannot be taken for a name: names have a colon. */
export function diskKey(key: string): string {
  if (key.length <= DISK_KEY_CHARACTERS) return key
  return createHash('sha256').update(key).digest('hex')
}

/** The entry's head as a record; its body is written chunk by chunk elsewhere. */
export function encodeEntry(entry: Entry): Buffer {
  const {
    key: _, sums: _sums, body: _body, retryAt: _retry, kept: _kept, ready: _ready, ...stored
  } = entry
  const json = Buffer.from(JSON.stringify(stored))
  const record = Buffer.allocUnsafeSlow(HEAD_BYTES + json.length)
  record[0] = FORMAT
  record.writeUInt32LE(crc32(json, crc32(entry.key)), 1)
  json.copy(record, HEAD_BYTES)
  return record
}

/** Whether another version has written this record: no damage, but nothing to be read here. */
export function isForeign(record: Buffer): boolean {
  return record.length > HEAD_BYTES && record[0] !== FORMAT && record[0]! < FORMATS
}

/** The entry under `key`, or null if these bytes are not what was written there. */
export function decodeEntry(record: Buffer, key: string): Entry | null {
  if (record.length <= HEAD_BYTES || record[0] !== FORMAT) return null
  const json = record.subarray(HEAD_BYTES)
  if (record.readUInt32LE(1) !== crc32(json, crc32(key))) return null
  const stored = JSON.parse(json.toString()) as Stored
  return { key, ...stored, body: null, retryAt: 0, kept: null, ready: null }
}

/** A chunk as a record: its bytes, then the checksum of its place and its bytes. */
export function encodeChunk(bodyId: number, index: number, bytes: Buffer): Buffer {
  const record = Buffer.allocUnsafeSlow(bytes.length + CHUNK_CHECK_BYTES)
  bytes.copy(record)
  record.writeUInt32LE(crc32(bytes, placeOf(bodyId, index)), bytes.length)
  return record
}

/** The bytes of a chunk, or null if they are not what was written at this place. */
export function decodeChunk(record: Buffer, bodyId: number, index: number): Buffer | null {
  const lengthBytes = record.length - CHUNK_CHECK_BYTES
  if (lengthBytes < 0) return null
  const bytes = record.subarray(0, lengthBytes)
  const proven = record.readUInt32LE(lengthBytes) === crc32(bytes, placeOf(bodyId, index))
  return proven ? bytes : null
}

/** The checksum of a place, from which the checksum of its bytes goes on. */
function placeOf(bodyId: number, index: number): number {
  return crc32(`${bodyId}/${index}`)
}

/** The checksums of a body's chunks as a record, behind one of their own. */
export function encodeSums(bodyId: number, sums: Uint32Array): Buffer {
  const record = Buffer.allocUnsafeSlow(4 + 4 * sums.length)
  for (const [index, sum] of sums.entries()) record.writeUInt32LE(sum, 4 + 4 * index)
  record.writeUInt32LE(crc32(record.subarray(4), crc32(`${bodyId}`)), 0)
  return record
}

/** Those checksums, or null if these bytes are not what was written for this body. */
export function decodeSums(record: Buffer, bodyId: number): Uint32Array | null {
  if (record.length < 4 || record.length % 4 > 0) return null
  const proven = record.readUInt32LE(0) === crc32(record.subarray(4), crc32(`${bodyId}`))
  if (!proven) return null
  const length = record.length / 4 - 1
  return Uint32Array.from({ length }, (_, i) => record.readUInt32LE(4 * i + 4))
}
