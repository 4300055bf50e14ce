import { isIPv4, isIPv6 } from 'node:net'
import t from 'tap'
import * as fc from 'fast-check'
import {
  neighbourhood, parseIPv4, parseIPv6, plainAddress,
} from '../../../src/decide/access/addresses.ts'

const SPELLINGS: ReadonlyArray<readonly [text: string, plain: string | null]> = [
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:c000:207', '192.0.2.7'],
  ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
  ['192.0.2.7:4711', '192.0.2.7'],
  ['[2001:DB8::1]:4711', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['64:ff9b::192.0.2.7', '64:ff9b::c000:207'],
  ['192.0.2', null],
  ['192.0.2.256', null],
  ['192.0.2.07', null],
  ['0xc0.0.2.7', null],
  ['[192.0.2.7]', null],
  ['192.0.2.7 ', null],
  ['unknown', null],
  ['_hidden', null],
  ['1:2:3:4:5:6:7:8:9', null],
  ['1:2:3:4:5:6:7', null],
  ['1::2::3', null],
  [':1::', null],
  ['12345::', null],
  ['::192.0.2.7.1', null],
  ['', null],
]

for (const [text, plain] of SPELLINGS) {
  t.test(`${JSON.stringify(text)} is ${plain ?? 'no address'}`, (t) => {
    t.equal(plainAddress(text), plain)
    t.end()
  })
}

const PIECES = fc.array(fc.constantFrom(
  ':', '::', '0', '1', 'ffff', 'ABCD', '12345', '1.2.3.4', '255', '256', '.', 'g', '%', ' ',
), { maxLength: 16 }).map((pieces) => pieces.join(''))

t.test('whatever is read as an address is one, and the other way round', (t) => {
  fc.assert(fc.property(PIECES, (text) => {
    if (text.includes('%')) return true
    return (parseIPv6(text) !== null) === isIPv6(text) && (parseIPv4(text) >= 0) === isIPv4(text)
  }), { numRuns: 20_000 })
  t.pass('twenty thousand times')
  t.end()
})

t.test('an IPv6 address is spelled as a URL spells it', (t) => {
  const group = fc.constantFrom('0', '1', '00a0', 'FFFF')
  const groups = fc.array(group, { minLength: 8, maxLength: 8 }).map((all) => all.join(':'))
  fc.assert(fc.property(groups, (text) => {
    const plain = plainAddress(text)!
    return plain.includes('.') || new URL(`http://[${text}]/`).hostname === `[${plain}]`
  }), { numRuns: 5000 })
  t.pass('five thousand times')
  t.end()
})

t.test('one IPv6 host is one neighbour, whichever of its addresses it uses', (t) => {
  t.equal(neighbourhood('2001:db8:1:2:3::1'), '2001:db8:1:2::/64')
  t.equal(neighbourhood('2001:db8:1:2:ffff::2'), '2001:db8:1:2::/64')
  t.not(neighbourhood('2001:db8:1:3::1'), '2001:db8:1:2::/64')
  t.equal(neighbourhood('192.0.2.7'), '192.0.2.7')
  t.end()
})
