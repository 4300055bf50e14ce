import type { ObjectRequest } from '../../model/origin.ts'
import type { AskedFor } from './answer.ts'
import { pathOf } from './dialects/dialect.ts'
import type { Dialect, Field } from './dialects/dialect.ts'
import type { Endpoint } from './endpoints.ts'
import type { WireRequest } from './pool.ts'
import type { Signer } from './signer.ts'

export type Composed = { readonly request: WireRequest; readonly asked: AskedFor }

export type ComposeOptions = {
  readonly dialect: Dialect
  readonly endpoint: Endpoint
  readonly sign: Signer
  /** Epoch ms by the store's clock. */
  readonly now: number
  /** Ask without the condition, because with it the store has failed. */
  readonly unconditional: boolean
  /** Ask on a new connection, because an old one has broken. */
  readonly fresh: boolean
}

/**
 * The request on the wire. It has no query and no field that a client could have had a say in: Host
 * is the endpoint's own, because stores route by it. Throws `credentials`.
 */
export function composeRequest(wanted: ObjectRequest, options: ComposeOptions): Composed {
  const { dialect, endpoint, sign, now } = options
  const path = pathOf(endpoint.path, wanted.object)
  const { fields: conditions, asked } = conditionsOf(wanted, dialect, options.unconditional)
  const { authority: host } = endpoint
  const signing = { method: wanted.method, host, path, query: '', fields: wanted.fields }
  const fields: Field[] = [
    ['Host', endpoint.authority],
    ['User-Agent', 'haulout'],
    // The bytes are the object; an encoded form would have another length and another MD5.
    ['Accept-Encoding', 'identity'],
    ...conditions,
    ...wanted.fields,
    ...sign(signing, now),
  ]
  const { method } = wanted
  const close = dialect.oneRequestPerConnection
  const { fresh } = options
  return { request: { method, path, fields: fields.flat(), close, fresh, body: null }, asked }
}

function conditionsOf(
  wanted: ObjectRequest, dialect: Dialect, unconditional: boolean,
): { fields: readonly Field[]; asked: AskedFor } {
  const { method, known, fromByte, untilByte = null } = wanted
  const plain: AskedFor = {
    method, condition: null, fromByte: 0, untilByte: null, version: null,
  }
  if (known === null) return { fields: [], asked: plain }
  if (fromByte > 0 || untilByte !== null) {
    const fields = dialect.ranges ? dialect.resume(known, fromByte, untilByte) : null
    return fields === null
      ? { fields: [], asked: plain }
      : { fields, asked: { ...plain, fromByte, untilByte, version: known } }
  }
  const fields = unconditional ? [] : dialect.revalidate(known)
  return { fields, asked: fields.length === 0 ? plain : { ...plain, condition: known } }
}
