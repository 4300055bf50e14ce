/**
 * The eras: what Walrus and its successors do differently from HTTP, from S3 and from each other,
 * as one table. The code asks for a property and never for a name, so a new era is a new column.
 * README.md says what each property means on the wire.
 */

export type Era = {
  /** Service paths: where buckets are found when Host is the server's own address. */
  readonly basePaths: readonly string[]
  /** DNS labels of the service: text before them in Host is the bucket. */
  readonly hostLabels: readonly string[]
  /** Any host name that is not the server's own is taken for a bucket. */
  readonly foreignHostIsBucket: boolean
  readonly signatures: ReadonlyArray<'v2' | 'v4'>
  /** Whether SigV2 may leave the service path out of what it signs. */
  readonly strippedPathSigned: boolean
  /** How failed authentication is told: S3's codes, AccessDenied only, or at times a bare 500. */
  readonly authFailure: 'precise' | 'denied' | 'bare'
  /** Conditional and Range fields are found only in their canonical spelling. */
  readonly exactNames: boolean
  readonly quotedEtags: boolean
  /** What If-None-Match and If-Match understand. */
  readonly etagMatch: 'unquoted' | 'single' | 'list'
  /** A 304 has an XML document behind it. */
  readonly notModifiedBody: boolean
  readonly notModifiedEtag: boolean
  /** If-Modified-Since that would end in 304 ends in 500. */
  readonly sinceCrashes: boolean
  /** HEAD looks at conditional and Range fields. */
  readonly headConditions: boolean
  readonly range: 'exclusive-end' | 'no-unit' | 'whole-status' | 'rfc'
  readonly closesAfterObject: 'no' | 'silently' | 'announced'
  readonly requestsPerConnection: number
  /** An absent key is 403 to those who may not list the bucket. */
  readonly hidesAbsent: boolean
  /** Object GETs carry Date. */
  readonly objectDate: boolean
  readonly server: string | null
  /** Cache-Control, Expires, Content-Encoding, Content-Disposition are kept with the object. */
  readonly keepsFields: boolean
  readonly plusIsSpace: boolean
  /** `//` becomes `/`, a trailing `/` goes. */
  readonly collapsesSlashes: boolean
  /** `..` is resolved, a raw `#` ends the path. */
  readonly resolvesDots: boolean
  /** HEAD errors carry the XML document that GET errors do. */
  readonly headErrorBody: boolean
  readonly multipartEtag: 'uuid' | 'counted'
  /** `?IsCompressed=true` gives a gzip stream without length. */
  readonly compresses: boolean
  readonly torrents: boolean
  /** `response-*` of the anonymous: applied, or a 200 whose body is an error cut short. */
  readonly anonymousOverrides: 'applied' | 'cut-error'
  readonly listing: {
    readonly sqlPrefix: boolean
    readonly regexDelimiter: boolean
    readonly nextMarker: boolean
    readonly v2: boolean
  }
  readonly requestLineBytes: number
  readonly headerBytes: number
}

const walrus3: Era = {
  basePaths: ['/services/Walrus'],
  hostLabels: ['walrus'],
  foreignHostIsBucket: false,
  signatures: ['v2'],
  strippedPathSigned: true,
  authFailure: 'denied',
  exactNames: true,
  quotedEtags: false,
  etagMatch: 'unquoted',
  notModifiedBody: true,
  notModifiedEtag: true,
  sinceCrashes: false,
  headConditions: false,
  range: 'no-unit',
  closesAfterObject: 'no',
  requestsPerConnection: Infinity,
  hidesAbsent: false,
  objectDate: false,
  server: null,
  keepsFields: false,
  plusIsSpace: true,
  collapsesSlashes: true,
  resolvesDots: true,
  headErrorBody: false,
  multipartEtag: 'uuid',
  compresses: true,
  torrents: true,
  anonymousOverrides: 'applied',
  listing: { sqlPrefix: true, regexDelimiter: true, nextMarker: false, v2: false },
  requestLineBytes: 4096,
  headerBytes: 8192,
}

const walrus2: Era = {
  ...walrus3,
  strippedPathSigned: false,
  authFailure: 'bare',
  range: 'exclusive-end',
  headErrorBody: true,
  listing: { ...walrus3.listing, nextMarker: true },
}

const osg4: Era = {
  ...walrus3,
  basePaths: ['/services/objectstorage', '/services/Walrus'],
  hostLabels: ['objectstorage'],
  authFailure: 'precise',
  quotedEtags: true,
  notModifiedBody: false,
  sinceCrashes: true,
  range: 'whole-status',
  closesAfterObject: 'silently',
  collapsesSlashes: false,
  compresses: false,
  torrents: false,
  listing: { ...walrus3.listing, nextMarker: true },
}

const osg5: Era = {
  ...osg4,
  hostLabels: ['objectstorage', 's3'],
  foreignHostIsBucket: true,
  signatures: ['v2', 'v4'],
  etagMatch: 'single',
  sinceCrashes: false,
  closesAfterObject: 'announced',
  requestsPerConnection: 100,
  objectDate: true,
  keepsFields: true,
  listing: { ...osg4.listing, v2: true },
}

/** Modelled on Ceph's RADOS Gateway. */
const s3: Era = {
  basePaths: [''],
  hostLabels: [],
  foreignHostIsBucket: false,
  signatures: ['v2', 'v4'],
  strippedPathSigned: true,
  authFailure: 'precise',
  exactNames: false,
  quotedEtags: true,
  etagMatch: 'list',
  notModifiedBody: false,
  notModifiedEtag: false,
  sinceCrashes: false,
  headConditions: true,
  range: 'rfc',
  closesAfterObject: 'no',
  requestsPerConnection: Infinity,
  hidesAbsent: true,
  objectDate: true,
  server: 'Ceph Object Gateway',
  keepsFields: true,
  plusIsSpace: false,
  collapsesSlashes: false,
  resolvesDots: false,
  headErrorBody: false,
  multipartEtag: 'counted',
  compresses: false,
  torrents: false,
  anonymousOverrides: 'cut-error',
  listing: { sqlPrefix: false, regexDelimiter: false, nextMarker: true, v2: true },
  requestLineBytes: 8192,
  headerBytes: 16_384,
}

export const ERAS = { walrus2, walrus3, osg4, osg5, s3 } as const
export type EraName = keyof typeof ERAS
