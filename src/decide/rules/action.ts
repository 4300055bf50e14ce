import type { Action } from '../../model/policy.ts'
import type { Problem, RouteRule } from '../../model/rules.ts'
import { compilePage } from '../synth/page.ts'
import { compileForward } from './forward.ts'
import { indexOf } from './merge.ts'
import { named, problemAt, unknownName, type Place } from './problems.ts'
import { faultOfLocation, parseTemplate } from './template.ts'

/** What a route does, as far as it is without problems. */
export type Compiled = { readonly action: Action | null; readonly problems: readonly Problem[] }

const ACTIONS = ['to', 'forward', 'redirect', 'deny', 'synth'] as const

/**
 * What a route does: `to`, `redirect`, `deny` or `synth`. With captures null the route's glob has
 * a problem, so what depends on them is not looked at.
 */
export function compileAction(
  rule: RouteRule, place: Place, captures: readonly string[] | null,
): Compiled {
  const said = ACTIONS.filter((key) => rule[key] !== undefined)
    .map((key) => key === 'forward' ? 'to' : key)
  const advice = 'a route has one of `to`, `redirect`, `deny` and `synth`'
  if (said.length === 0) {
    return failed({ path: place.path, message: 'this route does not say what to do', advice })
  }
  if (said.length > 1) {
    const message = `\`${said[0]}\` and \`${said[1]}\` exclude each other`
    return failed({ path: [...place.path, said[1]!], message, advice })
  }
  if (rule.forward !== undefined) return compileForward(rule, place, captures)
  if (rule.to !== undefined) return compileTo(rule, place, captures)
  if (rule.redirect !== undefined) return compileRedirect(rule.redirect, place, captures)
  if (rule.synth !== undefined) {
    const { status, page } = rule.synth
    return { action: { kind: 'synth', status, page: compilePage(page) }, problems: [] }
  }
  return { action: { kind: 'deny', status: rule.deny! }, problems: [] }
}

function failed(...problems: Problem[]): Compiled {
  return { action: null, problems }
}

/** `bucket/key template`: the bucket is written out, the key may hold captures. */
function compileTo(
  rule: RouteRule, place: Place, captures: readonly string[] | null,
): Compiled {
  const to = rule.to!
  const index = indexOf(place.rules, rule)
  const path = [...place.path, 'to']
  const slash = to.indexOf('/')
  const name = slash < 0 ? to : to.slice(0, slash)
  const key = slash < 0 ? '' : to.slice(slash + 1)
  const bucket = named(place.rules.buckets, name)
  const problems: Problem[] = bucket === undefined ? [unknownBucket(place, name)] : []
  const template = captures === null ? null : parseTemplate(key, captures)
  if (key === '' && index === null) {
    const advice = `write e.g. "${name}/{file}", or give the route an \`index\``
    problems.push({ path, message: 'the key of an object is missing', advice })
  } else if (/^\/|\/\/|(?:^|\/)\.\.?(?:\/|$)|[\p{Cc}\\]/u.test(key)) {
    // What no request can ask for must not be what a request is led to.
    const advice = 'a key has no empty, `.` or `..` segments, control characters or backslashes'
    problems.push({ path, message: 'this cannot be the key of an object', advice })
  } else if (template !== null && 'message' in template) {
    problems.push(problemAt(path, template))
  }
  if (problems.length > 0 || bucket === undefined) return failed(...problems)
  if (template === null || 'message' in template) return failed()
  const { origin, name: bucketName = name } = bucket
  return {
    action: { kind: 'object', origin, bucket: name, bucketName, key: template, index }, problems,
  }
}

function unknownBucket(place: Place, name: string): Problem {
  const path = [...place.path, 'to']
  if (!name.includes('{')) {
    return unknownName(path, {
      kind: 'bucket', word: name, known: Object.keys(place.rules.buckets),
    })
  }
  return {
    path,
    message: 'the bucket must be written out',
    advice: 'a capture can only be a part of the key, behind the first `/`',
  }
}

function compileRedirect(
  redirect: NonNullable<RouteRule['redirect']>, place: Place, captures: readonly string[] | null,
): Compiled {
  if (captures === null) return failed()
  const template = parseTemplate(redirect.to, captures)
  const fault = 'message' in template ? template : faultOfLocation(template)
  if ('message' in template || fault !== null) {
    return failed(problemAt([...place.path, 'redirect', 'to'], fault!))
  }
  return { action: { kind: 'redirect', to: template, status: redirect.status }, problems: [] }
}
