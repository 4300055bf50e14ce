import type { IncomingMessage } from 'node:http'
import { QUESTION_BYTES } from '../../limits.ts'

/**
 * Takes all that a request brings along, and keeps what is short enough to mean something; null for
 * a body that is too long or did not arrive.
 */
export function bodyOf(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let bytes = 0
    request.on('data', (piece: Buffer) => {
      bytes += piece.length
      if (bytes <= QUESTION_BYTES) pieces.push(piece)
    })
    request.on('end', () => {
      resolve(bytes > QUESTION_BYTES ? null : Buffer.concat(pieces).toString('utf8'))
    })
    request.on('close', () => resolve(null))
  })
}
