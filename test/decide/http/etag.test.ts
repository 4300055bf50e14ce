import t from 'tap'
import {
  md5OfEtag, parseEtagList, quoteEtag, strongMatch, weakMatch,
} from '../../../src/decide/http/etag.ts'

const MD5 = '5d41402abc4b2a76b9719d911017c592'

t.test('a list of tags is read, quoted or bare, and garbage is no list', (t) => {
  const lists: ReadonlyArray<readonly [text: string, tags: '*' | string[] | null]> = [
    ['*', '*'],
    [' * ', '*'],
    ['"a"', ['"a"']],
    ['"a", W/"b" ,"c"', ['"a"', 'W/"b"', '"c"']],
    ['"a","b"', ['"a"', '"b"']],
    ['"a,b", "c"', ['"a,b"', '"c"']],
    ['""', ['""']],
    ['"ÿ"', ['"ÿ"']],
    [',, "a" ,\t,', ['"a"']],
    ['', []],
    [' ', []],
    [MD5, [`"${MD5}"`]],
    [`${MD5}-12, "a"`, [`"${MD5}-12"`, '"a"']],
    ['"a" "b"', null],
    ['"a', null],
    ['a"', null],
    ['"a""b"', null],
    ['w/"a"', null],
    ['W/', null],
    ['W/a', null],
    ['*, "a"', null],
    ['"a", *', null],
    ['"a b"', null],
    ['a b', null],
    ['"☃"', null],
    ['"a\n"', null],
  ]
  for (const [text, tags] of lists) t.same(parseEtagList(text), tags, JSON.stringify(text))
  t.end()
})

t.test('a list of hostile spaces is read in linear time', (t) => {
  const started = process.hrtime.bigint()
  t.equal(parseEtagList(`"a"${' \t'.repeat(200_000)}"b"`), null)
  t.equal(parseEtagList(`${' '.repeat(400_000)}"`), null)
  t.equal(parseEtagList(`${'a'.repeat(400_000)}"`), null)
  t.ok(process.hrtime.bigint() - started < 5_000_000_000n)
  t.end()
})

t.test('strong and weak comparison are as in RFC 9110 §8.8.3.2', (t) => {
  type Case = readonly [one: string, other: string, strong: boolean, weak: boolean]
  const cases: readonly Case[] = [
    ['W/"1"', 'W/"1"', false, true],
    ['W/"1"', 'W/"2"', false, false],
    ['W/"1"', '"1"', false, true],
    ['"1"', 'W/"1"', false, true],
    ['"1"', '"1"', true, true],
    ['"a"', '"A"', false, false],
  ]
  for (const [one, other, strong, weak] of cases) {
    t.equal(strongMatch(one, other), strong, `${one} ${other}`)
    t.equal(weakMatch(one, other), weak, `${one} ${other}`)
  }
  t.end()
})

t.test('what origins write becomes a proper tag, or none', (t) => {
  const tags: ReadonlyArray<readonly [raw: string, quoted: string | null]> = [
    [MD5, `"${MD5}"`],
    [` ${MD5} `, `"${MD5}"`],
    [`"${MD5}"`, `"${MD5}"`],
    [`uuid-${MD5}`, `"uuid-${MD5}"`],
    [`"${MD5}-3"`, `"${MD5}-3"`],
    ['W/"x"', 'W/"x"'],
    ['""', '""'],
    ['', null],
    ['W/x', null],
    ['w/"x"', null],
    ['"a', null],
    ['a"b', null],
    ['"a"b"', null],
    ['"a b"', null],
    ['a, b', null],
    ['"a\r\n"', null],
    ['☃', null],
  ]
  for (const [raw, quoted] of tags) t.equal(quoteEtag(raw), quoted, JSON.stringify(raw))
  t.end()
})

t.test('only 32 hex digits are an MD5', (t) => {
  t.equal(md5OfEtag(MD5), MD5)
  t.equal(md5OfEtag(`"${MD5.toUpperCase()}"`), MD5)
  t.equal(md5OfEtag(` "${MD5}" `), MD5)
  const others = [
    `W/"${MD5}"`, `"${MD5}-1"`, `uuid-${MD5}`, MD5.slice(1), `${MD5}0`, `"${MD5}`, `${MD5}"`, '',
    MD5.replace('5', 'g'),
  ]
  for (const raw of others) t.equal(md5OfEtag(raw), null, raw)
  t.end()
})
