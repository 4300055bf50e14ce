/**
 * HTTP dates (RFC 9110 §5.6.7): three forms to read, one to write. What is hard is that
 * `Date.parse` reads nearly anything, and a validator that is read differently by two parties is
 * none; so only the three forms of the RFC are dates here, and a day that does not exist is not
 * one.
 */
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const LONG_DAY = '(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)'
const MONTH = `(${MONTHS.join('|')})`
const TIME = '(\\d\\d):(\\d\\d):(\\d\\d)'

const IMF_FIXDATE = new RegExp(`^${DAY}, (\\d\\d) ${MONTH} (\\d{4}) ${TIME} GMT$`)
const RFC_850 = new RegExp(`^${LONG_DAY}, (\\d\\d)-${MONTH}-(\\d\\d) ${TIME} GMT$`)
const ASCTIME = new RegExp(`^${DAY} ${MONTH} (\\d\\d| \\d) ${TIME} (\\d{4})$`)

/** The Gregorian calendar repeats after this many years. */
const CYCLE_YEARS = 400
const CYCLE_MS = 146_097 * 86_400_000
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59)
const FIRST_MS = Date.UTC(CYCLE_YEARS, 0, 1) - CYCLE_MS

/**
 * Epoch ms of an HTTP date; null when the text is none. `now` (epoch ms) decides the century of the
 * RFC 850 form, whose year has two digits.
 */
export function parseDate(text: string, now: number): number | null {
  let found = IMF_FIXDATE.exec(text)
  if (found !== null) {
    return instant(Number(found[3]), found[2]!, [found[1]!, found[4]!, found[5]!, found[6]!])
  }
  found = ASCTIME.exec(text)
  if (found !== null) {
    return instant(Number(found[6]), found[1]!, [found[2]!, found[3]!, found[4]!, found[5]!])
  }
  found = RFC_850.exec(text)
  if (found === null) return null
  const century = new Date(now).getUTCFullYear()
  const parts = [found[1]!, found[4]!, found[5]!, found[6]!]
  return recent(century - (century % 100) + Number(found[3]), found[2]!, { parts, now })
}

/**
 * A date of two-digit year that appears more than 50 years in the future is the most recent past
 * one with the same digits.
 */
function recent(
  year: number, month: string, { parts, now }: { parts: readonly string[]; now: number },
): number | null {
  const at = new Date(now)
  const limit = at.setUTCFullYear(at.getUTCFullYear() + 50)
  for (const candidate of [year + 100, year, year - 100]) {
    const ms = instant(candidate, month, parts)
    if (ms !== null && ms <= limit) return ms
  }
  return null
}

/** `parts` are day, hours, minutes, seconds; a leap second is the second after it. */
function instant(year: number, month: string, parts: readonly string[]): number | null {
  const [day, hours, minutes, seconds] = parts.map(Number) as [number, number, number, number]
  if (hours > 23 || minutes > 59 || seconds > 60) return null
  const index = MONTHS.indexOf(month)
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  const shifted = Date.UTC(year + CYCLE_YEARS, index, day, hours, minutes, seconds)
  const first = Date.UTC(year + CYCLE_YEARS, index, 1)
  if (day < 1 || new Date(first + (day - 1) * 86_400_000).getUTCMonth() !== index) return null
  return shifted - CYCLE_MS
}

/**
 * An instant (epoch ms) as IMF-fixdate, the only form to send; whole seconds, rounded down.
 * Instants outside the years 0 to 9999, which the form cannot write, become its first or last.
 */
export function formatDate(ms: number): string {
  return new Date(Math.min(Math.max(ms, FIRST_MS), LAST_MS)).toUTCString()
}
