/** Header fields that are not the rules' to change, wherever rules change some. */
import { RESERVED_FIELDS } from './fields.ts'
import type { Finding } from './issues.ts'
import type { ConfigDocument } from './schema.ts'

type Path = Finding['path']

/** What changes fields. */
type Changes = {
  readonly set?: Readonly<Record<string, unknown>> | undefined
  readonly unset?: readonly string[] | undefined
}

/** Problems of all that is set and unset in a configuration. */
export function checkFields(document: ConfigDocument): Finding[] {
  return [
    ...checkAnswer(document.defaults.deliver, ['defaults', 'deliver']),
    ...checkSteps(document, []),
    ...document.routes.flatMap((route, index) => [
      ...checkAnswer(route.deliver ?? {}, ['routes', index, 'deliver']),
      ...checkSteps(route, ['routes', index]),
    ]),
  ]
}

function checkSteps({ store = [] }: Pick<ConfigDocument, 'store'>, path: Path): Finding[] {
  return store.flatMap(({ unset }, index) => checkAnswer({ unset }, [...path, 'store', index]))
}

/** Fields of answers. */
function checkAnswer({ set = {}, unset = [] }: Changes, path: Path): Finding[] {
  return placed({ set, unset }, path).flatMap(({ name, ...place }) => {
    const reserved = RESERVED_FIELDS.get(name.toLowerCase())
    if (reserved === undefined) return []
    return [{
      ...place,
      message: `\`${name}\` is not for rules to change`,
      advice: reserved === 'framing'
        ? 'it says where a message ends or belongs to one connection; remove it'
        : name.toLowerCase() === 'cache-status' ? 'use `cache_status: true` or `false`'
          : 'haulout makes it for each response; remove it',
    }]
  })
}

type Placed = { readonly name: string; readonly path: Path; readonly at?: 'key' }

function placed({ set = {}, unset = [] }: Changes, path: Path): Placed[] {
  return [
    ...Object.keys(set).map((name) => ({ name, path: [...path, 'set', name], at: 'key' as const })),
    ...unset.map((name, index) => ({ name, path: [...path, 'unset', index] })),
  ]
}
