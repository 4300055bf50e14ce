import { nearest } from '../../lib/nearest.ts'
import type { Problem, RuleSet } from '../../model/rules.ts'
import type { Fault } from './segment.ts'

export type Path = Problem['path']

/** The problem of a piece of text at its place in the document. */
export function problemAt(path: Path, fault: Fault): Problem {
  return { path, message: fault.message, advice: fault.advice }
}

/** A name that refers to nothing, with the name that was probably meant. */
export function unknownName(
  path: Path, what: { kind: string; word: string; known: readonly string[] },
): Problem {
  const similar = nearest(what.word, what.known)
  return {
    path,
    message: `there is no ${what.kind} \`${what.word}\``,
    advice: similar !== null ? `did you mean \`${similar}\`?`
      : what.known.length > 0 ? `there are: ${what.known.join(', ')}`
        : 'none is defined in this file',
  }
}

/** The rule stored under a name; undefined when there is none, whatever objects inherit. */
export function named<T>(rules: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(rules, name) ? rules[name] : undefined
}

/** Where a rule stands in the document and among which rules. */
export type Place = { readonly rules: RuleSet; readonly path: Path }
