/**
 * Asks the endpoints of an origin how they are. What is hard about it is not to take a bad moment
 * for a bad endpoint: stores under load answer 500 or 503 now and then, so it takes several probes
 * in a row to change what is thought of one. A probe is a request like others, signed like them,
 * but it does not wait in their queue, or a busy origin would pass for a dead one.
 */
import { HauloutError } from '../../errors.ts'
import { BODY_BYTES_PER_SECOND, ERROR_DOCUMENT_BYTES } from '../../limits.ts'
import type { EndpointState } from '../../model/origin.ts'
import type { OriginSettings } from '../../model/settings.ts'
import { readAnswer, readForwarded, type Answer, type WireHead } from './answer.ts'
import { Attempt } from './attempt.ts'
import type { Endpoint } from './endpoints.ts'
import type { Outlet } from './fetch.ts'
import type { Rejection } from './rejection.ts'
import type { Signer } from './signer.ts'

export type Health = {
  /** Begins to probe; without a `probe` in the settings nothing happens. */
  start(): void
  /** Ends it for good; no callback comes afterwards. */
  stop(): void
  /** What is thought of each endpoint; empty where none is probed. */
  states(): readonly EndpointState[]
}

export type HealthOptions = {
  readonly settings: OriginSettings
  readonly outlets: readonly Outlet[]
  readonly sign: Signer
  /** How far the store's clock is ahead, in ms. */
  readonly clock: { readonly skewMs: number }
  /** Dialects that say nothing usable after an answer, or one request a connection. */
  readonly oneRequestPerConnection: boolean
  readonly dropsAfterRefusal: boolean
  /** An endpoint has gone down or come up. */
  readonly onChange: (outlet: Outlet, state: EndpointState) => void
}

type Probed = {
  readonly outlet: Outlet
  state: EndpointState
  /** Answers in a row that speak against `state.up`. */
  against: number
  timer: NodeJS.Timeout | undefined
  attempt: Attempt | null
}

/** Makes one that has not begun; all endpoints are taken for up. */
export function createHealth(options: HealthOptions): Health {
  const { settings, outlets, onChange } = options
  const { probe } = settings
  let running = false
  const probed = (probe === null ? [] : outlets).map((outlet): Probed => ({
    outlet, against: 0, timer: undefined, attempt: null,
    state: {
      endpoint: outlet.endpoint.base + outlet.endpoint.path, up: true, sinceAt: Date.now(),
      detail: null,
    },
  }))

  function ask(one: Probed): void {
    one.attempt = attemptOf(options, one.outlet, (detail) => {
      one.attempt = null
      if (!running) return
      weigh(one, detail)
      later(one)
    })
    if (one.attempt === null) later(one)
  }

  function later(one: Probed): void {
    one.timer = setTimeout(() => ask(one), probe!.everyMs)
  }

  /** One probe alone proves nothing. */
  function weigh(one: Probed, detail: string | null): void {
    const up = detail === null
    one.against = up === one.state.up ? 0 : one.against + 1
    if (one.against < (up ? probe!.upAfter : probe!.downAfter)) return
    if (up === one.state.up) return
    one.against = 0
    one.state = { endpoint: one.state.endpoint, up, sinceAt: Date.now(), detail }
    onChange(one.outlet, one.state)
  }

  return {
    start() {
      if (running) return
      running = true
      for (const one of probed) ask(one)
    },
    stop() {
      running = false
      for (const { timer, attempt } of probed) {
        clearTimeout(timer)
        attempt?.cancel()
      }
    },
    states: () => probed.map(({ state }) => state),
  }
}

/**
 * One probe; `done` gets null for an endpoint that lives, else what it did. Null, and nothing is
 * called, when it cannot be asked for want of credentials, for which no endpoint can be blamed.
 */
function attemptOf(
  options: HealthOptions, { pool, endpoint }: Outlet, done: (detail: string | null) => void,
): Attempt | null {
  const { settings, oneRequestPerConnection: close, dropsAfterRefusal } = options
  const fields = fieldsOf(options, endpoint)
  if (fields === null) return null
  const path = endpoint.path + settings.probe!.path
  const request = { method: 'GET', path, fields, close, fresh: false, body: null }
  const limits = { ...settings.timeouts, bytesPerSecond: BODY_BYTES_PER_SECOND }
  let fault: string | null = null
  let received = 0
  const attempt: Attempt = new Attempt({
    pool, request, limits, dropsAfterRefusal, read: (head) => answerOf(settings, head),
  }, {
    onStatus() {},
    onAnswer(_answer, { status }) {
      if (status >= 500) fault = `status ${status}`
    },
    // A listing can be long; what matters has been said. A short one leaves the connection usable.
    onBytes(bytes) {
      received += bytes.length
      if (received <= ERROR_DOCUMENT_BYTES) return
      attempt.cancel()
      done(fault)
    },
    onEnd: () => done(fault),
    onRejection: (rejection) => done(faultOf(rejection)),
    onError: (error) => done(error.message),
  })
  return attempt
}

function answerOf({ dialect }: OriginSettings, head: WireHead): Answer {
  if (dialect === 'http') return readForwarded(head, { method: 'GET', fromByte: 0, version: null })
  return readAnswer(head, {
    method: 'GET', condition: null, fromByte: 0, untilByte: null, version: null,
  })
}

function fieldsOf({ settings, sign, clock }: HealthOptions, endpoint: Endpoint): string[] | null {
  const { host } = settings
  const named = host === 'endpoint' || host === 'client' ? endpoint.authority : host
  const path = endpoint.path + settings.probe!.path
  const signing = { method: 'GET' as const, host: named, path, query: '' }
  try {
    const signed = sign(signing, Date.now() + clock.skewMs)
    return ['Host', named, 'User-Agent', 'haulout', 'Accept-Encoding', 'identity', ...signed.flat()]
  } catch (error) {
    if (error instanceof HauloutError) return null
    throw error
  }
}

/**
 * Below 500 somebody is there who understands, whatever he thinks of the question. Only a 404 that
 * is no error document comes from a Eucalyptus whose store is not up yet.
 */
function faultOf({ status, code }: Rejection): string | null {
  if (status >= 500) return `status ${status}${code === null ? '' : ` ${code}`}`
  return status === 404 && code === null ? 'status 404, and not from a store' : null
}
