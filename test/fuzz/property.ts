import * as fc from 'fast-check'
import type { Test } from 'tap'

/**
 * Checks a property with random values. The seed is printed; `SEED=… tap test/fuzz/x.test.ts`
 * checks the same values again, and `RUNS=…` says how many (1000 unless told).
 */
export function holds<T>(
  t: Test, arbitrary: fc.Arbitrary<T>, predicate: (value: T) => boolean | void,
): void {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
  const numRuns = Number(process.env['RUNS'] ?? 1000)
  t.comment(`seed ${seed}`)
  fc.assert(fc.property(arbitrary, predicate), { seed, numRuns })
  t.pass(`held for ${numRuns} values`)
  t.end()
}

/** Any string, half of the time made of pieces that mean something to the parser at hand. */
export function textOf(pieces: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...pieces) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) },
  )
  return fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
  )
}
