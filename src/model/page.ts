/** A page as the configuration states it, its file read: what an answer of haulout's own says. */
export type PageRule = {
  /** The media type, without parameters: a page is UTF-8. */
  readonly type: string
  readonly text: string
}

/**
 * What a page can have put in: the status, its reason phrase (RFC 9112 §4), and the sentence that
 * the plain line would say. All of it is haulout's own: nothing of a request gets into a page.
 */
export const PAGE_VALUES = ['status', 'phrase', 'text'] as const
export type PageValue = (typeof PAGE_VALUES)[number]

/** The same, cut where values are put in: there is always one literal more than there are slots. */
export type Page = {
  /** The value of Content-Type. */
  readonly contentType: string
  readonly literals: readonly string[]
  readonly slots: readonly PageValue[]
  /** In which language a value must not mean anything. */
  readonly escape: 'markup' | 'json' | 'none'
}

/** The pages of `synth`: by status, by its first digit, and for all that is left. */
export type Pages = {
  readonly byStatus: ReadonlyMap<number, Page>
  readonly byClass: ReadonlyMap<number, Page>
  readonly fallback: Page | null
}
