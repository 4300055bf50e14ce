/** `/status`: what runs, since when, from which file, and how the last reload went. */
import type { EndpointState } from '../../model/origin.ts'
import type { DiskHealth } from '../../model/tier.ts'
import type { Generation, Generations } from './generation.ts'
import type { Reloads } from './reload.ts'

/** What the admin listener prints as JSON. Instants are ISO 8601. */
export type Status = {
  readonly version: string
  readonly uptime_seconds: number
  readonly draining: boolean
  readonly generation: number
  readonly since: string
  readonly file: string | null
  readonly watch: boolean
  /** What the check of the configuration has found. */
  readonly check: Generation['check']
  readonly routes: readonly string[]
  readonly origins: readonly string[]
  /** What probes think of endpoints; those of origins without a probe are not among them. */
  readonly endpoints: ReadonlyArray<{
    readonly origin: string
    readonly endpoint: string
    readonly up: boolean
    readonly since: string
    readonly why: string | null
  }>
  readonly exchanges: number
  /** Null when there is no disk tier. */
  readonly disk: null | {
    /** degraded: nothing new is stored, downloads go on. */
    readonly state: 'ok' | 'degraded'
    readonly why: string | null
    readonly since: string | null
    readonly file_bytes: number
    readonly dropped_writes: number
    readonly put_aside: number
  }
  /** Generations before this one that exchanges still need, latest first. */
  readonly older: ReadonlyArray<Pick<Status, 'generation' | 'since' | 'exchanges'>>
  readonly last_reload: null | {
    readonly at: string
    readonly by: string
    readonly result: 'applied' | 'refused'
    /** The report of a refusal. */
    readonly error: string | null
  }
}

type Sources = {
  readonly version: string
  readonly startedMs: number
  readonly draining: boolean
  readonly file: string | null
  readonly generations: Generations
  readonly reloads: Pick<Reloads, 'last'>
  readonly disk: DiskHealth | null
}

/** The endpoints that are probed, with the origins that they belong to. */
export function endpointsOf({ origins }: Generation): Array<EndpointState & { origin: string }> {
  return [...origins].flatMap(([name, { origin }]) => {
    return origin.endpoints().map((state) => ({ origin: name, ...state }))
  })
}

/** Puts it together. */
export function statusOf({ version, startedMs, draining, file, ...sources }: Sources): Status {
  const [now, ...older] = sources.generations.inUse().map(({ generation, exchanges }) =>
    ({ generation: generation.number, since: isoOf(generation.sinceAt), exchanges }))
  const { settings, check, origins } = sources.generations.current
  return {
    version,
    uptime_seconds: Math.round(performance.now() - startedMs) / 1000,
    draining,
    file,
    ...now!,
    watch: settings.watch,
    check,
    routes: settings.rules.routes.map(({ name }) => name),
    origins: [...origins.keys()],
    endpoints: endpointsOf(sources.generations.current).map(({ sinceAt, detail, ...rest }) => {
      return { ...rest, since: isoOf(sinceAt), why: detail }
    }),
    disk: diskOf(sources.disk),
    older,
    last_reload: lastOf(sources.reloads),
  }
}

function lastOf({ last }: Pick<Reloads, 'last'>): Status['last_reload'] {
  if (last === null) return null
  const { at, by, result } = last
  const error = result.kind === 'refused' ? result.text : null
  return { at: isoOf(at), by, result: result.kind, error }
}

function diskOf(disk: DiskHealth | null): Status['disk'] {
  if (disk === null) return null
  const { trouble, fileBytes, droppedWrites, putAside } = disk
  return {
    state: trouble === null ? 'ok' : 'degraded',
    why: trouble?.why ?? null,
    since: trouble === null ? null : isoOf(trouble.sinceAt),
    file_bytes: fileBytes,
    dropped_writes: droppedWrites,
    put_aside: putAside,
  }
}

function isoOf(at: number): string {
  return new Date(at).toISOString()
}
