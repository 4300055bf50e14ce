import { deepStrictEqual as equal } from 'node:assert'
import t from 'tap'
import * as fc from 'fast-check'
import { contains } from '../../../src/decide/rules/contain.ts'
import { matchGlob } from '../../../src/decide/rules/glob-match.ts'
import { openEnded, parseGlob } from '../../../src/decide/rules/glob.ts'
import type { Glob } from '../../../src/model/glob.ts'
import { referenceGlob } from './reference.ts'
import { globs, paths } from './arbitrary.ts'

function glob(text: string): Glob {
  const parsed = parseGlob(text)
  if ('message' in parsed) throw new Error(`${text}: ${parsed.message}`)
  return parsed
}

/** Captures as an object; null when the path does not fit. */
function valuesOf(text: string, path: string): Record<string, string> | null {
  const compiled = glob(text)
  const values = matchGlob(compiled, path)
  if (values === null) return null
  return Object.fromEntries(compiled.captures.map((name, slot) => [name, values[slot]!]))
}

const TARBALLS = '/downloads/eucalyptus/{version}/{file}.{ext:tgz|tar.gz}'

const CASES: ReadonlyArray<readonly [string, string, Record<string, string> | null]> = [
  ['/catalog', '/catalog', {}],
  ['/catalog', '/catalog/', null],
  ['/catalog', '/catalo', null],
  ['/catalog', '/Catalog', null],
  ['/', '/', {}],
  ['/', '/a', null],
  ['/a/', '/a/', {}],
  ['/a/', '/a', null],
  ['/a/*/', '/a/b/', {}],
  [TARBALLS, '/downloads/eucalyptus/3.1/eucalyptus-3.1.0.tgz',
    { version: '3.1', file: 'eucalyptus-3.1.0', ext: 'tgz' }],
  [TARBALLS, '/downloads/eucalyptus/3.1/a.tar.gz', { version: '3.1', file: 'a', ext: 'tar.gz' }],
  [TARBALLS, '/downloads/eucalyptus/3.1/.tgz', null],
  [TARBALLS, '/downloads/eucalyptus/3.1/a.zip', null],
  [TARBALLS, '/downloads/eucalyptus/3.1/sub/a.tgz', null],
  [TARBALLS, '/downloads/eucalyptus//a.tgz', null],
  [TARBALLS, '/x/downloads/eucalyptus/3.1/a.tgz', null],
  // A word of a list comes before what stands left of it; the order of the words decides.
  ['/{file}.{ext:gz|tar.gz}', '/a.tar.gz', { file: 'a.tar', ext: 'gz' }],
  ['/{file}.{ext:tar.gz|gz}', '/a.tar.gz', { file: 'a', ext: 'tar.gz' }],
  ['/{arch:x86_64|i386}-{v}', '/i386-3', { arch: 'i386', v: '3' }],
  ['/{a:x|y}{b:1|2}', '/y1', { a: 'y', b: '1' }],
  ['/{a:x|xx}{b:xy|y}', '/xxy', { a: 'x', b: 'xy' }],
  ['/{a:constructor|b}', '/constructor', { a: 'constructor' }],
  ['/{a}.{b}', '/x.y.z', { a: 'x.y', b: 'z' }],
  ['/{a}.{b}.{c}', '/1.2.3.4', { a: '1.2', b: '3', c: '4' }],
  ['/{image}.part.{n}', '/i.part.0.part.07', { image: 'i.part.0', n: '07' }],
  ['/*', '/a', {}],
  ['/*', '/', null],
  ['/*', '/a/b', null],
  ['/a*', '/a', {}],
  ['/a*b*c', '/abc', {}],
  ['/a*b*c', '/axxbyyc', {}],
  ['/a*bb*c', '/abc', null],
  ['/aba*aba', '/aba', null],
  ['/aba*aba', '/abaaba', {}],
  ['/**', '/', {}],
  ['/**', '/a/b/c/', {}],
  ['/a/**', '/a', {}],
  ['/a/**', '/a/', {}],
  ['/a/**', '/ab', null],
  ['/a/**/b', '/a/b', {}],
  ['/a/**/b', '/a/x/y/b', {}],
  ['/a/**/b', '/a/x/yb', null],
  ['/**/b', '/b', {}],
  ['/**/*.iso', '/x/y/z.iso', {}],
  ['/**/a/**/b/**', '/1/a/2/b/3/b', {}],
  ['/**/a/**/b/**', '/1/b/2/a/3', null],
  ['/{k**}', '/', null],
  ['/{k**}', '/a', { k: 'a' }],
  ['/{k**}', '/a/b/', { k: 'a/b/' }],
  ['/{x**}/b', '/b', null],
  ['/{x**}/b', '/a/b/b', { x: 'a/b' }],
  ['/{x**}/b/**', '/1/b/2/b', { x: '1/b/2' }],
  ['/{x**}/b/{y**}', '/1/b/2/b/3', { x: '1/b/2', y: '3' }],
  ['/{x**}/b/{y**}', '/1/b/', null],
  ['/{y}/{x**}', '/a/', null],
  ['/{y}/{x**}', '/a/b/', { y: 'a', x: 'b/' }],
  ['/**/{x:a|b}/**', '/a/b', { x: 'b' }],
  ['/{f}', '/ü ☃+[#]', { f: 'ü ☃+[#]' }],
  ['/{f}.tgz', '/\u{1F9AD}.tgz', { f: '\u{1F9AD}' }],
]

