/**
 * Answers that haulout words itself: refusals, redirects, errors, negative answers. What they say
 * is plain text about the client's request; what the origin said stays in the log.
 */
import { STATUS_CODES } from 'node:http'
import { cacheStatus } from '../../decide/http/cache-status.ts'
import { corsForAll, corsForOne } from '../../decide/http/cors.ts'
import { formatDate } from '../../decide/http/date.ts'
import { visibleFields } from '../../decide/http/headers.ts'
import { deliverOfOwn } from '../../decide/rules/deliver.ts'
import { pageFor, renderPage } from '../../decide/synth/page.ts'
import type { HauloutError } from '../../errors.ts'
import type { Cors } from '../../model/cors.ts'
import type { Exchange } from '../../model/exchange.ts'
import { REASONS, type Reason } from '../../model/outcome.ts'
import type { Page } from '../../model/page.ts'
import { VIA } from './via.ts'

/** A whole answer of our own: status, extra fields, and one line or a page that says why. */
export type Synth = {
  readonly status: number
  readonly text: string
  readonly fields?: readonly string[]
  /** In place of the line, and of the page that all answers of this status have. */
  readonly page?: Page
  /** Whether this is the connection's last response. */
  readonly close?: boolean
}

/** What a client is told of a reason, in a sentence. */
export function sentence(reason: Reason): string {
  return REASONS[reason]
}

/** Sends it. Errors are not for caches downstream: they carry `Cache-Control: no-store`. */
export function synthesize(x: Exchange, synth: Synth): void {
  const { wire, policy, outcome } = x
  const { type, body } = worded(x, synth)
  const fields = [
    'Content-Type', type,
    'X-Content-Type-Options', 'nosniff',
    ...keeping(x, synth.status),
    ...(synth.fields ?? []),
  ]
  // That a purge is done is nothing that the route delivers.
  const isTold = synth.status < 300 && synth.page === undefined
  const deliver = policy === null || isTold ? null : deliverOfOwn(policy, x, {
    object: x.object, status: synth.status, lengthBytes: body.length, fields,
  })
  const visible = deliver === null ? fields : visibleFields(fields, deliver, x.captures)
  visible.push('Date', formatDate(x.arrivedAt), 'Via', VIA)
  if (policy?.deliver.cacheStatus) visible.push('Cache-Status', cacheStatus(outcome, null))
  if (policy !== null && policy.cors !== null) permitOrigin(visible, policy.cors, x)
  visible.push('Content-Length', String(body.length))
  if (synth.close === true) wire.closing = true
  wire.head(synth.status, visible)
  wire.end(x.method === 'HEAD' ? null : body)
}

function permitOrigin(fields: string[], cors: Cors, { head }: Exchange): void {
  fields.push(...corsForAll(cors, fields), ...corsForOne(cors, head.origin))
}

/** Sends a 204 with these fields. It has no content, and no length of one (RFC 9110 §8.6). */
export function synthesizeEmpty(x: Exchange, fields: readonly string[]): void {
  const { wire, policy, outcome } = x
  const said = [...fields, 'Date', formatDate(x.arrivedAt), 'Via', VIA]
  if (policy?.deliver.cacheStatus) said.push('Cache-Status', cacheStatus(outcome, null))
  wire.head(204, said)
  wire.end(null)
}

/** A line, or the page for it. What leads elsewhere, or says that all is well, has none. */
function worded({ pages }: Exchange, synth: Synth): { type: string; body: Buffer } {
  const { status, text, page } = synth
  const phrase = STATUS_CODES[status] ?? ''
  const found = page ?? (pages === null || status < 400 ? null : pageFor(pages, status))
  if (found === null) return { type: PLAIN, body: Buffer.from(`${status} ${phrase}: ${text}\n`) }
  const values = { status: String(status), phrase, text }
  return { type: found.contentType, body: Buffer.from(renderPage(found, values)) }
}

const PLAIN = 'text/plain; charset=utf-8'

/** What caches may do with it: nothing with errors; where not all may, only the client's own. */
function keeping({ policy }: Exchange, status: number): string[] {
  if (status >= 400) return ['Cache-Control', 'no-store']
  return policy === null || policy.access === null ? [] : ['Cache-Control', 'private']
}

/**
 * What a client is told of an origin's failure: which kind, and nothing that is not its business.
 */
const FAILURES: Readonly<Record<number, string>> = {
  502: 'the origin did not give a usable answer',
  503: 'too many requests are waiting for the origin',
  504: 'the origin did not answer in time',
}

/** Seconds after which a client that was turned away may try again. */
const RETRY_AFTER_SECONDS = '5'

/** An error of the world as an answer; the details go to the log. */
export function synthesizeError(x: Exchange, error: HauloutError): void {
  const { status } = error
  const text = FAILURES[status] ?? 'the request could not be answered'
  const fields = status === 503 ? ['Retry-After', RETRY_AFTER_SECONDS] : []
  synthesize(x, { status, text, fields })
}
