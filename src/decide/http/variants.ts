/**
 * The responses stored under one key, and which of them a request gets (RFC 9111 §4.1). What is
 * hard is that each may have come with a Vary of its own: some depend on a language, some on an
 * encoding, an older one on nothing; so each is matched by its own names.
 */
import { VARIANTS } from '../../limits.ts'
import type { Variant } from '../../model/facts.ts'
import { findAll } from './headers.ts'
import { parseWeighted, type Weighted } from './normalise.ts'
import { selectors } from './vary.ts'

/**
 * The key of a response that was selected by these fields; the key itself where none were. No two
 * selections have one key, since keys hold no line breaks.
 */
export function variantKey(
  key: string, names: readonly string[], values: ReadonlyArray<string | null>,
): string {
  return names.length === 0 ? key : `${key}\n${JSON.stringify([names, values])}`
}

/** Whether a request has what the variant's had. */
export function isSelected({ names, values }: Variant, fields: readonly string[]): boolean {
  return selectors(names, fields).every((value, i) => value === values[i])
}

/** All that a request may get: the best first, empty when it may get none. */
export function selected(variants: readonly Variant[], fields: readonly string[]): Variant[] {
  const matching = variants.filter((one) => isSelected(one, fields))
  if (matching.length < 2) return matching
  const wanted = parseWeighted(findAll(fields, 'accept-language').join(', ')) ?? []
  const rank = (one: Variant) => (wanted.length === 0 ? 0 : languageWeight(one, wanted))
  return matching.sort((one, other) =>
    // Those without Vary are likely to have forgotten it, so any other goes before them.
    Number(other.names.length > 0) - Number(one.names.length > 0) ||
    rank(other) - rank(one) || other.dateAt - one.dateAt)
}

/** The best that a request may get of what is stored; null for none. */
export function choose(variants: readonly Variant[], fields: readonly string[]): Variant | null {
  return selected(variants, fields)[0] ?? null
}

/** How much a client wants the language of a response: by the longest range that fits it. */
function languageWeight({ languages }: Variant, wanted: readonly Weighted[]): number {
  const weights = languages.map((language) => {
    let best: Weighted = { text: '', weight: 0 }
    for (const range of wanted) {
      if (isInRange(language, range.text) && range.text.length > best.text.length) best = range
    }
    return best.weight
  })
  return Math.max(0, ...weights)
}

/** Basic filtering (RFC 4647 §3.3.1). */
function isInRange(language: string, range: string): boolean {
  return range === '*' || language === range || language.startsWith(`${range}-`)
}

/** The languages that a response says it is in, lower case. */
export function languagesOf(fields: readonly string[]): string[] {
  const text = findAll(fields, 'content-language').join(',').toLowerCase()
  return text.split(',').map((one) => one.trim()).filter((one) => one !== '')
}

/**
 * The variants with a newly stored one in front, in the place of any with its key; and those that
 * have lost their place for it, which are no longer to be found.
 */
export function withVariant(
  variants: readonly Variant[], stored: Variant,
): { readonly variants: readonly Variant[]; readonly dropped: readonly Variant[] } {
  const others = variants.filter((one) => one.key !== stored.key)
  return {
    variants: [stored, ...others.slice(0, VARIANTS - 1)],
    dropped: others.slice(VARIANTS - 1),
  }
}
