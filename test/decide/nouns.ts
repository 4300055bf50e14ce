/** Nouns for tables of cases: whole and plain, with what a case is about put over it. */
import type { Entry } from '../../src/model/entry.ts'
import type { Exchange, RequestHead } from '../../src/model/exchange.ts'
import type { Facts, Received, Respect } from '../../src/model/facts.ts'
import type { OriginHead } from '../../src/model/origin.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import type { CachePolicy, Policy, Template } from '../../src/model/policy.ts'
import type { Wire } from '../../src/model/wire.ts'

/** Sunday, 6 November 1994, 08:49:37 GMT: the instant of the RFC's own examples. */
export const MODIFIED_AT = 784_111_777_000
export const MODIFIED = 'Sun, 06 Nov 1994 08:49:37 GMT'
export const NOW = Date.UTC(2026, 0, 31, 12, 0, 0)

export function requestHead(fields: Partial<RequestHead> = {}): RequestHead {
  return {
    host: null, range: null, ifRange: null, ifMatch: null, ifNoneMatch: null,
    ifModifiedSince: null, ifUnmodifiedSince: null, contentLength: null, transferEncoding: null,
    expect: null, userAgent: null, referer: null, authorization: null, origin: null,
    forwardedFor: null,
    ...fields,
  }
}

export function outcome(parts: Partial<Outcome> = {}): Outcome {
  return {
    name: 'miss', reason: null, errorCode: null, errorDetail: null, forwarded: null,
    stored: false, collapsed: false, originStatus: 0, originMs: 0, ...parts,
  }
}

/** A decision that touches the client's end is none. */
const UNTOUCHABLE = new Proxy({}, {
  get() {
    throw new Error('a decision has touched the wire')
  },
}) as Wire

export function exchange(parts: Partial<Exchange> = {}): Exchange {
  return {
    wire: UNTOUCHABLE, arrivedAt: NOW, startedMs: 0, peer: parts.client ?? '192.0.2.7',
    client: '192.0.2.7', trusted: false, method: 'GET', url: '/', version: '1.1',
    fields: ['Host', 'dl.example.org'], generation: 1, pages: null,
    head: requestHead(),
    target: { host: '', path: '', raw: '', query: '' }, policy: null, pass: false, captures: [],
    object: null, onward: null, user: null, key: '',
    outcome: outcome(), ...parts,
  }
}

export function cachePolicy(parts: Partial<CachePolicy> = {}): CachePolicy {
  return {
    ttlMs: 60_000, graceMs: 10_000, keepMs: 100_000, notFoundMs: 5000, forbiddenMs: 2000,
    verify: 'md5', respect: 'rules', setCookie: 'refuse', directives: 'obey', ...parts,
  }
}

export function policy(cache: Partial<CachePolicy> = {}, key?: Template): Policy {
  return {
    route: 'files', captures: ['key'], methods: new Set(['GET', 'HEAD']), allow: 'GET, HEAD',
    action: {
      kind: 'object', origin: 'walrus', bucket: 'releases', bucketName: 'eucalyptus-releases',
      key: key ?? { literals: ['', ''], slots: [0] }, index: null,
    },
    trailingSlash: 'keep', cors: null,
    access: null,
    cache: cachePolicy(cache),
    kept: { cache: cachePolicy(cache), cacheable: true, memory: true, disk: true },
    recv: null, fetch: null, store: null, deliverSteps: null,
    pass: false,
    purges: false,
    respect: null,
    tags: [],
    deliver: { set: [], unset: new Set(), unsetPrefixes: [], cacheStatus: true },
  }
}

/** Ten bytes, strong tag, modified long before it was stored. */
export function entry(parts: Partial<Entry> = {}): Entry {
  return {
    key: 'walrus:eucalyptus-releases/a.tgz',
    object: {
      origin: 'walrus', bucket: 'releases', bucketName: 'eucalyptus-releases', key: 'a.tgz',
    },
    bodyId: 1, status: 200, fields: ['Content-Type', 'application/gzip'], etag: '"abc"',
    originEtag: 'abc', lastModified: MODIFIED, lastModifiedAt: MODIFIED_AT,
    date: 'Sat, 31 Jan 2026 12:00:00 GMT', lengthBytes: 10, tags: [], storedAt: NOW, body: null,
    fetchedFor: { route: 'files', host: 'dl.example.org', path: '/a.tgz' }, spent: false,
    bansSeen: 0, dropped: [], retryAt: 0, kept: null, ready: null, web: null, ...parts,
  }
}

export function originHead(parts: Partial<OriginHead> = {}): OriginHead {
  return {
    kind: 'content', status: 200, phrase: 'OK', fields: [], fromByte: 0, lengthBytes: 10,
    delimited: true, code: null, waitMs: 1, ...parts,
  }
}

/** A GET that an `http` origin has answered at NOW, at once and in full, with a bare Date. */
export function received(fields: readonly string[] = [], parts: Partial<Received> = {}): Received {
  return {
    method: 'GET', asked: [], status: 200, requestedAt: NOW, receivedAt: NOW, delimited: true,
    targetUri: 'http://planet.example.org/a?b', ...parts,
    fields: fields.some((one) => one === 'Date') ? fields : ['Date', DATE, ...fields],
  }
}

/** NOW as a field has it. */
export const DATE = 'Sat, 31 Jan 2026 12:00:00 GMT'

/** A response of which its origin said nothing, and which was new when it came. */
export function facts(parts: Partial<Facts> = {}): Facts {
  return {
    lifetimeMs: -1, heuristicMs: 0, initialAgeMs: 0, validateAlways: false, neverStale: false,
    whileRevalidateMs: -1, ifErrorMs: -1, withheld: [], ...parts,
  }
}

/** An operator who leaves everything to the RFC, but for keeping what is stale for an hour. */
export function respect(parts: Partial<Respect> = {}): Respect {
  return {
    ttlMs: null, graceMs: 0, keepMs: 3_600_000, cookies: 'refuse', directives: true, ...parts,
  }
}
