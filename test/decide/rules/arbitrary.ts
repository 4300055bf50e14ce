/** Random rules over so small an alphabet that they often fit random requests. */
import * as fc from 'fast-check'
import type { ReferenceRoute } from './reference.ts'

const letter = fc.constantFrom('a', 'b', '.')
const word = fc.string({ unit: letter, minLength: 1, maxLength: 3 }).filter((w) => !/^\.+$/.test(w))

/** Names must differ within a glob; `#` is replaced by a number afterwards. */
const piece = fc.oneof(
  { weight: 4, arbitrary: word },
  { weight: 2, arbitrary: fc.constant('{c#}') },
  { weight: 1, arbitrary: fc.constant('*') },
  { weight: 2, arbitrary: fc.uniqueArray(word, { minLength: 1, maxLength: 3 })
    .map((words) => `{c#:${words.join('|')}}`) },
)

const segment = fc.oneof(
  { weight: 5, arbitrary: fc.array(piece, { minLength: 1, maxLength: 3 }).map((p) => p.join('')) },
  { weight: 1, arbitrary: fc.constant('**') },
  { weight: 1, arbitrary: fc.constant('{c#**}') },
)

/** Not every one is a proper glob. */
export const globs = fc.tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([segments, slash]) => {
    let count = 0
    return `/${segments.join('/')}${slash ? '/' : ''}`.replaceAll('#', () => String(count++))
  })

export const paths = fc.tuple(fc.array(word, { maxLength: 5 }), fc.boolean())
  .map(([segments, slash]) => `/${segments.join('/')}${slash && segments.length > 0 ? '/' : ''}`)

const hostPattern = fc.constantFrom('a.org', 'b.a.org', '*.a.org', '*.b.a.org', '*.org', 'c.com')
const method = fc.constantFrom('GET', 'HEAD')

export const routes: fc.Arbitrary<ReferenceRoute[]> = fc.array(fc.record({
  hosts: fc.oneof(fc.constant([]), fc.uniqueArray(hostPattern, { minLength: 1, maxLength: 2 })),
  path: globs,
  methods: fc.oneof({ weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: method.map((one) => [one]) }),
}), { maxLength: 8 }).map((rules) => rules.map((rule, index) => ({ name: `r${index}`, ...rule })))

export const requests = fc.record({
  host: fc.constantFrom('', 'a.org', 'b.a.org', 'c.b.a.org', 'd.c.b.a.org', 'org', 'c.com', 'x.y'),
  path: paths,
  method,
})
