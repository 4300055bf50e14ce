/** A client that says exactly the bytes a test gives it, for what no HTTP library would send. */
import { connect } from 'node:net'
import type { Address } from '../../src/model/settings.ts'

/** All that came back until the server closed the connection, as latin1. */
export function sendRaw(address: Address, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(address.port, address.host, () => socket.write(bytes, 'latin1'))
    let text = ''
    socket.on('data', (piece: Buffer) => { text += piece.toString('latin1') })
    // A reset is an end like any other: what has come by then is the answer.
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
  })
}

/** The statuses of all responses in what `sendRaw` gave, in order; no body may say `HTTP/1.1`. */
export function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((found) => Number(found[1]))
}
