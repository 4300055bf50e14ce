/**
 * Reads ban expressions: `bucket = releases and path ~ "/downloads/*" and not status = 404`. What
 * is hard is that whoever writes one is in a hurry, and that half an expression must never be taken
 * for a whole: what is not understood, to the last character, bans nothing.
 *
 *     any       = all *( "or" all )
 *     all       = one *( "and" one )
 *     one       = "not" one / "(" any ")" / condition
 *     condition = field ( "=" / "!=" / "~" / "!~" ) value
 *               / "header" name [ ( "=" / "!=" / "~" / "!~" ) value ]
 *               / "status" ( "=" / "!=" ) code / "age" ">" duration
 */
import { BAN_EXPRESSION_CHARACTERS, BAN_EXPRESSION_DEPTH } from '../../limits.ts'
import { parseDuration } from '../../lib/durations.ts'
import { nearest } from '../../lib/nearest.ts'
import { BAN_FIELDS, type BanField, type BanTest } from '../../model/ban.ts'
import type { Text } from '../../model/text.ts'
import { isToken } from '../http/headers.ts'
import { parseText } from '../rules/text.ts'

/** What is wrong, and where: the first character is 1. */
export type BanProblem = { readonly position: number; readonly message: string }

type Word = { readonly text: string; readonly at: number; readonly quoted: boolean }
type Cursor = { readonly words: readonly Word[]; next: number; depth: number; readonly end: number }

const OPERATORS: ReadonlySet<string> = new Set(['=', '!=', '~', '!~', '>'])
const WORD = /[ \t]*(?:"((?:[^"\\]|\\.)*)"|(!=|!~|[=~>()])|([^\s"()=~!>]+))/gy
const FIELDS = [...BAN_FIELDS, 'header', 'status', 'age'] as const

/** The test that an expression is, or what is wrong with it. */
export function parseBan(text: string): BanTest | BanProblem {
  if (text.length > BAN_EXPRESSION_CHARACTERS) {
    return { position: BAN_EXPRESSION_CHARACTERS + 1, message: 'the expression is too long' }
  }
  const words = wordsOf(text)
  if (!Array.isArray(words)) return words
  const cursor: Cursor = { words, next: 0, depth: 0, end: text.length + 1 }
  const test = parseAny(cursor)
  if (isProblem(test)) return test
  const rest = cursor.words[cursor.next]
  return rest === undefined ? test : wrong(rest, `'and' or 'or' is missing before '${rest.text}'`)
}

/** Whether reading has failed. */
export function isProblem(result: BanTest | BanProblem): result is BanProblem {
  return 'message' in result
}

