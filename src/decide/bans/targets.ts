/**
 * From what people name, a URL, an object or a tag, to what a ban is about. What is hard is that a
 * name which leads nowhere must be said to, rather than ban nothing and look like success.
 */
import type { BanAbout } from '../../model/ban.ts'
import type { Exchange } from '../../model/exchange.ts'
import { keyOfObject } from '../../model/object.ts'
import type { BucketRule } from '../../model/rules.ts'
import { isTag } from '../rules/tags.ts'

/** Something that cannot be banned, and why. */
export type Nowhere = { readonly fault: string }

/** All responses with a tag. */
export function tagAbout(tag: string): BanAbout | Nowhere {
  return isTag(tag) ? { kind: 'tag', tag }
    : { fault: `'${tag}' is no tag: tags have no spaces or commas, and %XX for what is not ASCII` }
}

/**
 * An object, `bucket/key` by the bucket's name in the configuration, the key decoded; with `prefix`
 * all whose keys begin so.
 */
export function objectAbout(
  name: string, buckets: Readonly<Record<string, BucketRule>>, prefix: boolean,
): BanAbout | Nowhere {
  const slash = name.indexOf('/')
  const bucket = slash < 0 ? name : name.slice(0, slash)
  const rule = Object.hasOwn(buckets, bucket) ? buckets[bucket]! : null
  if (rule === null) {
    const known = Object.keys(buckets).join(', ')
    return { fault: `'${name}': there is no bucket '${bucket}'; known here: ${known || 'none'}` }
  }
  const key = slash < 0 ? '' : name.slice(slash + 1)
  if (key === '' && !prefix) {
    return { fault: `'${name}' names a bucket, not an object; all of it is meant by --prefix` }
  }
  const { origin, name: bucketName = bucket } = rule
  const full = keyOfObject({ origin, bucket, bucketName, key })
  return prefix ? { kind: 'prefix', prefix: full } : { kind: 'key', key: full }
}

/**
 * What stands behind a URL: `x` is a request for it, of which it has been decided what it asks for;
 * `leads` whether that is something that can be stored. With `prefix`, all that was fetched for
 * URLs of the same host whose paths begin so.
 */
export function urlAbout(
  url: string, { x, leads, prefix }: { x: Exchange; leads: boolean; prefix: boolean },
): BanAbout | Nowhere {
  if (prefix) {
    const { host, path } = x.target
    const starts = quoted(`${path.replaceAll('*', '\\*')}*`)
    return { kind: 'expression', text: `host = ${quoted(host)} and path ~ ${starts}` }
  }
  if (leads) return { kind: 'key', key: x.key }
  return { fault: `'${url}' leads to nothing that is stored: the route is ${x.policy!.route}` }
}

/** A text as a value of an expression. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}
