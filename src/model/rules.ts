import type { AccessRule } from './access.ts'
import type { CorsRule } from './cors.ts'
import type { PageRule } from './page.ts'
import type { CachePolicy, TrailingSlash } from './policy.ts'
import type { DeliverRule, FetchRule, RecvRule, StoreRule } from './steps.ts'
import type { WhenRule } from './when.ts'

/**
 * The rule set as the configuration states it, after the schema has checked it and turned
 * durations into ms: what `decide/rules/compile` makes Policies from.
 */
export type RuleSet = {
  readonly policies: Readonly<Record<string, CacheRule>>
  readonly buckets: Readonly<Record<string, BucketRule>>
  readonly defaults: DefaultsRule
  readonly routes: readonly RouteRule[]
  readonly default: { readonly deny: number }
  /** Pages by `404`, `5xx` or `default`; undefined: none. */
  readonly synth?: Readonly<Record<string, PageRule>> | undefined
  /** Steps for all routes. */
  readonly recv?: readonly RecvRule[] | undefined
  readonly fetch?: readonly FetchRule[] | undefined
  readonly store?: readonly StoreRule[] | undefined
  readonly deliver?: readonly DeliverRule[] | undefined
  /** Names only: what buckets may refer to. */
  readonly origins: readonly string[]
  /** Those among them that are no stores but `http`; what routes alone may lead to. */
  readonly httpOrigins: readonly string[]
  /** Networks whose word on who the client is counts. */
  readonly trustedProxies: readonly string[]
  /** Lists of networks; `!` carves out. */
  readonly acls: Readonly<Record<string, readonly string[]>>
  /** Names only: the files of users. */
  readonly users: readonly string[]
  /** Who may purge with requests; undefined: nobody. */
  readonly purge?: AccessRule | undefined
  /** Blocks that routes and other blocks can name. */
  readonly access: Readonly<Record<string, AccessRule>>
}

/** What the fields of a cache policy are called in the configuration. */
export const CACHE_KEYS = {
  ttlMs: 'ttl', graceMs: 'grace', keepMs: 'keep', notFoundMs: 'not_found',
  forbiddenMs: 'forbidden', verify: 'verify', respect: 'respect', setCookie: 'set_cookie',
  directives: 'directives',
} as const satisfies Readonly<Record<keyof CachePolicy, string>>

/** Any part of a cache policy; what is absent comes from the next level. */
export type CacheRule = { readonly [K in keyof CachePolicy]?: CachePolicy[K] | undefined }

export type BucketRule = {
  readonly origin: string
  /** The bucket's name in the store; the rule's own name when absent. */
  readonly name?: string | undefined
  /** `private`: no route may lead here without `access`. */
  readonly visibility?: 'public' | 'private' | undefined
  /** A named policy, or fields of one. */
  readonly cache?: string | CacheRule | undefined
}

export type DefaultsRule = {
  readonly methods: readonly string[]
  readonly cache: CachePolicy
  readonly deliver: DeliverRule
  /** See `RouteRule`; undefined: none, as null. */
  readonly index?: string | null | undefined
}

/** The requests a route is for: a condition with one path, whose captures have names. */
export type MatchRule =
  & Pick<WhenRule, 'host' | 'method' | 'header' | 'query' | 'client' | 'not'>
  & { readonly path?: string | undefined; readonly pathRegex?: string | undefined }

/** What tells the responses of an http origin apart, besides the path. */
export type HashRule = {
  readonly query?: {
    /** Names of parameters; `*` stands for any characters. */
    readonly drop?: readonly string[] | undefined
    readonly keep?: readonly string[] | undefined
    readonly sort?: boolean | undefined
  } | undefined
  /** Names of fields. */
  readonly vary?: readonly string[] | undefined
}

export type RouteRule = {
  readonly name: string
  readonly match: MatchRule
  /** `bucket/key template`; exactly one of to, forward, redirect, deny and synth is there. */
  readonly to?: string | undefined
  /** The other form of `to`: an http origin and the template of a path. */
  readonly forward?: { readonly origin: string; readonly path: string } | undefined
  readonly hash?: HashRule | undefined
  readonly redirect?: { readonly to: string; readonly status: number } | undefined
  readonly deny?: number | undefined
  readonly synth?: { readonly status: number; readonly page: PageRule } | undefined
  /** What the key of a folder is completed with; null: nothing, whatever the defaults say. */
  readonly index?: string | null | undefined
  readonly trailingSlash?: TrailingSlash | undefined
  readonly cors?: CorsRule | undefined
  readonly methods?: readonly string[] | undefined
  readonly access?: AccessRule | undefined
  readonly cache?: string | CacheRule | undefined
  readonly pass?: boolean | undefined
  readonly tags?: readonly string[] | undefined
  readonly recv?: readonly RecvRule[] | undefined
  readonly fetch?: readonly FetchRule[] | undefined
  readonly store?: readonly StoreRule[] | undefined
  readonly deliver?: DeliverRule | readonly DeliverRule[] | undefined
}

/** Something wrong with the rules: where in the document, what, and what to write instead. */
export type Problem = {
  /** The path in the YAML document, e.g. `['routes', 2, 'to']`. */
  readonly path: ReadonlyArray<string | number>
  readonly message: string
  readonly advice: string
}
