import { formatDuration } from '../../lib/durations.ts'
import type { RouteRule, RuleSet } from '../../model/rules.ts'
import { STORE_KEYS, type StoreSettings } from '../../model/steps.ts'
import type { WhenRule } from '../../model/when.ts'
import type { Path } from './problems.ts'
import { whenInWords } from './when-words.ts'

/** As in effective.ts. */
type Row = { readonly key: string; readonly value: string; readonly path: Path }

/** The steps of `store`, in the order in which they are gone through. */
export function storing(rules: RuleSet, rule: RouteRule, path: Path): Row[] {
  return listed('store', { all: rules.store, own: rule.store, path }, ({ set, unset }) => [
    ...settingsInWords(set ?? {}), ...removed(unset),
  ])
}

type Both<Rule> = {
  readonly all: readonly Rule[] | undefined
  readonly own: readonly Rule[] | undefined
  readonly path: Path
}

/** A line for each step: those of all routes first, as they come first. */
function listed<Rule extends { readonly when?: WhenRule | undefined }>(
  key: string, { all = [], own = [], path }: Both<Rule>, words: (rule: Rule) => readonly string[],
): Row[] {
  const placed = [
    ...all.map((rule, index) => ({ rule, at: [key, index] })),
    ...own.map((rule, index) => ({ rule, at: [...path, key, index] })),
  ]
  return placed.map(({ rule, at }, index) => {
    const done = words(rule).join(', ')
    const value = rule.when === undefined ? done : `when ${whenInWords(rule.when)}: ${done}`
    return { key: `${key}[${index}]`, value, path: at }
  })
}

function settingsInWords(set: StoreSettings): string[] {
  return (Object.entries(STORE_KEYS) as [keyof StoreSettings, string][]).flatMap(([field, key]) => {
    const value = set[field]
    if (value === undefined) return []
    return [`${key} ${typeof value === 'number' ? formatDuration(value) : String(value)}`]
  })
}

function removed(unset: readonly string[] | undefined): string[] {
  return unset === undefined ? [] : [`without ${unset.join(', ')}`]
}
