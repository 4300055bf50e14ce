import { findAll, isToken } from './headers.ts'
import { normalise } from './normalise.ts'

/**
 * What a response's Vary nominates (RFC 9110 §12.5.5): lower case, sorted, each once; empty without
 * Vary. `*` when it says so anywhere, and also when a member is no field name: nobody can tell what
 * it depends on, so it answers no other request.
 */
export function varyOf(fields: readonly string[]): readonly string[] | '*' {
  const names = new Set<string>()
  for (const line of findAll(fields, 'vary')) {
    for (const member of line.split(',')) {
      const name = member.trim().toLowerCase()
      if (name === '*' || (name !== '' && !isToken(name))) return '*'
      if (name !== '') names.add(name)
    }
  }
  return [...names].sort()
}

/**
 * What a request has for the nominated fields, each in its one spelling, null for one that it has
 * not. Two requests with equal selectors get the same response (RFC 9111 §4.1).
 */
export function selectors(
  names: readonly string[], fields: readonly string[],
): Array<string | null> {
  return names.map((name) => normalise(name, findAll(fields, name)))
}
