/**
 * Listings of buckets and of the service. What is hard: on Walrus `prefix` is an SQL LIKE pattern
 * and `delimiter` a regular expression, and a truncated page may not say where the next begins.
 */
import { byBytes } from '../decide/sign/request.ts'
import type { Answer, Asked } from './answer.ts'
import { errorAnswer, escapeXml, xmlAnswer } from './answer.ts'
import { etagOf } from './objects.ts'
import type { StoredObject } from './objects.ts'

const PAGE_KEYS = 1000
const NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'

export type ListedBucket = { readonly name: string; readonly objects: readonly StoredObject[] }
export type ListingQuery = ReadonlyMap<string, string | null>

/** One page of a bucket, ListObjects or, where the era has it, ListObjectsV2. */
export async function answerListing(
  asked: Asked, bucket: ListedBucket, query: ListingQuery,
): Promise<Answer> {
  const v2 = query.get('list-type') === '2' && asked.era.listing.v2
  const wanted = query.get('max-keys') ?? String(PAGE_KEYS)
  const limit = Math.min(PAGE_KEYS, Number(wanted))
  const after = v2
    ? (decodeToken(query.get('continuation-token')) ?? query.get('start-after') ?? '')
    : (query.get('marker') ?? '')
  const prefix = query.get('prefix') ?? ''
  const delimiter = compileDelimiter(query.get('delimiter') ?? '', asked)
  if (Number.isNaN(limit) || delimiter === 'broken') return errorAnswer(asked, 'InternalError')
  const test = prefixTest(prefix, asked)
  const page = cutPage(bucket.objects, { test, skip: prefix.length, delimiter, after, limit })
  const rows = await Promise.all(page.objects.map((object) => contentsXml(asked, object)))
  const next = page.truncated ? nextXml(asked, page.last, v2, delimiter !== null) : ''
  const xml = `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult ${NAMESPACE}>` +
    `<Name>${escapeXml(bucket.name)}</Name><Prefix>${escapeXml(prefix)}</Prefix>` +
    (v2 ? `<KeyCount>${page.objects.length + page.prefixes.length}</KeyCount>`
      : `<Marker>${escapeXml(after)}</Marker>`) +
    `<MaxKeys>${limit}</MaxKeys><IsTruncated>${page.truncated}</IsTruncated>${next}` +
    rows.join('') + page.prefixes.map(prefixXml).join('') + '</ListBucketResult>'
  return xmlAnswer(asked, 200, xml)
}

/** All buckets. */
export function answerBuckets(asked: Asked, buckets: readonly string[]): Answer {
  const rows = buckets.map((name) => `<Bucket><Name>${escapeXml(name)}</Name>` +
    '<CreationDate>2012-06-27T00:00:00.000Z</CreationDate></Bucket>')
  return xmlAnswer(asked, 200, '<?xml version="1.0" encoding="UTF-8"?>' +
    `<ListAllMyBucketsResult ${NAMESPACE}><Owner><ID>pocket</ID>` +
    `<DisplayName>pocket</DisplayName></Owner><Buckets>${rows.join('')}</Buckets>` +
    '</ListAllMyBucketsResult>')
}

type Page = { objects: StoredObject[]; prefixes: string[]; truncated: boolean; last: string }
type Cut = {
  test: (key: string) => boolean
  /** Length of the prefix, in which no delimiter counts. */
  skip: number
  delimiter: RegExp | null
  after: string
  limit: number
}

function cutPage(all: readonly StoredObject[], cut: Cut): Page {
  const page: Page = { objects: [], prefixes: [], truncated: false, last: '' }
  const keys = all.filter(({ key }) => cut.test(key)).sort((a, b) => byBytes(a.key, b.key))
  for (const object of keys) {
    const common = commonPrefix(object.key, cut.skip, cut.delimiter)
    const name = common ?? object.key
    if (name <= cut.after || name === page.prefixes.at(-1)) continue
    if (page.objects.length + page.prefixes.length >= cut.limit) {
      page.truncated = true
      break
    }
    if (common === null) page.objects.push(object)
    else page.prefixes.push(common)
    page.last = name
  }
  return page
}

function commonPrefix(key: string, from: number, delimiter: RegExp | null): string | null {
  const found = delimiter?.exec(key.slice(from)) ?? null
  return found === null ? null : key.slice(0, from + found.index + found[0].length)
}

/** The delimiter as the era searches for it; null for none. */
function compileDelimiter(text: string, asked: Asked): RegExp | null | 'broken' {
  if (text === '') return null
  try {
    return new RegExp(asked.era.listing.regexDelimiter ? text : RegExp.escape(text))
  } catch {
    return 'broken'
  }
}

/** `_` is any character and `%` any number of them where the prefix goes into a LIKE. */
function prefixTest(prefix: string, asked: Asked): (key: string) => boolean {
  if (!asked.era.listing.sqlPrefix) return (key) => key.startsWith(prefix)
  const pattern = RegExp.escape(prefix).replaceAll('_', '.').replaceAll('\\x25', '.*')
  const like = new RegExp(`^${pattern}`, 's')
  return (key) => like.test(key)
}

async function contentsXml(asked: Asked, object: StoredObject): Promise<string> {
  const etag = (await etagOf(object, asked.era)) ?? ''
  const written = asked.era.quotedEtags ? `"${etag}"` : etag
  return `<Contents><Key>${escapeXml(object.key)}</Key>` +
    `<LastModified>${new Date(object.lastModifiedAt).toISOString()}</LastModified>` +
    `<ETag>${escapeXml(written)}</ETag><Size>${object.sizeBytes}</Size>` +
    '<StorageClass>STANDARD</StorageClass></Contents>'
}

function prefixXml(prefix: string): string {
  return `<CommonPrefixes><Prefix>${escapeXml(prefix)}</Prefix></CommonPrefixes>`
}

/** S3 proper gives NextMarker only with a delimiter; Walrus 3 may not give it at all. */
function nextXml(asked: Asked, last: string, v2: boolean, delimited: boolean): string {
  if (v2) {
    const token = Buffer.from(last, 'utf8').toString('base64')
    return `<NextContinuationToken>${token}</NextContinuationToken>`
  }
  const given = asked.era.listing.nextMarker && (delimited || asked.era.listing.sqlPrefix)
  return given ? `<NextMarker>${escapeXml(last)}</NextMarker>` : ''
}

function decodeToken(token: string | null | undefined): string | null {
  return token ? Buffer.from(token, 'base64').toString('utf8') : null
}
