const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000, MB: 1000 ** 2, GB: 1000 ** 3, TB: 1000 ** 4,
  KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4,
}

/** `64MiB` → 67108864. Null when the text is not a size; a bare number counts bytes. */
export function parseBytes(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text)
  if (found === null) return null
  const unit = UNITS[found[2] === '' ? 'B' : found[2]!]
  if (unit === undefined) return null
  const bytes = Math.round(Number(found[1]) * unit)
  return Number.isSafeInteger(bytes) ? bytes : null
}

/** 67108864 → `64MiB`; exact when a binary unit divides it, else with one decimal. */
export function formatBytes(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB']) {
    const size = UNITS[unit]!
    if (bytes >= size) {
      const count = bytes / size
      return `${Number.isInteger(count) ? count : count.toFixed(1)}${unit}`
    }
  }
  return `${bytes}B`
}
