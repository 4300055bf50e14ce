import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect as connectTcp, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { HauloutError } from '../../errors.ts'
import type { Endpoint } from './endpoints.ts'

/** Exactly one of the two is null. Called once, never from within `Dial`. */
export type Dialled = (error: HauloutError | null, socket: Socket | null) => void

/** Begins to connect. Whoever destroys the socket meanwhile hears nothing more. */
export type Dial = (done: Dialled) => Socket

/** As much is read from a socket at once; also the size of the buffers that are passed on. */
const READ_BYTES = 64 * 1024
/** After so long without a byte TCP asks whether the other end is still there. */
const PROBE_MS = 60_000

/**
 * Opens connections to one endpoint, and knows in which phase an attempt failed: that is what tells
 * a refused connection from a certificate nobody trusts. One limit covers the name lookup, the
 * connection and the TLS handshake. Errors: origin-unreachable, origin-connect-timeout, origin-tls.
 *
 * @param options.ca a PEM file to trust instead of Node's own list; throws `config` if unreadable
 */
export function createDial(
  endpoint: Endpoint, options: { connectMs: number; ca: string | null },
): Dial {
  const open = endpoint.secure ? openTls(endpoint, options.ca) : openTcp(endpoint)
  return (done) => {
    let phase: 'connecting' | 'handshake' | 'over' = 'connecting'
    const socket = open()
    const timer = setTimeout(() => {
      const detail = `${endpoint.authority}: ${phase}, ${options.connectMs} ms`
      socket.destroy(new HauloutError('origin-connect-timeout', detail))
    }, options.connectMs)

    function settle(error: HauloutError | null): void {
      if (phase === 'over') return
      phase = 'over'
      clearTimeout(timer)
      done(error, error === null ? socket : null)
    }
    socket.once('connect', () => {
      if (endpoint.secure) phase = 'handshake'
      else settle(null)
    })
    socket.once('secureConnect', () => settle(null))
    socket.on('error', (error) => settle(dialError(endpoint, phase === 'handshake', error)))
    // Destroyed without an error: nobody waits any more.
    socket.once('close', () => clearTimeout(timer))
    return socket
  }
}

function openTcp(endpoint: Endpoint): () => Socket {
  const { host, port } = endpoint
  const options = {
    host, port, highWaterMark: READ_BYTES, noDelay: true,
    keepAlive: true, keepAliveInitialDelay: PROBE_MS,
  }
  return () => connectTcp(options)
}

/** Sessions are resumed, which spares the store most of the handshake. */
function openTls(endpoint: Endpoint, ca: string | null): () => TLSSocket {
  const { host, port } = endpoint
  const options = {
    host, port, highWaterMark: READ_BYTES, ALPNProtocols: ['http/1.1'],
    ...(ca === null ? {} : { ca: readAuthorities(ca) }),
    // An address is not a server name (RFC 6066 §3); the certificate is checked against it anyway.
    servername: isIP(host) === 0 ? host : '',
  }
  let session: Buffer | undefined
  return () => {
    const socket = connectTls(session === undefined ? options : { ...options, session })
    socket.setNoDelay(true).setKeepAlive(true, PROBE_MS)
    socket.on('session', (fresh) => { session = fresh })
    return socket
  }
}

function readAuthorities(ca: string): Buffer {
  try {
    const pem = readFileSync(ca)
    // OpenSSL passes over what it cannot read, and would then trust nobody without a word.
    void new X509Certificate(pem)
    return pem
  } catch (cause) {
    throw new HauloutError('config', `the authorities in ${ca} cannot be read`, cause)
  }
}

/** How a connection breaks in the middle of a handshake; every other error there is about TLS. */
const BREAKS = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT'])

function dialError(endpoint: Endpoint, inHandshake: boolean, error: Error): HauloutError {
  if (error instanceof HauloutError) return error
  const code = 'code' in error ? String(error.code) : error.message
  const detail = `${endpoint.authority}: ${code}`
  if (inHandshake && !BREAKS.has(code)) return new HauloutError('origin-tls', detail, error)
  if (code === 'ETIMEDOUT') return new HauloutError('origin-connect-timeout', detail, error)
  return new HauloutError('origin-unreachable', detail, error)
}
