/** One step of each kind, as it is written, into what is asked of it; and what is wrong with it. */
import type { Networks } from '../../model/access.ts'
import type {
  FetchStep, FieldNames, RecvStep, SetField, StoreStep,
} from '../../model/policy.ts'
import type { Problem } from '../../model/rules.ts'
import type { FetchRule, RecvRule, StoreRule } from '../../model/steps.ts'
import type { When, WhenRule } from '../../model/when.ts'
import { SECRET_FIELD } from '../access/compile.ts'
import { namesStatus } from './answered.ts'
import { parseFieldTemplate } from './field-template.ts'
import { problemAt, type Path } from './problems.ts'
import { faultOfLocation, parseTemplate } from './template.ts'
import { compileWhen } from './when.ts'

/** What conditions and values may refer to; captures are null where they are not known. */
export type Making = {
  readonly lists: ReadonlyMap<string, Networks>
  readonly captures: readonly string[] | 'none' | null
}

/** A step, and what is wrong with it. */
export type Read<Step> = { readonly step: Step; readonly problems: readonly Problem[] }

/** A step about requests. */
export function recvStep(rule: RecvRule, path: Path, making: Making): Read<RecvStep> {
  const { when, problems } = conditionOf(rule.when, path, making)
  const set = valuesOf(rule.set, path, making)
  const end = endOf(rule, path, making)
  const { deny, redirect, pass, unset = [] } = rule
  const said = [deny, redirect, pass, rule.set].filter((one) => one !== undefined)
  const endsAndMore = end.step !== null && said.length + unset.length > 1
  return {
    step: { when, set: set.step, unset: namesOf(unset), pass: pass === true, end: end.step },
    problems: [
      ...problems, ...set.problems, ...end.problems, ...secretsIn(rule.set, path),
      ...said.length + unset.length > 0 ? [] : [idle(path, 'deny: 403')],
      ...!endsAndMore ? [] : [{
        path: [...path, deny === undefined ? 'redirect' : 'deny'],
        message: 'here the request ends, so that nothing else can be done with it',
        advice: 'keep one of `deny` and `redirect`, and nothing beside it',
      }],
    ],
  }
}

function endOf(
  { deny, redirect }: RecvRule, path: Path, { captures }: Making,
): Read<RecvStep['end']> {
  if (deny !== undefined) {
    return {
      step: Object.freeze({ status: deny, reason: 'denied-by-rule', close: false }), problems: [],
    }
  }
  if (redirect === undefined || captures === null) return { step: null, problems: [] }
  const to = parseTemplate(redirect.to, captures === 'none' ? [] : captures)
  const fault = 'message' in to ? to : faultOfLocation(to)
  if (!('message' in to) && fault === null) {
    return { step: Object.freeze({ to, status: redirect.status }), problems: [] }
  }
  const wrong = 'message' in to && captures === 'none' ? EVERYWHERE : fault!
  return { step: null, problems: [problemAt([...path, 'redirect', 'to'], wrong)] }
}

/**
 * A step about the request to an origin. To a store the same request goes whoever asks, because
 * what it answers is stored for all: so values are fixed, and conditions only know the key.
 */
export function fetchStep(rule: FetchRule, path: Path, making: Making): Read<FetchStep> {
  const { when, problems } = conditionOf(rule.when, path, making)
  const { set = {}, unset = [] } = rule
  const holding = Object.entries(set).filter(([, value]) => /\{[A-Za-z_][\w-]*\}/.test(value))
  return {
    step: { when, set: Object.entries(set), unset: namesOf(unset) },
    problems: [
      ...problems, ...secretsIn(set, path),
      ...Object.keys(set).length + unset.length > 0 ? []
        : [idle(path, 'set: { x-tenant: mirror }')],
      ...holding.map(([name]) => ({
        path: [...path, 'set', name], message: 'what is asked of a store holds no captures',
        advice: 'write the value out; what is fetched is stored for all who ask for the object',
      })),
    ],
  }
}

/** A step about how answers are kept. */
export function storeStep(rule: StoreRule, path: Path, making: Making): Read<StoreStep> {
  const { when, problems } = conditionOf(rule.when, path, making)
  const { set = {}, unset = [] } = rule
  const step = { when, ofStatus: namesStatus(rule.when), set, unset: namesOf(unset) }
  return { step, problems: [...problems, ...checkStore(rule, path)] }
}

function checkStore({ set = {}, unset = [] }: StoreRule, path: Path): Problem[] {
  const said = Object.values(set).filter((value) => value !== undefined)
  if (said.length + unset.length === 0) return [idle(path, 'set: { ttl: 1h }')]
  if (set.memory === false && set.disk === false) {
    const advice = 'write cacheable: false if that is meant'
    return [{ path: [...path, 'set'], message: 'this leaves no tier to keep it in', advice }]
  }
  if (set.cacheable !== false || said.length === 1) return []
  return [{
    path: [...path, 'set', 'cacheable'],
    message: 'what is not stored is not kept in any way',
    advice: 'remove the other keys, or this one',
  }]
}

/** A condition; null: always. */
export function conditionOf(
  when: WhenRule | undefined, path: Path, { lists }: Making,
): { when: When | null; problems: readonly Problem[] } {
  return when === undefined ? ALWAYS : compileWhen(when, { path: [...path, 'when'], lists })
}

const ALWAYS = { when: null, problems: [] }

/** Values of fields, with their captures cut; those that are wrong are left out. */
export function valuesOf(
  set: Readonly<Record<string, string>> = {}, path: Path, { captures }: Making,
): Read<readonly SetField[]> {
  if (captures === null) return { step: [], problems: [] }
  const step: SetField[] = []
  const problems: Problem[] = []
  for (const [name, text] of Object.entries(set)) {
    const value = parseFieldTemplate(name, text, captures === 'none' ? [] : captures)
    if (typeof value === 'string' || !('message' in value)) step.push([name.toLowerCase(), value])
    else problems.push(problemAt([...path, 'set', name], captures === 'none' ? EVERYWHERE : value))
  }
  return { step, problems }
}

const EVERYWHERE = {
  message: 'there are no captures here, where something is said for all routes',
  advice: 'say it in the routes whose path has the capture',
}

/** Credentials do not stand in the file, under whichever name. */
function secretsIn(set: Readonly<Record<string, string>> = {}, path: Path): Problem[] {
  return Object.keys(set).filter((name) => SECRET_FIELD.test(name.toLowerCase())).map((name) => ({
    path: [...path, 'set', name],
    message: 'this holds a secret, which must not stand in this file',
    advice: 'origins are signed for with `credentials`; clients bring their own secrets',
  }))
}

/** The problem of a step that does nothing. */
export function idle(path: Path, example: string): Problem {
  return { path, message: 'this step changes nothing', advice: `write e.g. ${example}` }
}

/** Names in lower case; what ends with `*` is a prefix. */
export function namesOf(names: readonly string[]): FieldNames {
  const lower = names.map((name) => name.toLowerCase())
  return {
    names: new Set(lower.filter((name) => !name.endsWith('*'))),
    prefixes: lower.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1)),
  }
}
