/**
 * A Glob says which paths a route is for, and which parts of them have names. It is read once, at
 * load; decide/rules/glob.ts reads it, glob-match.ts matches by it.
 *
 *     *             one segment, or within a segment any characters
 *     **            any number of segments, none included
 *     {name}        one segment or a part of one, at least one character, named
 *     {name**}      one or more segments, named
 *     {name:a|b}    one of a list, named
 *
 * What is hard about it: the same path may fit in several ways, so which one wins must be a rule a
 * person can hold in mind, and finding it must not cost more when the path is hostile. The rule:
 * what stands further left takes as much as it can; a list's words are tried in the order written.
 */
export type Glob = {
  readonly text: string
  /** The names, in the order they are written. */
  readonly captures: readonly string[]
  /** The literal beginning up to the last `/` before a wildcard; everything, if there is none. */
  readonly lead: string
  /** Whether the lead fits without its last `/` too: `/a/**` is also for `/a`. */
  readonly bare: boolean
  /** The segments behind the lead. */
  readonly parts: readonly Part[]
  /** For each capture the words of its list; empty for captures without one. */
  readonly lists: ReadonlyArray<readonly string[]>
  /**
   * Scratch of the matcher: for each capture the start and the end of its value, or `~index` of its
   * list's word and nothing. Matching is synchronous, so nobody else sees it half written.
   */
  readonly spans: Int32Array
}

/** One segment of a glob. All parts have the same shape, which keeps the matcher fast. */
export type Part = {
  /** Whether it stands for any number of segments. */
  readonly deep: boolean
  /** The capture of a deep part; -1 for `**`, and for parts that are not deep. */
  readonly slot: number
  /** The fewest characters a deep part takes: 1 for a named one, see `openEnded` for the others. */
  readonly least: number
  /** The ways a segment may look; one, unless there are lists in it. */
  readonly forms: readonly Form[]
}

/** One way a segment may look: literals with a wildcard between each two of them. */
export type Form = {
  /** One more than there are wildcards; only the first and the last may be empty. */
  readonly literals: readonly string[]
  /** For each wildcard its capture, or -1. */
  readonly slots: readonly number[]
  /** For each wildcard the fewest characters it takes: 0 or 1. */
  readonly leasts: readonly number[]
  /** The words taken from lists: capture, index of the word, and so on. */
  readonly picks: readonly number[]
}
