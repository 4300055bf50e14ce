const UNITS: ReadonlyArray<readonly [unit: string, ms: number]> = [
  ['w', 604_800_000], ['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000], ['ms', 1],
]

/** `1h30m` → 5400000 ms. Null when the text is not a duration; `0` needs no unit. */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[wdhms]))+$/.test(text)) return null
  let total = 0
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[wdhms])/g)) {
    total += Number(count) * UNITS.find(([name]) => name === unit)![1]
  }
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : null
}

/** 5400000 → `1h30m`. */
export function formatDuration(ms: number): string {
  let rest = ms
  let text = ''
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size)
    if (count > 0 && unit !== 'w') text += `${count}${unit}`
    if (unit !== 'w') rest -= count * size
  }
  return text === '' ? '0' : text
}
