/** A Bug: we were wrong. On in production; the process drains and restarts. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`)
}
