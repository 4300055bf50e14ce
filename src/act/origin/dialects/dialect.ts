import { encodeKey } from '../../../decide/sign/uri.ts'
import type { BucketObject } from '../../../model/object.ts'
import type { DialectName, Known } from '../../../model/origin.ts'

/** A field on its way to the store: canonical case, because Walrus compares names by case. */
export type Field = readonly [name: string, value: string]

/**
 * What differs between the stores, as data and pure functions. Everything else about a fetch is the
 * same for all of them.
 */
export type Dialect = {
  readonly name: DialectName
  /** Whether a Range is answered with exactly the bytes that were asked for, as a 206. */
  readonly ranges: boolean
  /** Ask for one request per connection, and take a break before the first byte as usual. */
  readonly oneRequestPerConnection: boolean
  /** Whether bytes may follow the end of a 304 or of an error, so that the connection is unfit. */
  readonly dropsAfterRefusal: boolean
  /** The fields that ask "still the same?"; empty when the validators cannot say it. */
  revalidate(known: Known): readonly Field[]
  /**
   * The fields that ask for a part of one version, `untilByte` not included and null for its end;
   * null when it cannot be asked safely.
   */
  resume(known: Known, fromByte: number, untilByte: number | null): readonly Field[] | null
}

/** The path on the wire, service path included, encoded once: `/services/Walrus/bucket/a%2Bb`. */
export function pathOf(basePath: string, object: BucketObject): string {
  return `${basePath}/${encodeKey(object.bucketName)}/${encodeKey(object.key)}`
}

/**
 * One validator, not two: stores disagree on what both together mean. The date goes only where
 * there is no entity tag.
 */
export function oneValidator(etag: string | null, lastModified: string | null): readonly Field[] {
  if (etag !== null && etag !== '') return [['If-None-Match', etag]]
  return lastModified === null ? [] : [['If-Modified-Since', lastModified]]
}