function wordsOf(text: string): Word[] | BanProblem {
  const words: Word[] = []
  let end = 0
  for (const found of text.matchAll(WORD)) {
    end = found.index + found[0].length
    const [, quoted, operator, bare] = found
    const at = end - (quoted === undefined ? (operator ?? bare)!.length : quoted.length + 2) + 1
    // Only the quote and the backslash are escaped; `\*` stays for the wildcards to read.
    const plain = quoted?.replaceAll(/\\(["\\])/g, '$1')
    words.push({ text: plain ?? operator ?? bare!, at, quoted: quoted !== undefined })
  }
  const rest = text.slice(end).trimStart()
  if (rest === '') return words
  const at = text.length - rest.length + 1
  const message = rest.startsWith('"') ? 'this quote is not closed'
    : `'${rest[0]!}' means nothing here; put a value with such characters in quotes`
  return { position: at, message }
}

function parseAny(cursor: Cursor): BanTest | BanProblem {
  return parseList(cursor, { kind: 'any', word: 'or', part: parseAll })
}

function parseAll(cursor: Cursor): BanTest | BanProblem {
  return parseList(cursor, { kind: 'all', word: 'and', part: parseOne })
}

type List = {
  readonly kind: 'all' | 'any'
  readonly word: string
  readonly part: (cursor: Cursor) => BanTest | BanProblem
}

function parseList(cursor: Cursor, { kind, word, part }: List): BanTest | BanProblem {
  const of: BanTest[] = []
  do {
    const test = part(cursor)
    if (isProblem(test)) return test
    of.push(test)
  } while (takeWord(cursor, word))
  return of.length === 1 ? of[0]! : { kind, of }
}

function parseOne(cursor: Cursor): BanTest | BanProblem {
  const word = cursor.words[cursor.next]
  if (word === undefined) return missing(cursor, `a condition, such as path ~ "/downloads/*"`)
  if (takeWord(cursor, 'not')) return nested(cursor, word, negated)
  if (takeWord(cursor, '(')) return nested(cursor, word, parenthesised)
  cursor.next += 1
  return condition(cursor, word)
}

/** What holds another test within; not too many of them in each other. */
function nested(
  cursor: Cursor, word: Word, parse: (cursor: Cursor, word: Word) => BanTest | BanProblem,
): BanTest | BanProblem {
  if (cursor.depth === BAN_EXPRESSION_DEPTH) return wrong(word, 'this is nested too deeply')
  cursor.depth += 1
  const test = parse(cursor, word)
  cursor.depth -= 1
  return test
}

function negated(cursor: Cursor): BanTest | BanProblem {
  const of = parseOne(cursor)
  return isProblem(of) ? of : { kind: 'not', of }
}

function parenthesised(cursor: Cursor, word: Word): BanTest | BanProblem {
  const test = parseAny(cursor)
  if (isProblem(test) || takeWord(cursor, ')')) return test
  return wrong(word, 'this parenthesis is not closed')
}

function condition(cursor: Cursor, word: Word): BanTest | BanProblem {
  const field = FIELDS.find((one) => one === word.text && !word.quoted)
  switch (field) {
    case undefined: {
      const near = nearest(word.text, FIELDS)
      const advice = near === null ? `there is ${FIELDS.join(', ')}` : `did you mean '${near}'?`
      return wrong(word, `'${word.text}' is nothing that a ban knows; ${advice}`)
    }
    case 'status': return statusTest(cursor)
    case 'age': return ageTest(cursor)
    case 'header': return headerTest(cursor)
    default: return fieldTest(cursor, field)
  }
}

function fieldTest(cursor: Cursor, field: BanField): BanTest | BanProblem {
  const compared = comparison(cursor, field)
  if ('message' in compared) return compared
  return unless(compared.negated, { kind: 'text', field, text: compared.text })
}

/** Without a comparison: the header is there. */
function headerTest(cursor: Cursor): BanTest | BanProblem {
  const name = cursor.words[cursor.next]
  if (name === undefined) return missing(cursor, 'the name of a header field')
  if (!isToken(name.text) || OPERATORS.has(name.text)) {
    return wrong(name, `'${name.text}' is no name of a header field`)
  }
  cursor.next += 1
  const lower = name.text.toLowerCase()
  const operator = cursor.words[cursor.next]
  if (operator === undefined || operator.quoted || !OPERATORS.has(operator.text)) {
    return { kind: 'header', name: lower, text: parseText('*') }
  }
  const compared = comparison(cursor, `header ${name.text}`)
  if ('message' in compared) return compared
  return unless(compared.negated, { kind: 'header', name: lower, text: compared.text })
}

function statusTest(cursor: Cursor): BanTest | BanProblem {
  const operator = takeOperator(cursor, ['=', '!='], 'status')
  if ('message' in operator) return operator
  const value = takeValue(cursor, 'a status, such as 404 or 5xx')
  if ('message' in value) return value
  const found = /^([1-5])(?:(\d\d)|xx)$/.exec(value.text)
  if (found === null) return wrong(value, `'${value.text}' is no status; write e.g. 404 or 5xx`)
  const hundred = 100 * Number(found[1])
  const from = hundred + Number(found[2] ?? 0)
  const to = found[2] === undefined ? hundred + 99 : from
  return unless(operator.text === '!=', { kind: 'status', from, to })
}

function ageTest(cursor: Cursor): BanTest | BanProblem {
  const operator = takeOperator(cursor, ['>'], 'age')
  if ('message' in operator) return operator
  const value = takeValue(cursor, 'a duration, such as 1h30m')
  if ('message' in value) return value
  const ms = parseDuration(value.text)
  if (ms === null) return wrong(value, `'${value.text}' is no duration; write e.g. 90s, 12h or 30d`)
  return { kind: 'age', ms }
}

function comparison(
  cursor: Cursor, subject: string,
): { readonly negated: boolean; readonly text: Text } | BanProblem {
  const operator = takeOperator(cursor, ['=', '!=', '~', '!~'], subject)
  if ('message' in operator) return operator
  const value = takeValue(cursor, `a value for ${subject}`)
  if ('message' in value) return value
  const text = operator.text.endsWith('~') ? parseText(value.text) : { literals: [value.text] }
  return { negated: operator.text.startsWith('!'), text }
}

function takeOperator(
  cursor: Cursor, allowed: readonly string[], subject: string,
): Word | BanProblem {
  const word = cursor.words[cursor.next]
  const wanted = allowed.join(', ')
  if (word === undefined) return missing(cursor, `${wanted} after ${subject}`)
  if (word.quoted || !allowed.includes(word.text)) {
    return wrong(word, `after ${subject} comes ${wanted}, not '${word.text}'`)
  }
  cursor.next += 1
  return word
}

function takeValue(cursor: Cursor, wanted: string): Word | BanProblem {
  const word = cursor.words[cursor.next]
  if (word === undefined) return missing(cursor, wanted)
  if (!word.quoted && (OPERATORS.has(word.text) || word.text === '(' || word.text === ')')) {
    return wrong(word, `${wanted} is missing before '${word.text}'`)
  }
  cursor.next += 1
  return word
}

/** A word of the language itself, never a quoted one. */
function takeWord(cursor: Cursor, text: string): boolean {
  const word = cursor.words[cursor.next]
  if (word === undefined || word.quoted || word.text !== text) return false
  cursor.next += 1
  return true
}

function unless(negated: boolean, of: BanTest): BanTest {
  return negated ? { kind: 'not', of } : of
}

function missing({ end }: Cursor, wanted: string): BanProblem {
  return { position: end, message: `${wanted} is missing` }
}

function wrong({ at }: Word, message: string): BanProblem {
  return { position: at, message }
}
