/** Every bound in the program that is not a setting, and the arithmetic behind it. */

/**
 * Bytes of body in one chunk. LMDB puts a large value on whole 4096-byte pages behind a 16-byte
 * header, so 64 pages hold 262,128 bytes; four of them are the chunk's checksum. Large enough that
 * a 64 MiB hit is 257 reads, small enough that a cold read does not stall the loop for long.
 */
export const CHUNK_BYTES = 64 * 4096 - 16 - 4

/** Bytes of checksum behind a chunk on disk (CRC-32). */
export const CHUNK_CHECK_BYTES = 4

/** A request target longer than this is 414. S3 keys are at most 1024 bytes, 3072 when encoded. */
export const TARGET_BYTES = 8192

/** All header fields of a request together; node:http answers 431 beyond. */
export const HEADER_BYTES = 16 * 1024

/** Fields in one request or response head; more is refused rather than cut silently. */
export const HEADER_FIELDS = 256

/** Parts in one multipart/byteranges answer; more ranges than this get the whole object. */
export const RANGE_PARTS = 16

/** An S3 key in UTF-8. */
export const OBJECT_KEY_BYTES = 1024

/** A store's XML error document; what is longer is not read further. */
export const ERROR_DOCUMENT_BYTES = 16 * 1024
