/**
 * Addresses as numbers. What is hard about it: one address has many spellings, and whoever takes
 * two spellings for two addresses has a hole in his lists. So only what is surely an address is
 * read, an IPv4 one within IPv6 (RFC 4291 §2.5.5.2) is that IPv4 address, and a zone says nothing.
 */
/** The four words of an IPv6 address. */
export type Words = readonly [number, number, number, number]

/** An IPv4 address as a number from 0 to 2³²-1; -1 when the text from `start` to `end` is none. */
export function parseIPv4(text: string, start = 0, end = text.length): number {
  // 255.255.255.255; a zero in front would be octal to some readers.
  if (end - start > 15) return -1
  let address = 0
  let part = -1
  let dots = 0
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x30 && code <= 0x39) {
      if (part === 0) return -1
      part = (part < 0 ? 0 : part * 10) + code - 0x30
      if (part > 255) return -1
    } else {
      if (code !== 0x2e || part < 0) return -1
      address = address * 256 + part
      part = -1
      dots++
    }
  }
  return dots === 3 && part >= 0 ? address * 256 + part : -1
}

/**
 * An IPv6 address, without its zone; null when the text is none (RFC 4291 §2.2). One pass and no
 * expression: this is asked for every request of an IPv6 client.
 */
export function parseIPv6(text: string): Words | null {
  const zone = text.indexOf('%')
  const end = zone < 0 ? text.length : zone
  const groups = [0, 0, 0, 0, 0, 0, 0, 0]
  let filled = 0
  let gap = -1
  let i = 0
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return null
    gap = 0
    i = 2
  }
  while (i < end) {
    const start = i
    let group = 0
    for (let digit; i < end && (digit = hexDigit(text.charCodeAt(i))) >= 0; i++) {
      group = group * 16 + digit
    }
    if (i < end && text.charCodeAt(i) === 0x2e) {
      const v4 = parseIPv4(text, start, end)
      if (v4 < 0 || filled > 6) return null
      groups[filled++] = v4 >>> 16
      groups[filled++] = v4 & 0xffff
      break
    }
    if (i === start || i - start > 4 || filled === 8) return null
    groups[filled++] = group
    if (i === end) break
    if (text.charCodeAt(i++) !== COLON || i === end) return null
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return null
      gap = filled
      i++
    }
  }
  if (gap < 0 ? filled < 8 : filled === 8) return null
  if (end === 0) return null
  // What stands behind `::` belongs to the right end.
  for (let from = filled - 1, to = 7; gap >= 0 && from >= gap; from--, to--) {
    groups[to] = groups[from]!
    groups[from] = 0
  }
  const [a, b, c, d, e, f, g, h] = groups as unknown as Eight
  return [word(a, b), word(c, d), word(e, f), word(g, h)]
}

const COLON = 0x3a

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = (code | 0x20) - 0x61
  return letter >= 0 && letter < 6 ? letter + 10 : -1
}

type Eight = readonly [number, number, number, number, number, number, number, number]

function word(high: number, low: number): number {
  return high * 0x1_0000 + low
}

/** The IPv4 address that an IPv6 one stands for; -1 when it stands for itself. */
export function mappedIPv4(words: Words): number {
  return words[0] === 0 && words[1] === 0 && words[2] === 0xffff ? words[3] : -1
}

/**
 * The one spelling of an address that lists, logs and counters use; null when the text is none.
 * `[…]` and a port, as some proxies write them, are taken off.
 */
export function plainAddress(text: string): string | null {
  const v4 = parseIPv4(text)
  if (v4 >= 0) return text
  const found = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(text)
  const bare = found?.[1] ?? found?.[2] ?? text
  if (parseIPv4(bare) >= 0) return found?.[1] === undefined ? bare : null
  const words = parseIPv6(bare)
  if (words === null) return null
  const mapped = mappedIPv4(words)
  return mapped >= 0 ? formatIPv4(mapped) : formatIPv6(words)
}

function formatIPv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
}

/** As RFC 5952 §4 wants it: lower case, the longest run of zeros (the first of equals) is `::`. */
export function formatIPv6(words: Words): string {
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff])
  let [from, length] = [-1, 1]
  for (let i = 0; i < 8; i++) {
    let end = i
    while (end < 8 && groups[end] === 0) end++
    if (end - i > length) [from, length] = [i, end - i]
  }
  const hex = groups.map((group) => group.toString(16))
  if (from < 0) return hex.join(':')
  return `${hex.slice(0, from).join(':')}::${hex.slice(from + length).join(':')}`
}

/**
 * Whose attempts are counted together: an IPv4 address, or the /64 that one IPv6 host can choose
 * its addresses from.
 */
export function neighbourhood(client: string): string {
  const words = parseIPv6(client)
  return words === null || mappedIPv4(words) >= 0 ? client
    : `${formatIPv6([words[0], words[1], 0, 0])}/64`
}
