/** Tar files (POSIX ustar) made in code, so that samples are the same everywhere. */
import { gzipSync } from 'node:zlib'

export type TarMember = { readonly path: string; readonly bytes: Buffer }

const BLOCK_BYTES = 512

/**
 * The members as a gzip'ed tar file. Stored, not deflated: the samples' bytes are random, and so
 * the result depends on no version of zlib.
 *
 * @param modifiedAt epoch ms, for every member
 */
export function makeTarball(members: readonly TarMember[], modifiedAt: number): Buffer {
  const blocks = members.flatMap(({ path, bytes }) => [
    memberHead(path, bytes.length, modifiedAt),
    bytes,
    Buffer.alloc((BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES),
  ])
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]), { level: 0 })
}

/** IEEE Std 1003.1, pax, "ustar Interchange Format". */
function memberHead(path: string, sizeBytes: number, modifiedAt: number): Buffer {
  const head = Buffer.alloc(BLOCK_BYTES)
  head.write(path, 0, 100, 'utf8')
  head.write('0000644\0', 100, 'latin1')
  head.write('0000000\0', 108, 'latin1')
  head.write('0000000\0', 116, 'latin1')
  head.write(`${octal(sizeBytes)}\0`, 124, 'latin1')
  head.write(`${octal(Math.floor(modifiedAt / 1000))}\0`, 136, 'latin1')
  // The checksum counts its own eight bytes as spaces.
  head.write('        ', 148, 'latin1')
  head.write('0', 156, 'latin1')
  head.write('ustar\x0000', 257, 'latin1')
  head.write('root', 265, 'latin1')
  head.write('root', 297, 'latin1')
  const sum = head.reduce((total, byte) => total + byte, 0)
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return head
}

function octal(value: number): string {
  return value.toString(8).padStart(11, '0')
}
