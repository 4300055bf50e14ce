import { deepStrictEqual as equal, ok } from 'node:assert'
import t from 'tap'
import * as fc from 'fast-check'
import { matchRegex, parseRegex } from '../../../src/decide/rules/regex.ts'
import { parseExpression, type Node } from '../../../src/decide/rules/regex-parse.ts'
import { WAYS } from '../../../src/decide/rules/regex-ways.ts'
import type { PathRegex } from '../../../src/model/regex.ts'

function regex(text: string): PathRegex {
  const read = parseRegex(text)
  if ('message' in read) throw new Error(`${text}: ${read.message}`)
  return read
}

const FITS: ReadonlyArray<readonly [string, string, Readonly<Record<string, string>> | null]> = [
  ['/a', '/a', {}],
  ['/a', '/ab', null],
  ['/a', '/b/a', null],
  ['/a|/b', '/b', {}],
  ['/a|/b', '/bx', null],
  ['/dl/(?<v>[0-9.]+)/(?<f>[^/]*)\\.tgz', '/dl/3.1/a.b.tgz', { v: '3.1', f: 'a.b' }],
  ['/dl/(?<v>[0-9.]+)/(?<f>[^/]*)\\.tgz', '/dl/3.x/a.tgz', null],
  ['/(?<n>[a-z0-9-]+)-(?<v>[0-9.]+)\\.tgz', '/euca-2-3.1.tgz', { n: 'euca-2', v: '3.1' }],
  ['/(?<dir>.*)/(?<file>[^/]*)', '/a/b/c', { dir: 'a/b', file: 'c' }],
  ['/(?<lang>de|en)?/?(?<p>[a-z]*)', '/de/a', { lang: 'de', p: 'a' }],
  ['/(?<lang>de/|en/)?(?<p>[A-Z]*)', '/A', { lang: '', p: 'A' }],
  ['/([a-z])(?<x>[0-9])(?:-)([a-z])(?<y>[0-9])', '/a1-b2', { x: '1', y: '2' }],
  ['/[\\w.~-]{2,5}', '/a.~-b', {}],
  ['/[\\w.~-]{2,5}', '/a', null],
  ['/\\D\\W\\S.', '/a- \u2028', null],
  ['/\\D\\W\\S.', '/a-x\u2028', {}],
  ['/[^a-c]\\s\\.', '/d .', {}],
  ['/(?<a>.{3})', '/ä🦭x', { a: 'ä🦭x' }],
  ['/[🦭-🦮]', '/🦮', {}],
  ['/a{0}b{2}c{1,}', '/bbcc', {}],
]

for (const [text, path, captures] of FITS) {
  t.test(`${text} ${captures === null ? 'does not fit' : 'fits'} ${encodeURI(path)}`, (t) => {
    const read = regex(text)
    const values = matchRegex(read, path)
    t.same(values === null ? null
      : Object.fromEntries(read.captures.map((name, i) => [name, values[i]])), captures)
    t.end()
  })
}

const LEADS: ReadonlyArray<readonly [string, string]> = [
  ['/dl/([a-z]+)\\.tgz', '/dl/'], ['/a\\.b[c]d', '/a.bcd'], ['/ab*', '/a'], ['/ab?c', '/a'],
  ['/a(?:bc)d.e', '/abcd'], ['/a(bc|bd)', '/a'], ['/a|/b', ''], ['.*', ''], ['/x{2}', '/'],
  ['/(?:a|a)', '/'], ['/[ab]c', '/'],
]

for (const [text, lead] of LEADS) {
  t.test(`every path that ${text} fits begins with "${lead}"`, (t) => {
    t.equal(regex(text).lead, lead)
    t.end()
  })
}

/** An expression, and the part that is named as slow. */
const SLOW: ReadonlyArray<readonly [string, string]> = [
  ['/(a+)+', 'a+'], ['/(?:a|a)*b', '(?:a|a)*'], ['/.*.*', '.*'], ['/(?<a>.*)-(?<b>.*)', '.*'],
  ['/.*/.*/.*x', '.*'], ['/[0-9]+[0-9]*x', '[0-9]*'], ['/(\\w+\\s?)*', '\\w+'],
  ['/(?:a|b|ab)*c', '(?:a|b|ab)*'], ['/a*?b*?a*', 'a*'], ['/(?:a{1,30}){1,30}b', 'a{1,30}'],
  ['/(?:a?){25}a{25}', 'a{25}'], [`/${'a?'.repeat(25)}${'a'.repeat(25)}`, 'a'],
  [`/${'(?:a|a)'.repeat(12)}`, 'a'], ['/(?:a*)*', 'a*'], ['/(?:a?b?)*c', 'c'],
  ['/.+-[0-9].*', '.*'], ['/[a-z-]+-[a-z-]+', '[a-z-]+'], ['/(?:(?:a|b)?){20}', '(?:a|b)?'],
]

for (const [text, part] of SLOW) {
  t.test(`${text} is refused for its ${part}`, (t) => {
    const read = parseRegex(text)
    t.ok('message' in read)
    if ('message' in read) {
      t.match(read.message, `\`${part}\` can take what a part beside it takes`)
      t.match(read.advice, '[^/]*')
    }
    t.end()
  })
}

