/**
 * Lists of networks, `10.0.0.0/8` with carve-outs like `!10.66.0.0/16`, and whether an address is
 * in one. The most specific entry wins. What is hard about it is to be asked on every hit: networks
 * either contain one another or have nothing in common, so a list can be cut into ranges
 * beforehand, and what is left is one binary search.
 */
import type { Networks } from '../../model/access.ts'
import { formatIPv6, mappedIPv4, parseIPv4, parseIPv6, plainAddress } from './addresses.ts'

/** What is wrong with an entry of a list. */
export type EntryFault = {
  readonly index: number
  readonly message: string
  readonly advice: string
}

/** One entry: a network as first address (most significant word first) and length of its prefix. */
type Network = {
  readonly index: number
  readonly out: boolean
  readonly words: readonly number[]
  readonly bits: number
}

/** Cuts a list of networks and addresses into ranges; or says what is wrong with it. */
export function compileNetworks(
  entries: readonly string[],
): { readonly networks: Networks; readonly faults: readonly EntryFault[] } {
  const read = entries.map(readEntry)
  const faults = read.filter((one) => 'message' in one)
  const known = read.filter((one) => 'words' in one).toSorted(fromWide)
  const found = [...faults, ...known.flatMap((one, at) => faultAmong(known.slice(0, at), one))]
  const rangesOf = (words: number): Uint32Array =>
    Uint32Array.from(boundaries(known.filter((one) => one.words.length === words)).flat())
  return { networks: { v4: rangesOf(1), v6: rangesOf(4) }, faults: found }
}

function readEntry(text: string, index: number): Network | EntryFault {
  const out = text.startsWith('!')
  const [address = '', length, ...rest] = (out ? text.slice(1).trim() : text).split('/')
  const v4 = parseIPv4(address)
  const v6 = v4 < 0 && !address.includes('%') ? parseIPv6(address) : null
  const width = v4 >= 0 ? 32 : 128
  const bits = length === undefined ? width : /^\d{1,3}$/.test(length) ? Number(length) : NaN
  if ((v4 < 0 && v6 === null) || rest.length > 0 || !(bits <= width)) {
    return {
      index, message: `\`${text}\` is no network`,
      advice: 'write e.g. 10.0.0.0/8, 192.0.2.7, "2001:db8::/32" or "!10.66.0.0/16"',
    }
  }
  const words = v4 >= 0 ? [v4] : [...v6!]
  const first = words.map((word, i) => (word & maskOf(bits - 32 * i)) >>> 0)
  if (first.some((word, i) => word !== words[i])) {
    const meant = `${spelled(first)}/${bits}`
    return {
      index, message: `\`${text}\` has bits set beyond its prefix`,
      advice: `did you mean \`${out ? '!' : ''}${meant}\` or \`${out ? '!' : ''}${address}\`?`,
    }
  }
  // Clients with a mapped address are IPv4 clients, and so are networks of such addresses.
  if (v6 !== null && bits >= 96 && mappedIPv4(v6) >= 0) {
    return { index, out, words: [v6[3]], bits: bits - 96 }
  }
  return { index, out, words, bits }
}

/** The mask of a word of which the first so many bits belong to the prefix. */
function maskOf(bits: number): number {
  return bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits)
}

function spelled(words: readonly number[]): string {
  const [a = 0, b = 0, c = 0, d = 0] = words
  if (words.length === 4) return formatIPv6([a, b, c, d])
  return plainAddress(`::ffff:${(a >>> 16).toString(16)}:${(a & 0xffff).toString(16)}`) ?? ''
}

/** By address, the wide before the narrow: whoever contains somebody stands before him. */
function fromWide(a: Network, b: Network): number {
  return a.words.length - b.words.length || compare(a.words, b.words) || a.bits - b.bits ||
    Number(a.out) - Number(b.out)
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((word, i) => word !== b[i])
  return at < 0 ? 0 : a[at]! - b[at]!
}

function contains(wide: Network, narrow: Network): boolean {
  return wide.words.length === narrow.words.length && wide.bits <= narrow.bits &&
    wide.words.every((word, i) => ((narrow.words[i]! & maskOf(wide.bits - 32 * i)) >>> 0) === word)
}

/** An entry that says nothing, or the opposite of another, is not what anybody meant. */
function faultAmong(before: readonly Network[], one: Network): EntryFault[] {
  const above = before.findLast((other) => contains(other, one))
  const { index } = one
  if (above?.bits === one.bits) {
    return [{
      index: Math.max(index, above.index),
      message: above.out === one.out ? 'this network is here twice'
        : 'this network is both in the list and carved out of it',
      advice: 'remove one of the two entries',
    }]
  }
  if (!one.out || above?.out === false) return []
  return [{
    index,
    message: above === undefined ? 'this carves nothing out: no entry contains it'
      : 'this is carved out already, by a wider entry',
    advice: 'remove it, or correct the address',
  }]
}

/** The addresses at which being in the list begins and ends, in turns. */
function boundaries(sorted: readonly Network[]): number[][] {
  const changes: { readonly at: readonly number[] | null; readonly inside: boolean }[] = []
  const open: Network[] = []
  const close = (): void => {
    const ended = open.pop()!
    changes.push({ at: behind(ended), inside: open.at(-1)?.out === false })
  }
  for (const one of sorted) {
    while (open.length > 0 && !contains(open.at(-1)!, one)) close()
    changes.push({ at: one.words, inside: !one.out })
    open.push(one)
  }
  while (open.length > 0) close()
  return turns(changes)
}

type Change = { readonly at: readonly number[] | null; readonly inside: boolean }

/** Of changes at the same address the last one counts, and a change to the same is none. */
function turns(changes: readonly Change[]): number[][] {
  const last = changes.filter(({ at }, i) => {
    const next = changes[i + 1]
    return at !== null && (next === undefined || next.at === null || compare(at, next.at) !== 0)
  })
  return last.filter(({ inside }, i) => inside !== (last[i - 1]?.inside ?? false))
    .map(({ at }) => [...at!])
}

/** The first address behind a network; null behind the last address of all. */
function behind({ words, bits }: Network): readonly number[] | null {
  const next = [...words]
  let at = Math.ceil(bits / 32) - 1
  let step = 2 ** (32 * (at + 1) - bits)
  for (; at >= 0; at--, step = 1) {
    const sum = next[at]! + step
    next[at] = sum % 2 ** 32
    if (sum < 2 ** 32) return next
  }
  return null
}

/** Whether an address is in the list. What is no address is in no list. */
export function isInside({ v4, v6 }: Networks, address: string): boolean {
  const number = parseIPv4(address)
  if (number >= 0) return isInRange(v4, number)
  const words = parseIPv6(address)
  if (words === null) return false
  const mapped = mappedIPv4(words)
  if (mapped >= 0) return isInRange(v4, mapped)
  let low = 0
  let high = v6.length >> 2
  while (low < high) {
    const middle = (low + high) >> 1
    if (isAbove(v6, middle << 2, words)) high = middle
    else low = middle + 1
  }
  return (low & 1) === 1
}

function isInRange(v4: Uint32Array, address: number): boolean {
  let low = 0
  let high = v4.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (v4[middle]! > address) high = middle
    else low = middle + 1
  }
  return (low & 1) === 1
}

function isAbove(v6: Uint32Array, at: number, words: readonly number[]): boolean {
  for (let i = 0; i < 4; i++) {
    if (v6[at + i] !== words[i]) return v6[at + i]! > words[i]!
  }
  return false
}
