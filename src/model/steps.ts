import type { WhenRule } from './when.ts'

/**
 * Steps: what rules change on the way of a request, by conditions. A list of them stands for all
 * routes at the top of the configuration, and one may stand in each route; they are gone through in
 * that order, and where two change the same thing the later one wins.
 */
type StepRule = {
  /** Undefined: always. */
  readonly when?: WhenRule | undefined
  /** Field names; a trailing `*` matches any ending. */
  readonly unset?: readonly string[] | undefined
}

/** What a step sets: names of fields and their values. */
type SetRule = { readonly set?: Readonly<Record<string, string>> | undefined }

/**
 * What becomes of a request: before its route is known those of all routes, before its access is
 * asked those of its route. The first that denies or redirects is the last.
 */
export type RecvRule = StepRule & SetRule & {
  /** The status of the refusal. */
  readonly deny?: number | undefined
  readonly redirect?: { readonly to: string; readonly status: number } | undefined
  readonly pass?: boolean | undefined
}

/** Fields of requests to the origin. */
export type FetchRule = StepRule & SetRule

/** The head of responses. */
export type DeliverRule = StepRule & SetRule & { readonly cacheStatus?: boolean | undefined }

/** How answers are kept. */
export type StoreRule = StepRule & { readonly set?: StoreSettings | undefined }

/** What a step may say about an answer; what is absent stays as it is. */
export type StoreSettings = {
  readonly ttlMs?: number | undefined
  readonly graceMs?: number | undefined
  readonly keepMs?: number | undefined
  /** False: not in this tier. */
  readonly memory?: boolean | undefined
  readonly disk?: boolean | undefined
  /** False: not stored at all, and what is stored is not used. */
  readonly cacheable?: boolean | undefined
}

/** What such settings are called in the configuration. */
export const STORE_KEYS = {
  ttlMs: 'ttl', graceMs: 'grace', keepMs: 'keep',
  memory: 'memory', disk: 'disk', cacheable: 'cacheable',
} as const satisfies Readonly<Record<keyof StoreSettings, string>>
