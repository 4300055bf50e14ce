/**
 * Parts of compiled rules that are equal become one. Ten thousand routes differ in their hosts and
 * little else; what they have in common stays in the processor's cache, so that a decision costs
 * the same as among ten. Made for one compilation, and forgotten after it.
 */
export type Shared = {
  /** The first value that came under this name of this kind: this one, or an equal one. */
  one<T>(kind: string, name: string, value: T): T
}

/** Nothing shared so far. */
export function createShared(): Shared {
  const first = new Map<string, unknown>()
  return {
    one<T>(kind: string, name: string, value: T): T {
      const key = `${kind} ${name}`
      const known = first.get(key) as T | undefined
      if (known !== undefined) return known
      first.set(key, value)
      return value
    },
  }
}