const REFUSED: ReadonlyArray<readonly [string, RegExp]> = [
  ['^/a', /`\^` is not needed/], ['/a$', /`\$` is not needed/], ['/a(?=b)', /ahead or behind/],
  ['/a(?!b)', /ahead or behind/], ['/(?<=a)b', /ahead or behind/], ['/(?<!a)b', /ahead or behind/],
  ['/(a)\\1', /`\\1` refers to what/], ['/(?<n>a)\\k<n>', /`\\k` refers/],
  ['/\\bx', /`\\b` is not known/], ['/\\p{L}', /`\\p` is not known/],
  ['/\\x41', /`\\x` is not known/], ['/\\n', /`\\n` is not known/],
  ['/a\\', /`\\` is not known/], ['/[a', /`\[` without/], ['/[a\\', /`\\` is not known/],
  ['/(a', /`\(` without/], ['/a)', /`\)` without/], ['/|*', /`\*` has nothing/],
  ['/a**', /`\*` has nothing/],
  ['+', /`\+` has nothing/], ['/a{', /`\{` stands alone/], ['/a]', /`\]` stands alone/],
  ['/a}', /`\}` stands alone/], ['/a{2,1}', /`\{2,1\}` is no count/], ['/a{2000}', /is no count/],
  ['/[]', /`\[\]` is empty/], ['/[z-a]', /range without two ends/], ['/[a-\\d]', /range without/],
  ['/[\\w-z]', /range without two ends/], ['/(?i:a)', /begins no group/], ['/(?<1>a)', /no group/],
  ['/(?<a>x)(?<a>y)', /the capture `a` occurs twice/], ['/a%20b', /a percent escape never/],
  ['a.*', /every one begins with/], ['', /every one begins with/],
  ['/(?:a{1000}){1000}', /too large/],
  [`/${'[^/]*x'.repeat(90)}`, /at most 512 characters/],
]

for (const [text, message] of REFUSED) {
  t.test(`${text.slice(0, 40)} is refused`, (t) => {
    const read = parseRegex(text)
    t.match('message' in read ? read.message : '', message)
    t.end()
  })
}

t.test('a slash may be repeated, but no path has two side by side', (t) => {
  t.equal(matchRegex(regex('/*a'), '//a') !== null, true)
  t.end()
})

/** Tries what an engine tries, in its order, and counts the characters it looks at. */
function tried(node: Node, path: string): { fits: boolean; steps: number } {
  let steps = 0
  const run = (one: Node, at: number, next: (at: number) => boolean): boolean => {
    if (steps > 1_000_000) return true
    switch (one.kind) {
      case 'set': {
        steps++
        const code = path.charCodeAt(at)
        return one.ranges.some(([from, to]) => code >= from && code <= to) && next(at + 1)
      }
      case 'choice': return one.of.some((way) => run(way, at, next))
      case 'sequence': {
        const from = (i: number, place: number): boolean => i === one.of.length ? next(place)
          : run(one.of[i]!, place, (end) => from(i + 1, end))
        return from(0, at)
      }
      case 'repeat': {
        const turn = (count: number, place: number): boolean => {
          const again = count < one.most && run(one.of, place, (end) => {
            return (end !== place || count < one.least) && turn(count + 1, end)
          })
          return again || (count >= one.least && next(place))
        }
        return turn(0, at)
      }
    }
  }
  const fits = run(node, 0, (end) => end === path.length)
  return { fits, steps }
}

const piece = fc.constantFrom('a', 'b', '/', '.', '[^/]', '[ab]', '[^a]', '(?:', '(?:', '(', ')',
  ')', '|', '*', '+', '?', '{2}', '{1,3}', '{2,}', '\\w')
const texts = fc.array(piece, { minLength: 1, maxLength: 9 }).map((pieces) => `/${pieces.join('')}`)
const paths = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 24 })
  .map((text) => `/${text}`)

t.test('what is let through fits what the engine fits, and is never tried in many ways', (t) => {
  let [good, bad] = [0, 0]
  fc.assert(fc.property(texts, fc.array(paths, { minLength: 5, maxLength: 5 }), (text, asked) => {
    const read = parseRegex(text)
    if ('message' in read) {
      bad++
      return
    }
    good++
    const expression = parseExpression(text) as { node: Node }
    for (const path of [...asked, `/${'a'.repeat(40)}`, `/${'ab'.repeat(20)}`]) {
      const { fits, steps } = tried(expression.node, path)
      equal(fits, matchRegex(read, path) !== null, `${text} ${path}`)
      ok(steps <= (path.length + 1) * WAYS * text.length * 3, `${text} ${path}: ${steps}`)
      ok(!fits || path.startsWith(read.lead))
    }
  }), { numRuns: 6000 })
  t.ok(good > 500 && bad > 500, `${good} let through, ${bad} refused`)
  t.end()
})

t.test('what is refused as slow can be slow', (t) => {
  const slow = [
    ['/(a+)+', 'a'], ['/(?:a|a)*b', 'a'], ['/(?:a?){25}a{25}!!', 'a'], ['/(?:a|b|ab)*c', 'ab'],
  ] as const
  for (const [text, part] of slow) {
    const { node } = parseExpression(text) as { node: Node }
    t.ok(tried(node, `/${part.repeat(30)}!`).steps > 1_000_000, text)
  }
  t.end()
})
