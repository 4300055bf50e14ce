import t from 'tap'
import { normalise } from '../../../src/decide/http/normalise.ts'
import { selectors, varyOf } from '../../../src/decide/http/vary.ts'

t.test('Vary names fields, each once and in one order', (t) => {
  for (const [fields, names] of [
    [[], []],
    [['Vary', ''], []],
    [['Vary', 'Accept'], ['accept']],
    [['Vary', ' b,a ,, B'], ['a', 'b']],
    [['Vary', 'b', 'vary', 'a'], ['a', 'b']],
    [['Vary', '*'], '*'],
    [['Vary', 'a, *'], '*'],
    [['Vary', 'a', 'Vary', '*'], '*'],
    [['Vary', 'a b'], '*'],
    [['Vary', '"a"'], '*'],
    [['Vary', 'ü'], '*'],
  ] as const) t.same(varyOf(fields), names, JSON.stringify(fields))
  t.end()
})

t.test('a field is compared in one spelling, where its definition gives one', (t) => {
  for (const [name, lines, value] of [
    ['accept-encoding', [], null],
    ['accept-encoding', [''], ''],
    ['accept-encoding', ['gzip, br'], 'br, gzip'],
    ['accept-encoding', ['BR;q=1.0,x-gzip'], 'br, gzip'],
    ['accept-encoding', ['br', 'gzip'], 'br, gzip'],
    ['accept-encoding', ['gzip, , gzip'], 'gzip'],
    ['accept-encoding', ['gzip ; q=0.500, identity;Q=0'], 'gzip;q=0.5, identity;q=0'],
    ['accept-encoding', ['gzip;q=2'], 'gzip;q=2'],
    ['accept-encoding', ['b;q=2, a'], 'b;q=2, a'],
    ['accept-encoding', ['gzip;q=0.1234'], 'gzip;q=0.1234'],
    ['accept-language', ['en, DE-de'], 'de-de, en'],
    ['accept-language', ['de;q=0.5, en'], 'de;q=0.5, en'],
    ['accept-charset', ['UTF-8'], 'utf-8'],
    ['accept', ['text/html, application/json'], 'text/html, application/json'],
    ['accept', ['application/json, text/html'], 'application/json, text/html'],
    ['accept', ['a/b;q=0.1, TEXT/HTML ; Level=1'], 'text/html;level=1, a/b;q=0.1'],
    ['accept', ['a/b;q=1.000'], 'a/b'],
    ['accept', ['a/b;q=x'], 'a/b;q=x'],
    ['accept', ['a/b;c="d, e"'], 'a/b;c="d, e"'],
    ['accept', ['a/b, ;x'], 'a/b, ;x'],
    ['accept', ['a/b,,A/B'], 'a/b'],
    ['accept', ['nonsense'], 'nonsense'],
    ['user-agent', [' x , Y '], 'x , Y'],
    ['x-a', ['1', '2'], '1, 2'],
  ] as const) t.equal(normalise(name, lines), value, `${name} ${JSON.stringify(lines)}`)
  t.end()
})

t.test('selectors are the nominated fields of a request', (t) => {
  const fields = ['Accept-Encoding', 'gzip', 'X-A', '1', 'x-a', '2']
  t.same(selectors(['accept-encoding', 'accept', 'x-a'], fields), ['gzip', null, '1, 2'])
  t.same(selectors([], fields), [])
  t.end()
})
