/**
 * From a request to an Answer: who asks, for which resource, and which operation the query turns it
 * into. What is hard is the order, which decides between 403 and 404.
 */
import { createHash } from 'node:crypto'
import { parseQuery } from '../decide/sign/uri.ts'
import type { Credential } from '../model/secret.ts'
import type { Answer, Asked, StoreErrorCode } from './answer.ts'
import { bareAnswer, bytesBody, commonFields, errorAnswer, xmlAnswer } from './answer.ts'
import type { Era } from './eras.ts'
import { answerBuckets, answerListing } from './listing.ts'
import { locate } from './locate.ts'
import type { Resource } from './locate.ts'
import { answerCompressed, answerObject } from './object-answer.ts'
import type { Shelf, StoredObject } from './objects.ts'
import type { RequestHead } from './request.ts'
import { identify } from './signatures.ts'
import type { AuthFailure } from './signatures.ts'

/** What a store is: an era, objects, owners and a clock. */
export type Store = {
  readonly era: Era
  readonly shelf: Shelf
  readonly credentials: readonly Credential[]
  /** Buckets that the anonymous may list. */
  readonly listable: ReadonlySet<string>
  /** Host names that mean the server itself. */
  readonly ownNames: readonly string[]
  now(): number
}

/** Parameters that ask for something this store does not keep. */
const UNSUPPORTED = [
  'cors', 'lifecycle', 'logging', 'notification', 'policy', 'requestPayment', 'tagging',
  'uploadId', 'uploads', 'versioning', 'versions', 'website',
]

const OVERRIDES: ReadonlyMap<string, string> = new Map([
  ['response-content-type', 'content-type'],
  ['response-content-disposition', 'content-disposition'],
  ['response-content-encoding', 'content-encoding'],
  ['response-content-language', 'content-language'],
  ['response-cache-control', 'cache-control'],
  ['response-expires', 'expires'],
])

type Ask = {
  readonly store: Store
  readonly asked: Asked
  readonly owner: boolean
  readonly query: ReadonlyMap<string, string | null>
}

/** What the store says to a request; never an exception but for trouble with files. */
export async function answerRequest(head: RequestHead, store: Store): Promise<Answer> {
  const { era } = store
  const now = store.now()
  const asked = { era, head, now }
  const resource = locate(head, era, store.ownNames)
  if (resource.kind === 'malformed') return errorAnswer(asked, 'InvalidURI')
  if (resource.kind === 'nowhere') return bareAnswer(404)
  const identity = identify(head, { era, credentials: store.credentials, now, resource })
  if (typeof identity === 'object') return authFailure(asked, identity)
  if (head.method !== 'GET' && head.method !== 'HEAD') return errorAnswer(asked, 'MethodNotAllowed')
  const query = new Map(parseQuery(head.query))
  return await operate({ store, asked, owner: identity === 'owner', query }, resource)
}

async function operate(ask: Ask, resource: Resource): Promise<Answer> {
  switch (resource.kind) {
    case 'object': return await objectOperation(ask, resource.bucket, resource.key)
    case 'bucket': return await bucketOperation(ask, resource.bucket)
    default: {
      if (!ask.owner) return errorAnswer(ask.asked, 'AccessDenied')
      return answerBuckets(ask.asked, await ask.store.shelf.buckets())
    }
  }
}

function authFailure(asked: Asked, { failure }: AuthFailure): Answer {
  const { authFailure } = asked.era
  if (authFailure === 'precise') return errorAnswer(asked, failure)
  if (authFailure === 'bare' && failure === 'InvalidAccessKeyId') return bareAnswer(500)
  return errorAnswer(asked, 'AccessDenied')
}

async function bucketOperation(ask: Ask, bucket: string): Promise<Answer> {
  const { asked, query, store } = ask
  const objects = await store.shelf.list(bucket)
  if (objects === null) return errorAnswer(asked, 'NoSuchBucket')
  if (query.has('acl')) return ask.owner ? aclAnswer(asked, false) : denied(asked)
  if (query.has('location')) return ask.owner ? locationAnswer(asked) : denied(asked)
  if (UNSUPPORTED.some((name) => query.has(name))) return errorAnswer(asked, 'NotImplemented')
  if (!ask.owner && !store.listable.has(bucket)) return denied(asked)
  return await answerListing(asked, { name: bucket, objects }, query)
}

