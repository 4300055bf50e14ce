/**
 * A PathRegex is a regular expression for the whole decoded path, which has been proven not to go
 * back and forth: no path can make matching slow.
 */
export type PathRegex = {
  /** As it is written. */
  readonly text: string
  /** Anchored at both ends. */
  readonly pattern: RegExp
  /** The names of its groups, in the order they are written. */
  readonly captures: readonly string[]
  /** Their numbers in a match. */
  readonly groups: readonly number[]
  /** The literal text that every path it fits begins with. */
  readonly lead: string
}
