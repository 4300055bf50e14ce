import type { Refusal } from './outcome.ts'
import type { SecretRef } from './secret.ts'

/**
 * Who may have something, as the configuration states it: a tree of predicates, or the name of a
 * block of `access`. Exactly one key is there.
 */
export type AccessRule = string | {
  readonly all?: readonly AccessRule[] | undefined
  readonly any?: readonly AccessRule[] | undefined
  readonly not?: AccessRule | undefined
  /** Names of `acls`: the client's address is in one of them. */
  readonly client?: readonly string[] | undefined
  readonly basic?: { readonly users: string; readonly realm: string } | undefined
  readonly header?: HeaderRule | undefined
  readonly time?: TimeRule | undefined
}

/** A field of the request; one of `equals` and `present` is there. */
export type HeaderRule = {
  readonly name: string
  readonly equals?: ReadonlyArray<string | SecretRef> | undefined
  readonly present?: boolean | undefined
}

/** Epoch ms: from `after` on, until just before `before`. */
export type TimeRule = { readonly after?: number | undefined; readonly before?: number | undefined }

/** The same, checked and made for speed. What is cheap to ask stands first in `of`. */
export type Access =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Access[] }
  | { readonly kind: 'not'; readonly of: Access }
  | { readonly kind: 'client'; readonly acls: readonly string[]; readonly networks: Networks }
  | { readonly kind: 'basic'; readonly users: string; readonly challenge: string }
  | { readonly kind: 'present'; readonly name: string; readonly present: boolean }
  | { readonly kind: 'equals'; readonly name: string; readonly values: readonly Expected[] }
  | { readonly kind: 'time'; readonly afterAt: number; readonly beforeAt: number }

/** A value that a field should have: its SHA-256, or where it is kept. */
export type Expected = Buffer | SecretRef

/**
 * A set of addresses, cut into ranges. Address n is in the set when the last boundary that is not
 * above it opens one: boundaries open and close in turns, the first one opens. An IPv4 boundary is
 * one word, an IPv6 one is four in a row.
 */
export type Networks = { readonly v4: Uint32Array; readonly v6: Uint32Array }

/**
 * What is known of the password in an Authorization field: the user's name when it has been proven
 * to be that user's; false when it has been proven wrong; null when it has not been checked lately.
 */
export type Proof = string | false | null

/** What a decision about access has to be told. */
export type Known = {
  /** For a file of `users`, by name, and the whole value of Authorization. */
  proof(users: string, authorization: string | null): Proof
  /** The SHA-256 of a secret. */
  secret(ref: SecretRef): Buffer
}

/**
 * The answer to "may it?": null for yes, a Refusal for no. Needs: it hangs on a password which has
 * to be checked first, against the files of `users` that it names; then the same question is asked
 * again, with what has been found out.
 */
export type Admission = null | Refusal | Needs
export type Needs = { readonly needs: readonly string[] }
