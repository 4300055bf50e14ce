/**
 * The client's side of the house: sockets in, Exchanges out. What is hard about it is patience:
 * every wait for a client has a limit, so that no number of slow or silent ones can hold the place.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { plainAddress } from '../../decide/access/addresses.ts'
import { HauloutError } from '../../errors.ts'
import {
  CLIENT_CHECK_MS, CLIENT_HEAD_MS, CLIENT_IDLE_MS, CLIENT_PIPELINE, CLIENT_STALL_MS, HEADER_BYTES,
  HEADER_FIELDS,
} from '../../limits.ts'
import { newExchange, type Exchange } from '../../model/exchange.ts'
import type { Address } from '../../model/settings.ts'
import { Http1Wire } from './http1.ts'

export type Accept = {
  /** Answers an exchange; every exchange gets exactly one answer, now or later. */
  readonly serve: (x: Exchange) => void
  /** Told once per exchange when its answer has left or its client has; `complete` says which. */
  readonly settled: (x: Exchange, complete: boolean) => void
}

export type Listener = {
  readonly address: Address
  /** From now on so many connections at the same time; those that are open stay. */
  limit(maxConnections: number): void
  /** Stops accepting, lets running answers finish, closes idle connections. */
  drain(): Promise<void>
  /** Stops accepting and ends every connection at once. */
  cut(): void
}

/** Listens on `address`; throws HauloutError `listen` when that cannot be done. */
export async function listen(
  address: Address, maxConnections: number, accept: Accept,
): Promise<Listener> {
  const server = createServer({
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: CLIENT_HEAD_MS,
    // Bodies that are read have limits of their own; others end with their connection.
    requestTimeout: 0,
    keepAliveTimeout: CLIENT_IDLE_MS,
    connectionsCheckingInterval: CLIENT_CHECK_MS,
    // The gate answers a missing Host itself, so that it is recorded like everything else.
    requireHostHeader: false,
    // A request without a body needs no stream for one: 2 µs less per hit.
    optimizeEmptyRequests: true,
    noDelay: true,
  })
  // One more than the gate allows, so that the gate sees that there are too many.
  server.maxHeadersCount = HEADER_FIELDS + 1
  server.maxConnections = maxConnections
  server.timeout = CLIENT_STALL_MS
  let draining = false
  const queues = createQueues()
  const closing = new WeakSet<Socket>()
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    // What follows a connection's last answer is nobody's request (RFC 9112 §9.6): the parser may
    // have found it inside the body of one that was refused.
    if (closing.has(request.socket)) return
    if (response.socket === null && !queues.admit(request.socket, response)) return
    const x = exchangeOf(request, response)
    x.wire.closing = draining
    response.on('close', () => {
      settle(x, response, accept)
      // A connection that was busy when draining began has become idle.
      if (draining) setImmediate(() => server.closeIdleConnections())
    })
    accept.serve(x)
    if (x.wire.closing) closing.add(request.socket)
  }
  server.on('request', onRequest)
  // Who waits for 100 gets it once its body is wanted.
  server.on('checkContinue', onRequest)
  server.on('checkExpectation', onRequest)
  server.on('timeout', endSilent)
  server.on('connect', refuseTunnel)
  server.on('clientError', refuseNonsense)
  const connections = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
  })
  const bound = await bind(server, address)
  return {
    address: bound,
    limit(maxConnections) {
      server.maxConnections = maxConnections
    },
    drain: () => new Promise((resolve) => {
      draining = true
      server.close(() => resolve())
      server.closeIdleConnections()
    }),
    cut() {
      server.close()
      for (const socket of connections) endConnection(socket)
    },
  }
}

function bind(server: Server, { host, port }: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new HauloutError('listen', `${host}:${port}: ${error.message}`, error))
    })
    server.listen({ host, port, backlog: 4096 }, () => {
      const { address, port } = server.address() as AddressInfo
      resolve({ host: address, port })
    })
  })
}

type Queues = {
  /** Counts an answer that has to wait for the ones before it; false when they are too many. */
  admit(socket: Socket, response: ServerResponse): boolean
}

/**
 * A client that pipelines has each request answered at once, and the answers wait for each other:
 * without a limit, a few MiB of requests would become a few hundred MiB of answers.
 */
function createQueues(): Queues {
  const waiting = new WeakMap<Socket, number>()
  return {
    admit(socket, response) {
      const count = (waiting.get(socket) ?? 0) + 1
      if (count > CLIENT_PIPELINE) {
        socket.resetAndDestroy()
        return false
      }
      waiting.set(socket, count)
      response.on('close', () => waiting.set(socket, waiting.get(socket)! - 1))
      return true
    },
  }
}

function settle(x: Exchange, response: ServerResponse, accept: Accept): void {
  const complete = response.writableFinished
  if (!complete) x.wire.onGone?.()
  accept.settled(x, complete)
}

function exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange {
  return newExchange({
    wire: new Http1Wire(response),
    arrivedAt: Date.now(),
    startedMs: performance.now(),
    peer: plainAddress(request.socket.remoteAddress ?? '') ?? '-',
    method: request.method ?? '',
    url: request.url ?? '',
    version: request.httpVersion,
    fields: request.rawHeaders,
  })
}

/** What node's parser says of bytes that are no request, and the status for it. */
const NONSENSE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Content Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/**
 * Bytes that never became a request: a status, and the end of the connection. In the middle of an
 * answer the status would be taken for a part of its body, so there the connection is only cut.
 */
function refuseNonsense(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  if (isAnswering(socket)) {
    endConnection(socket)
    return
  }
  const status = NONSENSE[error.code ?? ''] ?? '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** Nobody is connected through here (RFC 9110 §9.3.6). */
function refuseTunnel(_request: IncomingMessage, socket: Duplex): void {
  socket.end('HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}

/**
 * Nothing has moved for long. Where that is because the origin has not answered yet, its own limits
 * hold, and those of a request's body.
 */
function endSilent(socket: Socket & { _httpMessage?: ServerResponse | null }): void {
  if (socket._httpMessage?.headersSent !== false) endConnection(socket)
}

/** At once. An answer that is cut short must not look complete; idle between two is no answer. */
function endConnection(socket: Socket): void {
  if (isAnswering(socket)) socket.resetAndDestroy()
  else socket.destroy()
}

/** Node's own listener for bad requests looks at the same property for the same reason. */
function isAnswering(socket: Socket & { _httpMessage?: ServerResponse | null }): boolean {
  return socket._httpMessage != null
}
