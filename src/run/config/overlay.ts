/**
 * Lays one layer of configuration over another: maps are merged key by key, all else (lists too)
 * replaces what is below. Neither layer is changed.
 */
export function overlay(below: unknown, above: unknown): unknown {
  if (above === undefined) return below
  if (!isMap(below) || !isMap(above)) return above
  const merged: Record<string, unknown> = { ...below }
  for (const [key, value] of Object.entries(above)) {
    merged[key] = Object.hasOwn(below, key) ? overlay(below[key], value) : value
  }
  return merged
}

/** Whether a value of a document is a map with keys. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path of a document; undefined where there is none. */
export function valueAt(document: unknown, path: ReadonlyArray<string | number>): unknown {
  let value = document
  for (const step of path) {
    if (Array.isArray(value)) value = (value as unknown[])[Number(step)]
    else if (isMap(value) && Object.hasOwn(value, step)) value = value[step]
    else return undefined
  }
  return value
}
