/** Header fields that are not the rules' to change, wherever rules change some. */
import { isMadeForStores, RESERVED_FIELDS, RESERVED_OF_REQUESTS } from './fields.ts'
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
    ...document.routes.flatMap((route, index) => {
      const path = ['routes', index]
      const { deliver } = route
      if (deliver === undefined || Array.isArray(deliver)) {
        return checkSteps({ ...route, deliver }, path)
      }
      const rest = checkSteps({ ...route, deliver: [] }, path)
      return [...checkAnswer(deliver, [...path, 'deliver']), ...rest]
    }),
  ]
}

type Steps = Pick<ConfigDocument, 'recv' | 'fetch' | 'store' | 'deliver'>

function checkSteps({ recv, fetch, store, deliver }: Steps, path: Path): Finding[] {
  return [
    ...each(recv, [...path, 'recv'], checkRequest), ...each(fetch, [...path, 'fetch'], checkFetch),
    ...each(store, [...path, 'store'], ({ unset }, at) => checkAnswer({ unset }, at)),
    ...each(deliver, [...path, 'deliver'], checkAnswer),
  ]
}

function each<Step>(
  steps: readonly Step[] | undefined, path: Path, check: (step: Step, at: Path) => Finding[],
): Finding[] {
  return (steps ?? []).flatMap((step, index) => check(step, [...path, index]))
}

/** Fields of requests, as rules see them. */
function checkRequest(changes: Changes, path: Path): Finding[] {
  return placed(changes, path).filter(({ name }) => RESERVED_OF_REQUESTS.has(name.toLowerCase()))
    .map(({ name, ...place }) => ({
      ...place,
      message: `\`${name}\` is not for rules to change`,
      advice: 'it frames the request, or has been read before any rule; remove it',
    }))
}

/** Fields of requests to a store. */
function checkFetch(changes: Changes, path: Path): Finding[] {
  return placed(changes, path).filter(({ name }) => isMadeForStores(name.toLowerCase()))
    .map(({ name, ...place }) => ({
      ...place,
      message: `\`${name}\` is not for rules to change`,
      advice: 'haulout says it itself, about what it asks for and who asks; remove it',
    }))
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
