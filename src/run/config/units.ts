/**
 * What was probably meant by a duration or a size in a spelling of another program. Only the
 * spelling is put right: whether the value is in bounds is for its kind to say.
 */
const DURATIONS: ReadonlyArray<readonly [spelling: RegExp, unit: string]> = [
  [/^(?:ms|msecs?|millis|milliseconds?)$/, 'ms'], [/^(?:s|secs?|seconds?)$/, 's'],
  [/^(?:m|mins?|minutes?)$/, 'm'], [/^(?:h|hrs?|hours?)$/, 'h'], [/^(?:d|days?)$/, 'd'],
  [/^(?:w|weeks?)$/, 'w'],
]

/** `10 sec` → `10s`; null when it cannot be told. */
export function spellDuration(value: unknown): string | null {
  const [count, word] = cut(value)
  const unit = DURATIONS.find(([spelling]) => spelling.test(word))?.[1]
  return unit === undefined ? null : count + unit
}

/** `1gb` → `1GiB`; null when it cannot be told. */
export function spellSize(value: unknown): string | null {
  const [count, word] = cut(value)
  const letter = /^([kmgt])(?:i?b(?:ytes?)?)?$/.exec(word)?.[1]
  if (letter !== undefined) return `${count}${letter.toUpperCase()}iB`
  return /^b(?:ytes?)?$/.test(word) ? `${count}B` : null
}

/** A number and the word behind it, in lower case; two empty texts for anything else. */
function cut(value: unknown): [count: string, word: string] {
  const found = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(value) : null
  return found === null ? ['', ''] : [found[1]!, found[2]!.toLowerCase()]
}
