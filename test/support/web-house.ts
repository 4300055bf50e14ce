/**
 * A whole haulout in front of an http origin that answers as a test says, on loopback. The test
 * writes the rules as its users do, in YAML.
 */
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { createLog } from '../../src/act/observe/log.ts'
import type { Address } from '../../src/model/settings.ts'
import { countsOf } from '../../src/run/config/checked.ts'
import { loadConfig } from '../../src/run/config/load.ts'
import { startWorker, type Worker } from '../../src/run/process/worker.ts'

/** What the origin was asked, body and all. */
export type Heard = {
  readonly method: string
  readonly url: string
  /** `[name, value, …]`, as they came. */
  readonly fields: readonly string[]
  readonly body: Buffer
}

/** How a test answers; `number` counts the requests from 1. */
export type Answer = (
  response: ServerResponse, heard: Heard, number: number, request: IncomingMessage,
) => void

export type WebHouse = {
  readonly worker: Worker
  readonly address: Address
  /** All requests that have come to the origin, in the order in which their bodies ended. */
  readonly heard: readonly Heard[]
  ask(path: string, asked?: Asked): Promise<Got>
}

export type Asked = {
  readonly method?: string
  /** `[name, value, …]`; Host is added unless it is there. */
  readonly fields?: readonly string[]
  readonly body?: string | Buffer
}

export type Got = {
  readonly status: number
  readonly phrase: string
  /** `[name, value, …]`, as they came, without those of the connection. */
  readonly fields: readonly string[]
  readonly body: string
  readonly complete: boolean
  /** Interim responses that came before it. */
  readonly interim: ReadonlyArray<{ status: number; fields: readonly string[] }>
  /** The outcome's name, as Cache-Status tells it. */
  readonly outcome: string
}

export type WebOptions = {
  /** Lines of the route besides name, match and to, e.g. `cache: { respect: origin }`. */
  readonly route?: string
  /** The glob of the route, and the path that it leads to. */
  readonly match?: string
  readonly path?: string
  /** In place of the origin that answers as the test says. */
  readonly endpoint?: string
  /** Keys of the origin besides dialect and endpoints. */
  readonly origin?: string
  /** Where its admin listener is; without one it has none. */
  readonly admin?: string
  /** Whole sections. */
  readonly config?: string
  /** Whether the origin answers before a body has come to its end. */
  readonly early?: boolean
}

/** Everything is allowed, and the origin's word counts. */
const ROUTE = 'methods: [GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS, REPORT]\n' +
  '    cache: { respect: origin }'

/** Opens both; they are gone when the test is over. */
export async function openWeb(
  t: Test, answer: Answer, options: WebOptions = {},
): Promise<WebHouse> {
  const heard: Heard[] = []
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const pieces: Buffer[] = []
    const reply = (): void => {
      const { method = '', url = '', rawHeaders: fields } = request
      const one = { method, url, fields, body: Buffer.concat(pieces) }
      heard.push(one)
      answer(response, one, heard.length, request)
    }
    if (options.early === true) return reply()
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', reply)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const loaded = loadConfig(configOf(port, options), 'web.yaml')
  const read = () => ({ settings: loaded.settings, check: countsOf(loaded) })
  const log = createLog(process.stderr)
  const worker = await startWorker({ file: null, read }, { version: '0.0.0', log })
  t.teardown(async () => {
    server.closeAllConnections()
    server.close()
    await worker.close()
  })
  const address = worker.httpAddress
  return { worker, address, heard, ask: (path, asked = {}) => askWeb(address, path, asked) }
}

function configOf(port: number, options: WebOptions): string {
  const { route = ROUTE, origin = '', config = '', match = '/{rest**}', path = '/{rest}' } = options
  const admin = options.admin === undefined ? 'off' : `"${options.admin}"`
  const endpoint = options.endpoint ?? `http://127.0.0.1:${port}`
  return `haulout: 1
listen: { http: "127.0.0.1:0", admin: ${admin} }
log: { access: { format: off } }
origins:
  site:
    dialect: http
    endpoints: ["${endpoint}"]
    ${origin}
routes:
  - name: site
    match: { path: "${match}" }
    to: { origin: site, path: "${path}" }
    ${route}
${config}
`
}

/** Fields that belong to the connection, or that nobody can foretell. */
const PASSING = new Set(['connection', 'keep-alive', 'transfer-encoding'])

/** Asks once, as `http.request` does. */
export function askWeb(address: Address, path: string, asked: Asked): Promise<Got> {
  const { method = 'GET', fields = [], body } = asked
  const has = (wanted: string) =>
    fields.some((name, i) => i % 2 === 0 && name.toLowerCase() === wanted)
  const headers = has('host') ? [...fields] : ['Host', 'www.example.org', ...fields]
  const isFramed = has('content-length') || has('transfer-encoding')
  if (body !== undefined && !isFramed) headers.push('Content-Length', String(body.length))
  const { host, port } = address
  const interim: Array<{ status: number; fields: readonly string[] }> = []
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, path, method, headers }, (response) => {
      sent.off('error', reject).on('error', () => {})
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', () => {})
      response.on('close', () => {
        const { statusCode, statusMessage, rawHeaders, complete } = response
        const said = response.headers['cache-status']?.toString() ?? ''
        resolve({
          status: statusCode ?? 0, phrase: statusMessage ?? '', complete, interim,
          fields: endToEnd(rawHeaders),
          body: Buffer.concat(pieces).toString('latin1'),
          outcome: /detail=([\w-]+)/.exec(said)?.[1] ?? '',
        })
      })
    })
    sent.on('information', ({ statusCode, rawHeaders }) => {
      interim.push({ status: statusCode, fields: rawHeaders })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function endToEnd(raw: readonly string[]): string[] {
  const fields: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    if (!PASSING.has(raw[i]!.toLowerCase())) fields.push(raw[i]!, raw[i + 1]!)
  }
  return fields
}

/** All values of a field, joined; null when it is not there. */
export function valueOf(fields: readonly string[], name: string): string | null {
  const values = fields.filter((_, i) => i % 2 === 1 && fields[i - 1]!.toLowerCase() === name)
  return values.length === 0 ? null : values.join(' | ')
}
