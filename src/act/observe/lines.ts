/**
 * One exchange as a line of text, JSON or NCSA combined. What is hard about it: the line is built
 * for every hit, and its strings come from strangers. Strings without anything to escape, nearly
 * all, are copied as they are; one regular expression tells.
 */
import type { ExchangeRecord, Outcome } from '../../model/outcome.ts'

/** Renders one exchange; the text ends with its line break and holds no other. */
export type Line = (record: ExchangeRecord) => string

/**
 * Control characters of both sets, which a terminal would obey, the two that JSON escapes, halves
 * of surrogate pairs, and the two line breaks that JSON allows and JavaScript once did not.
 */
// oxlint-disable-next-line no-control-regex
const JSON_UNSAFE = /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/

/** What JSON.stringify leaves although it should not be shown raw. */
const JSON_LEFT = /[\u007f-\u009f\u2028\u2029]/g

/**
 * Makes a renderer of JSON lines (RFC 8259), each with the same fields in the same order. Client,
 * method and version are not quoted: the socket and the parser only let through what needs none.
 */
export function jsonLine(): Line {
  const time = createSeconds((second) => new Date(second).toISOString().slice(0, 20))
  return (record) =>
    `{"time":"${time(record.arrivedAt)}${thousandths(record.arrivedAt)}Z"` +
    `,"client":"${record.client}","user":${quote(record.user)},"method":"${record.method}"` +
    `,"host":${quote(record.host)},"url":${quote(record.url)}` +
    `,"version":"${record.version}","route":${quote(record.route)}` +
    `,"bucket":${quote(record.bucket)},"object":${quote(record.object)}` +
    `,"status":${record.status},"bytes":${record.bytes},"complete":${record.complete}` +
    `,"duration_ms":${decimals(record.durationMs)}` +
    `,"first_byte_ms":${decimals(record.firstByteMs)}` +
    `,"outcome":"${record.outcome.name}"${trouble(record.outcome)}${origin(record.outcome)}` +
    `,"referer":${quote(record.referer)},"user_agent":${quote(record.userAgent)}}\n`
}

/** The two parts that are alike for all hits are ready-made: a line is pieced together of less. */
function trouble({ reason, errorCode, errorDetail }: Outcome): string {
  if (reason === null && errorCode === null && errorDetail === null) {
    return ',"reason":null,"error":null,"detail":null'
  }
  return `,"reason":${quote(reason)},"error":${quote(errorCode)},"detail":${quote(errorDetail)}`
}

function origin({ forwarded, originStatus, originMs, stored, collapsed }: Outcome): string {
  if (forwarded === null && originStatus === 0 && !stored && !collapsed) {
    return ',"forwarded":null,"origin_status":0,"origin_ms":0.000,"stored":false,"collapsed":false'
  }
  return `,"forwarded":${quote(forwarded)},"origin_status":${originStatus}` +
    `,"origin_ms":${decimals(originMs)},"stored":${stored},"collapsed":${collapsed}`
}

/** Makes a renderer of the NCSA combined format as Apache and its readers know it, in UTC. */
export function combinedLine(): Line {
  const time = createSeconds(ncsaTime)
  return (record) => {
    const request = record.method === ''
      ? '-'
      : `${escape(record.method)} ${escape(record.url)} HTTP/${escape(record.version)}`
    const status = String(record.status).padStart(3, '0')
    const bytes = record.bytes === 0 ? '-' : String(record.bytes)
    const who = `${escape(record.client)} - ${userOf(record.user)}`
    return `${who} [${time(record.arrivedAt)}] "${request}" ` +
      `${status} ${bytes} "${escape(record.referer ?? '-')}" "${escape(record.userAgent ?? '-')}"\n`
  }
}

/** Readers split at spaces, and know no other sign of where a name ends. */
function userOf(user: string | null): string {
  return user === null || user === '' ? '-' : escape(user).replaceAll(' ', '\\x20')
}

/** A JSON string, or `null`. */
function quote(text: string | null): string {
  if (text === null) return 'null'
  if (!JSON_UNSAFE.test(text)) return `"${text}"`
  return JSON.stringify(text).replace(JSON_LEFT, (found) => `\\u${hex(found.charCodeAt(0), 4)}`)
}

/** Apache's escaping: quote, backslash and C escapes, `\xhh` for all else that is not ASCII. */
function escape(text: string): string {
  // oxlint-disable-next-line no-control-regex
  if (!/["\\\u0000-\u001f\u007f-\uffff]/.test(text)) return text
  let escaped = ''
  for (const char of text) escaped += APACHE[char] ?? escapeBytes(char)
  return escaped
}

const APACHE: Readonly<Record<string, string>> = {
  '"': '\\"', '\\': '\\\\', '\b': '\\b', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v',
}

/**
 * Header fields arrive with each byte as one character, so up to U+00FF a character is a byte;
 * others, from decoded names, are written as their bytes in UTF-8.
 */
function escapeBytes(char: string): string {
  const code = char.codePointAt(0)!
  if (code >= 0x20 && code < 0x7f) return char
  if (code <= 0xff) return `\\x${hex(code, 2)}`
  return Array.from(Buffer.from(char), (byte) => `\\x${hex(byte, 2)}`).join('')
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}

/** Whole seconds are rendered once and then reused until the next one begins. */
function createSeconds(render: (second: number) => string): (ms: number) => string {
  let second = Number.NaN
  let text = ''
  return (ms) => {
    const now = ms - (ms % 1000)
    if (now !== second) {
      second = now
      text = render(second)
    }
    return text
  }
}

function ncsaTime(second: number): string {
  const [, day, month, year, clock] = new Date(second).toUTCString().split(' ')
  return `${day}/${month}/${year}:${clock} +0000`
}

/** 000 to 999: an integer becomes text faster than a fraction does. */
const THOUSANDTHS = Array.from({ length: 1000 }, (_, count) => String(count).padStart(3, '0'))

function thousandths(count: number): string {
  return THOUSANDTHS[count % 1000] ?? '000'
}

/** Ms with three decimals; microseconds are as exact as the clock is worth. */
function decimals(ms: number): string {
  const micros = Math.round(ms * 1000)
  if (!(micros > 0 && micros < Number.MAX_SAFE_INTEGER)) return '0.000'
  return `${Math.trunc(micros / 1000)}.${thousandths(micros)}`
}
