import type { Finding } from './issues.ts'

/** A finding and the stretch of the text that it means. */
export type Placed = Pick<Finding, 'message' | 'advice'> & {
  readonly offset: number
  readonly length: number
}

/** Where the text of a file must not be shown, as offsets: [from, to, from, to, …]. */
export type Hidden = readonly number[]

/** More than this nobody reads in one go. */
const SHOWN = 20

/** Of a long line, so many characters around the caret. */
const WIDTH = 96

/**
 * A finding in the words and at the place where people look for it. Lines and columns are from 1.
 */
export type Complaint = Pick<Finding, 'message' | 'advice'> & {
  readonly file: string
  readonly line: number
  readonly column: number
  /** As compilers do it, with the line that is meant. */
  readonly text: string
}

/**
 * Findings with their places, in the order of lines. The text of each is:
 *
 *     haulout.yaml:12:3: unknown key `pth`
 *       12 |   pth: /x
 *          |   ^^^
 *          = did you mean `path`?
 *
 * What is hard about it: a line may hold a secret that should not be there, and a message ends up
 * in logs. Hidden stretches are masked; and, for files too broken to know them, all that could be
 * one by the looks of its line.
 */
export function complaintsOf(
  source: { file: string; text: string; hidden: Hidden }, findings: readonly Placed[],
): Complaint[] {
  const lines = masked(source.text, source.hidden).split('\n')
  return findings.toSorted((a, b) => a.offset - b.offset)
    .map((finding) => complaintOf(source, lines, finding))
}

/** The complaints' texts, one after the other; of very many only the first. */
export function reportOf(complaints: readonly Complaint[]): string {
  const more = complaints.length - SHOWN
  const blocks = complaints.slice(0, SHOWN).map(({ text }) => text)
  return [...blocks, ...more > 0 ? [`${complaints[SHOWN]!.file}: and ${more} more`] : []].join('\n')
}

function complaintOf(
  { file, text }: { file: string; text: string }, lines: readonly string[], finding: Placed,
): Complaint {
  const before = text.slice(0, finding.offset).split('\n')
  const [row, column] = [before.length, before.at(-1)!.length]
  const line = (hideSecrets(lines, row - 1) ?? '').replace(/\r$/, '')
  const from = Math.max(0, column - WIDTH / 2)
  const shown = printable(line.slice(from, from + WIDTH))
  const length = Math.max(1, Math.min(finding.length, shown.length + from - column))
  const gutter = ' '.repeat(String(row).length + 2)
  const { message, advice } = finding
  return {
    file, line: row, column: column + 1, message, advice,
    text: [
      `${file}:${row}:${column + 1}: ${message}`,
      `  ${row} | ${shown}`.trimEnd(),
      `${gutter} | ${' '.repeat(column - from)}${'^'.repeat(length)}`,
      `${gutter} = ${advice.split('\n').map(printable).join(`\n${gutter}   `)}`,
    ].join('\n'),
  }
}

/** Every character of a hidden stretch becomes `*`; line ends stay, so that offsets do. */
function masked(text: string, hidden: Hidden): string {
  let result = text
  for (let i = 0; i < hidden.length; i += 2) {
    const [from, to] = [hidden[i]!, hidden[i + 1]!]
    result = result.slice(0, from) + stars(result.slice(from, to)) + result.slice(to)
  }
  return result
}

function stars(text: string): string {
  return text.replace(/[^\r\n]/g, '*')
}

const SECRET_WORDS = 'secret|token|passw|credential|authorization|cookie|signature|' +
  '(?:access|api)key|\\w[_-]key'

/** What keys are called whose values nobody should read. */
export const SECRET_NAME = new RegExp(`${SECRET_WORDS}|^equals$`, 'i')

const SECRET_KEY = new RegExp(`((?:${SECRET_WORDS}|\\bequals)[\\w-]*["']?\\s*:)(.*)$`, 'i')

/**
 * Masks what may be a secret going by the looks of the line: values of keys that are called like
 * one, all that stands below such a key, and users and queries in URLs.
 */
function hideSecrets(lines: readonly string[], index: number): string | undefined {
  const line = lines[index]
    ?.replace(/(?<=:\/\/)[^\s"']*(?=@)/g, stars)
    .replace(/(?<=:\/\/[^\s"'?]*\?)[^\s"']*/g, stars)
  if (line === undefined || isBelowSecret(lines, index)) return line && hideWords(line)
  return line.replace(SECRET_KEY, (_, key: string, value: string) => key + hideWords(value))
}

/** Leaves references, the keys that credentials have, and punctuation; all else is masked. */
function hideWords(text: string): string {
  const known = /^(?:env:[A-Za-z_]\w*|file:.+|(?:access|secret|session)[A-Za-z_]*["']?\s*:)$/
  return text.replace(/(?:env|file):[^\s"',{}]+|[\w-]+["']?\s*:(?=\s|$)|[^\s"',{}]+/g,
    (word) => known.test(word) ? word : stars(word))
}

/** Whether a line that is indented less, further up, has a key that is called like a secret. */
function isBelowSecret(lines: readonly string[], index: number): boolean {
  let indent = indentOf(lines[index]!)
  for (let i = index - 1; i >= 0 && indent > 0; i--) {
    const line = lines[i]!
    if (line.trim() === '' || indentOf(line) >= indent) continue
    if (SECRET_KEY.test(line)) return true
    indent = indentOf(line)
  }
  return false
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

/** Control characters would act on the terminal: a tab becomes one space, others a dot. */
function printable(text: string): string {
  return text.replaceAll('\t', ' ').replace(/[\p{Cc}\u2028\u2029]/gu, '·').trimEnd()
}
