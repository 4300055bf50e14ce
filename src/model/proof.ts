import type { Reason } from './outcome.ts'
import type { CacheRule } from './rules.ts'

/** A test of the rules: a request, and what shall be decided about it. */
export type RuleTest = {
  readonly name: string
  readonly request: {
    readonly method: string
    /** `http://host/path?query`, or a path alone. What stands in it is sent as it is. */
    readonly url: string
    /** Further header fields, `[name, value, …]`. */
    readonly fields: readonly string[]
    /** Who asks: an address; undefined for one that nobody has. */
    readonly client?: string | undefined
    /** A user of every file, whose password is right; undefined: none is given. */
    readonly user?: string | undefined
    /** Epoch ms; undefined: long ago. */
    readonly at?: number | undefined
  }
  readonly expect: Expectation
}

/** Only what is said is compared. */
export type Expectation = {
  /** `default` where no route shall match. */
  readonly route?: string | undefined
  /** `bucket/key`, the bucket by its name in the configuration. */
  readonly object?: string | undefined
  /** `origin/path?query`: what an http origin is asked for, the origin by its name. */
  readonly forward?: string | undefined
  /** What the route's `access` says. */
  readonly access?: 'allow' | 'deny' | undefined
  /** What the route's `cors` says to the page that asks, or to its preflight. */
  readonly cors?: 'allow' | 'deny' | undefined
  readonly status?: number | undefined
  readonly reason?: Reason | undefined
  /** Of a redirect. */
  readonly location?: string | undefined
  /** Whether the object is asked for past everything that is kept. */
  readonly pass?: boolean | undefined
  /** All tags of the object, in any order. */
  readonly tags?: readonly string[] | undefined
  /** Of the object's policy. */
  readonly cache: CacheRule
  /** Header fields: the value that the rules give, or false for one that clients do not get. */
  readonly deliver: Readonly<Record<string, string | false>>
}

/** Where what was expected and what was decided part; the field by its key in the test. */
export type Difference = {
  readonly field: string
  readonly expected: string
  readonly actual: string
}

/** What came of a test; it has passed when there are no differences. */
export type Proof = {
  readonly test: RuleTest
  /** The route that was found, `default` included; null when the request was refused before. */
  readonly route: string | null
  readonly differences: readonly Difference[]
}
