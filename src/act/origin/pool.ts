/**
 * The connections to one endpoint, on top of undici; the only file that knows it. One undici
 * Client is one connection, and here each carries one request at a time: undici's own Pool can
 * neither take back a request that is still connecting nor discard the one connection that a
 * response has made unfit.
 *
 * Sharp edges of undici, all wrapped here: its parser is one for all connections and not
 * re-entrant, so requests are sent and bodies resumed from a microtask, never from within a
 * callback; its timers are coarse, start again with each 1xx, and are therefore off; what a
 * callback throws would pass for an error of the origin; and see `line.ts`.
 */
import { Client } from 'undici'
import type { Dispatcher } from 'undici'
import { HauloutError } from '../../errors.ts'
import { HEADER_BYTES, INTERIM_RESPONSES, ORIGIN_KEEP_ALIVE_MS } from '../../limits.ts'
import type { RequestBody } from '../../model/body.ts'
import type { WireHead } from './answer.ts'
import { streamOf } from './body-stream.ts'
import type { Dial } from './dial.ts'
import { watchLine } from './line.ts'
import type { Line } from './line.ts'

/** A request as it will be on the wire. */
export type WireRequest = {
  readonly method: string
  readonly path: string
  /** `[name, value, …]`, Host among them. */
  readonly fields: readonly string[]
  /** Whether it is the connection's last. */
  readonly close: boolean
  /** Whether it needs a connection that has carried nothing yet. */
  readonly fresh: boolean
  /** What follows the head; null for nothing. */
  readonly body: RequestBody | null
}

/** Called in this order; `onEnd` or `onError` is the last. None is called from within `ask`. */
export type Answering = {
  /** The head of the request has a connection; a body follows as far as the origin takes it. */
  onSent(): void
  /** A 1xx response, any number of times before the head. */
  onInterim?(status: number, fields: readonly string[]): void
  /** The final head, after any 1xx. */
  onHead(head: WireHead): void
  onBytes(bytes: Buffer): void
  /** `torn`: the connection broke, so a body that only its end delimits may have lost some. */
  onEnd(torn: Error | null): void
  onError(error: HauloutError): void
}

/** A request under way. */
export type Asking = {
  /** Whether the connection had carried requests before. */
  readonly reused: boolean
  /** Whether any byte of an answer has come. */
  readonly heard: boolean
  pause(): void
  resume(): void
  /** Makes it the connection's last. */
  retire(): void
  /** Ends it in whatever state it is, and the connection with it. Nothing is called afterwards. */
  abandon(): void
}

export type Pool = {
  ask(request: WireRequest, answering: Answering): Asking
  /** Closes idle connections at once, busy ones when they become idle. */
  close(): Promise<void>
}

export type PoolOptions = {
  /** `http://10.1.0.2:8773`. */
  readonly base: string
  readonly dial: Dial
}

/** Has no limit of its own: whoever asks must have been admitted. */
export function createPool(options: PoolOptions): Pool {
  const idle: Connection[] = []
  let closing = false
  return {
    ask(request, answering) {
      // One that is idle makes room for a fresh one, so that they never become more.
      if (request.fresh) void idle.shift()?.discard()
      const connection = (request.fresh ? undefined : idle.pop()) ?? new Connection(options)
      return new Question(connection, request, {
        answering,
        release: (retired) => {
          if (closing || retired) void connection.discard()
          else idle.push(connection)
        },
      })
    },
    async close() {
      closing = true
      await Promise.all(idle.splice(0).map((connection) => connection.discard()))
    },
  }
}

/** One place to send requests from; undici connects it again after the store has closed it. */
class Connection {
  line: Line | null = null
  readonly client: Client

  constructor({ base, dial }: PoolOptions) {
    this.client = new Client(base, {
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: HEADER_BYTES,
      maxResponseSize: -1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: ORIGIN_KEEP_ALIVE_MS,
      keepAliveMaxTimeout: ORIGIN_KEEP_ALIVE_MS,
      connect: (_options, callback) => {
        const socket = dial((error, connected) => {
          if (error !== null) callback(error, null)
          else if (connected !== null) callback(null, connected)
        })
        this.line = watchLine(socket)
      },
    })
  }

