import type { Exchange } from '../../model/exchange.ts'
import type { Sight } from '../../model/look.ts'
import { keyOfObject } from '../../model/object.ts'
import type { RuleSet } from '../../model/rules.ts'
import type {
  AccessTrace, FetchTrace, NearMiss, OnwardTrace, PolicyTrace, RouteTrace, Trace, TracePlace,
} from '../../model/trace.ts'
import type { Decision } from '../line.ts'
import { accessOf } from '../proof/prove.ts'
import type { CompiledRules } from '../rules/compile.ts'
import { receiving } from '../rules/effective-steps.ts'
import { effectiveOf } from '../rules/effective.ts'
import { named, type Path } from '../rules/problems.ts'
import { tagsOf } from '../rules/tags.ts'
import { decidingFacts } from './access-words.ts'
import { answerOf, lookupOf, usable } from './foresee.ts'
import { ASSUMED } from './known.ts'
import { nearMisses } from './near.ts'
import { applying, type Applies } from './steps.ts'

/** The configuration that an exchange was decided by. */
export type Subject = {
  readonly rules: RuleSet
  readonly compiled: CompiledRules
  /** Where the document says something; null for one that comes from no file. */
  readonly placeOf: ((path: Path) => TracePlace) | null
  /** Null when only the files were asked. */
  readonly generation: number | null
}

/** What became of the exchange. */
export type Course = {
  readonly decision: Decision
  /** What is in the cache; null when nobody has looked. */
  readonly sight: Sight | null
  /** The fields of the request as they came. */
  readonly asked: readonly string[]
  readonly wanted: FetchTrace | null
}

/**
 * The line of an exchange that has been decided, filled in. `x` is what `decide` has left, so the
 * trace is of what it has done and not of what something else thinks it would do.
 */
export function traceOf(subject: Subject, x: Exchange, course: Course): Trace {
  const { decision, sight, asked, wanted } = course
  const { method, url, client, peer, object, policy } = x
  const { host, path, query } = x.target
  const leads = decision.kind === 'look-up' || decision.kind === 'pass'
  const names = leads || decision.kind === 'purge'
  const order = policy === null ? -1 : orderOf(subject, x)
  const applies = applying(x, {
    recv: subject.compiled.recv, asked, entry: usable(sight?.found ?? null),
  })
  return {
    at: new Date(x.arrivedAt).toISOString(),
    generation: subject.generation,
    recv: {
      method, url, host, path, query, client, peer,
      client_from: client === peer ? 'peer' : 'x-forwarded-for',
    },
    route: policy === null ? null : routeOf(subject, x, order),
    near: policy === null ? [] : nearOf(subject, x),
    access: accessTraceOf(subject, x, { decision, order }),
    object: !names || object === null ? null : {
      name: keyOfObject(object), origin: object.origin, bucket: object.bucket, key: object.key,
    },
    onward: names ? onwardOf(x) : null,
    policy: policyOf(subject, order, applies),
    tags: leads ? tagsOf(policy!, x.captures) ?? [] : [],
    lookup: decision.kind === 'look-up' ? lookupOf(x, sight) : null,
    origin: leads ? wanted : null,
    answer: answerOf(x, decision, sight),
  }
}

/** The route's place among the routes; -1 for the default. */
function orderOf({ rules }: Subject, { policy }: Exchange): number {
  return rules.routes.findIndex(({ name }) => name === policy!.route)
}

function routeOf({ placeOf }: Subject, x: Exchange, order: number): RouteTrace {
  const { route: name, captures } = x.policy!
  return {
    name,
    captures: Object.fromEntries(captures.map((capture, i) => [capture, x.captures[i]!])),
    place: placeOf?.(order < 0 ? ['default'] : ['routes', order]) ?? null,
  }
}

function nearOf({ compiled, rules, placeOf }: Subject, x: Exchange): NearMiss[] {
  return nearMisses(compiled, rules, x).map(({ order, name, misses }) => {
    return { name, misses, place: placeOf?.(['routes', order]) ?? null }
  })
}

/** Where the decision was made, and how far it had come by then. */
type Stage = { readonly decision: Decision; readonly order: number }

function accessTraceOf(
  subject: Subject, x: Exchange, { decision, order }: Stage,
): AccessTrace {
  const asked = decision.kind === 'check' ? 'unknown' : ANSWERS[accessOf(x, decision) ?? 'none']
  if (asked === 'not-asked' || order < 0) return { answer: 'not-asked', why: [], place: null }
  const { access } = x.policy!
  if (access === null) return { answer: asked, why: [openness(subject, x)], place: null }
  const rule = subject.rules.routes[order]!.access
  const path = typeof rule === 'string' ? ['access', rule] : ['routes', order, 'access']
  const why = decidingFacts(access, x, ASSUMED)
  const hint = decision.kind === 'refuse' && decision.refusal.status === 401
    ? ['with a right password it would be allowed'] : []
  return { answer: asked, why: [...why, ...hint], place: subject.placeOf?.(path) ?? null }
}

const ANSWERS = { allow: 'allowed', deny: 'denied', none: 'not-asked' } as const

function openness({ rules }: Subject, { policy }: Exchange): string {
  const { action } = policy!
  const bucket = action.kind === 'object' ? named(rules.buckets, action.bucket) : undefined
  return bucket?.visibility === 'public' ? 'public bucket, no access block' : 'no access block'
}

/** Of what other lines of the trace say themselves. */
const ELSEWHERE = /^(?:match\.|to$|to\.|redirect\.|deny$|access$|tags$)/

/** Where no route matches, only the steps about requests hold that are for all routes. */
function policyOf({ rules, placeOf }: Subject, order: number, applies: Applies): PolicyTrace[] {
  const all = order < 0 ? receiving(rules, {}, []) : effectiveOf(rules, order)
  return all.filter(({ key }) => !ELSEWHERE.test(key)).map(({ key, value, path }) => {
    const from = ownerOf(path, rules)
    return { key, value, from, place: placeOf?.(path) ?? null, applies: applies(key) }
  })
}

function onwardOf({ onward, key, policy }: Exchange): OnwardTrace | null {
  const action = policy?.action
  if (onward === null || action?.kind !== 'forward') return null
  return { origin: action.origin, uri: onward.uri, key, respects: policy!.respect !== null }
}

/** Whose a field is: the first two steps of the path to it, with routes by their names. */
function ownerOf(path: Path, { routes }: RuleSet): string {
  return path.slice(0, -1).slice(0, 2).map((step, i) => {
    return path[0] === 'routes' && i === 1 && typeof step === 'number' ? routes[step]!.name : step
  }).join('.')
}
