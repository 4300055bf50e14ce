import type { Cors, Origins } from '../../model/cors.ts'
import type { DeliverStep } from '../../model/policy.ts'
import type { Problem, RouteRule } from '../../model/rules.ts'
import { isCorsField } from '../http/cors.ts'
import { ownDeliver, type Merged } from './merge.ts'
import type { Path } from './problems.ts'

/** Ports that an origin does not name (the URL standard, "special schemes"). */
const USUAL_PORT = /^(http:\/\/.*):80$|^(https:\/\/.*):443$/

/**
 * Makes a route's `cors` ready; null where it says nothing. `methods` are what the route allows.
 * What is hard about it: with credentials a page acts as whoever sits before the browser, so there
 * nothing may be open to all.
 */
export function compileCors(rule: RouteRule, methods: readonly string[]): Cors | null {
  const { cors } = rule
  if (cors === undefined) return null
  const { origins, expose = [], headers = [], credentials = false, maxAgeMs } = cors
  const own = cors.methods ?? methods
  const credentialed = credentials ? ['Access-Control-Allow-Credentials', 'true'] : []
  return Object.freeze({
    origins: origins.includes('*') ? null : originsOf(origins),
    methods: new Set(own),
    headers: headers.includes('*') ? null : new Set(headers.map((name) => name.toLowerCase())),
    said: [
      ...credentialed,
      ...expose.length === 0 ? [] : ['Access-Control-Expose-Headers', expose.join(', ')],
    ],
    saidBefore: [
      'Access-Control-Allow-Methods', own.join(', '), ...credentialed,
      ...maxAgeMs === undefined ? []
        : ['Access-Control-Max-Age', String(Math.floor(maxAgeMs / 1000))],
    ],
  })
}

/** What the defaults set is for routes that say nothing of other origins themselves. */
export function withoutCorsFields(deliver: Merged): Merged {
  return { ...deliver, set: deliver.set.filter(([name]) => !isCorsField(name)) }
}

/** The same for a step. */
export function stepWithoutCorsFields(step: DeliverStep): DeliverStep {
  const set = Object.entries(step.says.set).filter(([name]) => !isCorsField(name))
  return { ...step, says: { ...step.says, set: Object.fromEntries(set) } }
}

function originsOf(origins: readonly string[]): Origins {
  const exact = new Set<string>()
  const below: Array<Origins['below'][number]> = []
  for (const text of origins) {
    const origin = text.toLowerCase().replace(USUAL_PORT, '$1$2')
    const star = origin.indexOf('*')
    if (star < 0) exact.add(origin)
    else below.push({ scheme: origin.slice(0, star), end: origin.slice(star + 1) })
  }
  return { exact, below }
}

/** What is wrong with a route's `cors`, which stands below `path`. */
export function checkCors(rule: RouteRule, path: Path, methods: readonly string[]): Problem[] {
  const { cors } = rule
  if (cors === undefined) return []
  const at = [...path, 'cors']
  const all = cors.origins.indexOf('*')
  const foreign = (cors.methods ?? []).findIndex((method) => !methods.includes(method))
  const said = ownDeliver(rule, path).map(({ path: place, says }) => {
    return { place, name: Object.keys(says.set ?? {}).find(isCorsField) }
  })
  const set = said.find(({ name }) => name !== undefined)
  return [
    ...all < 0 || cors.origins.length === 1 ? [] : [{
      path: [...at, 'origins', all],
      message: '`*` stands for all origins, so the others say nothing',
      advice: 'remove `*`, or all others',
    }],
    ...checkCredentials(cors, at),
    ...foreign < 0 ? [] : [{
      path: [...at, 'methods', foreign],
      message: `a page may not use ${cors.methods![foreign]}, since the route does not allow it`,
      advice: 'remove it, or add it to the `methods` of the route',
    }],
    ...set?.name === undefined ? [] : [{
      path: [...set.place, 'set', set.name],
      message: `\`${set.name}\` is what \`cors\` says already`,
      advice: 'remove it; the fields of `cors` are different for each page that asks',
    }],
  ]
}

function checkCredentials(
  { origins, expose = [], credentials }: NonNullable<RouteRule['cors']>, at: Path,
): Problem[] {
  if (credentials !== true) return []
  const open = [
    { key: 'origins', said: origins, advice: 'name the origins, e.g. https://app.example.org: ' +
      'any page on the web could act for whoever looks at it' },
    { key: 'expose', said: expose, advice: 'name the fields: with credentials browsers take `*` ' +
      'for the name of one' },
  ]
  return open.filter(({ said }) => said.includes('*')).map(({ key, said, advice }) => ({
    path: [...at, key, said.indexOf('*')],
    message: `\`${key}: "*"\` and \`credentials: true\` exclude each other`, advice,
  }))
}
