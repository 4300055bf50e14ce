import type { DeliverPolicy } from '../../model/policy.ts'
import { fillField } from '../rules/field-template.ts'

/**
 * Lists of fields as they are on the wire, `[name, value, …]`: order and case kept, repeated names
 * allowed (RFC 9110 §5.3). A list and not an object, because objects lose repeated lines and trip
 * over names like `__proto__`.
 */

/** Fields between two neighbours only (RFC 9110 §7.6.1); `Proxy-*` is known by its prefix. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade',
])

/**
 * Fields for all recipients, which a Connection field must not name (RFC 9110 §7.6.1) and does not
 * remove here: otherwise an origin's slip would turn into wrong metadata for every client.
 */
const FOR_ALL: ReadonlySet<string> = new Set([
  'accept-ranges', 'age', 'cache-control', 'cache-status', 'date', 'etag', 'expires', 'host',
  'last-modified', 'vary', 'via',
])

/** The end-to-end fields of a list, in a new list: without hop-by-hop ones and Connection's own. */
export function endToEnd(fields: readonly string[]): string[] {
  const named = connectionOptions(fields)
  const kept: string[] = []
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i]!.toLowerCase()
    if (HOP_BY_HOP.has(name) || name.startsWith('proxy-') || named.has(name)) continue
    kept.push(fields[i]!, fields[i + 1]!)
  }
  return kept
}

function connectionOptions(fields: readonly string[]): ReadonlySet<string> {
  const named = new Set<string>()
  for (const value of findAll(fields, 'connection')) {
    for (const option of value.split(',')) {
      const name = option.trim().toLowerCase()
      if (!FOR_ALL.has(name) && !name.startsWith('content-')) named.add(name)
    }
  }
  return named
}

/** The value of the first field of that (lower-case) name; null when there is none. */
export function find(fields: readonly string[], lowerName: string): string | null {
  for (let i = 0; i + 1 < fields.length; i += 2) {
    if (sameName(fields[i]!, lowerName)) return fields[i + 1]!
  }
  return null
}

/** The values of all fields of that (lower-case) name, in their order. */
export function findAll(fields: readonly string[], lowerName: string): string[] {
  const values: string[] = []
  for (let i = 0; i + 1 < fields.length; i += 2) {
    if (sameName(fields[i]!, lowerName)) values.push(fields[i + 1]!)
  }
  return values
}

function sameName(name: string, lowerName: string): boolean {
  return name.length === lowerName.length &&
    (name === lowerName || name.toLowerCase() === lowerName)
}

/** Whether two lists of fields are the same, line by line. */
export function sameFields(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, i) => text === other[i])
}

/** A token (RFC 9110 §5.6.2): what methods, field names and transfer codings are made of. */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)
}

/** A field value that may be sent: visible characters, obs-text, space and tab (RFC 9110 §5.5). */
export function isFieldValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}

/**
 * The fields of a response as `deliver` wants them: what it unsets removed, what it sets set, at
 * the end and in its order, with the values of the captures.
 */
export function visibleFields(
  fields: readonly string[], deliver: DeliverPolicy, captures: readonly string[],
): string[] {
  const replaced = new Set(deliver.set.map(([name]) => name))
  const visible: string[] = []
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i]!.toLowerCase()
    if (replaced.has(name) || deliver.unset.has(name)) continue
    if (deliver.unsetPrefixes.some((prefix) => name.startsWith(prefix))) continue
    visible.push(fields[i]!, fields[i + 1]!)
  }
  for (const [name, value] of deliver.set) {
    visible.push(name, typeof value === 'string' ? value : fillField(value, captures))
  }
  return visible
}
