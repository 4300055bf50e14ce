/**
 * The steps of the rules, made ready. What is hard about it: what stands at the top of the
 * configuration holds for all routes and is read once, what stands in a route comes behind it.
 */
import type { Networks } from '../../model/access.ts'
import type { FieldNames, StoreStep } from '../../model/policy.ts'
import type { Problem, RouteRule, RuleSet } from '../../model/rules.ts'
import type { StoreRule } from '../../model/steps.ts'
import type { When, WhenRule } from '../../model/when.ts'
import { namesStatus } from './answered.ts'
import type { Path } from './problems.ts'
import { compileWhen } from './when.ts'

/** The steps of a route, each list with those of all routes in front; null: none. */
export type Steps = { readonly store: readonly StoreStep[] | null }

export type StepCompiler = {
  /** What is wrong with the steps of all routes. */
  readonly problems: readonly Problem[]
  /** Those of a route, which stands at `path`. */
  compile(rule: RouteRule, path: Path): { steps: Steps; problems: readonly Problem[] }
}

type Lists = ReadonlyMap<string, Networks>

/** Compiles the steps of all routes; `lists` are the networks that conditions can name. */
export function createStepCompiler(rules: RuleSet, lists: Lists): StepCompiler {
  const store = read(rules.store, ['store'], (rule, path) => storeStep(rule, path, lists))
  return {
    problems: store.problems,
    compile(rule, path) {
      const own = read(rule.store, [...path, 'store'], (one, at) => storeStep(one, at, lists))
      return { steps: { store: joined(store.steps, own.steps) }, problems: own.problems }
    },
  }
}

/** A step, and what is wrong with it. */
type Read<Step> = { readonly step: Step; readonly problems: readonly Problem[] }

function read<Rule, Step>(
  rules: readonly Rule[] | undefined, path: Path, one: (rule: Rule, path: Path) => Read<Step>,
): { steps: readonly Step[]; problems: readonly Problem[] } {
  const all = (rules ?? []).map((rule, index) => one(rule, [...path, index]))
  return {
    steps: all.map(({ step }) => step), problems: all.flatMap(({ problems }) => problems),
  }
}

function joined<Step>(all: readonly Step[], own: readonly Step[]): readonly Step[] | null {
  if (own.length === 0) return all.length === 0 ? null : all
  return Object.freeze([...all, ...own])
}

function conditionOf(
  when: WhenRule | undefined, path: Path, lists: Lists,
): { when: When | null; problems: readonly Problem[] } {
  return when === undefined ? ALWAYS : compileWhen(when, { path: [...path, 'when'], lists })
}

const ALWAYS = { when: null, problems: [] }

function storeStep(rule: StoreRule, path: Path, lists: Lists): Read<StoreStep> {
  const { when, problems } = conditionOf(rule.when, path, lists)
  const { set = {}, unset = [] } = rule
  const step = { when, ofStatus: namesStatus(rule.when), set, unset: namesOf(unset) }
  return { step, problems: [...problems, ...checkStore(rule, path)] }
}

function checkStore({ set = {}, unset = [] }: StoreRule, path: Path): Problem[] {
  const said = Object.values(set).filter((value) => value !== undefined)
  if (said.length + unset.length === 0) return [idle(path, 'set: { ttl: 1h }')]
  if (set.memory === false && set.disk === false) {
    const advice = 'write cacheable: false if that is meant'
    return [{ path: [...path, 'set'], message: 'this leaves no tier to keep it in', advice }]
  }
  if (set.cacheable !== false || said.length === 1) return []
  return [{
    path: [...path, 'set', 'cacheable'],
    message: 'what is not stored is not kept in any way',
    advice: 'remove the other keys, or this one',
  }]
}

function idle(path: Path, example: string): Problem {
  return { path, message: 'this step changes nothing', advice: `write e.g. ${example}` }
}

/** Names in lower case; what ends with `*` is a prefix. */
export function namesOf(names: readonly string[]): FieldNames {
  const lower = names.map((name) => name.toLowerCase())
  return {
    names: new Set(lower.filter((name) => !name.endsWith('*'))),
    prefixes: lower.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1)),
  }
}
