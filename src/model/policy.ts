import type { Access } from './access.ts'
import type { Cors } from './cors.ts'
import type { Respect } from './facts.ts'
import type { Page } from './page.ts'
import type { Refusal } from './outcome.ts'
import type { StoreSettings } from './steps.ts'
import type { Text } from './text.ts'
import type { When } from './when.ts'

/**
 * A Template is a string with captures in it, cut at compile time:
 * `releases/{version}/{file}.tgz` is `{ literals: ['releases/', '/', '.tgz'], slots: [0, 1] }`.
 * There is always one literal more than there are slots.
 */
export type Template = {
  readonly literals: readonly string[]
  /** Positions in the exchange's `captures`. */
  readonly slots: readonly number[]
}

/**
 * The value of a header field with captures in it, cut at compile time; see
 * decide/rules/field-template for what each piece becomes.
 */
export type FieldTemplate = { readonly pieces: readonly FieldPiece[] }

export type FieldPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'slot'; readonly slot: number; readonly spelling: Spelling }
  /** `name="…"`, with captures between the quotes. */
  | { readonly kind: 'parameter'; readonly name: string; readonly value: readonly FieldPiece[] }

/** How a capture is spelt: by what surrounds it. */
export type Spelling = 'plain' | 'quoted' | 'extended'

/** What a route does with a request it has matched. */
export type Action =
  | {
      readonly kind: 'object'
      readonly origin: string
      readonly bucket: string
      readonly bucketName: string
      readonly key: Template
      /** What the key of a folder is completed with; null: folders name no object. */
      readonly index: string | null
    }
  | {
      readonly kind: 'forward'
      /** An http origin. */
      readonly origin: string
      /** Begins with `/`. */
      readonly path: Template
      /** What of the query counts; null: all of it, as it is. */
      readonly query: QueryRule | null
      /** Fields of the request by which responses differ, said or not; lower case. */
      readonly vary: readonly string[]
      /** Whether Authorization is the origin's; false where it names users of the route's own. */
      readonly authorization: boolean
    }
  | { readonly kind: 'redirect'; readonly to: Template; readonly status: number }
  | { readonly kind: 'deny'; readonly status: number }
  | { readonly kind: 'synth'; readonly status: number; readonly page: Page }

/** Which parameters of a query tell one response from another, by their names. */
export type QueryRule = {
  readonly drop: readonly Text[]
  /** Null: all that are not dropped. */
  readonly keep: readonly Text[] | null
  readonly sort: boolean
}

/** Where a client is sent. */
export type Redirection = {
  readonly kind: 'redirect'
  readonly status: number
  /** The value of Location. */
  readonly location: string
}

/** How the paths of a route shall end; clients with another one are sent there. */
export const TRAILING_SLASHES = ['add', 'remove', 'keep'] as const
export type TrailingSlash = (typeof TRAILING_SLASHES)[number]

/** How long a stored response may be used, and how its bytes are proven. */
export type CachePolicy = {
  /** Fresh for so long after the origin last vouched for it. */
  readonly ttlMs: number
  /** After that, served stale for so long while one refresh runs behind. */
  readonly graceMs: number
  /** After that, kept so long for revalidation, and as a last resort when the origin fails. */
  readonly keepMs: number
  /** ttl of a 404 or 410. Zero: never stored. */
  readonly notFoundMs: number
  /** ttl of a 403. Zero: never stored. */
  readonly forbiddenMs: number
  /** `md5`: the bytes must have the MD5 that the ETag states, where the ETag is one. */
  readonly verify: 'md5' | 'none'
  /** `origin`: RFC 9111 decides, see `Policy.respect`. Only for http origins, as what follows. */
  readonly respect: 'origin' | 'rules'
  /** What becomes of a response with Set-Cookie. */
  readonly setCookie: 'refuse' | 'strip' | 'store'
  /** Whether the cache directives of requests count. */
  readonly directives: 'obey' | 'ignore'
}

