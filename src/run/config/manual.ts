import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { alternatives, mapValue, type JsonSchema } from './json-schema.ts'
import { builtinDocument } from './load.ts'
import { isMap } from './overlay.ts'
import { schemaOfDocument } from './schema.ts'

const CONFIG = resolve(import.meta.dirname, '../../../config')

/** The files that are made here, by name: what to write them with is `npm run manual`. */
export function generated(): ReadonlyMap<string, string> {
  const schema = schemaOfDocument() as JsonSchema
  const builtin = builtinDocument()
  return new Map([
    ['README.md', manual(schema, builtin)],
    ['haulout.schema.json', `${JSON.stringify(forEditors(schema, builtin), null, 2)}\n`],
  ])
}

/** Writes them into the folder `config`. */
export function writeGenerated(): void {
  for (const [name, text] of generated()) writeFileSync(resolve(CONFIG, name), text)
}

/**
 * The schema as editors want it: what builtin.yaml says is a default and need not be written.
 */
function forEditors(schema: JsonSchema, builtin: unknown): Record<string, unknown> {
  const { example, properties, required, items, anyOf, allOf, definitions, ...rest } = schema
  const free = mapValue(schema)
  const known = isMap(builtin) ? builtin : {}
  const needed = (required ?? []).filter((key) => key === 'haulout' || !Object.hasOwn(known, key))
  const leaf = builtin !== undefined && properties === undefined && free === undefined
  return {
    ...rest,
    ...example === undefined ? {} : { examples: example.split(/, | or /).map(plain) },
    ...leaf ? { default: builtin } : {},
    ...properties === undefined ? {} : {
      properties: Object.fromEntries(Object.entries(properties)
        .map(([key, below]) => [key, forEditors(below, known[key])])),
    },
    ...needed.length > 0 ? { required: needed } : {},
    ...free === undefined ? {} : { additionalProperties: forEditors(free, undefined) },
    ...items === undefined ? {} : { items: forEditors(items, undefined) },
    ...anyOf === undefined ? {} : { anyOf: anyOf.map((one) => forEditors(one, undefined)) },
    ...allOf === undefined ? {} : { allOf: allOf.map((one) => forEditors(one, undefined)) },
    ...definitions === undefined ? {} : {
      definitions: Object.fromEntries(Object.entries(definitions)
        .map(([key, one]) => [key, forEditors(one, undefined)])),
    },
  }
}

function plain(example: string): string | number | boolean {
  const quoted = /^"(.*)"$/.exec(example)
  if (quoted !== null) return quoted[1]!
  if (/^\d+$/.test(example)) return Number(example)
  return example === 'true' ? true : example
}

/** The prose of manual.md with a table of keys for each section put in. */
function manual(schema: JsonSchema, builtin: unknown): string {
  const prose = readFileSync(resolve(import.meta.dirname, 'manual.md'), 'utf8')
  const sections = Object.entries(schema.properties ?? {}).map(([name, section]) => {
    const known = isMap(builtin) ? builtin[name] : undefined
    const rows = section.properties === undefined && section.items?.properties === undefined &&
      mapValue(section) === undefined ? [row(name, section, { builtin: known, required: true })]
      : rowsOf(section, '', { root: schema, builtin: known, origin: originDefaults(builtin) })
    return [
      `### \`${name}\``, '', section.description ?? '', '',
      '| key | value | default | meaning |', '|---|---|---|---|', ...rows, '',
    ].join('\n')
  })
  return prose.replace('<!-- keys -->\n', sections.join('\n').trimEnd() + '\n')
    .replaceAll(/<!-- file: (\S+)\.(vcl|yaml) -->\n/g, (_, path: string, kind: string) => {
      // As the reader would have it before him, without what only editors look at.
      const text = readFileSync(resolve(CONFIG, `${path}.${kind}`), 'utf8')
      return `\`\`\`${kind}\n${text.replace(/^# yaml-language-server.*\n/, '')}\`\`\`\n`
    })
}

type Defaults = {
  readonly root: JsonSchema
  readonly builtin: unknown
  readonly origin: unknown
}

/** A row for each key below a schema; `NAME` and `[]` stand for free names and for list entries. */
function rowsOf(schema: JsonSchema, prefix: string, defaults: Defaults): string[] {
  const value = mapValue(schema)
  const free = value === undefined ? undefined
    : alternatives(defaults.root, value).find((one) => one.properties !== undefined)
  if (value !== undefined && free === undefined) {
    return [row(`${prefix}NAME`, value, { builtin: undefined, required: false })]
  }
  if (free?.properties !== undefined) {
    const builtin = free.properties['endpoints'] === undefined ? undefined : defaults.origin
    return rowsOf(free, `${prefix}NAME.`, { ...defaults, builtin })
  }
  if (schema.items?.properties !== undefined) {
    return rowsOf(schema.items, `${prefix}[].`, { ...defaults, builtin: undefined })
  }
  return Object.entries(schema.properties ?? {}).flatMap(([key, below]) => {
    const builtin = isMap(defaults.builtin) ? defaults.builtin[key] : undefined
    if (below.properties !== undefined) {
      return [
        ...below.description === undefined || below.description.startsWith('See ') ? []
          : [`| \`${prefix}${key}\` | keys | | ${cell(below.description)} |`],
        ...rowsOf(below, `${prefix}${key}.`, { ...defaults, builtin }),
      ]
    }
    const required = schema.required?.includes(key) === true
    return [row(prefix + key, below, { builtin, required })]
  })
}

function row(
  key: string, schema: JsonSchema, said: { builtin: unknown; required: boolean },
): string {
  const fallback = said.builtin !== undefined ? `\`${inYaml(said.builtin)}\``
    : said.required ? 'required' : ''
  const example = schema.example === undefined || said.builtin !== undefined ? ''
    : ` E.g. \`${schema.example.replaceAll('`', '')}\`.`
  return `| \`${key}\` | ${cell(schema.title ?? '')} | ${cell(fallback)} | ` +
    `${cell((schema.description ?? '') + example)} |`
}

function originDefaults(builtin: unknown): unknown {
  const defaults = isMap(builtin) ? builtin['defaults'] : undefined
  return isMap(defaults) ? defaults['origin'] : undefined
}

function inYaml(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(inYaml).join(', ')}]`
    : isMap(value) ? '{}'
      : String(value).startsWith('x-') ? JSON.stringify(value) : String(value)
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
