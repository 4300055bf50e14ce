/**
 * Bytes that need no storing: the AES-CTR keystream of a seed. Any range of a body of any size can
 * be made on its own, by the server that sends it and by the test that compares, at about a GiB per
 * second; and no two blocks are alike, so misplaced bytes show.
 */
import { createCipheriv, createHash } from 'node:crypto'

const BLOCK_BYTES = 16
/** Large enough that setting up a cipher costs nothing, small enough to hold one per client. */
const PIECE_BYTES = 256 * 1024

/** A body that is computed when it is read. */
export type Generated = { readonly sizeBytes: number; readonly seed: string | number }

/** `lengthBytes` bytes of the seed's endless body, from byte `from` on. */
export function generatedBytes(seed: string | number, from: number, lengthBytes: number): Buffer {
  const key = createHash('sha256').update(`haulout pocket ${seed}`).digest().subarray(0, 16)
  const counter = Buffer.alloc(BLOCK_BYTES)
  counter.writeBigUInt64BE(BigInt(Math.floor(from / BLOCK_BYTES)), 8)
  const skip = from % BLOCK_BYTES
  const stream = createCipheriv('aes-128-ctr', key, counter)
  return stream.update(Buffer.alloc(skip + lengthBytes)).subarray(skip)
}

/** The bytes from `from` up to, not including, `end`, in pieces. */
export function* generatedPieces(
  seed: string | number, from: number, end: number,
): Generator<Buffer> {
  for (let at = from; at < end; at += PIECE_BYTES) {
    yield generatedBytes(seed, at, Math.min(PIECE_BYTES, end - at))
  }
}
