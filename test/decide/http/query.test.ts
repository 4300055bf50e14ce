import { deepStrictEqual as equal } from 'node:assert'
import t from 'tap'
import * as fc from 'fast-check'
import { queryValues } from '../../../src/decide/http/query.ts'

const CASES: ReadonlyArray<readonly [query: string, name: string, values: readonly string[]]> = [
  ['', 'a', []],
  ['a', 'a', ['']],
  ['a=', 'a', ['']],
  ['a=1', 'a', ['1']],
  ['a=1&b=2&a=3', 'a', ['1', '3']],
  ['b=a=1', 'a', []],
  ['a=b=c', 'a', ['b=c']],
  ['=1', '', ['1']],
  ['&&a&', 'a', ['']],
  ['b&a=1', 'b', ['']],
  ['%61=%62+c', 'a', ['b c']],
  ['a=%zz%', 'a', ['%zz%']],
  ['a=%ff', 'a', ['\ufffd']],
  ['a;b=1', 'a;b', ['1']],
]

for (const [query, name, values] of CASES) {
  t.test(`"${name}" in "${query}" is ${JSON.stringify(values)}`, (t) => {
    t.same(queryValues(query, name), values)
    t.end()
  })
}

t.test('a query is read as browsers read it', (t) => {
  const unit = fc.constantFrom('a', 'b', '=', '&', '%61', '%', '+', '%26', '%ff')
  const text = fc.string({ unit })
  fc.assert(fc.property(text, fc.constantFrom('a', 'b', '', 'ab', 'a a', '&'), (query, name) => {
    equal(queryValues(query, name), new URLSearchParams(`&${query}`).getAll(name))
  }), { numRuns: 3000 })
  t.end()
})
