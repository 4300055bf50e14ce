/**
 * From Host and path to bucket and key, by each era's lights. What is hard is that Host routes:
 * the same path is another object when the name in Host looks like a bucket's.
 */
import { isIP } from 'node:net'
import type { Era } from './eras.ts'
import { fieldOf } from './request.ts'
import type { RequestHead } from './request.ts'

export type Resource =
  | { readonly kind: 'service' }
  | { readonly kind: 'bucket'; readonly bucket: string }
  | { readonly kind: 'object'; readonly bucket: string; readonly key: string }
  /** Outside of every service path. */
  | { readonly kind: 'nowhere' }
  /** The path's escapes are broken. */
  | { readonly kind: 'malformed' }

/** Which resource a request means; `ownNames` are the host names that mean the server itself. */
export function locate(head: RequestHead, era: Era, ownNames: readonly string[]): Resource {
  const path = decodePath(head.path, era)
  if (path === null) return { kind: 'malformed' }
  const place = placeOfHost(fieldOf(head, 'host') ?? '', era, ownNames)
  if (place.kind === 'bucket') return resourceOf(`/${place.bucket}${path}`)
  if (place.kind === 'root') return resourceOf(path)
  for (const basePath of era.basePaths) {
    if (path === basePath || path.startsWith(`${basePath}/`)) {
      return resourceOf(path.slice(basePath.length))
    }
  }
  return { kind: 'nowhere' }
}

/** The wire path without service path and without host style: what S3 itself would see. */
export function strippedPath(head: RequestHead, era: Era, resource: Resource): string {
  const prefix = era.basePaths.find((path) => head.path.startsWith(`${path}/`))
  if (prefix !== undefined) return head.path.slice(prefix.length)
  return 'bucket' in resource ? `/${resource.bucket}${head.path}` : head.path
}

function resourceOf(path: string): Resource {
  const rest = path.replace(/^\//, '')
  if (rest === '') return { kind: 'service' }
  const slash = rest.indexOf('/')
  if (slash < 0) return { kind: 'bucket', bucket: rest }
  const bucket = rest.slice(0, slash)
  const key = rest.slice(slash + 1)
  return key === '' ? { kind: 'bucket', bucket } : { kind: 'object', bucket, key }
}

type Place = { kind: 'own' } | { kind: 'root' } | { kind: 'bucket'; bucket: string }

function placeOfHost(host: string, era: Era, ownNames: readonly string[]): Place {
  const name = host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1').toLowerCase()
  for (const label of era.hostLabels) {
    if (name === label || name.startsWith(`${label}.`)) return { kind: 'root' }
    const at = `${name}.`.indexOf(`.${label}.`)
    if (at > 0) return { kind: 'bucket', bucket: name.slice(0, at) }
  }
  const own = name === '' || isIP(name) !== 0 || ownNames.includes(name)
  return own || !era.foreignHostIsBucket ? { kind: 'own' } : { kind: 'bucket', bucket: name }
}

function decodePath(raw: string, era: Era): string | null {
  const ended = era.resolvesDots ? raw.replace(/#.*$/, '') : raw
  let path: string
  try {
    path = decodeURIComponent(era.plusIsSpace ? ended.replaceAll('+', ' ') : ended)
  } catch {
    return null
  }
  let segments = path.split('/').slice(1)
  if (era.resolvesDots) segments = withoutDots(segments)
  if (era.collapsesSlashes) segments = segments.filter((segment) => segment !== '')
  return `/${segments.join('/')}`
}

/** RFC 3986 §5.2.4, on decoded segments, which is what makes it a hole. */
function withoutDots(segments: readonly string[]): string[] {
  const kept: string[] = []
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  return kept
}
