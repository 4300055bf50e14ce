import { dirname, resolve } from 'node:path'
import { compile, type CompiledRules } from '../../decide/rules/compile.ts'
import type { Problem } from '../../model/rules.ts'
import type { Settings } from '../../model/settings.ts'
import { checkWhole } from './checks.ts'
import { findingsOf } from './issues.ts'
import type { JsonSchema } from './json-schema.ts'
import { overlay } from './overlay.ts'
import { readPages } from './pages.ts'
import { checkTests, proveAll, testFiles, type Tested } from './proof.ts'
import type { Complaint } from './report.ts'
import {
  checkDocument, checkTestDocument, schemaOfDocument, schemaOfTestDocument, type Issue,
} from './schema.ts'
import { checkSecrets } from './secrets.ts'
import { settingsOf, testsOf } from './settings.ts'
import {
  complaintsAt, lineOf, parse, readSource, refuseWith, type Parsed, type Place,
} from './source.ts'
import { checkUsers } from './users.ts'

/** A configuration that may be served from: without problems, its tests passed. */
export type Loaded = {
  readonly settings: Settings
  readonly tests: readonly Tested[]
  /** Where the document says what is at a path: in the file, else among the defaults. */
  placeOf(path: Problem['path']): Place
}

/** A configuration whose rules compile, and what became of its tests. */
export type Examined = Loaded & {
  readonly rules: CompiledRules
  /** A complaint for each test that failed. */
  readonly failures: readonly Complaint[]
  /** A complaint for each route that no test reaches, by the place of the route. */
  readonly untested: readonly Complaint[]
}

/** The defaults in the user's own language; here in a checkout and in the package alike. */
export const BUILTIN = resolve(import.meta.dirname, '../../../config/builtin.yaml')

/**
 * Reads and checks a configuration file, and the files of tests beside it. Throws HauloutError
 * `config`, whose detail is the report of everything found wrong.
 */
export function readConfig(path: string, env: NodeJS.ProcessEnv = process.env): Loaded {
  return passed(examineConfig(path, env))
}

/** The same for text; `file` is its path, for messages and for what is relative to its folder. */
export function loadConfig(text: string, file: string, env = process.env): Loaded {
  return passed(examine({ user: parse(text, file), beside: [] }, env))
}

/**
 * The same, but a test that fails is no reason to throw: for those who want to know about all of
 * them. Throws HauloutError `config` for everything else; its cause may be the complaints.
 */
export function examineConfig(path: string, env: NodeJS.ProcessEnv = process.env): Examined {
  const user = readSource(path)
  return examine({ user, beside: testFiles(path).map(readSource) }, env)
}

/** The document of the defaults, not checked. */
export function builtinDocument(): Record<string, unknown> {
  return readSource(BUILTIN).value as Record<string, unknown>
}

function passed({ settings, tests, failures, placeOf }: Examined): Loaded {
  if (failures.length > 0) refuseWith(failures)
  return { settings, tests, placeOf }
}

/** The configuration, and the files of tests beside it. */
type Sources = { readonly user: Parsed; readonly beside: readonly Parsed[] }

function examine({ user, beside }: Sources, env: NodeJS.ProcessEnv): Examined {
  const builtin = readSource(BUILTIN)
  // The version is the file's own: what has none may be any YAML file.
  const document = overlay({ ...builtin.value as object, haulout: undefined }, user.value)
  const checked = accepted(user, document, { check: checkDocument, schema: schemaOfDocument })
  const written = beside.map((source) => {
    const { tests } = accepted(source, source.value,
      { check: checkTestDocument, schema: schemaOfTestDocument })
    return { source, tests: testsOf(tests) }
  })
  const folder = dirname(resolve(user.file))
  const pages = readPages(checked, folder)
  const settings = settingsOf(pages.document, folder)
  const { compiled, problems } = compile(settings.rules)
  const all = [{ source: user, tests: testsOf(checked.tests) }, ...written]
  const wrong = [
    ...complaintsAt(user, [
      ...checkWhole(checked, user.value), ...problems, ...checkSecrets(settings, env),
      ...checkUsers(settings.users), ...pages.findings,
      ...checkTests(all[0]!.tests, settings.rules),
    ]),
    ...written.flatMap(({ source, tests }) => {
      return complaintsAt(source, checkTests(tests, settings.rules))
    }),
  ]
  if (wrong.length > 0) refuseWith(wrong)
  const placeOf = (path: Problem['path']): Place => {
    const line = lineOf(user, path)
    if (line !== null) return { file: user.file, line }
    return { file: 'builtin.yaml', line: lineOf(builtin, path) ?? 1 }
  }
  return { settings, rules: compiled, placeOf, ...proveAll(all, { settings, compiled, placeOf }) }
}

type Table<T> = {
  readonly check: (document: unknown) => T | readonly Issue[]
  readonly schema: () => JsonSchema
}

/** The document as the table has read it; throws what the table has against it. */
function accepted<T extends { haulout: 1 }>(
  source: Parsed, document: unknown, { check, schema }: Table<T>,
): T {
  const checked = check(document)
  if ('haulout' in checked) return checked
  const findings = findingsOf(checked, { document, schema: schema() })
  return refuseWith(complaintsAt(source, findings))
}
