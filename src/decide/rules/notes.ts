import { nearest } from '../../lib/nearest.ts'
import type { Problem, RuleSet } from '../../model/rules.ts'

export type Path = Problem['path']

/** The rules being compiled, and what has been found wrong with them so far. */
export type Notes = { readonly rules: RuleSet; readonly problems: Problem[] }

/** Notes one problem; the advice says what to write instead. */
export function note(notes: Notes, path: Path, said: { message: string; advice: string }): void {
  notes.problems.push({ path, message: said.message, advice: said.advice })
}

/** Notes that a name refers to nothing, with the name that was probably meant. */
export function noteUnknown(
  notes: Notes, path: Path, what: { kind: string; word: string; known: readonly string[] },
): void {
  const similar = nearest(what.word, what.known)
  note(notes, path, {
    message: `there is no ${what.kind} \`${what.word}\``,
    advice: similar !== null ? `did you mean \`${similar}\`?`
      : what.known.length > 0 ? `there are: ${what.known.join(', ')}`
        : 'none is defined in this file',
  })
}
