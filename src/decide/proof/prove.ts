import { hash } from 'node:crypto'
import { formatDuration } from '../../lib/durations.ts'
import type { Known } from '../../model/access.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { CachePolicy, Policy } from '../../model/policy.ts'
import type { Difference, Expectation, Proof, RuleTest } from '../../model/proof.ts'
import type { Reason } from '../../model/outcome.ts'
import { CACHE_KEYS } from '../../model/rules.ts'
import { credentialsOf } from '../access/credentials.ts'
import {
  corsForAll, corsForOne, isCorsField, isPermitted, withoutCors,
} from '../http/cors.ts'
import { find, visibleFields } from '../http/headers.ts'
import { ttlOf } from '../http/storable.ts'
import { decide, type Decision, type Line } from '../line.ts'
import { answeredBy } from '../rules/answered.ts'
import { deliverOf } from '../rules/deliver.ts'
import { keptOf } from '../rules/store-steps.ts'
import { tagsOf } from '../rules/tags.ts'
import { unknownAnswer } from './answer.ts'
import { exchangeOf } from './exchange.ts'

/** A value that no rule can set: it stands for whatever the store sends. */
const SENT = '\0'

/**
 * Runs a test of the configuration. What is compared is what the server would do, because the same
 * functions are asked: `decide` for the request, `ttlOf` for how long what answer is fresh,
 * `visibleFields` for what becomes of a header field. No origin is asked, so a test can say which
 * object a request is for, but not whether there is one.
 */
export function prove(line: Omit<Line, 'passwords'>, test: RuleTest): Proof {
  const x = exchangeOf(test.request)
  const decision = decide({ ...line, passwords: GIVEN }, x)
  const { expect } = test
  const route = x.policy === null ? null : x.policy.route
  const differences = [
    ...differ('route', expect.route, route, 'none: refused before any route is looked at'),
    ...differ('object', expect.object, objectOf(x, decision), 'none'),
    ...differ('forward', expect.forward, forwardOf(x, decision),
      'none: no http origin is asked'),
    ...differ('access', expect.access, accessOf(x, decision),
      'none: the request is refused without asking who it is from'),
    ...differ('status', expect.status, statusOf(decision),
      'up to the store: the request is for an object'),
    ...differ('reason', expect.reason,
      reasonOf(decision), 'none: nothing is refused'),
    ...differ('cors', expect.cors, corsOf(x, decision),
      'none: no page asks, or the route says nothing of pages'),
    ...differ('location', expect.location,
      decision.kind === 'redirect' ? decision.location : null, 'none: this is no redirect'),
    ...differ('pass', expect.pass === undefined ? undefined : String(expect.pass),
      isObject(decision) ? String(decision.kind === 'pass') : null, NO_OBJECT),
    ...differInKept(expect, x, decision),
    ...differInDeliver(expect, isObject(decision) ? x : null),
  ]
  return { test, route, differences }
}

/**
 * What is known within tests. A user who is named has given the right password; any other
 * Authorization is wrong. A secret that is referred to is stood for by its reference, `env:NAME`.
 */
const GIVEN: Known = {
  proof: (_file, authorization) => {
    const given = credentialsOf(authorization)
    return given?.password === '' ? given.user : false
  },
  secret: (ref) => {
    const text = ref.kind === 'env' ? `env:${ref.name}` : `file:${ref.path}`
    return hash('sha256', text, 'buffer')
  },
}

/** Reasons of a refusal by `access`. */
const BY_ACCESS: ReadonlySet<string> =
  new Set(['access-denied', 'no-credentials', 'wrong-credentials'])

function reasonOf(decision: Decision): Reason | null {
  return decision.kind === 'refuse' ? decision.refusal.reason
    : decision.kind === 'preflight' ? decision.reason : null
}

/** Whether a browser gives the answer to the page, or lets it ask; null where that is no matter. */
function corsOf({ policy, head }: Exchange, decision: Decision): 'allow' | 'deny' | null {
  const cors = policy?.cors ?? null
  if (cors === null || head.origin === null) return null
  const allowed = decision.kind === 'preflight' ? decision.reason === null
    : isPermitted(cors, head.origin)
  return allowed ? 'allow' : 'deny'
}

/** Null where nobody was asked: the request did not get to a route, or not past its methods. */
export function accessOf({ policy }: Exchange, decision: Decision): 'allow' | 'deny' | null {
  const { reason } = decision.kind === 'refuse' ? decision.refusal : { reason: null }
  if (reason !== null && BY_ACCESS.has(reason)) return 'deny'
  const isUnasked = policy === null || decision.kind === 'preflight' || reason === 'no-route' ||
    reason === 'method-not-allowed' || reason === 'body-not-allowed'
  return isUnasked ? null : 'allow'
}

