/**
 * The one spelling of an object key on the wire. What is hard: the signature covers the path as it
 * is sent, so there must be exactly one encoder and it must run exactly once; and stores read a
 * literal `+` as a space and a raw `#` as the end, so everything but the unreserved is written %XX.
 */

const PLAIN_KEY = /^[A-Za-z0-9\-._~/]*$/
/** encodeURIComponent leaves these, RFC 3986 §2.2 calls them sub-delims. */
const LEFT_BY_JAVASCRIPT = /[!'()*]/g

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}

/**
 * One component of a URI in UTF-8 with only the unreserved characters of RFC 3986 §2.3 kept, `/`
 * not among them; hex digits are upper case. A lone surrogate, which UTF-8 cannot say, becomes
 * U+FFFD.
 */
export function encodeComponent(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(LEFT_BY_JAVASCRIPT, percent)
}

/**
 * A decoded object key, or `bucket/key`, as it goes on the wire and into the string to sign: each
 * segment encoded as a component, the `/` between them kept, nothing collapsed.
 */
export function encodeKey(key: string): string {
  if (PLAIN_KEY.test(key)) return key
  return encodeComponent(key).replaceAll('%2F', '/')
}

/**
 * A raw query's parameters, decoded, in the order they stand in. `a` and `a=` are told apart by
 * null and ''. Unlike in forms `+` is a plus. A broken escape is taken literally.
 */
export function parseQuery(query: string): Array<readonly [name: string, value: string | null]> {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=')
      if (equals < 0) return [decode(part), null] as const
      return [decode(part.slice(0, equals)), decode(part.slice(equals + 1))] as const
    })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
