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

const NONE: readonly Field[] = Object.freeze([])
