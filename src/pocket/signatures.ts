/**
 * Who is asking: signatures are verified by signing the request again as it was received and
 * comparing in constant time. What is hard is the resource: Eucalyptus 2 takes only the path on the
 * wire, later eras also the one without the service path.
 */
import { timingSafeEqual } from 'node:crypto'
import { signatureV2, stringToSignV2 } from '../decide/sign/sigv2.ts'
import {
  canonicalRequest, signatureV4, signingKey, stringToSignV4,
} from '../decide/sign/sigv4.ts'
import { parseQuery } from '../decide/sign/uri.ts'
import type { SignRequest } from '../decide/sign/request.ts'
import type { Credential } from '../model/secret.ts'
import type { Era } from './eras.ts'
import { strippedPath } from './locate.ts'
import type { Resource } from './locate.ts'
import { fieldOf } from './request.ts'
import type { RequestHead } from './request.ts'

/** Stores accept signatures made this long before or after now. */
const WINDOW_MS = 15 * 60 * 1000

/** The owner of everything, anybody, or somebody whose signature fails: then how. */
export type Identity = 'owner' | 'anonymous' | AuthFailure
export type AuthFailure = {
  readonly failure:
    'AccessDenied' | 'InvalidAccessKeyId' | 'SignatureDoesNotMatch' | 'RequestTimeTooSkewed'
}

export type Verification = {
  readonly era: Era
  readonly credentials: readonly Credential[]
  /** Epoch ms. */
  readonly now: number
  readonly resource: Resource
}

/** Header forms of both schemes, and V2's presigned queries. */
export function identify(head: RequestHead, by: Verification): Identity {
  const authorization = fieldOf(head, 'authorization')
  if (authorization?.startsWith('AWS ')) return identifyV2(head, authorization.slice(4), by)
  if (authorization?.startsWith('AWS4-HMAC-SHA256 ')) return identifyV4(head, authorization, by)
  if (authorization !== null) return { failure: 'AccessDenied' }
  return identifyPresigned(head, by)
}

function identifyV2(head: RequestHead, value: string, by: Verification): Identity {
  const colon = value.lastIndexOf(':')
  const date = fieldOf(head, 'x-amz-date') ?? fieldOf(head, 'date') ?? ''
  return judge(head, by, {
    accessKey: value.slice(0, colon),
    signature: value.slice(colon + 1),
    signedAt: Date.parse(date),
    sign: (secretKey, path) =>
      signatureV2(secretKey, stringToSignV2({ ...signRequest(head), path })),
  })
}

/** `?AWSAccessKeyId=…&Expires=…&Signature=…`: the expiry stands where the date would. */
function identifyPresigned(head: RequestHead, by: Verification): Identity {
  const query = new Map(parseQuery(head.query))
  const accessKey = query.get('AWSAccessKeyId')
  const expires = query.get('Expires')
  const signature = query.get('Signature')
  if (!accessKey || !expires || !signature) return 'anonymous'
  if (!(Number(expires) * 1000 >= by.now)) return { failure: 'AccessDenied' }
  return judge(head, by, {
    accessKey,
    signature,
    signedAt: by.now,
    sign: (secretKey, path) =>
      signatureV2(secretKey, stringToSignV2({ ...signRequest(head), path }, expires)),
  })
}

const V4 = new RegExp(
  '^AWS4-HMAC-SHA256 Credential=(.+)/(\\d{8}/[^/,]*/[^/,]*/aws4_request),' +
  '\\s*SignedHeaders=([^,\\s]+),\\s*Signature=([0-9a-f]{64})$',
)

/** Region and service are taken as they come; the payload's hash is mandatory. */
function identifyV4(head: RequestHead, authorization: string, by: Verification): Identity {
  const found = V4.exec(authorization)
  const payload = fieldOf(head, 'x-amz-content-sha256')
  if (!by.era.signatures.includes('v4') || found === null || payload === null) {
    return { failure: 'AccessDenied' }
  }
  const scope = found[2]!
  const signed = new Set(found[3]!.split(';'))
  const amz = head.fields.map(([name]) => name.toLowerCase()).filter((n) => n.startsWith('x-amz-'))
  if (!signed.has('host') || !amz.every((name) => signed.has(name))) {
    return { failure: 'AccessDenied' }
  }
  const timestamp = fieldOf(head, 'x-amz-date') ?? ''
  const fields = head.fields.filter(([name]) => signed.has(name.toLowerCase()))
  return judge(head, by, {
    accessKey: found[1]!,
    signature: found[4]!,
    signedAt: timestamp.startsWith(scope.slice(0, 8)) ? parseAmzDate(timestamp) : Number.NaN,
    sign: (secretKey, path) => {
      const { text } = canonicalRequest({ ...signRequest(head), path, fields }, payload)
      const key = signingKey(secretKey, scope)
      return signatureV4(key, stringToSignV4(text, timestamp, scope))
    },
  })
}

type Claim = {
  readonly accessKey: string
  readonly signature: string
  /** Epoch ms; NaN when the date is missing or broken. */
  readonly signedAt: number
  /** The signature that the owner of the secret would have made over this path. */
  sign(secretKey: string, path: string): string
}

function judge(head: RequestHead, by: Verification, claim: Claim): Identity {
  const credential = by.credentials.find((one) => one.accessKey === claim.accessKey)
  if (credential === undefined) return { failure: 'InvalidAccessKeyId' }
  if (Number.isNaN(claim.signedAt)) return { failure: 'AccessDenied' }
  if (Math.abs(claim.signedAt - by.now) > WINDOW_MS) return { failure: 'RequestTimeTooSkewed' }
  if (fieldOf(head, 'x-amz-security-token') !== credential.sessionToken) {
    return { failure: 'InvalidAccessKeyId' }
  }
  const paths = [head.path]
  if (by.era.strippedPathSigned) paths.push(strippedPath(head, by.era, by.resource))
  const right = paths.some((path) => same(claim.sign(credential.secretKey, path), claim.signature))
  return right ? 'owner' : { failure: 'SignatureDoesNotMatch' }
}

function signRequest(head: RequestHead): SignRequest {
  const host = fieldOf(head, 'host') ?? ''
  return { method: head.method, host, path: head.path, query: head.query, fields: head.fields }
}

function same(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** `20130524T000000Z` → epoch ms, NaN when it is not one. */
function parseAmzDate(text: string): number {
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (found === null) return Number.NaN
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number)
  return Date.UTC(year!, month! - 1, day, hour, minute, second)
}