type Value = string | number | false

/** A difference, or none. Without an actual value, `otherwise` says why there is none. */
function differ(
  field: string, expected: Value | undefined, actual: Value | null, otherwise: string,
): Difference[] {
  if (expected === undefined || expected === actual) return []
  return [{ field, expected: shown(expected), actual: actual === null ? otherwise : shown(actual) }]
}

/** A removed field is false. */
function shown(value: Value): string {
  return value === false ? 'removed' : String(value)
}

function objectOf({ object }: Exchange, decision: Decision): string | null {
  const isAbout = isObject(decision) || decision.kind === 'purge'
  return !isAbout || object === null ? null : `${object.bucket}/${object.key}`
}

/** What is shared is asked for as the key says; what is passed, as it came. */
function forwardOf({ onward, policy }: Exchange, decision: Decision): string | null {
  if (!isObject(decision) || onward === null || policy!.action.kind !== 'forward') return null
  return policy!.action.origin + (decision.kind === 'pass' ? onward.whole : onward.target)
}

function statusOf(decision: Decision): number | null {
  switch (decision.kind) {
    case 'look-up':
    case 'pass':
    case 'check': return null
    case 'purge':
    case 'health': return 200
    case 'preflight': return 204
    case 'redirect':
    case 'synth': return decision.status
    case 'refuse': return decision.refusal.status
  }
}

const NO_OBJECT = 'none: the request is not for an object'

/** Whether the origin may have a say in it. */
function isObject({ kind }: Decision): boolean {
  return kind === 'look-up' || kind === 'pass'
}

/** What is kept of objects, and how. */
function differInKept(
  { cache, tags }: Expectation, x: Exchange, decision: Decision,
): Difference[] {
  const kept = decision.kind === 'look-up' ? x.policy : null
  const otherwise = decision.kind === 'pass' ? 'none: nothing of it is kept' : NO_OBJECT
  const keys = Object.entries(CACHE_KEYS) as [keyof CachePolicy, string][]
  const tagged = kept === null ? null : tagsOf(kept, x.captures)
  return [
    ...differ('tags', tags === undefined ? undefined : listed(tags),
      tagged === null ? null : listed(tagged),
      kept === null ? otherwise : 'none: one is too long, so the object is not stored'),
    ...keys.flatMap(([key, field]) => {
      const expected = cache[key] === undefined ? undefined : inWords(cache[key])
      const actual = kept === null ? null : inWords(heldFor(x, kept, key))
      return differ(field, expected, actual, otherwise)
    }),
  ]
}

/** Delivery is only for objects; null when the request leads to none. */
function differInDeliver({ deliver }: Expectation, x: Exchange | null): Difference[] {
  return Object.entries(deliver).flatMap(([name, expected]) => {
    if (x === null) return differ(`deliver.${name}`, expected, null, NO_OBJECT)
    return differ(`deliver.${name}`, expected, fieldOf(x, name), 'what the store sends')
  })
}

/** Tags are a set: their order says nothing. */
function listed(tags: readonly string[]): string {
  return tags.length === 0 ? 'none' : [...new Set(tags)].toSorted().join(', ')
}

/** What the policy comes to for an answer that the field is for. */
function heldFor(x: Exchange, policy: Policy, key: keyof CachePolicy): string | number {
  const status = key === 'notFoundMs' ? 404 : key === 'forbiddenMs' ? 403 : 200
  const { cache } = keptOf(policy, unknownAnswer(x, status))
  return key === 'ttlMs' ? ttlOf(status, cache) : cache[key]
}

function inWords(value: string | number): string {
  return typeof value === 'number' ? formatDuration(value) : value
}

/** The field as clients get it when the store sends it; false: not at all, null: as it is. */
function fieldOf(x: Exchange, name: string): string | false | null {
  const { captures, head } = x
  const { cors } = x.policy!
  const deliver = deliverOf(x.policy!, x, answeredBy(unknownAnswer(x, 200), []))
  const sent = cors === null ? [name, SENT] : withoutCors([name, SENT])
  const fields = visibleFields(sent, deliver, captures)
  if (cors !== null && isCorsField(name)) {
    fields.push(...corsForAll(cors, fields), ...corsForOne(cors, head.origin))
  }
  const value = find(fields, name.toLowerCase())
  return value === SENT ? null : value ?? false
}
