/** A text with wildcards, cut at them: one literal more than there are wildcards. */
export type Text = { readonly literals: readonly string[] }
