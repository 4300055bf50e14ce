import type { Action } from '../../model/policy.ts'
import type { BucketRule, RouteRule } from '../../model/rules.ts'
import { note, noteUnknown, type Notes, type Path } from './notes.ts'
import { faultOfLocation, parseTemplate } from './template.ts'

/** Where a route stands in the document, and its captures: null when its glob has a problem. */
export type Place = { readonly path: Path; readonly captures: readonly string[] | null }

/** What a route does: `to`, `redirect` or `deny`. Null when that has a problem, which is noted. */
export function compileAction(notes: Notes, rule: RouteRule, place: Place): Action | null {
  const said = (['to', 'redirect', 'deny'] as const).filter((key) => rule[key] !== undefined)
  const advice = 'a route has one of `to`, `redirect` and `deny`'
  if (said.length === 0) {
    note(notes, place.path, { message: 'this route does not say what to do', advice })
    return null
  }
  if (said.length > 1) {
    const message = `\`${said[0]}\` and \`${said[1]}\` exclude each other`
    note(notes, [...place.path, said[1]!], { message, advice })
    return null
  }
  if (rule.to !== undefined) return compileTo(notes, rule.to, place)
  if (rule.redirect !== undefined) return compileRedirect(notes, rule.redirect, place)
  return { kind: 'deny', status: rule.deny! }
}

/** `bucket/key template`: the bucket is written out, the key may hold captures. */
function compileTo(notes: Notes, to: string, place: Place): Action | null {
  const path = [...place.path, 'to']
  const slash = to.indexOf('/')
  const name = slash < 0 ? to : to.slice(0, slash)
  const key = slash < 0 ? '' : to.slice(slash + 1)
  const bucket = bucketNamed(notes, path, name)
  if (key === '') {
    note(notes, path, {
      message: 'the key of an object is missing',
      advice: `write e.g. "${name}/{file}"`,
    })
    return null
  }
  // What no request can ask for must not be what a request is led to.
  if (/^\/|\/\/|(?:^|\/)\.\.?(?:\/|$)|[\p{Cc}\\]/u.test(key)) {
    note(notes, path, {
      message: 'this cannot be the key of an object',
      advice: 'a key has no empty, `.` or `..` segments, control characters or backslashes',
    })
    return null
  }
  const template = place.captures === null ? null : parseTemplate(key, place.captures)
  if (template !== null && 'message' in template) note(notes, path, template)
  if (bucket === null || template === null || 'message' in template) return null
  const bucketName = bucket.name ?? name
  return { kind: 'object', origin: bucket.origin, bucket: name, bucketName, key: template }
}

function bucketNamed(notes: Notes, path: Path, name: string): BucketRule | null {
  const { buckets } = notes.rules
  if (Object.hasOwn(buckets, name)) return buckets[name]!
  if (name.includes('{')) {
    note(notes, path, {
      message: 'the bucket must be written out',
      advice: 'a capture can only be a part of the key, behind the first `/`',
    })
  } else {
    noteUnknown(notes, path, { kind: 'bucket', word: name, known: Object.keys(buckets) })
  }
  return null
}

function compileRedirect(
  notes: Notes, redirect: NonNullable<RouteRule['redirect']>, place: Place,
): Action | null {
  if (place.captures === null) return null
  const template = parseTemplate(redirect.to, place.captures)
  const fault = 'message' in template ? template : faultOfLocation(template)
  if (fault !== null) note(notes, [...place.path, 'redirect', 'to'], fault)
  if ('message' in template || fault !== null) return null
  return { kind: 'redirect', to: template, status: redirect.status }
}
