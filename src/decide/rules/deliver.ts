/**
 * What is changed on the head of an answer. Where nothing hangs on conditions it has been merged at
 * load, and one object serves all; where something does, the steps that hold are merged for each
 * answer, by the same function.
 */
import type { Answered } from '../../model/asked.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { DeliverPolicy, DeliverStep, FieldTemplate, Policy } from '../../model/policy.ts'
import type { DeliverRule } from '../../model/steps.ts'
import { namesStatus } from './answered.ts'
import { parseFieldTemplate } from './field-template.ts'
import { mergeDeliver, type Merged } from './merge.ts'
import type { Path } from './problems.ts'
import { conditionOf, idle, valuesOf, type Making, type Read } from './read-steps.ts'
import { holdsFor } from './when.ts'

/** How an answer of the origin, from the tiers or straight, is delivered to `x`. */
export function deliverOf(policy: Policy, x: Exchange, answered: Answered): DeliverPolicy {
  const { deliverSteps } = policy
  if (deliverSteps === null) return policy.deliver
  return mergeOf(deliverSteps.filter((step) => applies(step, x, answered)))
}

/**
 * The same for an answer of haulout's own: from status 300 on only steps that name a status are
 * meant. Null: nothing is changed.
 */
export function deliverOfOwn(
  policy: Policy, x: Exchange, answered: Answered,
): DeliverPolicy | null {
  if (answered.status < 300) return deliverOf(policy, x, answered)
  if (policy.deliverSteps === null) return null
  const steps = policy.deliverSteps
    .filter((step) => step.ofStatus && applies(step, x, answered))
  return steps.length === 0 ? null : mergeOf(steps)
}

function applies({ when }: DeliverStep, x: Exchange, answered: Answered): boolean {
  return when === null || holdsFor(when, x, answered)
}

function mergeOf(steps: readonly DeliverStep[]): DeliverPolicy {
  return mergeDeliver<string | FieldTemplate>(steps)
}

/** A step as it is written, into what is merged. */
export function deliverStep(rule: DeliverRule, path: Path, making: Making): Read<DeliverStep> {
  const { when, problems } = conditionOf(rule.when, path, making)
  const { step: set, problems: faults } = valuesOf(rule.set, path, making)
  const { unset = [], cacheStatus } = rule
  const says = { set: Object.fromEntries(set), unset, cacheStatus }
  const isIdle = rule.when !== undefined && cacheStatus === undefined &&
    unset.length + Object.keys(rule.set ?? {}).length === 0
  return {
    step: { when, ofStatus: namesStatus(rule.when), says },
    problems: [
      ...problems, ...faults, ...isIdle ? [idle(path, 'set: { cache-control: no-cache }')] : [],
    ],
  }
}

/** The policy with its values as templates, where they hold captures. They have been checked. */
export function withTemplates(deliver: Merged, captures: readonly string[]): DeliverPolicy {
  if (deliver.set.every(([, text]) => !text.includes('{'))) return deliver
  const set = deliver.set.map(([name, text]) => {
    const value = parseFieldTemplate(name, text, captures)
    return [name, typeof value !== 'string' && 'message' in value ? text : value] as const
  })
  return Object.freeze({ ...deliver, set: Object.freeze(set) })
}
