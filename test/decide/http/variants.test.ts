import t from 'tap'
import {
  choose, isSelected, languagesOf, selected, variantKey, withVariant,
} from '../../../src/decide/http/variants.ts'
import { VARIANTS } from '../../../src/limits.ts'
import type { Variant } from '../../../src/model/facts.ts'

const KEY = 'planet:/a'

/** A variant for requests with these values, `name: value`. */
function variant(values: Record<string, string | null>, parts: Partial<Variant> = {}): Variant {
  const names = Object.keys(values)
  return {
    key: variantKey(KEY, names, Object.values(values)), names, values: Object.values(values),
    languages: [], dateAt: 0, ...parts,
  }
}

t.test('without selecting fields the key stays, and no two selections have one', (t) => {
  t.equal(variantKey(KEY, [], []), KEY)
  const keys = [
    variantKey(KEY, ['a'], ['1']), variantKey(KEY, ['a'], ['']), variantKey(KEY, ['a'], [null]),
    variantKey(KEY, ['a', 'b'], ['1', '2']), variantKey(KEY, ['a', 'b'], ['1, 2', null]),
    variantKey(KEY, ['a', 'b'], ['1","2', null]), variantKey(KEY, ['b'], ['1']), KEY,
  ]
  t.equal(new Set(keys).size, keys.length)
  t.end()
})

t.test('a request is selected by what it has for the names', (t) => {
  for (const [values, fields, is] of [
    [{}, ['X', '1'], true],
    [{ 'x-a': '1' }, ['X-A', '1'], true],
    [{ 'x-a': '1' }, ['X-A', '2'], false],
    [{ 'x-a': '1' }, [], false],
    [{ 'x-a': null }, [], true],
    [{ 'x-a': null }, ['X-A', ''], false],
    [{ 'x-a': '1', 'x-b': null }, ['X-A', '1'], true],
    [{ 'x-a': '1', 'x-b': null }, ['X-A', '1', 'X-B', ''], false],
    [{ 'accept-encoding': 'br, gzip' }, ['Accept-Encoding', 'gzip', 'Accept-Encoding', 'br'], true],
  ] as const) {
    t.equal(isSelected(variant(values), fields), is, JSON.stringify([values, fields]))
  }
  t.end()
})

t.test('of several, those with Vary go first, then the language, then the newest', (t) => {
  const plain = variant({}, { dateAt: 9 })
  const older = variant({ 'x-a': null }, { dateAt: 1 })
  const newer = variant({ 'x-b': null }, { dateAt: 2 })
  t.same(selected([plain, older, newer], []), [newer, older, plain])
  t.equal(choose([plain, older], ['X-A', '1']), plain)
  t.equal(choose([older], ['X-A', '1']), null)
  t.equal(choose([], []), null)
  t.end()
})

t.test('the preferred language is the one with the greatest weight', (t) => {
  const english = variant({ 'x-a': null }, { languages: ['en-gb'], dateAt: 1 })
  const german = variant({ 'x-b': null }, { languages: ['de'], dateAt: 2 })
  const none = variant({ 'x-c': null }, { dateAt: 3 })
  for (const [accepts, best] of [
    ['en, de;q=0.5', english],
    ['en;q=0.5, de', german],
    ['en-GB', english],
    ['en-US', none],
    ['*;q=0.1, de', german],
    ['*, de;q=0', english],
    ['*, en;q=0.9, en-gb;q=0', german],
    ['nonsense;;', none],
    ['', none],
  ] as const) {
    t.equal(choose([english, german, none], ['Accept-Language', accepts]), best, accepts)
  }
  t.end()
})

t.test('the languages of a response are in Content-Language', (t) => {
  t.same(languagesOf([]), [])
  t.same(languagesOf(['Content-Language', 'De, en-GB,', 'content-language', 'fr']),
    ['de', 'en-gb', 'fr'])
  t.end()
})

t.test('a stored variant takes the place of its predecessor, and then of the oldest', (t) => {
  const one = variant({ 'x-a': '1' })
  const two = variant({ 'x-a': '2' })
  const again = variant({ 'x-a': '1' }, { dateAt: 5 })
  t.same(withVariant([two, one], again), { variants: [again, two], dropped: [] })
  const many = Array.from({ length: VARIANTS }, (_, i) => variant({ 'x-a': `${i}` }))
  const { variants, dropped } = withVariant(many, variant({ 'x-a': 'new' }))
  t.equal(variants.length, VARIANTS)
  t.same(dropped, [many.at(-1)])
  t.end()
})
