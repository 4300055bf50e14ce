import { isIP } from 'node:net'
import { formatBytes, parseBytes } from '../../lib/bytes.ts'
import { formatDuration, parseDuration } from '../../lib/durations.ts'
import type { SecretRef } from '../../model/secret.ts'
import type { Address } from '../../model/settings.ts'
import { spellDuration, spellSize } from './units.ts'

/**
 * The kinds of values a key may have: what people call it, how it is written, how it is read. The
 * schema, its errors, the JSON Schema and the manual all speak through this table.
 */
export type Kind<T> = {
  /** Fits behind "expected". */
  readonly what: string
  /** Fits behind "write e.g."; also the advice when it is wrong. */
  readonly example: string
  /** The kind in JSON Schema. */
  readonly form: Readonly<Record<string, unknown>>
  /** A value that may hold a secret is never quoted. */
  readonly quiet?: true
  /** What was probably meant by a value that is not of this kind; null when nobody can tell. */
  readonly spell?: (value: unknown) => string | null
  /** The words it may be, where there are few. */
  readonly words?: readonly string[]
  /** What the value means, or undefined when it is not of this kind. */
  readonly read: (value: unknown) => T | undefined
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** A kind that is a text of a certain form, meaning itself. */
function textKind(what: string, example: string, pattern: RegExp): Kind<string> {
  return {
    what, example,
    form: { type: 'string', pattern: pattern.source },
    read: (value) => typeof value === 'string' && pattern.test(value) ? value : undefined,
  }
}

/** A duration in ms, from `least` to `most`. */
function durationKind(least: number, most: number): Kind<number> {
  return {
    what: `a duration from ${formatDuration(least)} to ${formatDuration(most)}`,
    example: '500ms, 30s, 5m, 12h or 30d',
    spell: spellDuration,
    form: {
      type: ['string', 'integer'], maximum: 0,
      pattern: '^(0|(\\d+(\\.\\d+)?(ms|[wdhms]))+)$',
    },
    read: (value) => {
      const ms = value === 0 ? 0 : typeof value === 'string' ? parseDuration(value) : null
      return ms !== null && ms >= least && ms <= most ? ms : undefined
    },
  }
}

/** A number of bytes with a unit, at least so many. */
function sizeKind(least: number): Kind<number> {
  return {
    what: least === 0 ? 'a size' : `a size of at least ${formatBytes(least)}`,
    example: '64MiB, 1.5GiB or 500GB',
    spell: spellSize,
    form: { type: 'string', pattern: '^\\d+(\\.\\d+)?\\s*([kMGT]?B|[KMGT]iB)$' },
    read: (value) => {
      const bytes = typeof value === 'string' && /[A-Za-z]$/.test(value) ? parseBytes(value) : null
      return bytes !== null && bytes >= least ? bytes : undefined
    },
  }
}

function countKind(least: number, most: number): Kind<number> {
  return {
    what: `a whole number from ${least} to ${most}`,
    example: String(Math.max(least, 3)),
    form: { type: 'integer', minimum: least, maximum: most },
    read: (value) => {
      return Number.isInteger(value) && Number(value) >= least && Number(value) <= most
        ? Number(value) : undefined
    },
  }
}

function statusKind(statuses: readonly number[], example: string): Kind<number> {
  return {
    what: `one of the statuses ${statuses.join(', ')}`,
    example,
    form: { type: 'integer', enum: statuses },
    read: (value) => statuses.find((status) => status === value),
  }
}

/** What a wire can carry as a field value without meaning anything else (RFC 9110 §5.5). */
const FIELD_VALUE = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/
const HOST_PORT = /^((?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/
const ENDPOINT = new RegExp('^https?://(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|' +
  '\\[[0-9A-Fa-f:.]+\\])(?::\\d{1,5})?(?:/[A-Za-z0-9._~-]+)*/?$')

function readAddress(value: unknown): Address | undefined {
  const found = typeof value === 'string' ? HOST_PORT.exec(value) : null
  if (found === null || Number(found[2]) > 65_535) return undefined
  return { host: found[1]!.replace(/^\[|\]$/g, ''), port: Number(found[2]) }
}

/** Without the final slash, so that `/` and a bucket can be put behind it. */
function readEndpoint(value: unknown): string | undefined {
  if (typeof value !== 'string' || !ENDPOINT.test(value) || /\/\.\.?(?:\/|$)/.test(value)) {
    return undefined
  }
  return URL.canParse(value) ? value.replace(/\/$/, '') : undefined
}

function readSecret(value: unknown): SecretRef | undefined {
  const found = typeof value === 'string' ? /^(env|file):(.+)$/.exec(value) : null
  if (found === null) return undefined
  if (found[1] === 'file') return { kind: 'file', path: found[2]! }
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(found[2]!) ? { kind: 'env', name: found[2]! } : undefined
}

/** What is no reference is the value itself; what only looks like one is neither. */
function readExpected(value: unknown): string | SecretRef | undefined {
  if (typeof value !== 'string' || !FIELD_VALUE.test(value)) return undefined
  return /^(?:env|file):/.test(value) ? readSecret(value) : value
}

const INSTANT = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d(?:\.\d{1,9})?)([Zz]|[+-]\d\d:\d\d)$/

/** Date.parse takes 31 June for 1 July; who says that means something else. */
function readInstant(value: unknown): number | undefined {
  const found = typeof value === 'string' ? INSTANT.exec(value) : null
  const day = found === null ? NaN : Date.parse(`${found[1]}T00:00:00Z`)
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== found![1]) return undefined
  const at = Date.parse(`${found![1]}T${found![2]}${found![3]!.toUpperCase()}`)
  return Number.isNaN(at) ? undefined : at
}

const DENIALS = [400, 403, 404, 410, 421, 429, 451, 503]
/** What needs no field that a page cannot give: 401 a challenge, 405 an Allow, 3xx a Location. */
const SYNTHS = [200, 400, 402, 403, 404, 406, 409, 410, 418, 421, 422, 429, 451, 500, 501, 502, 503,
  504]
/** As browsers write it in Origin: without a path. `*.` is every host below a domain. */
const WEB_ORIGIN = new RegExp('^(?:\\*|https?://(?:\\[[0-9A-Fa-f:.]+\\]|' +
  '(?:\\*\\.)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?::[1-9]\\d{0,4})?)$')
const REDIRECTS = [301, 302, 303, 307, 308]

export const KINDS = {
  /** How long something lasts; ten years stand for always. */
  lasting: durationKind(0, 3650 * DAY),
  /** Timers: no timer of Node can wait for longer than 24 days, and none here should. */
  timeout: durationKind(1, DAY),
  pause: durationKind(0, DAY),
  period: durationKind(100, DAY),
  size: sizeKind(0),
  tierSize: sizeKind(1024 ** 2),
  attempts: countKind(1, 10),
  connections: countKind(1, 10_000),
  clients: countKind(1, 1_000_000),
  queue: countKind(0, 100_000),
  denial: statusKind(DENIALS, '404'),
  status: { ...countKind(100, 599), example: '404' },
  synth: statusKind(SYNTHS, '503'),
  redirection: statusKind(REDIRECTS, '302'),
  name: textKind('a name of letters, digits, `.`, `_` and `-`', 'releases',
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  bucketName: textKind('the name of a bucket', 'eucalyptus-releases',
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/),
  region: textKind('the name of a region', 'us-east-1', /^[A-Za-z0-9-]{1,64}$/),
  glob: textKind('a path glob', '"/downloads/{version}/{file}.tgz"', /^[\s\S]+$/),
  regex: textKind('a regular expression', "'/dl/(?<file>[^/]*)\\\\.tgz'", /^[^\p{Cc}]+$/u),
  host: textKind('a host', 'dl.example.org or "*.example.org"', /^[^\s/]+$/),
  hostField: textKind('endpoint, client, or a host', 'www.example.org or client',
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/),
  target: textKind('a bucket and a key', '"releases/{version}/{file}.tgz"', /^[\s\S]+$/),
  pageText: textKind('the text of a page', '"<h1>{status} {phrase}</h1>"', /^[\s\S]+$/),
  pageType: textKind('a media type without parameters', 'text/html',
    /^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*$/),
  pageFile: textKind('a path in the file system', 'pages/404.html', /^[^\0]+$/),
  webOrigin: textKind('an origin: a scheme, a host, perhaps a port, and nothing behind it',
    '"https://app.example.org", "https://*.example.org" or "*"', WEB_ORIGIN),
  indexName: textKind('the name of a file', 'index.html', /^(?!\.{1,2}$)[^/\\\p{Cc}]{1,255}$/u),
  tag: textKind('a tag', '"release-{version}"', /^[\s\S]+$/),
  forwardPath: textKind('a path with captures', '"/{rest}"', /^[\s\S]+$/),
  parameter: textKind('the name of a parameter, with `*` for any characters', '"utm_*"',
    /^[^\s&=#]+$/),
  location: textKind('a path or a URL', '"/downloads/3.1/{rest}"', /^[\s\S]+$/),
  folder: textKind('a path in the file system', '/var/cache/haulout', /^[^\0]+$/),
  pemFile: textKind('a path in the file system', '/etc/ssl/certs/cloud.pem', /^[^\0]+$/),
  logFile: textKind('a path in the file system, or stdout', '/var/log/haulout.log', /^[^\0]+$/),
  plainPath: textKind('a path', '/healthz', /^\/[A-Za-z0-9._~/-]*$/),
  fieldName: textKind('the name of a header field', 'content-type',
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/),
  fieldNames: textKind('the name of a header field, or its beginning and `*`',
    'server or "x-amz-*"', /^[A-Za-z0-9!#$%&'+.^_`|~-]+\*?$/),
  fieldValue: textKind('the value of a header field', '"text/plain"', FIELD_VALUE),
  /** Texts with `*`: in fields what a wire can carry, and nothing; elsewhere anything in a line. */
  fieldPattern: textKind('a text, with `*` for any characters', '"*gzip*"',
    /^[\t\x20-\x7e]{0,1024}$/),
  pattern: textKind('a text, with `*` for any characters', '"3.*"', /^[^\p{Cc}]{0,1024}$/u),
  mediaType: textKind('a media type, or its beginning and `*`', 'application/json or "text/*"',
    /^[A-Za-z0-9!#$&^_.+-]+\/(?:[A-Za-z0-9!#$&^_.+-]+\*?|\*)$/),
  keyGlob: textKind('a glob for a key', '"**/*.iso"', /^[\s\S]+$/),
  sentence: textKind('a text in one line', 'a tarball of 3.1', /^[^\p{Cc}]{1,200}$/u),
  object: textKind('a bucket and a key', 'releases/3.1/a.tgz', /^[^/]+\/[\s\S]+$/),
  forwarded: textKind('an origin and a path', 'planet/news?page=2', /^[^/]+\/\S*$/),
  url: textKind('a path or a URL', '/downloads/3.1/a.tgz', /^[\s\S]+$/),
  testUrl: textKind('a URL with its host, or a path', '"http://dl.example.org/a.tgz"',
    /^(?:https?:\/\/[^/?#\s]|\/)[^\p{Cc}]*$/u),
  fieldOrNone: {
    what: 'the value of a header field, or false for one that is removed', example: '"text/plain"',
    form: { anyOf: [{ type: 'string', pattern: FIELD_VALUE.source }, { const: false }] },
    read: (value: unknown) => value === false ||
      (typeof value === 'string' && FIELD_VALUE.test(value)) ? value : undefined,
  } satisfies Kind<string | false>,
  address: {
    what: 'an address and a port', example: '127.0.0.1:8080 or "[::]:80"',
    form: { type: 'string', pattern: HOST_PORT.source }, read: readAddress,
  } satisfies Kind<Address>,
  endpoint: {
    what: 'the URL of a store, without user, query or fragment',
    example: 'http://10.1.0.2:8773/services/Walrus',
    form: { type: 'string', pattern: ENDPOINT.source }, quiet: true, read: readEndpoint,
  } satisfies Kind<string>,
  secret: {
    what: 'where the secret is kept; a secret itself must not stand in this file',
    example: '"env:NAME" or "file:/etc/haulout/secret"',
    form: { type: 'string', pattern: '^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$' },
    quiet: true, read: readSecret,
  } satisfies Kind<SecretRef>,
  network: textKind('a network or an address', '10.0.0.0/8 or "!10.66.0.0/16"',
    /^!?\s*[0-9A-Fa-f:.]+(?:\/\d{1,3})?$/),
  file: textKind('a path in the file system', '/etc/haulout/staff.htpasswd', /^[^\0]+$/),
  user: textKind('the name of a user', 'alice', /^[^:\p{Cc}]{1,255}$/u),
  ip: {
    what: 'an address', example: '192.0.2.7', form: { type: 'string', pattern: '^[0-9A-Fa-f:.]+$' },
    read: (value: unknown) => typeof value === 'string' && isIP(value) > 0 ? value : undefined,
  } satisfies Kind<string>,
  realm: textKind('a text in ASCII', 'Engineering', FIELD_VALUE),
  expected: {
    what: 'the value of a header field, or env:NAME or file:PATH for a secret',
    example: '"env:NAME", "file:/etc/haulout/token" or "1"',
    form: { type: 'string', pattern: FIELD_VALUE.source }, quiet: true, read: readExpected,
  } satisfies Kind<string | SecretRef>,
  instant: {
    what: 'an instant (RFC 3339)', example: '2027-01-01T00:00:00Z',
    form: { type: 'string', pattern: INSTANT.source }, read: readInstant,
  } satisfies Kind<number>,
  switch: {
    what: 'true or false', example: 'true', form: { type: 'boolean' },
    read: (value: unknown) => typeof value === 'boolean' ? value : undefined,
  } satisfies Kind<boolean>,
} as const

/** The same kind, or `off`, which reads as null. */
export function orOff<T>(kind: Kind<T>): Kind<T | null> {
  return {
    ...kind,
    what: `${kind.what}, or off`,
    form: { anyOf: [kind.form, { const: 'off' }] },
    read: (value) => value === 'off' ? null : kind.read(value),
  }
}

/** One of a few words. */
export function wordKind<const W extends string>(words: readonly W[]): Kind<W> {
  return {
    what: words.length > 1 ? `one of ${words.join(', ')}` : words[0]!,
    example: words[0]!,
    words,
    form: { type: 'string', enum: words },
    read: (value) => words.find((word) => word === value),
  }
}
