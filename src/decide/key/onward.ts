import type { Exchange } from '../../model/exchange.ts'
import type { Onward } from '../../model/onward.ts'
import type { Refusal } from '../../model/outcome.ts'
import type { Action } from '../../model/policy.ts'
import { hostOf } from '../http/authority.ts'
import { find } from '../http/headers.ts'
import { fill } from '../rules/template.ts'
import { encodeComponent } from '../sign/uri.ts'
import { reducedQuery } from './query.ts'

export type Forward = Extract<Action, { kind: 'forward' }>

/**
 * Names what a request asks of an http origin, into `x.onward` and `x.key`; gives the Refusal, or
 * null.
 *
 * What is hard: a wrong key is cache poisoning. An origin may look at its target, at its Host, at
 * `X-Forwarded-Host` and `-Proto`, so all of them are in the key, in the very form in which they
 * are sent; and what the key leaves out of the query is not sent either. GET and HEAD share the
 * key. It begins with the origin's name and has a space behind the method, as no bucket's has.
 */
export function keyOfForward(x: Exchange, action: Forward): Refusal | null {
  const path = pathOf(fill(action.path, x.captures), x)
  if (path === null) return { status: 400, reason: 'bad-target', close: false }
  const scheme = schemeOf(x)
  const authority = authorityOf(x, scheme)
  const mark = x.url.indexOf('?')
  const asked = mark < 0 ? '' : x.url.slice(mark)
  const reduced = action.query === null ? '' : reducedQuery(x.target.query, action.query)
  const query = action.query === null ? asked : reduced === '' ? '' : `?${reduced}`
  const onward: Onward = {
    target: path + query,
    whole: path + asked,
    scheme,
    authority,
    uri: `${scheme}://${authority}${x.target.raw}${asked}`,
  }
  x.onward = onward
  x.key = `${action.origin}:GET ${scheme}://${authority}${onward.target}`
  return null
}

/**
 * The filled template as it goes on the wire: the segments that it has in common with the end of
 * the path in the very spelling in which they came (RFC 9110 §7.7), the others encoded. Null where
 * harmless captures join to something else.
 */
function pathOf(filled: string, { target }: Exchange): string | null {
  const { path, raw } = target
  if (filled === path) return raw
  if (/\/\/|(?:^|\/)\.\.?(?:[/;]|$)|^[^/]|^$/.test(filled)) return null
  const wanted = filled.split('/')
  const came = path.split('/')
  const spelt = raw.split('/')
  let same = 0
  while (
    same < Math.min(wanted.length, came.length) - 1 && wanted.at(-1 - same) === came.at(-1 - same)
  ) same += 1
  const own = wanted.slice(0, wanted.length - same).map(encodeComponent)
  return [...own, ...spelt.slice(spelt.length - same)].join('/')
}

/** `https` where a trusted proxy says that it was; haulout itself listens for http. */
function schemeOf({ fields, trusted }: Exchange): Onward['scheme'] {
  const said = trusted ? find(fields, 'x-forwarded-proto') : null
  return said?.toLowerCase() === 'https' ? 'https' : 'http'
}

const ABSOLUTE = /^https?:\/\/([^/?]*)/i
const PORT = /:(\d{1,5})$/

/** The host with its port: of the target, else of Host; or what a trusted proxy says it was. */
function authorityOf(x: Exchange, scheme: Onward['scheme']): string {
  const said = x.trusted ? find(x.fields, 'x-forwarded-host') : null
  const forwarded = said === null ? null : hostOf(said)
  const host = forwarded ?? x.target.host
  const text = forwarded === null ? ABSOLUTE.exec(x.url)?.[1] ?? x.head.host ?? '' : said!
  const port = PORT.exec(text)?.[1]
  const usual = scheme === 'https' ? 443 : 80
  return port === undefined || Number(port) === usual ? host : `${host}:${Number(port)}`
}
