/**
 * What an origin would be asked, for `explain`. What is hard about it is what it must not know: it
 * is composed by the very function that composes requests, but signed with credentials that are
 * nobody's, and what the signature makes of them is left out, too.
 */
import { SECRET_FIELD } from '../../decide/access/compile.ts'
import type { ForwardedRequest, ObjectRequest, OriginRequest } from '../../model/origin.ts'
import type { Credential } from '../../model/secret.ts'
import type { OriginSettings } from '../../model/settings.ts'
import type { FetchTrace } from '../../model/trace.ts'
import { composeRequest } from './compose.ts'
import { parseEndpoint, type Endpoint } from './endpoints.ts'
import { forwardedTo } from './forwarded-head.ts'
import { storeDialect } from './origin.ts'
import { signerWith } from './signer.ts'

const HIDDEN = '***'

/** What is left of the fields that authenticate. */
const MASKS: ReadonlyArray<readonly [field: string, value: RegExp, shown: string]> = [
  ['authorization', /^AWS .*$/, `AWS ${HIDDEN}`],
  ['authorization', /^AWS4-HMAC-SHA256 .*$/, `AWS4-HMAC-SHA256 Credential=${HIDDEN}`],
  ['x-amz-security-token', /^.*$/, HIDDEN],
]

/**
 * A request as it would be sent at `now` (epoch ms) to the first endpoint. Secrets of haulout's own
 * are not even read, so none can be missing; those of a client are left out.
 */
export function previewRequest(
  wanted: OriginRequest, settings: OriginSettings, now: number,
): FetchTrace {
  const endpoint = parseEndpoint(settings.endpoints[0]!)
  return wanted.kind === 'object' ? signed(wanted, { settings, endpoint, now })
    : forwarded(wanted, settings, endpoint)
}

type Place = {
  readonly settings: OriginSettings
  readonly endpoint: Endpoint
  readonly now: number
}

function signed(wanted: ObjectRequest, { settings, endpoint, now }: Place): FetchTrace {
  if (settings.dialect === 'http') throw new Error(`bug: ${settings.name} has no objects`)
  const { request } = composeRequest(wanted, {
    dialect: storeDialect(settings.dialect),
    endpoint,
    sign: signerWith(settings, nobodys(settings)),
    now,
    unconditional: false,
    fresh: false,
  })
  const { method, path, fields } = request
  return { method, url: `${endpoint.base}${path}`, fields: fields.map(masked) }
}

function forwarded(
  wanted: ForwardedRequest, settings: OriginSettings, endpoint: Endpoint,
): FetchTrace {
  const { path, fields } = forwardedTo(wanted, settings, endpoint)
  const shown = fields.map((text, i) => {
    return i % 2 === 1 && SECRET_FIELD.test(fields[i - 1]!.toLowerCase()) ? HIDDEN : text
  })
  return { method: wanted.method, url: `${endpoint.base}${path}`, fields: shown }
}

function masked(text: string, i: number, fields: readonly string[]): string {
  if (i % 2 === 0) return text
  const name = fields[i - 1]!.toLowerCase()
  const mask = MASKS.find(([field, value]) => field === name && value.test(text))
  return mask === undefined ? text : mask[2]
}

/** With a session token where the real one has one: it is a field of its own. */
function nobodys({ credentials }: OriginSettings): (() => Credential) | null {
  if (credentials === null) return null
  const sessionToken = credentials.sessionToken === null ? null : HIDDEN
  const credential = { accessKey: HIDDEN, secretKey: HIDDEN, sessionToken }
  return () => credential
}
