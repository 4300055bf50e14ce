import type { Socket } from 'node:net'

/** How much of a response's beginning is remembered: `HTTP/1.1`. */
const OPENING_CHARS = 8

/**
 * What the socket of a connection says that the HTTP client does not pass on. What is hard: the
 * client takes a reset for the end of a response without a length, and accepts one that calls
 * itself HTTP/2.0, so both have to be seen at the socket itself.
 */
export type Line = {
  readonly socket: Socket
  /** Requests sent over it so far. */
  requests: number
  /** The other end has finished, or the connection broke. */
  broken: boolean
  /** The error it broke with; null for an orderly end. */
  error: Error | null
  /** The first eight bytes received since the last request. */
  opening: string
}

/** Must be called before the HTTP client has the socket, so that these listeners come first. */
export function watchLine(socket: Socket): Line {
  const line: Line = { socket, requests: 0, broken: false, error: null, opening: '' }
  socket.on('end', () => { line.broken = true })
  socket.on('error', (error) => {
    // The client also destroys sockets with errors of its own; those of the system name a call.
    if ('syscall' in error) line.broken = true
    line.error = error
  })
  const read = socket.read.bind(socket)
  socket.read = (size?: number) => {
    const bytes = read(size) as Buffer | null
    const missing = OPENING_CHARS - line.opening.length
    if (bytes !== null && missing > 0) line.opening += bytes.toString('latin1', 0, missing)
    return bytes
  }
  return line
}
