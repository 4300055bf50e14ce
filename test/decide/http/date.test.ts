import t from 'tap'
import { formatDate, parseDate } from '../../../src/decide/http/date.ts'
import { MODIFIED, MODIFIED_AT, NOW } from '../nouns.ts'

t.test('the three forms of the RFC are dates', (t) => {
  const dates: ReadonlyArray<readonly [text: string, ms: number]> = [
    [MODIFIED, MODIFIED_AT],
    ['Sunday, 06-Nov-94 08:49:37 GMT', MODIFIED_AT],
    ['Sun Nov  6 08:49:37 1994', MODIFIED_AT],
    ['Sun Nov 16 08:49:37 1994', MODIFIED_AT + 10 * 86_400_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Wed, 31 Dec 1969 23:59:59 GMT', -1000],
    ['Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
    ['Tue, 29 Feb 2000 00:00:00 GMT', Date.UTC(2000, 1, 29)],
    ['Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
    ['Fri, 31 Dec 9999 23:59:59 GMT', Date.UTC(9999, 11, 31, 23, 59, 59)],
    ['Sat, 01 Jan 0000 00:00:00 GMT', -62_167_219_200_000],
    ['Thu, 01 Jan 0099 00:00:00 GMT', -59_042_995_200_000],
  ]
  for (const [text, ms] of dates) t.equal(parseDate(text, NOW), ms, text)
  t.end()
})

t.test('everything else is none', (t) => {
  const texts = [
    '', '0', '-1', '1994-11-06T08:49:37Z', 'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 UTC', 'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 6 Nov 1994 08:49:37 GMT', 'sun, 06 nov 1994 08:49:37 gmt', 'Sun, 06 Nov 94 08:49:37 GMT',
    'Foo, 06 Nov 1994 08:49:37 GMT', 'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT', 'Sun, 29 Feb 2023 00:00:00 GMT',
    'Sun, 29 Feb 2100 00:00:00 GMT', 'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 31 Nov 1994 08:49:37 GMT', 'Sun, 32 Dec 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT', 'Sun, 06 Nov 1994 08:60:37 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT', ` ${MODIFIED}`, `${MODIFIED} `, `${MODIFIED}\n`,
    `${MODIFIED}, ${MODIFIED}`, 'Sun, 06-Nov-94 08:49:37 GMT', 'Sunday, 06-Nov-1994 08:49:37 GMT',
    'Sun Nov 6 08:49:37 1994', 'Sunday, 31-Feb-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994 GMT',
    'Sun Nov  0 08:49:37 1994',
  ]
  for (const text of texts) t.equal(parseDate(text, NOW), null, JSON.stringify(text))
  t.end()
})

t.test('a year of two digits is never more than 50 years ahead', (t) => {
  const years: ReadonlyArray<readonly [digits: string, now: number, year: number]> = [
    ['94', NOW, 1994],
    ['26', NOW, 2026],
    ['75', NOW, 2075],
    ['77', NOW, 1977],
    ['00', NOW, 2000],
    ['10', Date.UTC(1994, 5, 1), 2010],
    ['05', Date.UTC(2095, 5, 1), 2105],
    ['99', Date.UTC(2000, 5, 1), 1999],
  ]
  for (const [digits, now, year] of years) {
    const ms = parseDate(`Monday, 15-Mar-${digits} 00:00:00 GMT`, now)
    t.equal(ms, Date.UTC(year, 2, 15), `${digits} seen from ${new Date(now).getUTCFullYear()}`)
  }
  const in50 = Date.UTC(2076, 0, 31, 12, 0, 0)
  t.equal(parseDate('Friday, 31-Jan-76 12:00:00 GMT', NOW), in50, 'exactly 50 years are not more')
  t.equal(parseDate('Friday, 31-Jan-76 12:00:01 GMT', NOW), Date.UTC(1976, 0, 31, 12, 0, 1))
  t.equal(parseDate('Tuesday, 29-Feb-00 00:00:00 GMT', Date.UTC(2060, 0, 1)), Date.UTC(2000, 1, 29),
    'a day that the nearest year lacks is of the year that has it')
  t.end()
})

t.test('dates are written as IMF-fixdate in whole seconds', (t) => {
  t.equal(formatDate(MODIFIED_AT), MODIFIED)
  t.equal(formatDate(MODIFIED_AT + 999), MODIFIED)
  t.equal(formatDate(-1), 'Wed, 31 Dec 1969 23:59:59 GMT')
  t.equal(formatDate(Number.MAX_SAFE_INTEGER), 'Fri, 31 Dec 9999 23:59:59 GMT')
  t.equal(formatDate(-Number.MAX_SAFE_INTEGER), 'Sat, 01 Jan 0000 00:00:00 GMT')
  t.end()
})
