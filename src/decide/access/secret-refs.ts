import type { AccessRule } from '../../model/access.ts'
import type { Problem, RuleSet } from '../../model/rules.ts'
import type { SecretRef } from '../../model/secret.ts'

/** A secret that requests are compared with, and where in the document it is referred to. */
export type PlacedSecret = { readonly path: Problem['path']; readonly ref: SecretRef }

/** All of them, of routes and of blocks. */
export function secretRefs(rules: RuleSet): PlacedSecret[] {
  return [
    ...Object.entries(rules.access).flatMap(([name, rule]) => refsIn(rule, ['access', name])),
    ...rules.purge === undefined ? [] : refsIn(rules.purge, ['purge', 'access']),
    ...rules.routes.flatMap(({ access }, index) => {
      return access === undefined ? [] : refsIn(access, ['routes', index, 'access'])
    }),
  ]
}

function refsIn(rule: AccessRule, path: Problem['path']): PlacedSecret[] {
  if (typeof rule === 'string') return []
  const { all = [], any = [], not, header } = rule
  const values = header?.equals ?? []
  return [
    ...all.flatMap((one, i) => refsIn(one, [...path, 'all', i])),
    ...any.flatMap((one, i) => refsIn(one, [...path, 'any', i])),
    ...not === undefined ? [] : refsIn(not, [...path, 'not']),
    ...values.flatMap((ref) => {
      return typeof ref === 'string' ? [] : [{ path: [...path, 'header', 'equals'], ref }]
    }),
  ]
}
