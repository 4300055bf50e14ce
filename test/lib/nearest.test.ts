import t from 'tap'
import { nearest } from '../../src/lib/nearest.ts'

const KNOWN = ['routes', 'origins', 'to', 'ttl', 'first_byte', 'listen']

const CASES: ReadonlyArray<readonly [string, string | null]> = [
  ['routs', 'routes'], ['Routes', 'routes'], ['ruotes', 'routes'], ['orgins', 'origins'],
  ['firstbyte', 'first_byte'], ['first-byte', 'first_byte'], ['tt', 'to'], ['tll', 'ttl'],
  ['lisetn', 'listen'], ['probe', null], ['x', null], ['', null], ['constructor', null],
]

for (const [word, expected] of CASES) {
  t.test(`${word} is ${expected === null ? 'like nothing' : `most like ${expected}`}`, (t) => {
    t.equal(nearest(word, KNOWN), expected)
    t.end()
  })
}

t.test('of equally near words the first is taken', (t) => {
  t.equal(nearest('cat', ['bat', 'rat']), 'bat')
  t.equal(nearest('cat', []), null)
  t.end()
})