async function objectOperation(ask: Ask, bucket: string, key: string): Promise<Answer> {
  const { asked, query, store } = ask
  const object = await store.shelf.find(bucket, key)
  if (object === null) return errorAnswer(asked, await absence(ask, bucket))
  if (query.has('acl')) return ask.owner ? aclAnswer(asked, !object.private) : denied(asked)
  if (object.private && !ask.owner) return denied(asked)
  const version = query.get('versionId')
  if (version !== undefined && version !== 'null') return errorAnswer(asked, 'NoSuchVersion')
  if (query.has('torrent')) return await torrentAnswer(asked, object)
  if (UNSUPPORTED.some((name) => query.has(name))) return errorAnswer(asked, 'NotImplemented')
  if (asked.era.compresses && query.get('IsCompressed') === 'true') {
    return await answerCompressed(asked, object)
  }
  return await objectContent(ask, object)
}

async function objectContent(ask: Ask, object: StoredObject): Promise<Answer> {
  const { asked, query } = ask
  const overrides = new Map<string, string>()
  for (const [parameter, field] of OVERRIDES) {
    const value = query.get(parameter)
    if (value) overrides.set(field, value.replace(/[\r\n]/g, ' '))
  }
  const answer = await answerObject(asked, object, overrides)
  if (overrides.size === 0 || ask.owner || asked.era.anonymousOverrides === 'applied') return answer
  return cutError(asked, answer, object)
}

/** RGW has sent the status before it sees that overriding needs a signature. */
async function cutError(asked: Asked, answer: Answer, object: StoredObject): Promise<Answer> {
  const bytes: Buffer[] = []
  for await (const piece of errorAnswer(asked, 'AccessDenied').body.read()) bytes.push(piece)
  return { ...answer, body: bytesBody(Buffer.concat(bytes).subarray(0, object.sizeBytes)) }
}

async function absence(ask: Ask, bucket: string): Promise<StoreErrorCode> {
  if ((await ask.store.shelf.list(bucket)) === null) return 'NoSuchBucket'
  const hidden = ask.asked.era.hidesAbsent && !ask.owner && !ask.store.listable.has(bucket)
  return hidden ? 'AccessDenied' : 'NoSuchKey'
}

function denied(asked: Asked): Answer {
  return errorAnswer(asked, 'AccessDenied')
}

function aclAnswer(asked: Asked, publicRead: boolean): Answer {
  const everyone = '<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' +
    'xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>' +
    '<Permission>READ</Permission></Grant>'
  const owner = '<ID>pocket</ID><DisplayName>pocket</DisplayName>'
  return xmlAnswer(asked, 200, '<?xml version="1.0" encoding="UTF-8"?>' +
    '<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
    `<Owner>${owner}</Owner><AccessControlList><Grant><Grantee ` +
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">' +
    `${owner}</Grantee><Permission>FULL_CONTROL</Permission></Grant>` +
    `${publicRead ? everyone : ''}</AccessControlList></AccessControlPolicy>`)
}

function locationAnswer(asked: Asked): Answer {
  return xmlAnswer(asked, 200, '<?xml version="1.0" encoding="UTF-8"?>' +
    '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>')
}

/** A trackerless torrent of the object (BEP 3). */
async function torrentAnswer(asked: Asked, object: StoredObject): Promise<Answer> {
  if (!asked.era.torrents) return errorAnswer(asked, 'NotImplemented')
  const pieceBytes = 256 * 1024
  const pieces: Buffer[] = []
  for (let at = 0; at < object.sizeBytes; at += pieceBytes) {
    const hash = createHash('sha1')
    const end = Math.min(at + pieceBytes, object.sizeBytes)
    for await (const bytes of object.read(at, end)) hash.update(bytes)
    pieces.push(hash.digest())
  }
  const digests = Buffer.concat(pieces)
  const name = Buffer.from(object.key.split('/').at(-1)!, 'utf8')
  const torrent = Buffer.concat([
    Buffer.from(`d4:infod6:lengthi${object.sizeBytes}e4:name${name.length}:`), name,
    Buffer.from(`12:piece lengthi${pieceBytes}e6:pieces${digests.length}:`), digests,
    Buffer.from('ee'),
  ])
  const fields = [...commonFields(asked), ['Content-Type', 'application/x-bittorrent'] as const]
  const sendsBody = asked.head.method !== 'HEAD'
  return { ...bareAnswer(200), fields, body: bytesBody(torrent), sendsBody }
}
