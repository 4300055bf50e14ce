/**
 * AWS signature version 2 for S3 ("Signing and Authenticating REST Requests", S3 developer guide),
 * the only scheme that every Walrus and its successors know. What is hard is the resource: it is
 * the path as sent, service path included, which Eucalyptus 2 insists on and later ones accept.
 */
import { createHmac } from 'node:crypto'
import type { Credential } from '../../model/secret.ts'
import { byBytes, canonicalFields } from './request.ts'
import type { SignRequest } from './request.ts'
import { parseQuery } from './uri.ts'

/** The query parameters that name another resource and so are signed; all others are not. */
const SUBRESOURCES: ReadonlySet<string> = new Set([
  'acl', 'cors', 'delete', 'lifecycle', 'location', 'logging', 'notification', 'partNumber',
  'policy', 'requestPayment', 'response-cache-control', 'response-content-disposition',
  'response-content-encoding', 'response-content-language', 'response-content-type',
  'response-expires', 'restore', 'tagging', 'torrent', 'uploadId', 'uploads', 'versionId',
  'versioning', 'versions', 'website',
])

/**
 * The fields that authenticate a request: Date, x-amz-security-token where the credential has a
 * session, Authorization.
 *
 * @param now epoch ms; stores accept 15 minutes of difference to their own clock
 */
export function signV2(
  request: SignRequest, credential: Credential, now: number,
): Array<[name: string, value: string]> {
  const added: Array<[string, string]> = [['Date', new Date(now).toUTCString()]]
  if (credential.sessionToken !== null) {
    added.push(['x-amz-security-token', credential.sessionToken])
  }
  const text = stringToSignV2({ ...request, fields: [...(request.fields ?? []), ...added] })
  const signature = signatureV2(credential.secretKey, text)
  return [...added, ['Authorization', `AWS ${credential.accessKey}:${signature}`]]
}

/**
 * The string to sign. The date is that of the request's Date field; with x-amz-date, which takes
 * its place, the line stays empty. Presigned requests put their expiry there instead.
 */
export function stringToSignV2(request: SignRequest, expires?: string): string {
  const fields = canonicalFields(request.fields)
  const date = fields.has('x-amz-date') ? '' : (fields.get('date') ?? '')
  return [
    request.method,
    fields.get('content-md5') ?? '',
    fields.get('content-type') ?? '',
    expires ?? date,
    ...amzLines(fields),
    request.path + subresources(request.query),
  ].join('\n')
}

/** Base64 of HMAC-SHA1. */
export function signatureV2(secretKey: string, stringToSign: string): string {
  return createHmac('sha1', secretKey).update(stringToSign, 'utf8').digest('base64')
}

function amzLines(fields: ReadonlyMap<string, string>): string[] {
  return [...fields]
    .filter(([name]) => name.startsWith('x-amz-'))
    .map(([name, value]) => `${name}:${value}`)
    .sort(byBytes)
}

/** Sorted, and with their values decoded: the signature is over what they mean. */
function subresources(query: string): string {
  if (query === '') return ''
  const signed = parseQuery(query)
    .filter(([name]) => SUBRESOURCES.has(name))
    .map(([name, value]) => (value === null || value === '' ? name : `${name}=${value}`))
    .sort(byBytes)
  return signed.length === 0 ? '' : `?${signed.join('&')}`
}