/** What is changed on the response's head as it leaves. */
export type DeliverPolicy = {
  /** Names are lower case. */
  readonly set: ReadonlyArray<readonly [name: string, value: string | FieldTemplate]>
  /** Names to remove, lower case; a trailing `*` has become an entry of `unsetPrefixes`. */
  readonly unset: ReadonlySet<string>
  readonly unsetPrefixes: readonly string[]
  /** Whether `Cache-Status` (RFC 9211) is added. */
  readonly cacheStatus: boolean
}

/** Names of fields, made ready to be looked up in: lower case, prefixes apart. */
export type FieldNames = {
  readonly names: ReadonlySet<string>
  readonly prefixes: readonly string[]
}

export type StoreStep = {
  readonly when: When | null
  /** Whether the condition names a status; other steps are not about errors. */
  readonly ofStatus: boolean
  readonly set: StoreSettings
  readonly unset: FieldNames
}

/** A field to set; the name is lower case, but for what goes to an origin. */
export type SetField = readonly [name: string, value: string | FieldTemplate]

export type RecvStep = {
  readonly when: When | null
  readonly set: readonly SetField[]
  readonly unset: FieldNames
  readonly pass: boolean
  /** What ends the request here; null: it goes on. */
  readonly end: Refusal | { readonly to: Template; readonly status: number } | null
}

export type FetchStep = {
  /** About nothing but the key of the object. */
  readonly when: When | null
  /** Names as they are written. */
  readonly set: ReadonlyArray<readonly [name: string, value: string]>
  readonly unset: FieldNames
}

export type DeliverStep = {
  readonly when: When | null
  /** Whether the condition names a status; only these are about what haulout words itself. */
  readonly ofStatus: boolean
  readonly says: {
    readonly set: Readonly<Record<string, string | FieldTemplate>>
    readonly unset: readonly string[]
    readonly cacheStatus: boolean | undefined
  }
}

/** How one answer is kept, by all that is said about it. */
export type Kept = {
  readonly cache: CachePolicy
  readonly cacheable: boolean
  readonly memory: boolean
  readonly disk: boolean
}

/**
 * What the rules say about an exchange, once route, bucket, named policy and defaults are merged.
 * Frozen, made once per route at load, and shared by every exchange the route matches; so its
 * identity (`===`) can stand for its content.
 */
export type Policy = {
  /** The route's name; `default` for the policy of requests that no route matched. */
  readonly route: string
  /** The names of the path captures, in the order of `Exchange.captures`. */
  readonly captures: readonly string[]
  /** Upper case, e.g. `GET`; and the ready value for an `Allow` field. */
  readonly methods: ReadonlySet<string>
  readonly allow: string
  readonly action: Action
  readonly trailingSlash: TrailingSlash
  /** Which pages may read it in a browser; null: what the store says about that is passed on. */
  readonly cors: Cors | null
  /** Who may have it; null for everybody. */
  readonly access: Access | null
  readonly cache: CachePolicy
  /** How answers are kept that no step is about; and the steps, null for none. */
  readonly kept: Kept
  readonly store: readonly StoreStep[] | null
  /** What else is done on the way of a request; null: nothing. */
  readonly recv: readonly RecvStep[] | null
  readonly fetch: readonly FetchStep[] | null
  /** Of a route to an http origin whose word on caching counts; null: the operator's alone does. */
  readonly respect: Respect | null
  /** Nothing is looked up, shared or stored: each request is one to the origin. */
  readonly pass: boolean
  /** Names under which its responses can be banned together. */
  readonly tags: readonly Template[]
  /** What no condition hangs on. */
  readonly deliver: DeliverPolicy
  /** All that is said of delivery, where some of it hangs on conditions; null: nothing does. */
  readonly deliverSteps: readonly DeliverStep[] | null
  /** Whether what is stored is to be banned, instead of delivered. */
  readonly purges: boolean
}
