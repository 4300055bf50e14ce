import t from 'tap'
import { createGenerations, type Generation } from '../../../src/run/process/generation.ts'
import { exchange } from '../../decide/nouns.ts'

/** Only its number and its parts are looked at here. */
function generation(number: number): Generation {
  return Object.freeze({ number, parts: { healthPath: `/${number}` } }) as Generation
}

function use(generations: ReturnType<typeof createGenerations>): number[][] {
  return generations.inUse().map(({ generation, exchanges }) => [generation.number, exchanges])
}

t.test('an exchange keeps the generation it began under, and is counted there', (t) => {
  const generations = createGenerations(generation(1))
  const [a, b, c] = [exchange(), exchange(), exchange()]
  t.equal(generations.enter(a).healthPath, '/1')
  generations.enter(b)
  generations.succeed(generation(2))
  t.equal(generations.enter(c).healthPath, '/2')
  t.same([a, b, c].map((x) => x.generation), [1, 1, 2])
  t.same(use(generations), [[2, 1], [1, 2]])
  generations.leave(a)
  generations.leave(c)
  t.same(use(generations), [[2, 0], [1, 1]])
  generations.succeed(generation(3))
  t.same(use(generations), [[3, 0], [1, 1]], 'what nobody needs is forgotten')
  generations.leave(b)
  t.same(use(generations), [[3, 0]])
  t.end()
})

t.test('older generations are told latest first', (t) => {
  const generations = createGenerations(generation(1))
  for (const number of [2, 3, 4]) {
    generations.enter(exchange())
    generations.succeed(generation(number))
  }
  t.same(use(generations), [[4, 0], [3, 1], [2, 1], [1, 1]])
  t.equal(generations.current.number, 4)
  t.end()
})
