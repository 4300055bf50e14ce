/**
 * An Object is a thing in a bucket, and only ever that. It is what a bucket route's cache key
 * means: two friendly URLs of one object share one entry, and nothing a client sends (host, query,
 * header) can enter its identity.
 */
export type BucketObject = {
  /** The origin's name in the configuration. */
  readonly origin: string
  /** The bucket's name in the configuration: what logs, metrics and tests call it. */
  readonly bucket: string
  /** The bucket's name in the store: what goes on the wire. */
  readonly bucketName: string
  /** The key, decoded: any Unicode string without control characters, never empty. */
  readonly key: string
}

/** The name of the stored response for an object; also how logs and `explain` write it. */
export function keyOfObject(object: BucketObject): string {
  return `${object.origin}:${object.bucketName}/${object.key}`
}
