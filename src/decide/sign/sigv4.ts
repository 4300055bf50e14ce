/**
 * AWS signature version 4 in its header form ("Authenticating Requests: Using the Authorization
 * Header", S3 API reference). What is hard: the path is signed as it is on the wire, not encoded a
 * second time as for other AWS services; and the key, four HMACs deep, is good for a day, so a
 * signer remembers it.
 */
import { createHash, createHmac } from 'node:crypto'
import type { Credential } from '../../model/secret.ts'
import { byBytes, canonicalFields } from './request.ts'
import type { SignRequest } from './request.ts'
import { encodeComponent, parseQuery } from './uri.ts'

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'
/** SHA-256 of no bytes: the payload of a GET or HEAD. */
export const EMPTY_PAYLOAD = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

export type SignV4Options = {
  /** Epoch ms. */
  readonly now: number
  readonly region: string
  /** Hex SHA-256 of the body, or UNSIGNED_PAYLOAD; that of an empty body when absent. */
  readonly payload?: string
  /** From `signingKey`, where the caller keeps it. */
  readonly key?: Buffer
}

/**
 * The fields that authenticate a request: x-amz-content-sha256, x-amz-date, x-amz-security-token
 * where the credential has a session, Authorization. Host and every field given are signed too.
 */
export function signV4(
  request: SignRequest, credential: Credential, options: SignV4Options,
): Array<[name: string, value: string]> {
  const payload = options.payload ?? EMPTY_PAYLOAD
  const timestamp = amzDate(options.now)
  const added: Array<[string, string]> = [
    ['x-amz-content-sha256', payload],
    ['x-amz-date', timestamp],
  ]
  if (credential.sessionToken !== null) {
    added.push(['x-amz-security-token', credential.sessionToken])
  }
  const scope = scopeOf(timestamp.slice(0, 8), options.region)
  const fields = [['host', request.host] as const, ...(request.fields ?? []), ...added]
  const canonical = canonicalRequest({ ...request, fields }, payload)
  const key = options.key ?? signingKey(credential.secretKey, scope)
  const signature = signatureV4(key, stringToSignV4(canonical.text, timestamp, scope))
  const value = `AWS4-HMAC-SHA256 Credential=${credential.accessKey}/${scope},` +
    `SignedHeaders=${canonical.signedHeaders},Signature=${signature}`
  return [...added, ['Authorization', value]]
}

/** A signer for one credential; it keeps the day's key, which is most of the work of signing. */
export function createV4Signer(
  credential: Credential, region: string,
): (request: SignRequest, now: number) => Array<[name: string, value: string]> {
  let day = ''
  let key = Buffer.alloc(0)
  return (request, now) => {
    const today = amzDate(now).slice(0, 8)
    if (today !== day) {
      key = signingKey(credential.secretKey, scopeOf(today, region))
      day = today
    }
    return signV4(request, credential, { now, region, key })
  }
}

/** What the key is derived from and good for: `20130524/us-east-1/s3/aws4_request`. */
export function scopeOf(day: string, region: string): string {
  return `${day}/${region}/s3/aws4_request`
}

/** The key for a scope: one HMAC for each of its parts. */
export function signingKey(secretKey: string, scope: string): Buffer<ArrayBuffer> {
  let key = Buffer.from(`AWS4${secretKey}`, 'utf8')
  for (const part of scope.split('/')) {
    key = createHmac('sha256', key).update(part, 'utf8').digest()
  }
  return key
}

/** Epoch ms → `20130524T000000Z`. */
export function amzDate(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

/** The canonical request over exactly the fields given, and their names as SignedHeaders wants. */
export function canonicalRequest(
  request: SignRequest, payload: string,
): { text: string; signedHeaders: string } {
  const fields = [...canonicalFields(request.fields)].sort(([a], [b]) => byBytes(a, b))
  const signedHeaders = fields.map(([name]) => name).join(';')
  const text = [
    request.method,
    request.path,
    canonicalQuery(request.query),
    ...fields.map(([name, value]) => `${name}:${value}`),
    '',
    signedHeaders,
    payload,
  ].join('\n')
  return { text, signedHeaders }
}

/** The string to sign over a canonical request; the timestamp is that of x-amz-date. */
export function stringToSignV4(canonical: string, timestamp: string, scope: string): string {
  const digest = createHash('sha256').update(canonical, 'utf8').digest('hex')
  return `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${digest}`
}

/** Hex of HMAC-SHA256. */
export function signatureV4(key: Buffer, stringToSign: string): string {
  return createHmac('sha256', key).update(stringToSign, 'utf8').digest('hex')
}

/** Encoded afresh, so that every spelling of a parameter signs alike; sorted by name and value. */
function canonicalQuery(query: string): string {
  if (query === '') return ''
  return parseQuery(query)
    .map(([name, value]) => [encodeComponent(name), encodeComponent(value ?? '')] as const)
    .sort(([a, x], [b, y]) => byBytes(a, b) || byBytes(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}
