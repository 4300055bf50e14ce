/**
 * The listening end: plain HTTP and, with a certificate, TLS on the same port, as Eucalyptus binds
 * 8773; and a way to be refused, which needs the port to be closed and then had again.
 */
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { HauloutError } from '../errors.ts'

export type ListenerOptions = {
  /** 0 lets the system choose; once chosen it stays. */
  readonly port: number
  readonly host: string
  /** PEM. */
  readonly tls: { readonly key: string; readonly cert: string } | null
}

export type Listener = {
  readonly port: number
  /** `listen` error when the address cannot be had. */
  listen(): Promise<void>
  /** Stops listening and drops all connections; does nothing when it is not listening. */
  refuse(): Promise<void>
}

/** Listens at once; `serve` gets each connection, after the handshake where there is one. */
export async function startListener(
  options: ListenerOptions, serve: (socket: Socket) => void,
): Promise<Listener> {
  const sockets = new Set<Socket>()
  const speak = options.tls === null ? serve : speakBoth(options.tls, serve)
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    ignoreErrors(socket)
    speak(socket)
  })
  let port = await listenOn(server, options.port, options.host)
  return {
    get port() {
      return port
    },
    async listen() {
      port = await listenOn(server, port, options.host)
    },
    async refuse() {
      if (!server.listening) return
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** A TLS handshake begins with byte 22 (RFC 8446 §5.1), which no method does. */
function speakBoth(
  tls: { key: string; cert: string }, serve: (socket: Socket) => void,
): (socket: Socket) => void {
  const secure = createTlsServer({ ...tls, allowHalfOpen: true }, (socket) => {
    ignoreErrors(socket)
    serve(socket)
  })
  return (socket) => {
    socket.once('data', (bytes: Buffer) => {
      socket.pause()
      socket.unshift(bytes)
      if (bytes[0] === 22) secure.emit('connection', socket)
      else serve(socket)
      process.nextTick(() => socket.resume())
    })
  }
}

/** A client that is gone is noticed by whoever writes to it. */
function ignoreErrors(socket: Socket): void {
  socket.on('error', () => {})
}

function listenOn(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => {
      reject(new HauloutError('listen', `${host}:${port}`, cause))
    }
    server.once('error', failed)
    server.listen(port, host, () => {
      server.off('error', failed)
      resolve((server.address() as AddressInfo).port)
    })
  })
}
