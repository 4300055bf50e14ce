/** Chance that can be repeated: a seed, printed by whoever uses it. */

/** The seed of a run: `SEED` of the environment, or the time. */
export function seedOf(): number {
  return Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
}

/** How much longer than usual a run is to be: `SOAK` of the environment, or 1. */
export function soakOf(): number {
  return Number(process.env['SOAK'] ?? 1)
}

/** A sequence of numbers in [0, 1) that a seed repeats (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = Math.trunc(state + 0x6d2b79f5)
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = Math.trunc(mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
