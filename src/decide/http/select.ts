import type { Entry } from '../../model/entry.ts'
import type { RequestHead } from '../../model/exchange.ts'
import type { OutcomeName, Reason } from '../../model/outcome.ts'
import { precondition } from './preconditions.ts'
import { spans, type Span } from './ranges.ts'

/**
 * What of a stored 200 a client gets (RFC 9110 §13.2.2, §14): all of it, some parts, or only word
 * that it has it already, that it is another one, or that no byte of the range exists.
 */
export type Selection = 'whole' | 'not-modified' | 'failed' | 'unsatisfiable' | Span[]

/** Conditions come first, then ranges, which only GET has. */
export function select(head: RequestHead, entry: Entry, method: string): Selection {
  const condition = precondition(head, entry, method)
  if (condition !== 'pass') return condition
  return head.range === null || method !== 'GET' ? 'whole' : spans(head, entry)
}

/** The status and the Reason that a selection is answered with. */
export function statusOf(selection: Selection): { status: number; reason: Reason | null } {
  switch (selection) {
    case 'whole': return { status: 200, reason: null }
    case 'not-modified': return { status: 304, reason: null }
    case 'failed': return { status: 412, reason: 'precondition-failed' }
    case 'unsatisfiable': return { status: 416, reason: 'range-not-satisfiable' }
    default: return { status: 206, reason: null }
  }
}

/**
 * What a hit is called: by where its first bytes come from. `inMemory` is whether the entry was
 * found there; `isCold` is asked only for a body that is not in the entry.
 */
export function nameOfHit(
  entry: Entry, inMemory: boolean, isCold: (entry: Entry, index: number) => boolean,
): OutcomeName {
  if (entry.status >= 400) return 'negative-hit'
  if (!inMemory) return 'hit-disk'
  return entry.body === null && isCold(entry, 0) ? 'hit-disk' : 'hit-memory'
}

/** What an answer is called for which the origin was asked. */
export function nameOfFetched(unchanged: boolean, joined: boolean): OutcomeName {
  if (unchanged) return 'revalidated'
  return joined ? 'joined' : 'miss'
}
