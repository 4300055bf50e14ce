import { nearest } from '../../lib/nearest.ts'
import type { Problem } from '../../model/rules.ts'
import { adviceOnKey, schemasAt, type JsonSchema } from './json-schema.ts'
import type { Kind } from './kinds.ts'
import { isMap, valueAt } from './overlay.ts'
import type { Issue } from './schema.ts'

/** A problem, and whether the caret belongs under the key rather than its value. */
export type Finding = Problem & { readonly at?: 'key' }

/** The document that was checked, and the table that it was checked against. */
export type Checked = { readonly document: unknown; readonly schema: JsonSchema }

type Path = Problem['path']

/**
 * Turns the schema's issues into problems that say what was expected, what was found, and what to
 * write. A value that may hold a secret is never part of them.
 */
export function findingsOf(issues: readonly Issue[], checked: Checked): Finding[] {
  return withoutConsequences(issues.flatMap((issue) => ofIssue(issue, checked, [])))
}

/** A key that is misspelt is missing, too; to say both would be to say it twice. */
function withoutConsequences(findings: readonly Finding[]): Finding[] {
  const meant = new Set(findings.flatMap(({ path, message, advice }) => {
    const similar = /^did you mean `(.+)`\?$/.exec(advice)
    const isTypo = similar !== null && message.startsWith('unknown key')
    return isTypo ? [markOf(path.slice(0, -1), similar[1]!)] : []
  }))
  return findings.filter(({ path, message }) => {
    const missing = /^`(.+)` is missing$/.exec(message)
    return missing === null || !meant.has(markOf(path, missing[1]!))
  })
}

/** The same for the same key at the same place. */
function markOf(path: Path, key: string): string {
  return JSON.stringify([...path, key])
}

function ofIssue(issue: Issue, checked: Checked, base: Path): Finding[] {
  const path = [...base, ...issue.path as Path]
  const found = valueAt(checked.document, path)
  if (found === undefined && path.length > 0) return [missing(path, checked)]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, checked))
    case 'invalid_union':
      return ofUnion(issue.errors, checked, path)
    case 'invalid_key':
      return [wrongName(path)]
    case 'too_small':
      return [{ path, at: 'key', message: 'this list is empty', advice: 'give it an entry' }]
    case 'invalid_value':
      return [{
        path, message: `expected ${issue.values.join(' or ')}, found ${shown(found)}`,
        advice: 'this is the version of the language, and 1 is the only one so far',
      }]
    case 'custom':
      return [ofCustom(issue, path, found)]
    default:
      return [wrongType(path, checked)]
  }
}

/** What stands among credentials is only quoted when it clearly is a key. */
function unknownKey(path: Path, key: string, { schema }: Checked): Finding {
  const advice = adviceOnKey(schema, path, key)
  const quoted = !isQuiet(path) || advice.startsWith('did you mean')
  return {
    path: [...path, key], at: 'key', advice,
    message: quoted ? `unknown key \`${key}\`` : 'unknown key',
  }
}

/** The issues of the way of writing that was probably meant: the one whose outer form fits. */
function ofUnion(ways: ReadonlyArray<readonly Issue[]>, checked: Checked, path: Path): Finding[] {
  const meant = ways.find((issues) => issues.every(({ path, code }) => {
    return path.length > 0 || (code !== 'custom' && code !== 'invalid_type')
  }))
  if (meant === undefined) return [wrongType(path, checked)]
  const found = valueAt(checked.document, path)
  const text = ways.flat().find((issue) => issue.code === 'custom' && issue.path.length === 0)
  if (text?.code === 'custom' && isUnquoted(found)) return [ofCustom(text, path, found)]
  return meant.flatMap((issue) => ofIssue(issue, checked, path))
}

/** What stands here may be a secret. */
function isQuiet(path: Path): boolean {
  return path.includes('credentials') || path.includes('equals')
}

function ofCustom(issue: Issue & { code: 'custom' }, path: Path, found: unknown): Finding {
  const { kind } = issue.params as { kind: Kind<unknown> }
  const secret = kind.quiet === true || isQuiet(path)
  const similar = typeof found === 'string' ? nearest(found, kind.words ?? []) : null
  return {
    path,
    message: `expected ${kind.what}${secret ? '' : `, found ${shown(found)}`}`,
    advice: similar !== null ? `did you mean \`${similar}\`?`
      : isUnquoted(found) ? QUOTE : spelt(kind, found) ?? `write e.g. ${kind.example}`,
  }
}

/** What braces without quotes become: a map of keys that say nothing. */
function isUnquoted(found: unknown): boolean {
  return isMap(found) && Object.values(found).length > 0 &&
    Object.values(found).every((value) => value === null)
}

const QUOTE = 'put it in quotes: without them `{` begins a map'

/** Only what would then be right is worth saying. */
function spelt(kind: Kind<unknown>, found: unknown): string | null {
  const meant = kind.spell?.(found) ?? null
  return meant === null || kind.read(meant) === undefined ? null : `write ${meant}`
}

function wrongType(path: Path, { document, schema }: Checked): Finding {
  const known = schemasAt(schema, path)
  const first = known.find(({ title }) => title !== undefined) ?? known[0]
  const found = valueAt(document, path)
  const example = first?.example
  const secret = isQuiet(path)
  return {
    path,
    message: `expected ${first?.title ?? 'keys with values'}` +
      (secret ? '' : `, found ${shown(found)}`),
    advice: found === null ? 'give it a value, or remove the key'
      : isUnquoted(found) && first?.properties === undefined ? QUOTE
      : example !== undefined ? `write e.g. ${example}`
        : first?.items?.example !== undefined ? listOf(first.items.example)
        : first?.properties === undefined ? 'see the manual of the configuration'
          : `known here: ${Object.keys(first.properties).join(', ')}`,
  }
}

/** The first of the examples of an entry, as a list. */
function listOf(example: string): string {
  return `write a list, e.g. [${example.split(/, | or /)[0]}]`
}

function missing(path: Path, { schema }: Checked): Finding {
  const key = path.at(-1)!
  const [first] = schemasAt(schema, path)
  const example = key === 'haulout' ? '1' : first?.example
  return {
    path: path.slice(0, -1), at: 'key', message: `\`${key}\` is missing`,
    advice: example !== undefined ? `write e.g. ${key}: ${example}`
      : first?.description ?? 'add it',
  }
}

function wrongName(path: Path): Finding {
  if (path.at(-2) === 'synth') {
    const advice = 'write a status such as 404, a class such as 5xx, or default'
    return { path, at: 'key', message: `there are no pages for \`${path.at(-1)}\``, advice }
  }
  const field = ['set', 'deliver', 'headers', 'header', 'answer'].includes(String(path.at(-2)))
  return {
    path, at: 'key',
    message: `\`${path.at(-1)}\` cannot name ${field ? 'a header field' : 'anything'}`,
    advice: field ? 'write e.g. content-type'
      : 'names have up to 64 letters, digits, `.`, `_` and `-`, first a letter or a digit',
  }
}

/** A value as it is quoted in messages: short, and nothing that would upset a terminal. */
function shown(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (isMap(value)) return 'keys with values'
  if (typeof value !== 'string') return JSON.stringify(value)
  if (/:\/\/.*[@?]/s.test(value)) return 'a URL'
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
}
