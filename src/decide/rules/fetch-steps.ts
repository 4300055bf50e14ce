import type { BucketObject } from '../../model/object.ts'
import type { Policy } from '../../model/policy.ts'
import { isNamed } from './store-steps.ts'
import { holdsOf } from './when.ts'

type Field = readonly [name: string, value: string]

/** Fields that the rules add to the request for an object: the same whoever asks for it. */
export function fetchFields(policy: Policy, object: BucketObject): readonly Field[] {
  if (policy.fetch === null) return NONE
  const asked = { object, status: 0, lengthBytes: null, fields: [] }
  let fields: Field[] = []
  for (const { when, set, unset } of policy.fetch) {
    if (when !== null && !holdsOf(when, asked)) continue
    const replaced = new Set(set.map(([name]) => name.toLowerCase()))
    fields = fields.filter(([name]) => {
      return !isNamed(unset, name.toLowerCase()) && !replaced.has(name.toLowerCase())
    })
    fields.push(...set)
  }
  return fields
}

/**
 * The fields of a client's request as it goes on to an http origin, `[name, value, …]`, with what
 * the steps change of them. Steps with a condition are about objects.
 */
export function fetchedFields(policy: Policy, fields: readonly string[]): readonly string[] {
  if (policy.fetch === null) return fields
  let changed: string[] = [...fields]
  for (const { when, set, unset } of policy.fetch) {
    if (when !== null) continue
    const replaced = new Set(set.map(([name]) => name.toLowerCase()))
    changed = changed.flatMap((name, i) => {
      const lower = name.toLowerCase()
      const goes = i % 2 === 1 || isNamed(unset, lower) || replaced.has(lower)
      return goes ? [] : [name, changed[i + 1]!]
    })
    changed.push(...set.flat())
  }
  return changed
}

const NONE: readonly Field[] = Object.freeze([])
