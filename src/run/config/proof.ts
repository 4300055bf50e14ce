/**
 * The tests of a configuration: where they stand, what is wrong with them, what came of them.
 */
import { readdirSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { prove } from '../../decide/proof/prove.ts'
import type { CompiledRules } from '../../decide/rules/compile.ts'
import { effectiveOf, type Effective } from '../../decide/rules/effective.ts'
import { unknownName } from '../../decide/rules/problems.ts'
import type { Difference, Proof, RuleTest } from '../../model/proof.ts'
import type { RuleSet } from '../../model/rules.ts'
import type { Settings } from '../../model/settings.ts'
import type { Finding } from './issues.ts'
import type { Complaint } from './report.ts'
import { complaintsAt, lineOf, type Parsed, type Place } from './source.ts'

/** A test, where it stands, and what came of it. */
export type Tested = Place & { readonly proof: Proof }

/** A file and the tests in it. */
type Written = { readonly source: Parsed; readonly tests: readonly RuleTest[] }

/** What the tests are about. */
type Subject = {
  readonly settings: Settings
  readonly compiled: CompiledRules
  readonly placeOf: (path: Finding['path']) => Place
}

/**
 * The files of tests beside a configuration, in order: for `haulout.yaml` that is
 * `haulout.test.yaml` and every `haulout.*.test.yaml`. So several configurations can share a
 * folder, and a file of tests belongs to one of them.
 */
export function testFiles(path: string): string[] {
  const name = basename(path, extname(path))
  return readdirSync(dirname(path)).toSorted()
    .filter((file) => file.startsWith(`${name}.`) && /\.test\.ya?ml$/.test(file))
    .map((file) => join(dirname(path), file))
    .filter((file) => file !== join(dirname(path), basename(path)))
}

/** What is wrong with tests before they are run. */
export function checkTests(tests: readonly RuleTest[], { routes }: RuleSet): Finding[] {
  const known = [...routes.map(({ name }) => name), 'default']
  return tests.flatMap(({ expect }, index): Finding[] => {
    const { route, cache, deliver, ...rest } = expect
    const path = ['tests', index, 'expect']
    const said = [route, ...Object.values(cache), ...Object.values(deliver), ...Object.values(rest)]
    if (said.every((value) => value === undefined)) {
      const advice = 'say at least which route it is, e.g. expect: { route: releases }'
      return [{ path, at: 'key', message: 'this test expects nothing', advice }]
    }
    if (route === undefined || known.includes(route)) return []
    return [unknownName([...path, 'route'], { kind: 'route', word: route, known })]
  })
}

/** Runs all tests. */
export function proveAll(all: readonly Written[], subject: Subject): {
  tests: readonly Tested[]; failures: readonly Complaint[]; untested: readonly Complaint[]
} {
  const { settings, compiled } = subject
  const line = { rules: compiled, healthPath: settings.listen.healthPath }
  const results = all.map(({ source, tests }) => {
    return { source, proofs: tests.map((test) => prove(line, test)) }
  })
  const proofs = results.flatMap((result) => result.proofs)
  return {
    tests: results.flatMap(({ source, proofs }) => proofs.map((proof, index) => {
      return { file: source.file, line: lineOf(source, ['tests', index]) ?? 1, proof }
    })),
    failures: results.flatMap(({ source, proofs }) => {
      const findings = proofs.flatMap((proof, index) => failureOf(proof, index, subject))
      return complaintsAt(source, findings)
    }),
    untested: complaintsAt(all[0]!.source, untestedRoutes(settings.rules, proofs)),
  }
}

function untestedRoutes({ routes }: RuleSet, proofs: readonly Proof[]): Finding[] {
  const reached = new Set(proofs.map(({ route }) => route))
  return routes.flatMap(({ name }, index) => reached.has(name) ? [] : [{
    path: ['routes', index, 'name'],
    message: `no test reaches the route \`${name}\``,
    advice: `add one to \`tests\`, with a URL of its own and expect: { route: ${name} }`,
  }])
}

function failureOf(proof: Proof, index: number, subject: Subject): Finding[] {
  const { test, route, differences } = proof
  if (differences.length === 0) return []
  const { method, url } = test.request
  const where = route === null ? 'no route is looked at'
    : `route ${route} (${inText(placeOfRoute(route, subject)!)})`
  return [{
    path: ['tests', index, 'name'],
    message: `the test \`${test.name}\` fails`,
    advice: [`${method} ${url}: ${where}`, ...table(differences, proof, subject)].join('\n'),
  }]
}

/** Two lines for each difference: what was expected, what it is, and the lines that say so. */
function table(
  differences: readonly Difference[], { route }: Proof, subject: Subject,
): string[] {
  const width = Math.max(...differences.map(({ field }) => field.length))
  const origins = effectiveOfRoute(route, subject)
  return differences.flatMap(({ field, expected, actual }) => {
    const wanted = field === 'route' ? placeOfRoute(expected, subject) : null
    const keys = actual === '405' ? ['methods'] : keysOf(field)
    const decided = origins.find(({ key }) => keys.some((one) => covers(key, one)))
    const found = field === 'route' ? placeOfRoute(actual, subject)
      : decided === undefined ? null : subject.placeOf(decided.path)
    return [
      `${field.padEnd(width)}  expected  ${expected}${behind(wanted)}`,
      `${' '.repeat(width)}  actual    ${actual}${behind(found)}`,
    ]
  })
}

function effectiveOfRoute(route: string | null, { settings }: Subject): readonly Effective[] {
  const order = settings.rules.routes.findIndex(({ name }) => name === route)
  return order < 0 ? [] : effectiveOf(settings.rules, order)
}

/** The keys of a route that decide what a test can expect, the first that there is. */
function keysOf(field: string): readonly string[] {
  switch (field) {
    case 'access': return ['access']
    case 'cors': return ['cors.origins']
    case 'tags': return ['tags', 'to']
    case 'status': return ['to', 'redirect.status', 'deny', 'synth.status']
    case 'pass': return ['pass', 'to']
    case 'object':
    case 'location':
    case 'reason': return ['to', 'redirect.to', 'deny']
    default: {
      const name = field.replace(/^deliver\./, '').toLowerCase()
      return [`cache.${field}`, `deliver.set.${name}`, `deliver.unset.${name}`]
    }
  }
}

/** Whether a key says it: `deliver.unset.x-amz-*` does so for every field that begins like this. */
function covers(key: string, wanted: string): boolean {
  return key.endsWith('*') ? wanted.startsWith(key.slice(0, -1)) : key === wanted
}

function placeOfRoute(route: string, { settings, placeOf }: Subject): Place | null {
  if (route === 'default') return placeOf(['default'])
  const order = settings.rules.routes.findIndex(({ name }) => name === route)
  return order < 0 ? null : placeOf(['routes', order])
}

function behind(place: Place | null): string {
  return place === null ? '' : ` (${inText(place)})`
}

function inText({ file, line }: Place): string {
  return `${basename(file)}:${line}`
}
