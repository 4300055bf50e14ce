import type { Entry } from './entry.ts'

/**
 * What to do with an exchange once its key has been looked up.
 * hit: deliver. stale: deliver, and refresh behind. revalidate: ask the origin first, with what is
 * stored at hand. miss: fetch.
 */
export type Verdict =
  | { readonly kind: 'hit'; readonly entry: Entry }
  | { readonly kind: 'stale'; readonly entry: Entry }
  | { readonly kind: 'revalidate'; readonly entry: Entry }
  | { readonly kind: 'miss' }

/** The hinge's answer as a word; the entry is the one that was judged. */
export type VerdictKind = Verdict['kind']
