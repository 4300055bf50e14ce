import { formatDuration } from '../../lib/durations.ts'
import type { RouteRule, RuleSet } from '../../model/rules.ts'
import { STORE_KEYS, type StoreSettings } from '../../model/steps.ts'
import type { WhenRule } from '../../model/when.ts'
import { deliverLayers } from './merge.ts'
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

/** The steps about requests: those of all routes, then those of the route. */
export function receiving(rules: RuleSet, rule: Pick<RouteRule, 'recv'>, path: Path): Row[] {
  return listed('recv', { all: rules.recv, own: rule.recv, path }, (step) => [
    ...step.deny === undefined ? [] : [`deny ${step.deny}`],
    ...step.redirect === undefined ? [] : [`redirect ${step.redirect.to}`],
    ...step.pass === true ? ['pass'] : [], ...fieldsInWords(step), ...removed(step.unset),
  ])
}

/** The steps about requests to the origin. */
export function fetching(rules: RuleSet, rule: RouteRule, path: Path): Row[] {
  return listed('fetch', { all: rules.fetch, own: rule.fetch, path }, (step) => [
    ...fieldsInWords(step), ...removed(step.unset),
  ])
}

/** The steps of delivery that hang on a condition; what does not has been merged. */
export function delivering(rules: RuleSet, rule: RouteRule, path: Path): Row[] {
  return deliverLayers(rules, rule, path).filter(({ says }) => says.when !== undefined)
    .map(({ path: at, says }, index) => ({
      key: `deliver[${index}]`, path: at,
      value: inWords(says, [
        ...fieldsInWords(says), ...removed(says.unset),
        ...says.cacheStatus === undefined ? [] : [`cache_status ${String(says.cacheStatus)}`],
      ]),
    }))
}

function fieldsInWords({ set = {} }: { set?: Readonly<Record<string, string>> | undefined }) {
  return Object.entries(set).map(([name, value]) => `${name}: ${value}`)
}

function inWords({ when }: { when?: WhenRule | undefined }, words: readonly string[]): string {
  const done = words.join(', ')
  return when === undefined ? done : `when ${whenInWords(when)}: ${done}`
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
    return { key: `${key}[${index}]`, value: inWords(rule, words(rule)), path: at }
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
