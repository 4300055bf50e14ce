import t from 'tap'
import { parseDictionary } from '../../../src/decide/http/structured.ts'

const TRUE = { kind: 'boolean', value: true }

t.test('a dictionary gives each key its value', (t) => {
  for (const [text, members] of [
    ['', {}],
    ['  ', {}],
    ['a', { a: TRUE }],
    ['a,b', { a: TRUE, b: TRUE }],
    [' a=1\t,\tb=2  ', { a: { kind: 'integer', value: 1 }, b: { kind: 'integer', value: 2 } }],
    ['*a.b-c_d*=1', { '*a.b-c_d*': { kind: 'integer', value: 1 } }],
    ['a=-1', { a: { kind: 'integer', value: -1 } }],
    ['a=999999999999999', { a: { kind: 'integer', value: 999_999_999_999_999 } }],
    ['a=1.250', { a: { kind: 'decimal', value: 1.25 } }],
    ['a=@1659578233', { a: { kind: 'date', value: 1_659_578_233 } }],
    ['a="b\\"\\\\c"', { a: { kind: 'string', value: 'b"\\c' } }],
    ['a=""', { a: { kind: 'string', value: '' } }],
    ['a=*t/x:y', { a: { kind: 'token', value: '*t/x:y' } }],
    ['a=:YQ==:', { a: { kind: 'bytes', value: 'YQ==' } }],
    ['a=?1', { a: TRUE }],
    ['a=?0', { a: { kind: 'boolean', value: false } }],
    ['a=%"f%c3%bc"', { a: { kind: 'display', value: 'fü' } }],
    ['a=( 1  b )', {
      a: {
        kind: 'list', items: [{ kind: 'integer', value: 1 }, { kind: 'token', value: 'b' }],
      },
    }],
    ['a=()', { a: { kind: 'list', items: [] } }],
    ['a=(1;x 2);y=3', {
      a: {
        kind: 'list', items: [{ kind: 'integer', value: 1 }, { kind: 'integer', value: 2 }],
      },
    }],
    ['a;x;y="z", b;  w=?0', { a: TRUE, b: TRUE }],
    ['a=1, a=2', { a: { kind: 'integer', value: 2 } }],
  ] as const) {
    const found = parseDictionary(text)
    t.same(found === null ? null : Object.fromEntries(found), members, JSON.stringify(text))
  }
  t.end()
})

t.test('the last of equal keys also has the last place', (t) => {
  t.same([...parseDictionary('a=1, b, a=2')!.keys()], ['b', 'a'])
  t.end()
})

t.test('one slip anywhere makes the whole void', (t) => {
  for (const text of [
    'A', 'a=', 'a=1,', 'a=1, ', ',a', 'a,,b', 'a b', 'a =1', 'a= 1', 'a=1;', 'a=1;X', 'a=1;x=',
    'a="b', 'a="b\\c"', 'a="ü"', 'a=1.', 'a=1.2345', 'a=.5', 'a=-', 'a=1-2', 'a=1.2.3',
    'a=1000000000000000', 'a=1234567890123.1', 'a=@1.5', 'a=?2', 'a=:a', 'a=:ü:', 'a=(1', 'a=(1,2)',
    'a=("a""b")', 'a=((1))', 'a=(1;)', 'a=%"%C3"', 'a=%"%c3"', 'a=%"%zz"', 'a=&', '\ta', 'a\n', 'ü',
    'max-age=10000, &&&&&',
  ]) t.equal(parseDictionary(text), null, JSON.stringify(text))
  t.end()
})
