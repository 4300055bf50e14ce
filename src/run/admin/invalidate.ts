/**
 * What `/purge` and `/ban` are asked, as JSON, and what they answer. What is hard is that several
 * things may be named at once: either all of them can be banned, or none of them is.
 */
import { banText } from '../../decide/bans/concerns.ts'
import { isProblem, parseBan } from '../../decide/bans/parse.ts'
import {
  objectAbout, tagAbout, urlAbout, type Nowhere,
} from '../../decide/bans/targets.ts'
import { purgeable } from '../../decide/line.ts'
import { PURGE_TARGETS } from '../../limits.ts'
import type { Ban, BanAbout } from '../../model/ban.ts'
import type { Parts } from '../../serve.ts'
import type { Settings } from '../../model/settings.ts'

/** What is to be banned. */
export type Invalidation = { readonly about: readonly BanAbout[]; readonly soft: boolean }

/** What a question is answered by: the configuration of the moment. */
export type Answering = { readonly parts: Parts; readonly settings: Settings }

const LISTS = ['urls', 'objects', 'tags'] as const
const SWITCHES = ['prefix', 'soft'] as const

/** Reads `{"urls"?, "objects"?, "tags"?: […], "prefix"?, "soft"?: true}`. */
export function purgeOf(text: string, { parts, settings }: Answering): Invalidation | Nowhere {
  const { read, fault } = objectOf(text, [...LISTS, ...SWITCHES])
  if (fault !== null) return { fault }
  const { urls = [], objects = [], tags = [], prefix = false, soft = false } = read
  if (![urls, objects, tags].every(isTexts)) {
    return { fault: '`urls`, `objects` and `tags` must be lists of texts' }
  }
  if (typeof prefix !== 'boolean' || typeof soft !== 'boolean') {
    return { fault: '`prefix` and `soft` must be true or false' }
  }
  const { buckets } = settings.rules
  return allOf(soft, [
    ...(urls as string[]).map((url) => {
      const found = purgeable(parts, url)
      return 'fault' in found ? found : urlAbout(url, { ...found, prefix })
    }),
    ...(objects as string[]).map((name) => objectAbout(name, buckets, prefix)),
    ...(tags as string[]).map(tagAbout),
  ])
}

/** Reads `{"expression": …, "soft"?: true}`. */
export function banOf(text: string): Invalidation | Nowhere {
  const { read, fault } = objectOf(text, ['expression', 'soft'])
  if (fault !== null) return { fault }
  const { expression, soft = false } = read
  if (typeof expression !== 'string') return { fault: '`expression` must be a text' }
  if (typeof soft !== 'boolean') return { fault: '`soft` must be true or false' }
  const test = parseBan(expression)
  if (!isProblem(test)) return { about: [{ kind: 'expression', text: expression }], soft }
  const pointer = `${' '.repeat(Math.min(test.position, expression.length + 1) + 1)}^`
  return { fault: `character ${test.position}: ${test.message}\n  ${expression}\n${pointer}` }
}

/** The bans in force, oldest first, as anybody can read them. */
export function bansShown(bans: readonly Ban[]): object {
  return bans.map(({ number, at, soft, about }) => {
    return { number, at: new Date(at).toISOString(), soft, about: banText(about) }
  })
}

function allOf(soft: boolean, found: ReadonlyArray<BanAbout | Nowhere>): Invalidation | Nowhere {
  if (found.length === 0) return { fault: 'nothing is named; there is `urls`, `objects`, `tags`' }
  if (found.length > PURGE_TARGETS) return { fault: `more than ${PURGE_TARGETS} are named` }
  const faults = found.flatMap((one) => ('fault' in one ? [one.fault] : []))
  if (faults.length > 0) return { fault: faults.join('\n') }
  return { about: found.flatMap((one) => ('fault' in one ? [] : [one])), soft }
}

/** `fault` null: it has been read. */
type Read = { readonly read: Record<string, unknown>; readonly fault: string | null }

function objectOf(text: string, known: readonly string[]): Read {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    read = null
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) {
    return { read: {}, fault: `the body must be a JSON object with ${known.join(', ')}` }
  }
  const unknown = Object.keys(read).find((key) => !known.includes(key))
  const fault = unknown === undefined ? null
    : `unknown key ${JSON.stringify(unknown)}; there are ${known.join(', ')}`
  return { read: read as Record<string, unknown>, fault }
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
