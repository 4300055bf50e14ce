import type { Glob } from '../../model/glob.ts'
import type { PathRegex } from '../../model/regex.ts'
import type { Problem, RouteRule } from '../../model/rules.ts'
import type { When } from '../../model/when.ts'
import { parseGlob } from './glob.ts'
import { parseHost } from './host.ts'
import { problemAt } from './problems.ts'
import { globOver, parseRegex } from './regex.ts'
import { compileWhen, type WhenPlace } from './when.ts'

/** Which requests a route is for, apart from their methods. */
export type Matchers = {
  /** Lower case; empty for any host. */
  readonly hosts: readonly string[]
  /** The path; of a regular expression, what all it fits is among. */
  readonly glob: Glob
  /** Null where the glob says it all. */
  readonly regex: PathRegex | null
  /** What must hold besides; null for nothing. */
  readonly when: When | null
}

/** With problems there are no matchers; the captures are known as long as the path is good. */
export type CompiledMatchers = {
  readonly matchers: Matchers | null
  readonly captures: readonly string[] | null
  readonly problems: readonly Problem[]
}

/**
 * Reads `match`, which stands at the path of the place. Hosts and paths are what the tables are
 * made of; everything else is one condition, that only routes that have it are asked for.
 */
export function compileMatchers(match: RouteRule['match'], place: WhenPlace): CompiledMatchers {
  const problems: Problem[] = []
  const { path } = place
  const regex = match.pathRegex === undefined ? null : parseRegex(match.pathRegex)
  const read = regex ?? parseGlob(match.path ?? '/**')
  if ('message' in read) {
    problems.push(problemAt([...path, regex === null ? 'path' : 'path_regex'], read))
  }
  if (match.path !== undefined && regex !== null) {
    const advice = 'remove one of them'
    problems.push({ path: [...path, 'path_regex'], advice, message: BOTH })
  }
  const hosts = new Set<string>()
  for (const [index, text] of (match.host ?? []).entries()) {
    const host = parseHost(text)
    if (typeof host === 'string') hosts.add(host)
    else problems.push(problemAt([...path, 'host', index], host))
  }
  const { header, query, client, not } = match
  const isSaid = [header, query, client, not].some((one) => one !== undefined)
  const { when, problems: faults } = isSaid ? compileWhen({ header, query, client, not }, place)
    : ALWAYS
  problems.push(...faults)
  if ('message' in read) return { matchers: null, captures: null, problems }
  const paths = 'pattern' in read ? { glob: globOver(read), regex: read }
    : { glob: read, regex: null }
  const { captures } = read
  if (problems.length > 0) return { matchers: null, captures, problems }
  return { matchers: { hosts: [...hosts], ...paths, when }, captures, problems }
}

const BOTH = '`path` and `path_regex` exclude each other'

const ALWAYS = { when: null, problems: [] }
