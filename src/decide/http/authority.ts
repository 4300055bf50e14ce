import { isIPv6 } from 'node:net'

/**
 * The host of an authority, `host[:port]`, as in a Host field or an absolute-form target (RFC 9110
 * §7.2, RFC 3986 §3.2.2): lower case, without port and without the root dot; null when malformed.
 *
 * What is hard: two readers of one Host must not disagree, so everything that some parser is known
 * to read differently (userinfo, commas, spaces, percent-encoding, empty labels, sub-delims, which
 * no DNS name has) is malformed here, though RFC 3986 would let a part of it pass.
 */
export function hostOf(authority: string): string | null {
  if (authority.charCodeAt(0) === 0x5b) return literalOf(authority)
  const colon = authority.indexOf(':')
  if (colon >= 0 && !isPort(authority, colon + 1)) return null
  let end = colon < 0 ? authority.length : colon
  if (end > 1 && authority.charCodeAt(end - 1) === 0x2e) end -= 1
  if (end === 0) return null
  let before = 0x2e
  let upper = false
  for (let i = 0; i < end; i++) {
    const code = authority.charCodeAt(i)
    if (code === 0x2e) {
      if (before === 0x2e) return null
    } else if (code >= 0x41 && code <= 0x5a) upper = true
    else if (!isNameCode(code)) return null
    before = code
  }
  if (before === 0x2e) return null
  const host = end === authority.length ? authority : authority.slice(0, end)
  return upper ? host.toLowerCase() : host
}

/** Lower case letters, digits, `-`, and `_`, which DNS names in private use do have. */
function isNameCode(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) ||
    code === 0x2d || code === 0x5f
}

/** An IPv6 literal keeps its brackets. A zone (`%eth0`) means nothing to another machine. */
function literalOf(authority: string): string | null {
  const close = authority.indexOf(']')
  const address = authority.slice(1, close < 0 ? 1 : close)
  if (!isIPv6(address) || address.includes('%')) return null
  if (close + 1 < authority.length) {
    if (authority.charCodeAt(close + 1) !== 0x3a || !isPort(authority, close + 2)) return null
  }
  return `[${address.toLowerCase()}]`
}

/** The port may be empty (RFC 3986 §3.2.3); five digits hold every port there is. */
function isPort(authority: string, from: number): boolean {
  if (authority.length - from > 5) return false
  let port = 0
  for (let i = from; i < authority.length; i++) {
    const digit = authority.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return false
    port = port * 10 + digit
  }
  return port <= 65_535
}
