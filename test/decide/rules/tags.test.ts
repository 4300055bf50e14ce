import t from 'tap'
import * as fc from 'fast-check'
import { compile } from '../../../src/decide/rules/compile.ts'
import { isTag, tagsOf, tagText } from '../../../src/decide/rules/tags.ts'
import { TAG_BYTES, TAGS } from '../../../src/limits.ts'
import { policy } from '../nouns.ts'
import { ruleSet } from './ruleset.ts'

/** The policy of a route with these tags and the captures `a` and `b`. */
function tagged(tags: readonly string[]) {
  const { compiled, problems } = compile(ruleSet([
    { match: { path: '/{a}/{b**}' }, to: 'releases/{a}/{b}', tags },
  ]))
  t.same(problems, [])
  return compiled.routes[0]!.policy
}

/** What is wrong with a route that has these tags. */
function faultsOf(tags: readonly string[], route = {}): string[] {
  const { problems } = compile(ruleSet([{ match: { path: '/{a}/{b**}' }, tags, ...route }]))
  return problems.map(({ path, message, advice }) => `${path.join('.')}: ${message}; ${advice}`)
}

t.test('tags are filled with what the path had, each once', (t) => {
  const cases: Array<[tags: string[], captures: string[], expected: string[] | null]> = [
    [['all'], ['1', '2'], ['all']],
    [['release-{a}'], ['3.1', 'x'], ['release-3.1']],
    [['{a}', '{b}', 'x-{a}-{b}'], ['1', '2'], ['1', '2', 'x-1-2']],
    [['{a}', '{b}'], ['1', '1'], ['1']],
    [['{b}'], ['1', 'x/y'], ['x/y']],
    [['{a}'], ['a b,c', '2'], ['a%20b%2Cc']],
    [['{a}'], ['50%', '2'], ['50%25']],
    [['{a}'], ['größe', '2'], ['gr%C3%B6%C3%9Fe']],
    [['{a}'], ['\ud800', '2'], ['%EF%BF%BD']],
    [['{a}'], ['a\r\nb\0', '2'], ['a%0D%0Ab%00']],
    [['{a}'], ['x'.repeat(TAG_BYTES), '2'], ['x'.repeat(TAG_BYTES)]],
    [['{a}'], ['x'.repeat(TAG_BYTES + 1), '2'], null],
    [['{a}'], [','.repeat(TAG_BYTES / 2), '2'], null],
  ]
  for (const [tags, captures, expected] of cases) {
    t.same(tagsOf(tagged(tags), captures), expected, `${tags.join()} of ${captures.join()}`)
  }
  t.same(tagsOf(policy(), ['x']), [])
  t.end()
})

t.test('whatever a capture holds, its tag is one, and no other value has it', (t) => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 })
  fc.assert(fc.property(text, text, (one, other) => {
    const [a, b] = [one.toWellFormed(), other.toWellFormed()]
    return isTag(tagText(a)) && (a === b) === (tagText(a) === tagText(b)) &&
      decodeURIComponent(tagText(a)) === a
  }), { numRuns: 2000 })
  const long = 'x'.repeat(TAG_BYTES + 1)
  for (const no of ['', 'a b', 'a,b', 'a\tb', 'ä', '50%', 'a%2', '%zz', long]) {
    t.notOk(isTag(no), no)
  }
  t.end()
})

t.test('a tag that cannot be one is refused where it is written', (t) => {
  const form = 'a tag has no spaces, commas, percent signs or characters beyond ASCII; ' +
    'write e.g. "release-{version}"; in the value of a capture they are encoded'
  const cases: Array<[tags: string[], expected: string[], route?: object]> = [
    [['ok', 'a b'], [`routes.0.tags.1: ${form}`]],
    [['a,b'], [`routes.0.tags.0: ${form}`]],
    [['ä-{a}'], [`routes.0.tags.0: ${form}`]],
    [['50%'], [`routes.0.tags.0: ${form}`]],
    [['{xyz}'], ['routes.0.tags.0: the path has no capture `{xyz}`; the path has {a}, {b}']],
    [['{a'], ['routes.0.tags.0: `{` without its `}`; a capture is written {name}']],
    [Array.from({ length: TAGS + 1 }, (_, i) => `t${i}`),
      ['routes.0.tags: 17 tags are more than 16; every response carries all tags of its route']],
    [['a'], ['routes.0.tags: `tags` is for objects, and this route leads to none; ' +
      'remove it, or say with `to` which object the route leads to'], { deny: 403 }],
  ]
  for (const [tags, expected, route = { to: 'releases/{a}/{b}' }] of cases) {
    t.same(faultsOf(tags, route), expected, String(tags))
  }
  t.end()
})