  /** Cuts it, even while it is connecting. */
  async discard(): Promise<void> {
    this.line?.socket.destroy()
    await this.client.destroy()
  }
}

type Ends = { readonly answering: Answering; readonly release: (retired: boolean) => void }

/** What undici calls. */
type Dispatched = Parameters<Client['dispatch']>[1]

/** One request on one connection. */
class Question implements Asking, Dispatched {
  reused = false
  readonly #connection: Connection
  readonly #answering: Answering
  readonly #release: Ends['release']
  #controller: Dispatcher.DispatchController | null = null
  #interim = 0
  #headSeen = false
  #paused = false
  #retired = false
  #over = false

  constructor(connection: Connection, request: WireRequest, { answering, release }: Ends) {
    this.#connection = connection
    this.#answering = answering
    this.#release = release
    queueMicrotask(() => this.#dispatch(request))
  }

  get heard(): boolean {
    return (this.#connection.line?.opening ?? '') !== ''
  }

  pause(): void {
    this.#paused = true
    this.#controller?.pause()
  }

  resume(): void {
    this.#paused = false
    queueMicrotask(() => { if (!this.#paused && !this.#over) this.#controller?.resume() })
  }

  retire(): void {
    this.#retired = true
  }

  abandon(): void {
    if (this.#over) return
    this.#over = true
    void this.#connection.discard()
  }

  #dispatch({ method, path, fields, close, body }: WireRequest): void {
    if (this.#over) return
    // Left alone, undici closes the connection after HEAD: some stores send a body there.
    const reset = close ? { reset: true } : {}
    const headers = [...fields]
    if (body?.lengthBytes != null) headers.push('Content-Length', String(body.lengthBytes))
    const options = { method, path, headers, body: body === null ? null : streamOf(body), ...reset }
    this.#connection.client.dispatch(options, this)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#over) return
    this.#controller = controller
    const { line } = this.#connection
    if (line !== null) {
      this.reused = line.requests > 0
      line.requests += 1
      line.opening = ''
    }
    this.#answering.onSent()
  }

  onResponseStart(
    controller: Dispatcher.DispatchController, status: number, _fields: unknown, phrase = '',
  ): void {
    if (this.#over) return
    const fields = latin1(controller.rawHeaders)
    if (status >= 100 && status < 200) return this.#interimStart(status, fields)
    this.#headSeen = true
    const opening = this.#connection.line?.opening ?? ''
    this.#tell(() => this.#answering.onHead({ opening, status, phrase, fields }))
  }

  #interimStart(status: number, fields: readonly string[]): void {
    this.#interim += 1
    if (this.#interim > INTERIM_RESPONSES) this.#fail('origin-protocol', 'endless 1xx responses')
    else this.#tell(() => this.#answering.onInterim?.(status, fields))
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (!this.#over) this.#tell(() => this.#answering.onBytes(bytes))
  }

  onResponseEnd(): void {
    if (this.#over) return
    const torn = this.#connection.line?.error ?? null
    this.#over = true
    this.#release(this.#retired)
    this.#tell(() => this.#answering.onEnd(torn))
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#over) return
    if (error instanceof HauloutError) this.#fail(error.code, error.detail, error.cause)
    else if (!this.#broken(error)) this.#fail('origin-protocol', describe(error), error)
    else this.#fail(this.#headSeen ? 'origin-cut' : 'origin-reset', describe(error), error)
  }

  #fail(code: HauloutError['code'], detail: string, cause?: unknown): void {
    this.abandon()
    this.#tell(() => this.#answering.onError(new HauloutError(code, detail, cause)))
  }

  /** What a callback throws is a bug of ours and must not look like an error of the origin. */
  #tell(call: () => void): void {
    try {
      call()
    } catch (bug) {
      this.abandon()
      queueMicrotask(() => { throw bug })
    }
  }

  /** Whether the connection is at fault rather than what came over it. */
  #broken(error: Error): boolean {
    return this.#connection.line?.broken === true || 'syscall' in error
  }
}

function latin1(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  return Array.isArray(raw) ? raw.map((part) => part.toString('latin1')) : []
}

function describe(error: Error): string {
  const code = 'code' in error ? `${String(error.code)}: ` : ''
  return `${code}${error.message}`
}
