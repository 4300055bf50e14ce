/**
 * The admin listener: metrics for Prometheus, a health check, the status, reloads, bans, and what
 * would become of a request. It says too much for strangers and asks for no password, so it listens
 * on loopback unless the configuration says otherwise, and changes nothing that a web page wants.
 * Only who bans has to show a token: what a reload reads is in the operator's hands anyway, what a
 * ban takes is not.
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
import type { Answer } from './answer.ts'
import type { BanControl } from './bans.ts'
import { bodyOf } from './body.ts'
import type { Question } from '../process/explain.ts'
import { refusalOf, type Asker } from './guard.ts'
import { questionOf } from './question.ts'

export type Admin = {
  /** Where it listens; the port is the real one when 0 was asked for. */
  readonly address: Address
  /** Stops listening; scrapes that run get a second to finish. */
  close(): Promise<void>
}

type Scrape = Pick<Metrics, 'render' | 'contentType'>

/** What the process shows and does on request. */
export type Control = {
  /** Anything that JSON can say. */
  status(): object
  /** Never rejects; `text` is for whoever asked. */
  reload(): Promise<{ readonly kind: 'applied' | 'refused'; readonly text: string }>
  readonly bans: BanControl
  /** Anything that JSON can say; changes nothing. */
  explain(question: Question): object
}

type Options = {
  readonly address: Address
  readonly metrics: Scrape
  readonly control: Control
}

const TEXT = 'text/plain; charset=utf-8'

const JSON_TYPE = 'application/json; charset=utf-8'

type Page = {
  readonly methods: readonly string[]
  /** The body is read as far as it is of use; null for one that is too long or did not arrive. */
  readonly make: (options: Options, body: Promise<string | null>) => Answer | Promise<Answer>
  /** Whether who asks has to show the token. */
  readonly guarded?: boolean
}

const READ = ['GET', 'HEAD']

/** What there is, and how each is made. */
const PAGES: Readonly<Record<string, Page>> = {
  '/healthz': { methods: READ, make: () => ({ status: 200, type: TEXT, text: 'ok\n' }) },
  '/metrics': { methods: READ, make: answerMetrics },
  '/status': { methods: READ, make: answerStatus },
  '/reload': { methods: ['POST'], make: answerReload },
  '/purge': { methods: ['POST'], make: banning('purge'), guarded: true },
  '/ban': { methods: ['POST'], make: banning('ban'), guarded: true },
  '/bans': { methods: READ, make: answerBans, guarded: true },
  '/explain': { methods: ['POST'], make: answerExplain },
}

/**
 * Starts listening.
 * @throws HauloutError `listen` when the address cannot be had.
 */
export async function createAdmin(options: Options): Promise<Admin> {
  const server = createServer({
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: CLIENT_HEAD_MS,
    requestTimeout: CLIENT_REQUEST_MS,
    connectionsCheckingInterval: CLIENT_CHECK_MS,
  })
  server.maxConnections = ADMIN_CONNECTIONS
  server.timeout = CLIENT_STALL_MS
  server.on('request', (request, response) => {
    void answer(request, options).then((made) => send(request, response, made))
  })
  return { address: await bind(server, options.address), close: () => close(server) }
}

async function answer(request: IncomingMessage, options: Options): Promise<Answer> {
  const { url = '', method = '' } = request
  const body = bodyOf(request)
  const [path] = url.split('?', 1)
  const page = Object.hasOwn(PAGES, path!) ? PAGES[path!]! : null
  if (page === null) {
    const known = Object.keys(PAGES).join(', ')
    return { status: 404, type: TEXT, text: `not found: this listener has ${known}\n` }
  }
  if (!page.methods.includes(method)) {
    const text = `method not allowed: only ${page.methods.join(' and ')}\n`
    return { status: 405, type: TEXT, text, allow: page.methods.join(', ') }
  }
  const refusal = page.methods === READ ? null : refusalOf(askerOf(request), options.address.host)
  if (refusal !== null) return { status: 403, type: TEXT, text: `forbidden: ${refusal}\n` }
  if (page.guarded === true) {
    const unproven = options.control.bans.refuse(request.headers.authorization)
    if (unproven !== null) return unproven
  }
  return page.make(options, body)
}

function askerOf({ headers }: IncomingMessage): Asker {
  const { host, origin, 'sec-fetch-site': secFetchSite } = headers
  return { host, origin, secFetchSite: secFetchSite?.toString() }
}

/** A metric that cannot be read is a message to whoever scrapes, and no reason to stop serving. */
async function answerMetrics({ metrics }: Options): Promise<Answer> {
  try {
    return { status: 200, type: metrics.contentType, text: await metrics.render() }
  } catch (error) {
    return { status: 500, type: TEXT, text: `the metrics cannot be read: ${String(error)}\n` }
  }
}

function answerStatus({ control }: Options): Answer {
  return { status: 200, type: JSON_TYPE, text: `${JSON.stringify(control.status(), null, 2)}\n` }
}

/** 422 (RFC 9110 §15.5.21): the request is fine, what it leads to cannot be processed. */
async function answerReload({ control }: Options): Promise<Answer> {
  const { kind, text } = await control.reload()
  return { status: kind === 'applied' ? 200 : 422, type: TEXT, text: `${text.trimEnd()}\n` }
}

function banning(kind: 'purge' | 'ban'): Page['make'] {
  return async ({ control }, body) => control.bans[kind](await body)
}

function answerBans({ control }: Options): Answer {
  return { status: 200, type: JSON_TYPE, text: `${JSON.stringify(control.bans.list(), null, 2)}\n` }
}

/** A question that cannot be answered is a message to whoever asked, as metrics are. */
async function answerExplain(
  { control }: Options, body: Promise<string | null>,
): Promise<Answer> {
  const text = await body
  const question = text === null ? { fault: 'the body is too long' } : questionOf(text)
  if ('fault' in question) {
    return { status: 400, type: TEXT, text: `bad request: ${question.fault}\n` }
  }
  try {
    const trace = control.explain(question)
    return { status: 200, type: JSON_TYPE, text: `${JSON.stringify(trace, null, 2)}\n` }
  } catch (error) {
    return { status: 500, type: TEXT, text: `this cannot be explained: ${String(error)}\n` }
  }
}

function send(
  request: IncomingMessage, response: ServerResponse,
  { status, type, text, allow, challenge }: Answer,
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(allow !== undefined && { allow }),
    ...(challenge !== undefined && { 'www-authenticate': challenge }),
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
