/**
 * Every rule of the table is broken once: each key, in each way that it can be wrong, in a
 * configuration that is right otherwise. What is said then is one message, at the right line, with
 * the line and with advice. What is hard about it is to forget nothing: the rules are read off the
 * table itself, and whole.yaml has to have every key of it.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { isMap, isScalar, parseDocument, type Document } from 'yaml'
import { HauloutError } from '../../../src/errors.ts'
import type { JsonSchema } from '../../../src/run/config/json-schema.ts'
import { builtinDocument, loadConfig } from '../../../src/run/config/load.ts'
import type { Complaint } from '../../../src/run/config/report.ts'
import { schemaOfDocument } from '../../../src/run/config/schema.ts'
import { lineOf, parse } from '../../../src/run/config/source.ts'
import { lineOf as htpasswdOf } from '../../decide/access/vectors.ts'

const WHOLE = readFileSync(resolve(import.meta.dirname, 'whole.yaml'), 'utf8')
const FOLDER = t.testdir({ 'ca.pem': '', 'page.html': '', htpasswd: htpasswdOf('alice') })
const FILE = join(FOLDER, 'whole.yaml')
const ROOT = schemaOfDocument() as JsonSchema & { minItems?: number }
const KEYS = { stringKeys: true } as const
const BUILTIN = parseDocument(JSON.stringify(builtinDocument()))

type Path = ReadonlyArray<string | number>

/** A value of the document, and a rule of the table that it is written by. */
type Place = { readonly rule: string; readonly schema: Schema; readonly path: Path }
type Schema = JsonSchema & {
  readonly minItems?: number
  readonly propertyNames?: unknown
  readonly pattern?: string
  readonly enum?: readonly unknown[]
}

/** The ways in which a value can be written; names are looked up. */
function waysOf({ rule, schema }: Omit<Place, 'path'>): Omit<Place, 'path'>[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace(/^.*\//, '')
    return waysOf({ rule: name, schema: ROOT.definitions![name]! })
  }
  const { anyOf, allOf } = schema
  if (anyOf === undefined && allOf === undefined) return [{ rule, schema }]
  return [...anyOf ?? [], ...allOf ?? []].flatMap((way) =>
    waysOf({ rule: `${rule}|${shapeOf(way)}`, schema: way }))
}

function shapeOf({ type }: JsonSchema): 'map' | 'list' | 'text' {
  return type === 'object' ? 'map' : type === 'array' ? 'list' : 'text'
}

/** What can stand below, as pairs of a step and the table of what stands there. */
function stepsOf(rule: string, schema: Schema): ReadonlyArray<readonly [string, Schema, string]> {
  const { properties = {}, additionalProperties: free, items } = schema
  return [
    ...Object.entries(properties).map(([key, below]) => [key, below, `${rule}.${key}`] as const),
    ...typeof free === 'object' ? [['NAME', free, `${rule}.NAME`] as const] : [],
    ...items === undefined ? [] : [['[]', items, `${rule}[]`] as const],
  ]
}

/** Every rule that there is. */
function rulesOf(from: Omit<Place, 'path'>, seen: Set<string>): Set<string> {
  for (const { rule, schema } of waysOf(from)) {
    if (seen.has(rule)) continue
    seen.add(rule)
    for (const [, below, name] of stepsOf(rule, schema)) {
      rulesOf({ rule: name, schema: below }, seen)
    }
  }
  return seen
}

/** The rules that a value is written by, and its parts by. */
function placesIn(from: Omit<Place, 'path'>, value: unknown, path: Path): Place[] {
  const shape = Array.isArray(value) ? 'list' : typeof value === 'object' ? 'map' : 'text'
  return waysOf(from).filter(({ schema }) => shapeOf(schema) === shape).flatMap((way) => {
    const steps = stepsOf(way.rule, way.schema)
    const below = shape === 'text' ? [] : Object.entries(value as object).flatMap(([key, part]) => {
      const step = steps.find(([name]) => name === key) ?? steps.find(([name]) =>
        name === (shape === 'list' ? '[]' : 'NAME'))!
      const at = [...path, shape === 'list' ? Number(key) : key]
      return placesIn({ rule: step[2], schema: step[1] }, part, at)
    })
    return [{ ...way, path }, ...below]
  })
}

/** A text that is not of a kind; null where any text is. */
function oddOf({ pattern, type, enum: words }: Schema): string | null {
  if (pattern === undefined) return type === 'string' && words === undefined ? null : ''
  return ['', '\u0000\n'].find((text) => !new RegExp(pattern, 'u').test(text)) ?? null
}

