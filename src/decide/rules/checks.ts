import type { CacheRule, DeliverRule, RouteRule } from '../../model/rules.ts'
import { note, noteUnknown, type Notes, type Path } from './notes.ts'

/** Only these reach a store: whatever else the rules allow must never get to the signer. */
const OBJECT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Route names stand in logs and metrics, so each is there once, and `default` is taken. */
export function checkNames(notes: Notes): void {
  const seen = new Set<string>()
  for (const [index, { name }] of notes.rules.routes.entries()) {
    const path = ['routes', index, 'name']
    if (name === 'default') {
      note(notes, path, {
        message: '`default` already is the name of what happens when no route matches',
        advice: 'choose another name',
      })
    } else if (seen.has(name)) {
      note(notes, path, {
        message: `there already is a route \`${name}\``,
        advice: 'logs and metrics tell routes apart by their names: choose another one',
      })
    }
    seen.add(name)
  }
}

/** What stands outside of the routes: the origins and policies of buckets, and the defaults. */
export function checkReferences(notes: Notes): void {
  const { rules } = notes
  for (const [name, bucket] of Object.entries(rules.buckets)) {
    if (!rules.origins.includes(bucket.origin)) {
      const what = { kind: 'origin', word: bucket.origin, known: rules.origins }
      noteUnknown(notes, ['buckets', name, 'origin'], what)
    }
    checkPolicyName(notes, ['buckets', name, 'cache'], bucket.cache)
  }
  checkObjectMethods(notes, ['defaults', 'methods'], rules.defaults.methods)
  checkDeliver(notes, ['defaults', 'deliver'], rules.defaults.deliver)
}

/** What one route says apart from where it leads. */
export function checkRoute(notes: Notes, rule: RouteRule, path: Path): void {
  const { host, path: glob, method } = rule.match
  if (host === undefined && glob === undefined && method === undefined) {
    note(notes, [...path, 'match'], {
      message: 'this matches every request',
      advice: 'if that is meant, say so with path: "/**"',
    })
  }
  checkPolicyName(notes, [...path, 'cache'], rule.cache)
  checkMethods(notes, rule, path)
  checkDeliver(notes, [...path, 'deliver'], rule.deliver ?? {})
}

function checkPolicyName(notes: Notes, path: Path, cache: string | CacheRule | undefined): void {
  const { policies } = notes.rules
  if (typeof cache !== 'string' || Object.hasOwn(policies, cache)) return
  noteUnknown(notes, path, { kind: 'policy', word: cache, known: Object.keys(policies) })
}

function checkMethods(notes: Notes, rule: RouteRule, path: Path): void {
  if (rule.to !== undefined) checkObjectMethods(notes, [...path, 'methods'], rule.methods ?? [])
  if (rule.deny !== undefined) return
  const methods = rule.methods ?? notes.rules.defaults.methods
  const never = (rule.match.method ?? []).find((method) => !methods.includes(method))
  if (never !== undefined) {
    note(notes, [...path, 'match', 'method'], {
      message: `this route matches ${never}, but its \`methods\` do not allow it`,
      advice: `such requests would get 405; do not match ${never} here`,
    })
  }
}

function checkObjectMethods(notes: Notes, path: Path, methods: readonly string[]): void {
  const wrong = methods.find((method) => !OBJECT_METHODS.has(method))
  if (wrong === undefined) return
  note(notes, path, {
    message: `${wrong} cannot be allowed for objects`,
    advice: 'buckets are read-only here: only GET and HEAD may be allowed',
  })
}

function checkDeliver(notes: Notes, path: Path, deliver: DeliverRule): void {
  const unset = new Set((deliver.unset ?? []).map((name) => name.toLowerCase()))
  const both = Object.keys(deliver.set ?? {}).find((name) => unset.has(name.toLowerCase()))
  if (both === undefined) return
  note(notes, [...path, 'set', both], {
    message: `\`${both}\` is both set and unset`,
    advice: 'a field that is set replaces the origin\'s; there is no need to unset it',
  })
}
