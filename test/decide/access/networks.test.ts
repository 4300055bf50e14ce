import { BlockList } from 'node:net'
import t from 'tap'
import * as fc from 'fast-check'
import { compileNetworks, isInside } from '../../../src/decide/access/networks.ts'

function listOf(entries: readonly string[]): (address: string) => boolean {
  const { networks, faults } = compileNetworks(entries)
  t.same(faults, [])
  return (address) => isInside(networks, address)
}

const OFFICE = ['10.0.0.0/8', '!10.66.0.0/16', '10.66.1.7', '2001:db8::/32', '!2001:db8:1::/48']

const CASES: ReadonlyArray<readonly [entries: readonly string[], address: string, boolean]> = [
  [OFFICE, '10.0.0.0', true],
  [OFFICE, '10.255.255.255', true],
  [OFFICE, '9.255.255.255', false],
  [OFFICE, '11.0.0.0', false],
  [OFFICE, '10.65.255.255', true],
  [OFFICE, '10.66.0.0', false],
  [OFFICE, '10.66.1.6', false],
  [OFFICE, '10.66.1.7', true],
  [OFFICE, '10.66.255.255', false],
  [OFFICE, '10.67.0.0', true],
  [OFFICE, '::ffff:10.1.2.3', true],
  [OFFICE, '::ffff:10.66.2.3', false],
  [OFFICE, '2001:db8::', true],
  [OFFICE, '2001:db8:0:ffff:ffff:ffff:ffff:ffff', true],
  [OFFICE, '2001:db8:1::', false],
  [OFFICE, '2001:db8:2::', true],
  [OFFICE, '2001:db9::', false],
  [OFFICE, '-', false],
  [OFFICE, '', false],
  [['0.0.0.0/0'], '255.255.255.255', true],
  [['0.0.0.0/0'], '2001:db8::1', false],
  [['0.0.0.0/0', '!255.0.0.0/8'], '255.255.255.255', false],
  [['0.0.0.0/0', '!0.0.0.0/8'], '0.0.0.0', false],
  [['::/0'], '192.0.2.7', false],
  [['::/0'], 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', true],
  [['::ffff:10.0.0.0/104'], '10.1.2.3', true],
  [['::ffff:10.0.0.0/104'], '11.1.2.3', false],
  [['255.255.255.255'], '255.255.255.255', true],
  [['fe80::/10'], 'fe80::1%eth0', true],
]

for (const [entries, address, expected] of CASES) {
  t.test(`${address} is ${expected ? '' : 'not '}in ${entries.join(' ')}`, (t) => {
    t.equal(listOf(entries)(address), expected)
    t.end()
  })
}

type Entry = { readonly out: boolean; readonly address: string; readonly bits: number }

/** The network that an address is in, under a prefix of so many bits. */
function networkOf(octets: readonly number[], bits: number): string {
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0)
  const first = value - (value % 2 ** (32 - bits))
  return [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')
}

const OCTETS = fc.tuple(...Array.from({ length: 4 }, () => fc.constantFrom(0, 1, 10, 128, 255)))
const BITS = fc.integer({ min: 0, max: 32 })
const ENTRY = fc.record({ out: fc.boolean(), octets: OCTETS, bits: BITS })
  .map(({ out, octets, bits }): Entry => ({ out, address: networkOf(octets, bits), bits }))

function inIPv4({ out, address, bits }: Entry): string {
  return `${out ? '!' : ''}${address}/${bits}`
}

function inIPv6({ out, address, bits }: Entry): string {
  return `${out ? '!' : ''}64::${address}/${bits + 96}`
}

/** The plain reading: of all entries that hold the address, the one with the longest prefix. */
function naive(entries: readonly Entry[], address: string): boolean {
  const holding = entries.filter(({ address: network, bits }) => {
    const one = new BlockList()
    one.addSubnet(network, bits)
    return one.check(address)
  })
  const best = holding.toSorted((a, b) => b.bits - a.bits)[0]
  return best?.out === false
}

t.test('the most specific entry wins, in IPv4 and moved into IPv6', (t) => {
  let asked = 0
  const list = fc.array(ENTRY, { maxLength: 8 })
  fc.assert(fc.property(list, fc.array(OCTETS, { minLength: 4, maxLength: 8 }), (all, clients) => {
    const entries = [...new Map(all.map((one) => [`${one.address}/${one.bits}`, one])).values()]
    const v4 = compileNetworks(entries.map(inIPv4))
    const v6 = compileNetworks(entries.map(inIPv6))
    t.same(v4.faults.map(({ index }) => index), v6.faults.map(({ index }) => index))
    return clients.every((octets) => {
      const address = octets.join('.')
      const expected = naive(entries, address)
      asked++
      return isInside(v4.networks, address) === expected &&
        isInside(v6.networks, `64::${address}`) === expected
    })
  }), { numRuns: 3000 })
  t.ok(asked > 10_000)
  t.end()
})

/** An entry that is refused, and a part of what is said. */
const FAULTS: ReadonlyArray<readonly [entries: readonly string[], index: number, RegExp]> = [
  [['10.0.0.1/8'], 0, /did you mean `10\.0\.0\.0\/8` or `10\.0\.0\.1`/],
  [['10.0.0.0/8', '!10.1.0.1/16'], 1, /did you mean `!10\.1\.0\.0\/16`/],
  [['10.0.0.0/33'], 0, /is no network/],
  [['2001:db8::/129'], 0, /is no network/],
  [['10.0.0.0/8/8'], 0, /is no network/],
  [['10.0.0.0/'], 0, /is no network/],
  [['fe80::1%eth0'], 0, /is no network/],
  [['10.0.0.0/8', '10.0.0.0/8'], 1, /here twice/],
  [['10.0.0.7', '::ffff:10.0.0.7'], 1, /here twice/],
  [['!10.0.0.0/8', '10.0.0.0/8'], 1, /both in the list and carved out/],
  [['!10.0.0.0/8'], 0, /carves nothing out/],
  [['10.0.0.0/8', '!11.0.0.0/16'], 1, /carves nothing out/],
  [['10.0.0.0/8', '!10.1.0.0/16', '!10.1.1.0/24'], 2, /carved out already/],
]

for (const [entries, index, said] of FAULTS) {
  t.test(`[${entries.join(', ')}] is refused`, (t) => {
    const { faults } = compileNetworks(entries)
    t.equal(faults.length, 1)
    t.equal(faults[0]!.index, index)
    t.match(`${faults[0]!.message} ${faults[0]!.advice}`, said)
    t.end()
  })
}
