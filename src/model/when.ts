import type { Networks } from './access.ts'
import type { Glob } from './glob.ts'
import type { PathRegex } from './regex.ts'
import type { Text } from './text.ts'

/**
 * A condition, as the configuration states it: all that is said must hold, and a list means one of
 * these. There is one language of them, for `match` and for every `when`; which keys may stand
 * where is said by the schema.
 */
export type WhenRule = {
  /** Names, or `*.` and a name for all below it. */
  readonly host?: readonly string[] | undefined
  /** Globs for the whole decoded path. */
  readonly path?: readonly string[] | undefined
  /** Regular expressions for the same. */
  readonly pathRegex?: readonly string[] | undefined
  readonly method?: readonly string[] | undefined
  /** Fields of the request, by their names in any case. */
  readonly header?: WantedRules | undefined
  /** Parameters of the query, by their decoded names. */
  readonly query?: WantedRules | undefined
  /** Names of `acls`. */
  readonly client?: readonly string[] | undefined
  /** Globs for the key of the object, without a `/` in front. */
  readonly key?: readonly string[] | undefined
  readonly status?: readonly StatusRange[] | undefined
  /** Bytes of the whole body; it must be larger, or smaller. */
  readonly sizeOver?: number | undefined
  readonly sizeUnder?: number | undefined
  /** Media types without parameters; texts with `*`. */
  readonly type?: readonly string[] | undefined
  /** Fields of the answer. */
  readonly answer?: WantedRules | undefined
  /** These do not hold, all together. */
  readonly not?: WhenRule | undefined
}

/** By name: texts in which `*` is any characters; true: it is there; false: it is not. */
export type WantedRules = Readonly<Record<string, boolean | readonly string[]>>

/** Both ends included. */
export type StatusRange = { readonly from: number; readonly to: number }

/** The same, checked and made for speed. What is cheap to ask stands first in `of`. */
export type When =
  | { readonly kind: 'all'; readonly of: readonly When[] }
  | { readonly kind: 'not'; readonly of: When }
  | { readonly kind: 'method'; readonly methods: ReadonlySet<string> }
  | {
      readonly kind: 'host'
      readonly exact: ReadonlySet<string>
      /** Domains with a dot in front, for all names in them. */
      readonly below: readonly string[]
    }
  | { readonly kind: 'path'; readonly globs: readonly Glob[] }
  | { readonly kind: 'regex'; readonly regexes: readonly PathRegex[] }
  | { readonly kind: 'client'; readonly of: readonly Networks[] }
  | { readonly kind: 'header'; readonly name: string; readonly wanted: Wanted }
  | { readonly kind: 'query'; readonly name: string; readonly wanted: Wanted }
  | { readonly kind: 'key'; readonly globs: readonly Glob[] }
  | { readonly kind: 'status'; readonly ranges: readonly StatusRange[] }
  | { readonly kind: 'size'; readonly overBytes: number; readonly underBytes: number }
  | { readonly kind: 'type'; readonly texts: readonly Text[] }
  | { readonly kind: 'answer'; readonly name: string; readonly wanted: Wanted }

/** One of these texts; or whether it is there at all. */
export type Wanted = boolean | readonly Text[]
