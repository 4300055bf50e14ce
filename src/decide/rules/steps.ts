/**
 * The steps of the rules, made ready. What is hard about it: what stands at the top of the
 * configuration holds for all routes and is read once, what stands in a route comes behind it.
 */
import type { Networks } from '../../model/access.ts'
import type { DeliverStep, FetchStep, RecvStep, StoreStep } from '../../model/policy.ts'
import type { Problem, RouteRule, RuleSet } from '../../model/rules.ts'
import { deliverStep } from './deliver.ts'
import { deliverLayers } from './merge.ts'
import type { Path } from './problems.ts'
import { fetchStep, recvStep, storeStep, type Making, type Read } from './read-steps.ts'

/** The steps of a route; null: none. */
export type Steps = {
  /** Its own: those of all routes have been gone through before it is known. */
  readonly recv: readonly RecvStep[] | null
  /** Those of all routes in front, as in the rest. */
  readonly fetch: readonly FetchStep[] | null
  readonly store: readonly StoreStep[] | null
  readonly deliverSteps: readonly DeliverStep[] | null
}

export const NO_STEPS: Steps =
  Object.freeze({ recv: null, fetch: null, store: null, deliverSteps: null })

export type StepCompiler = {
  /** What is wrong with the steps of all routes. */
  readonly problems: readonly Problem[]
  /** Those about requests whose route is not known yet. */
  readonly recv: readonly RecvStep[] | null
  /** Those of a route, which stands at `path`; captures are null where they are not known. */
  compile(rule: RouteRule, path: Path, captures: readonly string[] | null): {
    steps: Steps; problems: readonly Problem[]
  }
}

type Lists = ReadonlyMap<string, Networks>

/** Compiles the steps of all routes; `lists` are the networks that conditions can name. */
export function createStepCompiler(rules: RuleSet, lists: Lists): StepCompiler {
  const all = readLists(rules, [], { lists, captures: 'none' })
  const deliver = readAll(rules.deliver, ['deliver'],
    (rule, at) => deliverStep(rule, at, { lists, captures: 'none' }))
  return {
    problems: [...all.problems, ...deliver.problems],
    recv: all.recv.length === 0 ? null : all.recv,
    compile(rule, path, captures) {
      const own = readLists(rule, path, { lists, captures })
      const layers = deliverLayers(rules, rule, path).map(({ path: at, says }) => {
        return deliverStep(says, at, { lists, captures: at[0] === 'routes' ? captures : 'none' })
      })
      const steps = layers.map(({ step }) => step)
      return {
        problems: [...own.problems, ...layers.flatMap(({ problems }) => problems)
          .filter(({ path: [top] }) => top === 'routes')],
        steps: {
          recv: own.recv.length === 0 ? null : own.recv,
          fetch: joined(all.fetch, own.fetch),
          store: joined(all.store, own.store),
          deliverSteps: steps.some(({ when }) => when !== null) ? Object.freeze(steps) : null,
        },
      }
    },
  }
}

type StepLists = Pick<RouteRule, 'recv' | 'fetch' | 'store'>

function readLists(rules: StepLists, path: Path, making: Making) {
  const recvs = readAll(rules.recv, [...path, 'recv'], (rule, at) => recvStep(rule, at, making))
  const fetches = readAll(rules.fetch, [...path, 'fetch'],
    (rule, at) => fetchStep(rule, at, making))
  const stores = readAll(rules.store, [...path, 'store'], (rule, at) => storeStep(rule, at, making))
  return {
    recv: recvs.steps, fetch: fetches.steps, store: stores.steps,
    problems: [...recvs.problems, ...fetches.problems, ...stores.problems],
  }
}

function readAll<Rule, Step>(
  rules: readonly Rule[] | undefined, path: Path, one: (rule: Rule, path: Path) => Read<Step>,
): { steps: readonly Step[]; problems: readonly Problem[] } {
  const all = (rules ?? []).map((rule, index) => one(rule, [...path, index]))
  return {
    steps: Object.freeze(all.map(({ step }) => step)),
    problems: all.flatMap(({ problems }) => problems),
  }
}

function joined<Step>(all: readonly Step[], own: readonly Step[]): readonly Step[] | null {
  if (own.length === 0) return all.length === 0 ? null : all
  return Object.freeze([...all, ...own])
}
