import t from 'tap'
import * as fc from 'fast-check'
import { contains } from '../../../src/decide/rules/contain.ts'
import { parseGlob } from '../../../src/decide/rules/glob.ts'
import type { Glob } from '../../../src/model/glob.ts'
import { globs, paths } from './arbitrary.ts'
import { referenceGlob } from './reference.ts'

function glob(text: string): Glob {
  const parsed = parseGlob(text)
  if ('message' in parsed) throw new Error(`${text}: ${parsed.message}`)
  return parsed
}

/** Wide globs, a narrow one, and whether they leave nothing of it. */
const CASES: ReadonlyArray<readonly [wide: string, narrow: string, expected: boolean]> = [
  ['/a', '/a', true], ['/a', '/b', false], ['/a', '/a/', false], ['/a/', '/a', false],
  ['/{x}', '/{y}', true], ['/{x}', '/*', true], ['/*', '/{x}', true], ['/{x}', '/', false],
  ['/{x}', '/{x}.tgz', true], ['/{x}.tgz', '/{x}', false], ['/*.tgz', '/{x}.tgz', true],
  ['/{x}.tgz', '/*.tgz', false], ['/{x}.{y}', '/{x}.tar.gz', true],
  ['/{x}.{y}', '/{x}.{e:tgz|tar.gz}', true], ['/{x}.{e:tgz|md5}', '/{x}.{y}', false],
  ['/{e:a|b|c}', '/{e:c|a}', true], ['/{e:a|b}', '/{e:a|c}', false],
  ['/**', '/', true], ['/**', '/{x**}', true], ['/{x**}', '/**', false], ['/{x**}', '/', false],
  ['/{x**}', '/{y}', true], ['/{x**}', '/{y}/', true], ['/{y}', '/{x**}', false],
  ['/a/**', '/a', true], ['/a/{x**}', '/a', false], ['/a/{x**}', '/a/', false],
  ['/a/**', '/a/{x**}', true], ['/a/**', '/a/b/**', true], ['/a/**', '/ab/**', false],
  ['/**/x', '/x', true], ['/**/x', '/{a}/x', true], ['/{a**}/x', '/x', false],
  ['/**/x/**', '/a/x/b', true], ['/**/x/**', '/{a**}/x', true], ['/**/{f}', '/**', false],
  ['/**/*.tgz', '/d/{v}/{f}.tgz', true], ['/d/**/{f}.tgz', '/d/{v}/{f}.tgz', true],
  ['/d/{v}/{f}.tgz', '/d/**/{f}.tgz', false], ['/*a*', '/{x}a{y}', true],
  ['/{x}a{y}', '/*a*', false], ['/*a*b*', '/*ab*', true], ['/*ab*', '/*a*b*', false],
  ['/a /b /c', '/{e:a|b|c}', true], ['/a /b', '/{e:a|b|c}', false],
  ['/{x**} /', '/**', true], ['/{x}.tgz /{x}.md5', '/{v}.{e:md5|tgz}', true],
  ['/{a}/{b**} /{a}', '/{x**}', false], ['/{a}/{b**} /{a} /{a}/', '/{x**}', true],
]

for (const [wide, narrow, expected] of CASES) {
  t.test(`${wide} ${expected ? 'has' : 'has not'} all that ${narrow} has`, (t) => {
    t.equal(contains(wide.split(' ').map(glob), glob(narrow)), expected)
    t.end()
  })
}

t.test('what is said to be contained has no path of its own', (t) => {
  const parsed = globs.map((text) => ({ text, glob: parseGlob(text) }))
    .filter((one): one is { text: string; glob: Glob } => !('message' in one.glob))
  let contained = 0
  let tried = 0
  fc.assert(fc.property(fc.array(parsed, { minLength: 1, maxLength: 3 }), parsed,
    fc.array(paths, { minLength: 20, maxLength: 20 }), (wides, narrow, asked) => {
      if (!contains(wides.map((one) => one.glob), narrow.glob)) return
      contained++
      for (const path of asked) {
        if (referenceGlob(narrow.text, path) === null) continue
        tried++
        if (wides.every(({ text }) => referenceGlob(text, path) === null)) {
          throw new Error(`${path} is not in ${wides.map(({ text }) => text).join(' ')}`)
        }
      }
    }), { numRuns: 5000 })
  t.ok(contained > 200 && tried > 200, `${contained} contained, ${tried} paths tried`)
  t.end()
})

t.test('globs that are too hard count as not contained, and cost no time', (t) => {
  const started = performance.now()
  // Which segments before the last were `a` must be remembered: the sets double with each.
  const said = [2, 12].map((count) => {
    const rest = '/*'.repeat(count)
    const wides = [glob(`/**/a${rest}`), glob(`/**/b${rest}`)]
    return contains(wides, glob(`/**/{e:a|b}/**/{f:a|b}${rest}`))
  })
  t.same(said, [true, false])
  t.ok(performance.now() - started < 1000)
  t.end()
})