for (const [text, path, expected] of CASES) {
  t.test(`${text} ${expected === null ? 'does not fit' : 'fits'} ${path}`, (t) => {
    t.same(valuesOf(text, path), expected)
    t.same(referenceGlob(text, path), expected, 'and so says the reference')
    t.end()
  })
}

const FAULTS: ReadonlyArray<readonly [glob: string, message: string]> = [
  ['downloads/*', 'a path glob begins with `/`'],
  ['', 'a path glob begins with `/`'],
  ['/a//b', 'an empty segment never matches'],
  ['/a/../b', 'a `..` segment never matches'],
  ['/./b', 'a `.` segment never matches'],
  ['/{a', '`{` without its `}`'],
  ['/a}', '`}` without its `{`'],
  ['/{a{b}}', '`{` without its `}`'],
  ['/{}', 'a capture has no name'],
  ['/{**}', 'a capture has no name'],
  ['/{1a}', '`1a` cannot name a capture'],
  ['/{a b}', '`a b` cannot name a capture'],
  ['/{a}/{a}', 'the capture `{a}` occurs twice'],
  ['/{a}/{a**}', 'the capture `{a}` occurs twice'],
  ['/{a}{b}', 'two wildcards stand side by side'],
  ['/{a}*', 'two wildcards stand side by side'],
  ['/{e:}', 'the list of `{e}` has an empty word'],
  ['/{e:a||b}', 'the list of `{e}` has an empty word'],
  ['/{e:a|b|a}', '`a` is twice in the list of `{e}`'],
  ['/{e:a*}', 'a list holds words, not wildcards'],
  ['/***', '`**` stands for whole segments and must be all there is between two `/`'],
  ['/a**', '`**` stands for whole segments and must be all there is between two `/`'],
  ['/{a**}.tgz', '`**` stands for whole segments and must be all there is between two `/`'],
  ['/**/**', 'two wildcards for any number of segments stand side by side'],
  ['/**/{a**}', 'two wildcards for any number of segments stand side by side'],
  ['/a?b', '`?` has no meaning in a glob'],
  ['/a%20b', 'globs match decoded paths, so a percent escape never matches'],
  ['/a\\b', 'no path holds a control character or a backslash'],
  ['/a\nb', 'no path holds a control character or a backslash'],
  [`/${'a'.repeat(1024)}`, 'a glob has at most 1024 characters'],
  [`/{a:1|2|3|4|5}{b:1|2|3|4|5}{c:1|2|3}`,
    'the lists of one segment have more than 64 combinations'],
]

