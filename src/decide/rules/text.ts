/**
 * Texts in which `*` stands for any characters, none included, and `\*` for an asterisk. What is
 * hard about it: the value comes from whoever asks, and no value may make this slow. Each literal
 * is put as far left as it fits, which can only help what follows, so nothing is tried twice.
 */
import type { Text } from '../../model/text.ts'

/** Cuts a text at its wildcards. */
export function parseText(text: string): Text {
  return { literals: text.split(/(?<!\\)\*/).map((literal) => literal.replaceAll('\\*', '*')) }
}

/** Whether the whole value is such a text; upper and lower case differ. */
export function fitsText({ literals }: Text, value: string): boolean {
  const head = literals[0]!
  const last = literals.length - 1
  if (last === 0) return value === head
  const tail = literals[last]!
  const end = value.length - tail.length
  if (end < head.length || !value.startsWith(head) || !value.endsWith(tail)) return false
  let at = head.length
  for (let i = 1; i < last; i++) {
    const literal = literals[i]!
    const found = value.indexOf(literal, at)
    if (found < 0 || found + literal.length > end) return false
    at = found + literal.length
  }
  return true
}
