/**
 * Makes of the `access` rules of a configuration what `admit` decides by. Blocks are shared by
 * name, so the tree is a graph: what is hard is to find the ones that contain themselves, to say
 * each problem once, and to stay small where blocks multiply.
 */
import { hash } from 'node:crypto'
import { ACCESS_PREDICATES } from '../../limits.ts'
import type { Access, AccessRule, HeaderRule, Networks, TimeRule } from '../../model/access.ts'
import type { Problem, RuleSet } from '../../model/rules.ts'
import { named, unknownName, type Path } from '../rules/problems.ts'
import { compileNetworks } from './networks.ts'

/** A rule made ready; null when there are problems, here or in a block that it names. */
export type CompiledAccess = { readonly access: Access | null; readonly problems: Problem[] }

export type AccessCompiler = {
  /** Problems of lists, of blocks, and of what nobody refers to. */
  readonly problems: readonly Problem[]
  /** The proxies that are believed; null for none. */
  readonly trusted: Networks | null
  /** The lists of `acls`, by name. */
  readonly lists: ReadonlyMap<string, Networks>
  /** The rule of a route, which stands at `path`. */
  compile(rule: AccessRule, path: Path): CompiledAccess
}

type Tree = Exclude<AccessRule, string>

/** Compiles all lists and blocks. */
export function createAccessCompiler(rules: RuleSet): AccessCompiler {
  const problems: Problem[] = []
  const lists = new Map<string, Networks>()
  const blocks = new Map<string, CompiledAccess>()

  function networksAt(entries: readonly string[], path: Path): Networks {
    const { networks, faults } = compileNetworks(entries)
    problems.push(...faults.map(({ index, ...fault }) => ({ path: [...path, index], ...fault })))
    return networks
  }

  /** `trail`: the blocks that are being made, the outermost first. */
  function compileBlock(name: string, trail: readonly string[]): CompiledAccess {
    const made = blocks.get(name) ??
      compileTree(rules.access[name]!, ['access', name], [...trail, name])
    blocks.set(name, made)
    return made
  }

  function compileTree(rule: AccessRule, path: Path, trail: readonly string[]): CompiledAccess {
    if (typeof rule === 'string') return compileName(rule, path, trail)
    const keys = (Object.keys(rule) as (keyof Tree)[]).filter((key) => rule[key] !== undefined)
    const [key] = keys
    if (key === undefined || keys.length > 1) return failed(faultOfKeys(path, keys))
    const made = compileKey(rule, [...path, key], trail)
    const size = made.access === null ? 0 : sizeOf(made.access)
    if (size <= ACCESS_PREDICATES) return made
    return failed({
      path, message: `this comes to more than ${ACCESS_PREDICATES} predicates`,
      advice: 'put networks into one list of `acls`, and users into one file',
    })
  }

  function compileName(name: string, path: Path, trail: readonly string[]): CompiledAccess {
    if (trail.includes(name)) {
      const circle = [...trail.slice(trail.indexOf(name)), name].join(' > ')
      return failed({ path, message: `this block contains itself: ${circle}`,
        advice: 'a block can only name others that do not lead back to it' })
    }
    if (named(rules.access, name) !== undefined) {
      return { access: compileBlock(name, trail).access, problems: [] }
    }
    const known = Object.keys(rules.access)
    return failed(unknownName(path, { kind: 'block of `access`', word: name, known }))
  }

  function compileKey(rule: Tree, path: Path, trail: readonly string[]): CompiledAccess {
    const { all, any, not, client, basic, header, time } = rule
    if (all !== undefined) return compileList({ kind: 'all', rules: all, path }, trail)
    if (any !== undefined) return compileList({ kind: 'any', rules: any, path }, trail)
    if (not !== undefined) return negated(compileTree(not, path, trail), path)
    if (client !== undefined) return compileClient(client, path)
    if (header !== undefined) return compileHeader(header, path)
    if (time !== undefined) return compileTime(time, path)
    const { users, realm } = basic!
    if (rules.users.includes(users)) return made({ kind: 'basic', users, challenge: asking(realm) })
    return failed(unknownName([...path, 'users'], {
      kind: 'file of users', word: users, known: rules.users,
    }))
  }

  function compileList(list: List, trail: readonly string[]): CompiledAccess {
    const parts = list.rules.map((one, i) => compileTree(one, [...list.path, i], trail))
    const of = parts.flatMap(({ access }) => access ?? [])
    const problems = parts.flatMap((part) => part.problems)
    if (of.length < parts.length) return { access: null, problems }
    return made({ kind: list.kind, of: of.toSorted((a, b) => costOf(a) - costOf(b)) })
  }

  function compileClient(names: readonly string[], path: Path): CompiledAccess {
    const missing = names.flatMap((word, i) => {
      if (lists.has(word)) return []
      const known = Object.keys(rules.acls)
      return [unknownName(names.length > 1 ? [...path, i] : path, { kind: 'list', word, known })]
    })
    if (missing.length > 0) return { access: null, problems: missing }
    const of = names.map((name): Access => {
      return Object.freeze({ kind: 'client', acls: [name], networks: lists.get(name)! })
    })
    return of.length === 1 ? { access: of[0]!, problems: [] } : made({ kind: 'any', of })
  }

  for (const [name, entries] of Object.entries(rules.acls)) {
    lists.set(name, networksAt(entries, ['acls', name]))
  }
  const trusted = rules.trustedProxies.length === 0 ? null
    : networksAt(rules.trustedProxies, ['trusted_proxies'])
  for (const name of Object.keys(rules.access)) problems.push(...compileBlock(name, []).problems)
  return { problems, trusted, lists, compile: (rule, path) => compileTree(rule, path, []) }
}