for (const [text, message] of FAULTS) {
  t.test(`${JSON.stringify(text.slice(0, 40))} is refused`, (t) => {
    const parsed = parseGlob(text)
    t.match(parsed, { message, advice: /^.{5,}/ })
    t.end()
  })
}

t.test('a compiled glob gives what trying every possibility gives', (t) => {
  let fitting = 0
  fc.assert(fc.property(globs, paths, (text, path) => {
    const parsed = parseGlob(text)
    fc.pre(!('message' in parsed))
    const expected = referenceGlob(text, path)
    if (expected !== null) fitting++
    equal(valuesOf(text, path), expected === null ? null : { ...expected })
  }), { numRuns: 10_000 })
  t.ok(fitting > 500, `both sides of the question are tried: ${fitting} fit`)
  t.end()
})

t.test('a match leaves nothing behind for the next one', (t) => {
  const compiled = glob('/{a:x|y}/{b**}')
  t.same(matchGlob(compiled, '/x/1/2'), ['x', '1/2'])
  t.equal(matchGlob(compiled, '/z/1'), null)
  t.same(matchGlob(compiled, '/y/3'), ['y', '3'])
  t.end()
})

/** A glob of a route with an index, whether it is to be bare, a path, the last capture's value. */
const FOLDERS: ReadonlyArray<readonly [string, boolean, string, string | null]> = [
  ['/{rest**}', false, '/', ''],
  ['/{rest**}', true, '/', ''],
  ['/{rest**}', false, '/a/', 'a/'],
  ['/{rest**}', false, '/a/b', 'a/b'],
  ['/site/{rest**}', false, '/site/', ''],
  ['/site/{rest**}', false, '/site', null],
  ['/site/{rest**}', true, '/site', ''],
  ['/site/{rest**}', true, '/site/', ''],
  ['/site/{rest**}', true, '/sit', null],
  ['/site/{rest**}', true, '/sites', null],
  ['/{v}/{rest**}', false, '/a/', ''],
  ['/{v}/{rest**}', true, '/a', null],
  ['/{v}/{rest**}', false, '/a/b/', 'b/'],
  ['/{v}/{rest**}', false, '/a/b/c', 'b/c'],
  ['/**/x/{rest**}', false, '/a/x/', ''],
  ['/**/x/{rest**}', false, '/x/x/', ''],
  ['/{rest**}/x', false, '/x', null],
  ['/a/{rest}', true, '/a/', null],
  ['/a/{rest}', true, '/a', null],
]

for (const [text, bare, path, last] of FOLDERS) {
  t.test(`with folders ${text} ${last === null ? 'is not for' : 'is for'} ${path}`, (t) => {
    const opened = openEnded(glob(text), bare)
    t.equal(matchGlob(opened, path)?.at(-1) ?? null, last)
    const witness = glob(path)
    t.equal(contains([opened], witness), last !== null, 'and so it is when routes are compared')
    t.end()
  })
}

const HOSTILE: ReadonlyArray<readonly [glob: string, path: string]> = [
  ['/**/a/**/a/**/a/**/a/**/b', '/a'.repeat(4000)],
  ['/{x**}/a/**/a*a*a*a*b/**/b', '/aaaaaaa'.repeat(1000)],
  ['/a*a*a*a*a*a*a*a*a*b', `/${'a'.repeat(8000)}`],
  ['/{a}a{b}a{c}a{d}a{e}a{f}b', `/${'a'.repeat(8000)}`],
  ['/{a:x|xx|xxx|xxxx}{b:x|xx|xxx|xxxx}{c:x|xx|xxx|xxxx}y', `/${'x'.repeat(8000)}`],
]

for (const [text, path] of HOSTILE) {
  t.test(`${text} is decided at once for a path made against it`, (t) => {
    const compiled = glob(text)
    const began = performance.now()
    t.equal(matchGlob(compiled, path), null)
    // Trying every possibility would take years; the machine may be busy, so a second is allowed.
    t.ok(performance.now() - began < 1000)
    t.end()
  })
}
