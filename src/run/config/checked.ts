/**
 * The gate in front of serving. `haulout check`, the start and every reload come through
 * `checkFile`, so none of them can let through what another would refuse.
 */
import type { Settings } from '../../model/settings.ts'
import { readConfig, type Loaded } from './load.ts'

/** What the check of a configuration has found in it. */
export type CheckResult = {
  readonly routes: number
  readonly buckets: number
  readonly origins: number
  /** The configuration's own tests; all of them have passed. */
  readonly tests: number
}

/** A configuration that may be served from. */
export type Checked = {
  readonly settings: Settings
  readonly check: CheckResult
  /** Where the document says something; absent for settings that come from no file. */
  readonly placeOf?: Loaded['placeOf']
}

/** Where a configuration comes from, and comes from again at a reload. */
export type ConfigSource = {
  /** The file's path; null when it comes from elsewhere, and then cannot be watched. */
  readonly file: string | null
  /** Reads and checks it; throws HauloutError `config` with the report of what is wrong. */
  read(): Checked | Promise<Checked>
}

/** Reads and checks a file; throws HauloutError `config` with the report of what is wrong. */
export function checkFile(file: string): Checked {
  const loaded = readConfig(file)
  const { settings, placeOf } = loaded
  return { settings, check: countsOf(loaded), placeOf }
}

/** What a configuration without a problem holds. */
export function countsOf({
  settings: { rules, origins }, tests,
}: Pick<Loaded, 'settings' | 'tests'>): CheckResult {
  return {
    routes: rules.routes.length,
    buckets: Object.keys(rules.buckets).length,
    origins: origins.length,
    tests: tests.length,
  }
}

/** A result in words: `7 routes, 1 bucket, 1 origin, 3 tests`. */
export function wordsOf({ routes, buckets, origins, tests }: CheckResult): string {
  return [
    counted(routes, 'route'), counted(buckets, 'bucket'), counted(origins, 'origin'),
    counted(tests, 'test'),
  ].join(', ')
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
