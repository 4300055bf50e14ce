import { newExchange, type Exchange } from '../../model/exchange.ts'
import type { RequestBody } from '../../model/body.ts'
import type { RuleTest } from '../../model/proof.ts'
import type { Wire } from '../../model/wire.ts'
import { plainAddress } from '../access/addresses.ts'

/** A client's address that nobody has (RFC 5737). */
const CLIENT = '192.0.2.1'

/** Where a test that names no host asks. */
const HOST = 'localhost'

/** Nobody reads it either. */
const EMPTY: RequestBody = Object.freeze({
  lengthBytes: 0, started: false, start() {}, pause() {}, resume() {},
})

/** Nobody is at the other end: a decision sends nothing. */
const NOBODY: Wire = Object.freeze({
  head() {}, interim() {}, body: () => EMPTY, write: () => true, end() {}, cut() {},
  batchBytes: 0, closing: false, status: 0, sentBytes: 0, firstByteMs: 0, gone: true,
  onReady: null, onGone: null,
})

/**
 * The exchange that a test's request would be, as if it had come from a socket. What is hard about
 * it: the URL must get to the line byte for byte, or no test could show what becomes of `%2f..`. So
 * it is only cut behind its host, as clients do; a Host field of the test's own replaces that.
 */
export function exchangeOf(request: RuleTest['request']): Exchange {
  const { method, url, client = CLIENT, user, at = 0 } = request
  const fields = user === undefined ? request.fields
    : [...request.fields, 'Authorization', credentialsFor(user)]
  const whole = /^https?:\/\/([^/?#]*)(.*)$/is.exec(url)
  const host = whole === null ? HOST : whole[1]!
  const rest = whole === null ? url : whole[2]!
  const named = fields.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
  return newExchange({
    wire: NOBODY,
    arrivedAt: at,
    startedMs: 0,
    peer: plainAddress(client) ?? client,
    method,
    url: rest.startsWith('/') ? rest : `/${rest}`,
    version: '1.1',
    fields: named ? fields : ['Host', host, ...fields],
  })
}

/** The field of a user whose password nobody looks at. */
function credentialsFor(user: string): string {
  return `Basic ${Buffer.from(`${user}:`).toString('base64')}`
}
