/**
 * The admin listener: metrics for Prometheus and a health check. It says too much for strangers and
 * asks for no password, so it listens on loopback unless the configuration says otherwise.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metrics } from '../../act/observe/metrics.ts'
import { HauloutError } from '../../errors.ts'
import {
  ADMIN_CLOSE_MS, ADMIN_CONNECTIONS, CLIENT_CHECK_MS, CLIENT_HEAD_MS, CLIENT_REQUEST_MS,
  CLIENT_STALL_MS, HEADER_BYTES,
} from '../../limits.ts'
import type { Address } from '../../model/settings.ts'

export type Admin = {
  /** Where it listens; the port is the real one when 0 was asked for. */
  readonly address: Address
  /** Stops listening; scrapes that run get a second to finish. */
  close(): Promise<void>
}

type Scrape = Pick<Metrics, 'render' | 'contentType'>

type Answer = { readonly status: number; readonly type: string; readonly text: string }

const TEXT = 'text/plain; charset=utf-8'

/** What there is, and how each is made. */
const PAGES: Readonly<Record<string, (metrics: Scrape) => Answer | Promise<Answer>>> = {
  '/healthz': () => ({ status: 200, type: TEXT, text: 'ok\n' }),
  '/metrics': answerMetrics,
}

/**
 * Starts listening.
 * @throws HauloutError `listen` when the address cannot be had.
 */
export async function createAdmin(
  { address, metrics }: { address: Address; metrics: Scrape },
): Promise<Admin> {
  const server = createServer({
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: CLIENT_HEAD_MS,
    requestTimeout: CLIENT_REQUEST_MS,
    connectionsCheckingInterval: CLIENT_CHECK_MS,
  })
  server.maxConnections = ADMIN_CONNECTIONS
  server.timeout = CLIENT_STALL_MS
  server.on('request', (request, response) => {
    void answer(request, metrics).then((made) => send(request, response, made))
  })
  return { address: await bind(server, address), close: () => close(server) }
}

async function answer(request: IncomingMessage, metrics: Scrape): Promise<Answer> {
  const [path] = (request.url ?? '').split('?', 1)
  const page = Object.hasOwn(PAGES, path!) ? PAGES[path!]! : null
  if (page === null) {
    const known = Object.keys(PAGES).join(' and ')
    return { status: 404, type: TEXT, text: `not found: this listener has ${known}\n` }
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, type: TEXT, text: 'method not allowed: only GET and HEAD are\n' }
  }
  return page(metrics)
}

/** A metric that cannot be read is a message to whoever scrapes, and no reason to stop serving. */
async function answerMetrics(metrics: Scrape): Promise<Answer> {
  try {
    return { status: 200, type: metrics.contentType, text: await metrics.render() }
  } catch (error) {
    return { status: 500, type: TEXT, text: `the metrics cannot be read: ${String(error)}\n` }
  }
}

function send(
  request: IncomingMessage, response: ServerResponse, { status, type, text }: Answer,
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 && { allow: 'GET, HEAD' }),
    // A scrape every few seconds gains nothing from a kept connection, and closing is simpler.
    connection: 'close',
  })
  response.end(request.method === 'HEAD' ? undefined : text)
}

function bind(server: Server, { host, port }: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(new HauloutError('listen', `${host}:${port}: ${error.message}`, error))
    })
    server.listen({ host, port }, () => {
      const bound = server.address() as AddressInfo
      resolve({ host: bound.address, port: bound.port })
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => server.closeAllConnections(), ADMIN_CLOSE_MS)
    server.close(() => {
      clearTimeout(limit)
      resolve()
    })
  })
}
