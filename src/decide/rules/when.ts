/**
 * The language of conditions: reads them, and asks whether one holds. What is hard about it is that
 * a condition must mean the same wherever it stands, and that what is compared comes from whoever
 * asks: nothing here can be made slow by a value, and names are compared as their standards say.
 */
import type { Networks } from '../../model/access.ts'
import type { Answered, Asked } from '../../model/asked.ts'
import type { Glob } from '../../model/glob.ts'
import type { Problem } from '../../model/rules.ts'
import type { Wanted, WantedRules, When, WhenRule } from '../../model/when.ts'
import { SECRET_FIELD } from '../access/compile.ts'
import { isInside } from '../access/networks.ts'
import { find, findAll } from '../http/headers.ts'
import { queryValues } from '../http/query.ts'
import { matchGlob } from './glob-match.ts'
import { parseGlob } from './glob.ts'
import { parseHost } from './host.ts'
import { problemAt, unknownName, type Path } from './problems.ts'
import { parseRegex } from './regex.ts'
import { fitsText, parseText } from './text.ts'

/** Where a condition stands in the document, and the lists of networks that it may name. */
export type WhenPlace = { readonly path: Path; readonly lists: ReadonlyMap<string, Networks> }

/** A condition made ready; null when there are problems. */
export type CompiledWhen = { readonly when: When | null; readonly problems: readonly Problem[] }

/** Whether a condition about the request holds. The target has been normalised. */
export function holds(when: When, x: Asked): boolean {
  return ask(when, x, null)
}

/** The same for one about the request and its answer. */
export function holdsFor(when: When, x: Asked, answer: Answered): boolean {
  return ask(when, x, answer)
}

/** The same for one about an answer alone, whoever has asked; or about nothing but its `key`. */
export function holdsOf(when: When, answer: Answered): boolean {
  return ask(when, null, answer)
}

/** What is asked about somebody or something that is not there does not hold. */
function ask(when: When, x: Asked | null, answer: Answered | null): boolean {
  switch (when.kind) {
    case 'all':
      for (let i = 0; i < when.of.length; i++) if (!ask(when.of[i]!, x, answer)) return false
      return true
    case 'not': return !ask(when.of, x, answer)
    case 'key': return isKey(when.globs, answer?.object?.key ?? x?.object?.key ?? null)
    case 'status': case 'size': case 'type': case 'answer':
      return answer !== null && askAnswer(when, answer)
    default: return x !== null && askRequest(when, x)
  }
}

type AboutAnswer = Extract<When, { kind: 'status' | 'size' | 'type' | 'answer' }>
type AboutRequest = Exclude<When, AboutAnswer | { kind: 'all' | 'not' | 'key' }>

function askRequest(when: AboutRequest, x: Asked): boolean {
  switch (when.kind) {
    case 'method': return when.methods.has(x.method)
    case 'host': return isHost(when, x.target.host)
    case 'path': return isOneOf(when.globs, x.target.path)
    case 'regex': return when.regexes.some(({ pattern }) => pattern.test(x.target.path))
    case 'client': return isAmong(when.of, x.client)
    case 'header': return isWanted(when.wanted, findAll(x.fields, when.name))
    case 'query': return isWanted(when.wanted, queryValues(x.target.query, when.name))
  }
}

function askAnswer(when: AboutAnswer, { status, lengthBytes, fields }: Answered): boolean {
  switch (when.kind) {
    case 'status': return when.ranges.some(({ from, to }) => status >= from && status <= to)
    case 'size':
      return lengthBytes !== null && lengthBytes > when.overBytes && lengthBytes < when.underBytes
    case 'type': {
      // RFC 9110 §8.3.1: media types are case-insensitive, and parameters no part of what is asked.
      const type = find(fields, 'content-type')?.split(';', 1)[0]!.trim().toLowerCase()
      return type !== undefined && when.texts.some((text) => fitsText(text, type))
    }
    case 'answer': return isWanted(when.wanted, findAll(fields, when.name))
  }
}

function isHost({ exact, below }: Extract<When, { kind: 'host' }>, host: string): boolean {
  return exact.has(host) || below.some((domain) => host.endsWith(domain))
}

function isOneOf(globs: readonly Glob[], path: string): boolean {
  for (let i = 0; i < globs.length; i++) if (matchGlob(globs[i]!, path) !== null) return true
  return false
}

function isKey(globs: readonly Glob[], key: string | null): boolean {
  return key !== null && isOneOf(globs, `/${key}`)
}

function isAmong(lists: readonly Networks[], client: string): boolean {
  for (let i = 0; i < lists.length; i++) if (isInside(lists[i]!, client)) return true
  return false
}

/** Of several values one that fits is enough. */
function isWanted(wanted: Wanted, values: readonly string[]): boolean {
  if (typeof wanted === 'boolean') return values.length > 0 === wanted
  return values.some((value) => wanted.some((text) => fitsText(text, value)))
}

