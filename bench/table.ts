/** Samples in, Markdown out. Ratios come first, because they outlive the machine. */

export type Sample = {
  readonly question: string
  readonly cache: string
  /** CPU of the server for one unit of the question, in the question's unit. */
  readonly cpu: number
  /** Units of work that were completed per second of the clock. */
  readonly perSecond: number
  /** Share of the busier of the two cores that something else had meanwhile, 0 to 1. */
  readonly disturbed: number
}

export type Question = {
  readonly name: string
  /** `µs per request`, `ms per 64 MiB`. */
  readonly unit: string
  /** One core's seconds in the unit of `cpu`: 1e6 for µs. */
  readonly perCore: number
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** One line per question and cache: ratios, median, spread, and what one core can do. */
export function comparisonTable(
  questions: readonly Question[], samples: readonly Sample[],
): string {
  const lines = [
    '| hit | cache | CPU ÷ Varnish | CPU ÷ nginx | CPU, median | spread | per second of one core |',
    '|---|---|--:|--:|--:|--:|--:|',
  ]
  for (const { name, unit, perCore } of questions) {
    const own = samples.filter((sample) => sample.question === name)
    const cpuOf = (cache: string): number[] =>
      own.filter((sample) => sample.cache === cache).map(({ cpu }) => cpu)
    for (const cache of new Set(own.map((sample) => sample.cache))) {
      const cpu = cpuOf(cache)
      const middle = median(cpu)
      const ratio = (other: string): string => {
        const theirs = cpuOf(other)
        return theirs.length === 0 ? '–' : (middle / median(theirs)).toFixed(2)
      }
      const spread = `${Math.min(...cpu).toFixed(1)}–${Math.max(...cpu).toFixed(1)}`
      lines.push(`| ${name} | ${cache} | ${ratio('varnish')} | ${ratio('nginx')} ` +
        `| ${middle.toFixed(1)} ${unit} | ${spread} | ${Math.round(perCore / middle)} |`)
    }
  }
  const disturbed = samples.map((sample) => 100 * sample.disturbed)
  lines.push('', `Other programs had ${median(disturbed).toFixed(1)} % of the cores (median; ` +
    `${Math.max(...disturbed).toFixed(1)} % in the worst sample).`)
  return lines.join('\n')
}
