import type { Exchange } from '../../model/exchange.ts'
import type { Refusal } from '../../model/outcome.ts'
import type { RecvStep, Redirection } from '../../model/policy.ts'
import { headOf } from '../http/gate.ts'
import { fillField } from './field-template.ts'
import { isNamed } from './store-steps.ts'
import { fillLocation } from './template.ts'
import { holds } from './when.ts'

/**
 * Goes through the steps about a request, which change it as they hold: each sees what those before
 * it have left. Gives what ends it, if one does, or null.
 */
export function receive(steps: readonly RecvStep[], x: Exchange): Refusal | Redirection | null {
  for (const step of steps) {
    if (step.when !== null && !holds(step.when, x)) continue
    const { end } = step
    if (end !== null) {
      if ('reason' in end) return end
      return { kind: 'redirect', status: end.status, location: fillLocation(end.to, x.captures) }
    }
    if (step.pass) x.pass = true
    change(x, step)
  }
  return null
}

/** Sets and unsets fields; whatever has been read of them is read again. */
function change(x: Exchange, { set, unset }: RecvStep): void {
  if (set.length + unset.names.size + unset.prefixes.length === 0) return
  const replaced = new Set(set.map(([name]) => name))
  const fields: string[] = []
  for (let i = 0; i + 1 < x.fields.length; i += 2) {
    const name = x.fields[i]!.toLowerCase()
    if (!replaced.has(name) && !isNamed(unset, name)) fields.push(x.fields[i]!, x.fields[i + 1]!)
  }
  for (const [name, value] of set) {
    fields.push(name, typeof value === 'string' ? value : fillField(value, x.captures))
  }
  x.fields = fields
  x.head = headOf(fields)
}