/** Reads a condition and checks it; all problems are found in one go. */
export function compileWhen(rule: WhenRule, place: WhenPlace): CompiledWhen {
  const { path } = place
  const parts = [
    ...methodsOf(rule), ...answerOf(rule), ...hostsOf(rule, path),
    ...globsOf(rule, { path, key: 'path' }), ...globsOf(rule, { path, key: 'key' }),
    ...regexesOf(rule, path), ...clientsOf(rule, place),
    ...wantedOf(rule.header, { path, kind: 'header' }),
    ...wantedOf(rule.query, { path, kind: 'query' }),
    ...wantedOf(rule.answer, { path, kind: 'answer' }),
    ...rule.not === undefined ? []
      : negated(compileWhen(rule.not, { ...place, path: [...path, 'not'] })),
  ]
  const problems = parts.filter((part) => 'message' in part)
  const of = parts.filter((part) => 'kind' in part)
  if (parts.length === 0) {
    const advice = 'write e.g. path: "/**/*.iso", or leave the whole condition out'
    problems.push({ path, message: 'this condition says nothing', advice })
  }
  const when = problems.length > 0 ? null
    : Object.freeze(of.length === 1 ? of[0]! : { kind: 'all' as const, of })
  return { when, problems }
}

/** What one key comes to: predicates, or what is wrong with it. */
type Parts = ReadonlyArray<When | Problem>

function methodsOf({ method }: WhenRule): Parts {
  return method === undefined ? [] : [{ kind: 'method', methods: new Set(method) }]
}

function hostsOf({ host }: WhenRule, path: Path): Parts {
  if (host === undefined) return []
  const read = host.map(parseHost)
  const names = read.filter((one) => typeof one === 'string')
  const below = names.filter((name) => name.startsWith('*')).map((name) => name.slice(1))
  const exact = new Set(names.filter((name) => !name.startsWith('*')))
  return [
    ...read.flatMap((one, i) => typeof one === 'string' ? [] : [
      problemAt(entryOf([...path, 'host'], { index: i, of: host }), one),
    ]),
    { kind: 'host', exact, below },
  ]
}

function globsOf(rule: WhenRule, { path, key }: { path: Path; key: 'path' | 'key' }): Parts {
  const texts = rule[key]
  if (texts === undefined) return []
  // A key is matched as a path: with the `/` in front that it does not have.
  const read = texts.map((text) => {
    if (key === 'path') return parseGlob(text)
    return text.startsWith('/') ? LEADING_SLASH : parseGlob(`/${text}`)
  })
  return [
    ...read.flatMap((one, i) => 'parts' in one ? [] : [
      problemAt(entryOf([...path, key], { index: i, of: texts }), one),
    ]),
    { kind: key, globs: read.filter((one) => 'parts' in one) },
  ]
}

const LEADING_SLASH = {
  message: 'the key of an object does not begin with `/`', advice: 'leave out the first `/`',
}

function regexesOf({ pathRegex: texts }: WhenRule, path: Path): Parts {
  if (texts === undefined) return []
  const read = texts.map(parseRegex)
  return [
    ...read.flatMap((one, i) => 'pattern' in one ? [] : [
      problemAt(entryOf([...path, 'path_regex'], { index: i, of: texts }), one),
    ]),
    { kind: 'regex', regexes: read.filter((one) => 'pattern' in one) },
  ]
}

function clientsOf({ client }: WhenRule, { path, lists }: WhenPlace): Parts {
  if (client === undefined) return []
  const missing = client.flatMap((word, i) => lists.has(word) ? [] : [
    unknownName(entryOf([...path, 'client'], { index: i, of: client }), {
      kind: 'list', word, known: [...lists.keys()],
    }),
  ])
  return [...missing, { kind: 'client', of: client.flatMap((name) => lists.get(name) ?? []) }]
}

function wantedOf(
  rules: WantedRules | undefined, place: { path: Path; kind: 'header' | 'query' | 'answer' },
): Parts {
  const { path, kind } = place
  return Object.entries(rules ?? {}).flatMap(([name, wanted]): Parts => {
    // Names of fields have no case (RFC 9110 §5.1), names of parameters have.
    const known = kind === 'query' ? name : name.toLowerCase()
    if (typeof wanted === 'boolean') return [{ kind, name: known, wanted }]
    const bare = kind !== 'answer' && SECRET_FIELD.test(name.toLowerCase()) &&
      wanted.some((text) => parseText(text).literals.length === 1)
    return [
      ...bare ? [{
        path: [...path, kind, name],
        message: 'this holds a secret, which must not stand in this file',
        advice: 'write `true`, or a text with `*`; secrets are compared by `access: { header: … }`',
      }] : [],
      { kind, name: known, wanted: wanted.map(parseText) },
    ]
  })
}

function answerOf({ status, sizeOver, sizeUnder, type }: WhenRule): Parts {
  const size: When = {
    kind: 'size', overBytes: sizeOver ?? -1, underBytes: sizeUnder ?? Infinity,
  }
  return [
    ...status === undefined ? [] : [{ kind: 'status' as const, ranges: status }],
    ...sizeOver === undefined && sizeUnder === undefined ? [] : [size],
    ...type === undefined ? []
      : [{ kind: 'type' as const, texts: type.map((one) => parseText(one.toLowerCase())) }],
  ]
}

function negated({ when, problems }: CompiledWhen): Parts {
  return when === null ? problems : [{ kind: 'not', of: when }]
}

/** One alone may be written without a list. */
function entryOf(path: Path, { index, of }: { index: number; of: readonly string[] }): Path {
  return of.length > 1 ? [...path, index] : path
}
