/**
 * Reloads. Everything that can fail, from reading the file to opening a new log, happens beside the
 * running generation and before anything is changed; so a refusal leaves no trace but the message.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Log } from '../../act/observe/log.ts'
import { HauloutError } from '../../errors.ts'
import type { Settings } from '../../model/settings.ts'
import { wordsOf, type Checked, type ConfigSource } from '../config/checked.ts'
import type { Generation } from './generation.ts'

/** Who wanted it. */
export type Caller = 'SIGHUP' | 'admin' | 'watch'

export type ReloadResult =
  | { readonly kind: 'applied'; readonly text: string }
  /** Nothing has changed; `text` is the report. */
  | { readonly kind: 'refused'; readonly text: string }

/** A reload that is over. */
export type Attempt = { readonly at: number; readonly by: Caller; readonly result: ReloadResult }

export type Reloads = {
  /**
   * Reads the configuration again and serves from it, or says why not; never rejects. One at a
   * time; whoever comes while one runs gets one that begins after it, since the file may have
   * changed.
   */
  reload(by: Caller): Promise<ReloadResult>
  /** No more after this; resolves when none is running. */
  stop(): Promise<void>
  /** The last one; null before the first. */
  readonly last: Attempt | null
  readonly counts: { readonly applied: number; readonly refused: number }
}

type Options = {
  readonly source: ConfigSource
  readonly log: Log
  /** What is served from now. */
  readonly current: () => Settings
  /** Builds a generation and lets it succeed; throws HauloutError having changed nothing. */
  readonly apply: (checked: Checked) => Generation
}

/**
 * What cannot change while it runs: sockets that are bound, tiers that are open. All other keys
 * take effect at once.
 */
const FIXED: ReadonlyArray<readonly [key: string, of: (settings: Settings) => unknown]> = [
  ['listen.http', ({ listen }) => listen.http],
  ['listen.admin', ({ listen }) => listen.admin],
  ['storage.memory.size', ({ storage }) => storage.memory.sizeBytes],
  ['storage.disk.path', ({ storage }) => storage.disk?.path],
  ['storage.disk.size', ({ storage }) => storage.disk?.sizeBytes],
  ['storage.disk.reserve', ({ storage }) => storage.disk?.reserveBytes],
]

/** The keys that differ and need a restart to. */
export function needRestart(before: Settings, after: Settings): string[] {
  return FIXED.filter(([, of]) => !isDeepStrictEqual(of(before), of(after))).map(([key]) => key)
}

/** Makes the one place where reloads happen. */
export function createReloads({ source, log, current, apply }: Options): Reloads {
  const counts = { applied: 0, refused: 0 }
  let last: Attempt | null = null
  let tail: Promise<unknown> = Promise.resolve()
  /** The reload that has not begun, which everybody shares who comes until it does. */
  let waiting: Promise<ReloadResult> | null = null
  let stopped = false

  async function attempt(): Promise<ReloadResult> {
    if (stopped) return { kind: 'refused', text: 'haulout is shutting down' }
    try {
      const checked = await source.read()
      const keys = needRestart(current(), checked.settings)
      if (keys.length > 0) throw new HauloutError('config', restartText(source, keys))
      const { number, check } = apply(checked)
      return { kind: 'applied', text: `generation ${number}: ${wordsOf(check)}` }
    } catch (error) {
      // A bug too: whatever the new file has met with, the old one serves as it did.
      return { kind: 'refused', text: reportOf(error) }
    }
  }

  async function run(by: Caller): Promise<ReloadResult> {
    waiting = null
    const result = await attempt()
    counts[result.kind] += 1
    last = { at: Date.now(), by, result }
    if (result.kind === 'applied') log.info(`${by}: ${result.text}`)
    // Each is a kind of its own: none is a repetition that could be held back.
    else log.error(`reload ${counts.refused}`, `${by}: all stays as it was: ${result.text}`)
    return result
  }

  return {
    get last() { return last },
    counts,
    reload(by) {
      waiting ??= tail.then(() => run(by))
      tail = waiting
      return waiting
    },
    async stop() {
      stopped = true
      await tail
    },
  }
}

function restartText({ file }: ConfigSource, keys: readonly string[]): string {
  return `${file ?? 'the configuration'}: this needs a restart: ${keys.join(', ')}`
}

function reportOf(error: unknown): string {
  if (error instanceof HauloutError) return error.detail
  return error instanceof Error ? error.stack ?? error.message : String(error)
}
