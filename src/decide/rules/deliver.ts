/** The values of header fields that responses get: what is wrong with them, and their templates. */
import type { DeliverPolicy } from '../../model/policy.ts'
import type { DeliverRule, Problem } from '../../model/rules.ts'
import { parseFieldTemplate } from './field-template.ts'
import type { Merged } from './merge.ts'
import { problemAt, type Path } from './problems.ts'

/**
 * Problems of the values that a rule sets; `none`: they are for all routes; null: the
 * captures are not known.
 */
export function checkValues(
  rule: DeliverRule | undefined, path: Path, captures: readonly string[] | 'none' | null,
): Problem[] {
  if (captures === null) return []
  const known = captures === 'none' ? [] : captures
  return Object.entries(rule?.set ?? {}).flatMap(([name, text]) => {
    const value = parseFieldTemplate(name, text, known)
    if (typeof value === 'string' || !('message' in value)) return []
    return [problemAt([...path, 'set', name], captures === 'none' ? EVERYWHERE : value)]
  })
}

const EVERYWHERE = {
  message: 'there are no captures here, where something is said for all routes',
  advice: 'say it in the routes whose path has the capture',
}

/** The policy with the values that hold captures as templates. They have been checked before. */
export function withTemplates(deliver: Merged, captures: readonly string[]): DeliverPolicy {
  if (deliver.set.every(([, text]) => !text.includes('{'))) return deliver
  const set = deliver.set.map(([name, text]) => {
    const value = parseFieldTemplate(name, text, captures)
    return [name, typeof value !== 'string' && 'message' in value ? text : value] as const
  })
  return Object.freeze({ ...deliver, set: Object.freeze(set) })
}
