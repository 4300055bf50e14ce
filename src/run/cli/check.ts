import { basename } from 'node:path'
import { effectiveOf } from '../../decide/rules/effective.ts'
import { HauloutError } from '../../errors.ts'
import { countsOf, wordsOf } from '../config/checked.ts'
import { examineConfig, type Examined } from '../config/load.ts'
import { reportOf, type Complaint } from '../config/report.ts'
import type { Place } from '../config/source.ts'
import { EXIT } from './commands.ts'

export type CheckOptions = {
  /** Routes without a test are errors. */
  readonly strict: boolean
  /** Print what holds for each route. */
  readonly effective: boolean
  readonly json: boolean
}

/** All that a check has found: the configuration as far as it could be examined. */
type Checked = {
  readonly file: string
  readonly errors: readonly Complaint[]
  readonly warnings: readonly Complaint[]
  readonly examined: Examined | null
}

/**
 * `haulout check`: proves a configuration offline, and says on standard output what a good one
 * holds. With `json` everything is on standard output, in the shape of `Report`, whatever is wrong.
 * @throws HauloutError `config` with the report on a bad one, except with `json`.
 */
export function check(file: string, options: CheckOptions): number {
  const checked = examine(file, options)
  if (options.json) {
    process.stdout.write(`${JSON.stringify(reportInJson(checked, options), null, 2)}\n`)
    return checked.errors.length > 0 ? EXIT.failed : EXIT.ok
  }
  if (checked.errors.length > 0) {
    throw new HauloutError('config', reportOf(checked.errors), checked.errors)
  }
  const examined = checked.examined!
  if (checked.warnings.length > 0) process.stderr.write(`${warning(checked)}\n`)
  if (options.effective) process.stdout.write(`${effectiveText(examined)}\n`)
  process.stdout.write(`${file}: ok - ${wordsOf(countsOf(examined))}\n`)
  return EXIT.ok
}

function examine(file: string, { strict, json }: CheckOptions): Checked {
  try {
    const examined = examineConfig(file)
    const { failures, untested } = examined
    return {
      file, examined,
      errors: strict ? [...failures, ...untested] : failures,
      warnings: strict ? [] : untested,
    }
  } catch (error) {
    if (!json || !(error instanceof HauloutError) || error.code !== 'config') throw error
    return { file, errors: complaintsOf(file, error), warnings: [], examined: null }
  }
}

/** A file that cannot be read has no line to complain about. */
function complaintsOf(file: string, error: HauloutError): readonly Complaint[] {
  if (Array.isArray(error.cause)) return error.cause as readonly Complaint[]
  const message = error.detail.replace(`${file}: `, '')
  return [{ file, line: 1, column: 1, message, advice: 'name another file', text: error.detail }]
}

/** One line, however many routes there are. */
function warning({ file, examined }: Checked): string {
  const { settings, tests } = examined!
  const names = settings.rules.routes.map(({ name }) => name)
    .filter((name) => tests.every(({ proof }) => proof.route !== name))
  return `${file}: warning: no test reaches ${names.join(', ')}`
}

/** A block for each route, its fields in columns, each with the line that has decided it. */
function effectiveText({ settings, placeOf }: Examined): string {
  return settings.rules.routes.map(({ name }, order) => {
    const rows = effectiveOf(settings.rules, order)
      .map(({ key, value, path }) => [key, value, inText(placeOf(path))] as const)
    const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length))
    return [
      `route ${name}  ${inText(placeOf(['routes', order]))}`,
      ...rows.map(([key, value, place]) => {
        return `  ${key.padEnd(width(0))}  ${value.padEnd(width(1))}  ${place}`
      }), '',
    ].join('\n')
  }).join('\n')
}

function inText({ file, line }: Place): string {
  return `${basename(file)}:${line}`
}

/**
 * What `--json` prints. Keys are only ever added. `tests` and `routes` are empty when the file is
 * too wrong for its rules to be understood.
 */
type Report = {
  readonly file: string
  /** Whether it would be served, or, with `--strict`, found good. */
  readonly ok: boolean
  readonly problems: ReadonlyArray<Place & {
    readonly severity: 'error' | 'warning'
    readonly column: number
    readonly message: string
    readonly advice: string
  }>
  readonly tests: ReadonlyArray<Place & {
    readonly name: string
    readonly passed: boolean
    /** The route that was found; null when the request was refused before. */
    readonly route: string | null
    readonly differences: ReadonlyArray<{ field: string; expected: string; actual: string }>
  }>
  readonly routes: ReadonlyArray<Place & {
    readonly name: string
    /** How many tests reach it. */
    readonly tests: number
    /** Only with `--effective`. */
    readonly effective?: ReadonlyArray<Place & { readonly key: string; readonly value: string }>
  }>
}

function reportInJson(checked: Checked, options: CheckOptions): Report {
  const { file, errors, warnings, examined } = checked
  return {
    file,
    ok: errors.length === 0,
    problems: [...inJson('error', errors), ...inJson('warning', warnings)],
    tests: (examined?.tests ?? []).map(({ file, line, proof: { test, route, differences } }) => {
      return { name: test.name, file, line, passed: differences.length === 0, route, differences }
    }),
    routes: examined === null ? [] : routesInJson(examined, options),
  }
}

function inJson(
  severity: 'error' | 'warning', complaints: readonly Complaint[],
): Report['problems'] {
  return complaints.map(({ file, line, column, message, advice }) => {
    return { severity, file, line, column, message, advice }
  })
}

function routesInJson(
  { settings, tests, placeOf }: Examined, { effective }: CheckOptions,
): Report['routes'] {
  return settings.rules.routes.map(({ name }, order) => ({
    name,
    ...placeOf(['routes', order]),
    tests: tests.filter(({ proof }) => proof.route === name).length,
    ...effective ? {
      effective: effectiveOf(settings.rules, order)
        .map(({ key, value, path }) => ({ key, value, ...placeOf(path) })),
    } : {},
  }))
}
