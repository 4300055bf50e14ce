/** A client of the tests: one request over a real socket, and everything that came back. */
import { Agent, request } from 'node:http'
import type { Address } from '../../src/model/settings.ts'

export type Asked = {
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string
  /** Called with each piece; return false to break the connection. */
  readonly onBytes?: (piece: Buffer) => boolean | void
  readonly agent?: Agent
}

export type Answered = {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
  /** Whether the response came to its own end. */
  readonly complete: boolean
}

/**
 * Asks once; resolves also when the answer is cut. Rejects only when there was no answer at all.
 */
export function ask(address: Address, asked: Asked): Promise<Answered> {
  const { path, method = 'GET', headers = {}, onBytes, agent = new Agent(), body } = asked
  return new Promise((resolve, reject) => {
    const { host, port } = address
    const sent = request({ host, port, path, method, headers, agent }, (response) => {
      // From here on a reset is an answer that was cut; node tells it to both of them.
      sent.off('error', reject).on('error', () => {})
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => {
        if (onBytes === undefined) pieces.push(piece)
        else if (onBytes(piece) === false) response.destroy()
      })
      response.on('error', () => {})
      response.on('close', () => {
        const body = Buffer.concat(pieces)
        const { statusCode: status = 0, headers, complete } = response
        resolve({ status, headers, body, complete })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
