import t from 'tap'
import {
  deltaMs, parseCacheControl, parseTargeted,
} from '../../../src/decide/http/cache-control.ts'

/** Directives as `name`, `name=argument`, and with `!` in front when malformed. */
function shown(lines: readonly string[]): string {
  return parseCacheControl(lines).map(({ name, argument, valid }) =>
    `${valid ? '' : '!'}${name}${argument === null ? '' : `=${argument}`}`).join(' | ')
}

t.test('directives are read as they are written', (t) => {
  for (const [line, directives] of [
    ['', ''],
    [' \t', ''],
    [',,, ,', ''],
    ['no-store', 'no-store'],
    ['No-Store', 'no-store'],
    ['max-age=60,public', 'max-age=60 | public'],
    ['\tmax-age=60 ,\tpublic ', 'max-age=60 | public'],
    ['max-age="60"', 'max-age=60'],
    ['private="Set-Cookie, X-User", a', 'private=Set-Cookie, X-User | a'],
    ['a="b\\"c\\\\d"', 'a=b"c\\d'],
    ['a="max-age=1", max-age=2', 'a=max-age=1 | max-age=2'],
    ['a="x,no-store,y"', 'a=x,no-store,y'],
    ['a=""', 'a='],
    ["max-age='60'", "max-age='60'"],
    ['max-age=-1', 'max-age=-1'],
  ] as const) t.equal(shown([line]), directives, line)
  t.equal(shown(['a', '', 'b=1, a']), 'a | b=1 | a', 'lines are one list')
  t.end()
})

t.test('what is malformed stays, and is marked', (t) => {
  for (const [line, directives] of [
    ['max-age =60', '!max-age'],
    ['max-age= 60', '!max-age'],
    ['max-age=6 0, public', '!max-age | public'],
    ['no-store; x', '!no-store'],
    ['no-store=', '!no-store'],
    ['max age=60', '!max'],
    ['ü, a', 'a'],
    ['(no-store)', '!no-store'],
    ['a="b"c, d', '!a | !d'],
    ['a="b, no-store, max-age=9', '!a | !no-store | !max-age'],
    ['max-age=1, a="b, private', 'max-age=1 | !a | !private'],
    ['"no-store", max-age=1', '!no-store | !max-age'],
    ['a="\x01", b', '!a | !b'],
  ] as const) t.equal(shown([line]), directives, line)
  t.equal(shown(['a="b', 'c']), '!a | c', 'one line does not spoil the next')
  t.end()
})

t.test('delta-seconds are digits and nothing else', (t) => {
  for (const [text, ms] of [
    ['0', 0], ['60', 60_000], ['007', 7000], ['2147483648', 2_147_483_648_000],
    ['2147483649', 2_147_483_648_000], ['99999999999999999999999', 2_147_483_648_000],
    ['', null], ['-1', null], ['+1', null], ['1.5', null], ['1e3', null], ['0x10', null],
    [' 1', null], ['1 ', null], ['٣', null], ['Infinity', null], [null, null],
  ] as const) t.equal(deltaMs(text), ms, `${text}`)
  t.end()
})

t.test('a targeted field is a dictionary, or nothing', (t) => {
  for (const [text, directives] of [
    ['max-age=60, public', [['max-age', '60', true], ['public', null, true]]],
    ['max-age="60"', [['max-age', '60', false]]],
    ['max-age=abc', [['max-age', 'abc', false]]],
    ['max-age=1.5', [['max-age', null, false]]],
    ['max-age=-1', [['max-age', '-1', true]]],
    ['no-store=?0', [['no-store', null, false]]],
    ['private="a, b"', [['private', 'a, b', true]]],
    ['private=a', [['private', 'a', true]]],
    ['private=("a" "b")', [['private', null, false]]],
    ['max-age=60;x=1', [['max-age', '60', true]]],
    ['', null],
    ['  ', null],
    ['MAX-AGE=60', null],
    ['max-age=60,', null],
    ['max-age=60, &', null],
  ] as const) {
    const found = parseTargeted(text)
    const rows = found?.map(({ name, argument, valid }) => [name, argument, valid]) ?? null
    t.same(rows, directives, text)
  }
  t.end()
})
