import { OBJECT_KEY_BYTES } from '../../limits.ts'
import type { Exchange } from '../../model/exchange.ts'
import { keyOfObject } from '../../model/object.ts'
import type { Refusal } from '../../model/outcome.ts'
import type { Policy } from '../../model/policy.ts'
import { fill } from '../rules/template.ts'

/** Most keys: segments that are not empty and do not begin with a dot, told by one pass. */
const PLAIN = /^[^/.][^/]*(?:\/[^/.][^/]*)*$/

/**
 * Names the object of an exchange whose route leads to a bucket: fills the route's template with
 * the captures, into `x.object` and `x.key`. Gives the Refusal, or null; does nothing for other
 * actions.
 *
 * What is hard: a wrong key is cache poisoning. The path has been checked, yet a template can join
 * harmless captures to something else (`{a}{b}` of `.` and `.`), so the result is checked again.
 * Old stores collapse `//` and drop a trailing `/`, so keys with either would be answered with
 * another object's bytes: they name no object. A key that is empty or ends in `/` is that of a
 * folder, which is its index, if the route has one.
 */
export function keyOf(x: Exchange, policy: Policy): Refusal | null {
  const { action } = policy
  if (action.kind !== 'object') return null
  const { index } = action
  let key = fill(action.key, x.captures)
  if (index !== null && (key === '' || key.endsWith('/'))) key += index
  if (!PLAIN.test(key) || !fits(key)) {
    const refusal = refuse(key)
    if (refusal !== null) return refusal
  }
  const { origin, bucket, bucketName } = action
  x.object = { origin, bucket, bucketName, key }
  x.key = keyOfObject(x.object)
  return null
}

function refuse(key: string): Refusal | null {
  if (/(?:^|\/)\.\.?(?:[/;]|$)/.test(key)) {
    return { status: 400, reason: 'bad-target', close: false }
  }
  if (fits(key) && !/^\/|\/\/|\/$|^$/.test(key)) return null
  return { status: 404, reason: 'no-object', close: false }
}

/** At most so many bytes as an S3 key may have. A UTF-16 unit makes at most three. */
function fits(key: string): boolean {
  return key.length * 3 <= OBJECT_KEY_BYTES || Buffer.byteLength(key) <= OBJECT_KEY_BYTES
}