/** What is broken; and the line where that should be said, by a path in the broken document. */
type Broken = readonly [what: string, breakIt: (yaml: Document) => void, at: Path]

function* breaksOf({ rule, schema, path }: Place): Generator<Broken> {
  if (path.length > 0) {
    yield ['has no value', (yaml) => yaml.setIn(path, null), path]
    const shape = shapeOf(schema)
    // `deliver` of a route is a list or a mapping.
    const listed = shape === 'list' && rule !== '.routes[].deliver|list'
    const other = listed || (shape === 'text' && !rule.endsWith('|text'))
      ? { wrong: 1 } : 12.5
    yield ['has a value of another form', (yaml) => yaml.setIn(path, yaml.createNode(other)), path]
    const odd = shape === 'text' ? oddOf(schema) : null
    if (odd !== null) yield ['is not of its kind', (yaml) => yaml.setIn(path, odd), path]
  }
  if ((schema.minItems ?? 0) > 0) {
    yield ['is an empty list', (yaml) => yaml.setIn(path, yaml.createNode([])), path]
  }
  const { properties, required = [], additionalProperties: free } = schema
  if (properties !== undefined) {
    const key = [...path, 'qqq']
    yield ['has a key that nobody knows', (yaml) => yaml.setIn(key, 1), key]
  }
  if (typeof free === 'object' && schema.propertyNames !== undefined) {
    const key = [...path, '']
    yield ['has a name that is none', (yaml) => nameWrongly(yaml, path), key]
  }
  for (const key of required) {
    if (BUILTIN.hasIn([...path, key])) continue
    yield [`lacks \`${key}\``, (yaml) => yaml.deleteIn([...path, key]), path]
  }
}

function nameWrongly(yaml: Document, path: Path): void {
  const map = yaml.getIn(path)
  const [pair] = isMap(map) ? map.items : []
  if (isScalar(pair?.key)) pair.key.value = ''
}

/** What is said of a text; empty when there is nothing against it. */
function complaintsOf(text: string): { said: string; complaints: readonly Complaint[] } {
  try {
    loadConfig(text, FILE, { KEY: 'x' })
    return { said: '', complaints: [] }
  } catch (error) {
    if (!(error instanceof HauloutError) || error.code !== 'config') throw error
    return { said: error.detail, complaints: error.cause as readonly Complaint[] }
  }
}

t.setTimeout(300_000)

const GOOD = parseDocument(WHOLE, KEYS)
const TABLE = { rule: '', schema: ROOT }
const PLACES = placesIn(TABLE, GOOD.toJS(), [])

t.test('whole.yaml is right, and has every key in each of its forms', (t) => {
  t.equal(complaintsOf(WHOLE).said, '')
  const there = new Set(PLACES.map(({ rule }) => rule))
  const missing = [...rulesOf(TABLE, new Set())].filter((rule) => !there.has(rule))
  t.same(missing, [], 'give each of these a value in test/run/config/whole.yaml')
  t.end()
})

/** Line, column, excerpt, advice. */
const SHAPE = /^\S+:\d+:\d+: .+\n +\d+ \|.*\n +\| +\^+\n +=/

const first = new Map(PLACES.toReversed().map((place) => [place.rule, place]))

// While the whole is wrong by itself, what is said of its parts means nothing.
for (const [rule, place] of complaintsOf(WHOLE).said === '' ? first : []) {
  t.test(`${rule === '' ? 'the document' : rule} is broken in each way, and each is told`, (t) => {
    for (const [what, breakIt, at] of breaksOf(place)) {
      const yaml = GOOD.clone()
      breakIt(yaml)
      const text = String(yaml)
      const { said, complaints } = complaintsOf(text)
      t.equal(complaints.length, 1, `${what}: one message, not this: ${said}`)
      const [{ line, message, advice, text: whole }] = complaints as [Complaint]
      // Or that of the list that it stands in.
      const parsed = parse(text, FILE)
      const lines = [at, at.slice(0, -1)].map((path) => lineOf(parsed, path) ?? 1)
      t.ok(lines.includes(line), `${what}: ${whole}`)
      t.match(whole, SHAPE)
      t.ok(message.length > 8 && advice.length > 5)
      t.notMatch(said, /\n\s+at |undefined|\[object|NaN|Error/, 'nothing of our insides')
    }
    t.end()
  })
}

t.test('there are several hundred ways to be wrong', (t) => {
  const all = [...first.values()].flatMap((place) => [...breaksOf(place)])
  t.ok(all.length > 500, `${all.length} ways`)
  t.end()
})