type List = {
  readonly kind: 'all' | 'any'
  readonly rules: readonly AccessRule[]
  readonly path: Path
}

function made(access: Access): CompiledAccess {
  return { access: Object.freeze(access), problems: [] }
}

function failed(...problems: Problem[]): CompiledAccess {
  return { access: null, problems }
}

function faultOfKeys(path: Path, keys: readonly string[]): Problem {
  const [first, second] = keys
  if (first === undefined) {
    return { path, message: 'this does not say who may', advice: 'write e.g. client: office' }
  }
  return {
    path: [...path, second!],
    message: `\`${first}\` and \`${second}\` stand side by side`,
    advice: 'put them into `all: […]`, if both must hold, or `any: […]`, if one is enough',
  }
}

function negated({ access, problems }: CompiledAccess, path: Path): CompiledAccess {
  if (access === null) return { access, problems }
  if (!hasBasic(access)) return made({ kind: 'not', of: access })
  return failed({
    path, message: 'a password cannot be negated: whoever gave none would get in',
    advice: 'take `basic` out of `not`',
  })
}

function hasBasic(access: Access): boolean {
  if (access.kind === 'not') return hasBasic(access.of)
  return access.kind === 'basic' ||
    ((access.kind === 'all' || access.kind === 'any') && access.of.some(hasBasic))
}

function sizeOf(access: Access): number {
  if (access.kind === 'not') return sizeOf(access.of)
  if (access.kind !== 'all' && access.kind !== 'any') return 1
  return access.of.reduce((sum, one) => sum + sizeOf(one), 0)
}

const COSTS = { time: 0, present: 1, client: 2, equals: 3, basic: 4 } as const

/** A password is asked for last, and whatever may need one. */
function costOf(access: Access): number {
  if (access.kind === 'not') return costOf(access.of)
  if (access.kind === 'all' || access.kind === 'any') return Math.max(...access.of.map(costOf))
  return COSTS[access.kind]
}

/** RFC 7617 §2: the realm is a quoted-string; §2.1: user and password are in UTF-8. */
function asking(realm: string): string {
  return `Basic realm="${realm.replaceAll(/["\\]/g, '\\$&')}", charset="UTF-8"`
}

/** Fields that are sent to prove something. */
export const SECRET_FIELD = /authorization|cookie|secret|token|passw|credential|key|signature/

function compileHeader({ name, equals, present }: HeaderRule, path: Path): CompiledAccess {
  const lower = name.toLowerCase()
  if ((equals === undefined) === (present === undefined)) {
    const message = equals === undefined ? '`equals` or `present` is missing'
      : '`equals` and `present` exclude each other'
    return failed({ path, message, advice: 'write e.g. present: true' })
  }
  if (equals === undefined) return made({ kind: 'present', name: lower, present: present! })
  if (SECRET_FIELD.test(lower) && equals.some((one) => typeof one === 'string')) {
    const message = 'this field holds a secret, which must not stand in this file'
    return failed({ path: [...path, 'equals'], message, advice: 'write "env:NAME" or "file:PATH"' })
  }
  const values = equals.map((one) => {
    return typeof one === 'string' ? hash('sha256', one, 'buffer') : one
  })
  return made({ kind: 'equals', name: lower, values })
}

function compileTime({ after, before }: TimeRule, path: Path): CompiledAccess {
  if (after === undefined && before === undefined) {
    const message = '`before` or `after` is missing'
    return failed({ path, message, advice: 'write e.g. before: 2027-01-01T00:00:00Z' })
  }
  if (after !== undefined && before !== undefined && after >= before) {
    const message = 'this time never comes: `before` is not later than `after`'
    return failed({ path, message, advice: 'exchange them, if that is what is meant' })
  }
  return made({ kind: 'time', afterAt: after ?? -Infinity, beforeAt: before ?? Infinity })
}
