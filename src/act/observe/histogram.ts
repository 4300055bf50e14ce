/**
 * A histogram as Prometheus wants it, kept as plain numbers. prom-client's own costs 0.3 µs for
 * every observation and cannot be filled from outside, so this one counts by itself and writes its
 * own text at scrape time.
 */
export type Histogram = {
  /** Counts one duration in ms under a label value. */
  observe(label: string, ms: number): void
  /** The text exposition format, in seconds, with a line break at the end of every line. */
  render(): string
}

/** Name, help text and the one label that a histogram has. */
export type HistogramSettings = {
  readonly name: string
  readonly help: string
  readonly label: string
  /** Upper bounds in ms, inclusive, ascending. */
  readonly boundsMs: readonly number[]
}

type Row = {
  /** How many fell into each bucket, not added up; the last is for what lies beyond all bounds. */
  readonly counts: Float64Array
  sumMs: number
}

/**
 * Makes an empty histogram. Label values must be bounded by the caller; each gets a row of its own.
 */
export function createHistogram(settings: HistogramSettings): Histogram {
  const bounds = settings.boundsMs
  const rows = new Map<string, Row>()

  function observe(label: string, ms: number): void {
    let row = rows.get(label)
    if (row === undefined) {
      row = { counts: new Float64Array(bounds.length + 1), sumMs: 0 }
      rows.set(label, row)
    }
    // A linear walk: most durations are short, and sixteen comparisons are cheaper than a search.
    let slot = 0
    while (slot < bounds.length && ms > bounds[slot]!) slot++
    row.counts[slot]!++
    row.sumMs += ms
  }

  function render(): string {
    let text = `# HELP ${settings.name} ${settings.help}\n# TYPE ${settings.name} histogram\n`
    for (const [value, row] of rows) text += renderRow(settings, value, row)
    return text
  }

  return { observe, render }
}

function renderRow(settings: HistogramSettings, value: string, row: Row): string {
  const { name, boundsMs } = settings
  const label = `${settings.label}="${escapeLabel(value)}"`
  let text = ''
  let count = 0
  for (let slot = 0; slot <= boundsMs.length; slot++) {
    count += row.counts[slot]!
    const bound = slot < boundsMs.length ? String(boundsMs[slot]! / 1000) : '+Inf'
    text += `${name}_bucket{${label},le="${bound}"} ${count}\n`
  }
  return `${text}${name}_sum{${label}} ${row.sumMs / 1000}\n${name}_count{${label}} ${count}\n`
}

/** Label values in the text format escape exactly these three. */
function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
