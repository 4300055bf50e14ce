import { nearest } from '../../lib/nearest.ts'

/** As much of JSON Schema as the configuration's table comes out in. */
export type JsonSchema = {
  readonly type?: string | readonly string[]
  readonly title?: string
  readonly description?: string
  readonly example?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  /** What holds itself is referred to by name. */
  readonly $ref?: string
  readonly definitions?: Readonly<Record<string, JsonSchema>>
}

type Path = ReadonlyArray<string | number>

/** The schemas of a value at this path: several where it can be written in several ways. */
export function schemasAt(schema: JsonSchema, path: Path): readonly JsonSchema[] {
  let found = alternatives(schema, schema)
  for (const step of path) {
    found = found.flatMap((one) => {
      const below = typeof step === 'number' ? one.items : one.properties?.[step] ?? mapValue(one)
      return below === undefined ? [] : alternatives(schema, below)
    })
  }
  return found
}

/** The schema itself first, as it carries the title, then what it may be; names are looked up. */
export function alternatives(root: JsonSchema, schema: JsonSchema): readonly JsonSchema[] {
  const { anyOf = [], allOf = [], $ref } = schema
  const meant = $ref === undefined ? undefined : root.definitions?.[$ref.replace(/^.*\//, '')]
  const below = [...anyOf, ...allOf, ...meant === undefined ? [] : [meant]]
  return [schema, ...below.flatMap((one) => alternatives(root, one))]
}

/** What the entries of a map look like whose keys are free. */
export function mapValue(schema: JsonSchema): JsonSchema | undefined {
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
}

/** What to do about a key that is not known at this path: a similar one, or its right place. */
export function adviceOnKey(schema: JsonSchema, path: Path, key: string): string {
  const known = schemasAt(schema, path).flatMap((one) => Object.keys(one.properties ?? {}))
  const similar = nearest(key, known)
  if (similar !== null) return `did you mean \`${similar}\`?`
  const here = path.map((step) => typeof step === 'number' ? '[]' : step)
  const places = [...placesOf(schema, key, []), ...placesInNamed(schema, key)]
    .toSorted((a, b) => shared(b, here) - shared(a, here))
  if (places.length > 0) return `\`${key}\` belongs into \`${written(places[0]!)}\``
  return `known here: ${known.join(', ')}`
}

/** Every path at which a key is known; `NAME` stands for a name of the user's choice. */
function placesOf(schema: JsonSchema, key: string, path: readonly string[]): string[][] {
  const free = mapValue(schema)
  return [
    ...schema.properties !== undefined && Object.hasOwn(schema.properties, key) ? [[...path]] : [],
    ...Object.entries(schema.properties ?? {})
      .flatMap(([name, below]) => placesOf(below, key, [...path, name])),
    ...free === undefined ? [] : placesOf(free, key, [...path, 'NAME']),
    ...schema.items === undefined ? [] : placesOf(schema.items, key, [...path, '[]']),
    ...(schema.anyOf ?? []).flatMap((one) => placesOf(one, key, path)),
  ]
}

/** What is referred to by name is called like the key that it stands under. */
function placesInNamed({ definitions = {} }: JsonSchema, key: string): string[][] {
  return Object.entries(definitions).flatMap(([name, one]) => placesOf(one, key, [name]))
}

/** How many steps two paths have in common at their beginnings. */
function shared(place: readonly string[], here: readonly string[]): number {
  const differs = place.findIndex((step, index) => step !== here[index] && step !== 'NAME')
  return differs < 0 ? place.length : differs
}

function written(place: readonly string[]): string {
  return place.length === 0 ? 'the top level' : place.join('.').replaceAll('.[]', '[]')
}
