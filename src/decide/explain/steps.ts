/**
 * Which of the steps of the rules do something for a request. What is hard about it is time: the
 * steps about requests change what those behind them see, so they are gone through once more, on a
 * copy; and those about answers hang on one that may not be there yet.
 */
import type { Answered } from '../../model/asked.ts'
import type { Entry } from '../../model/entry.ts'
import type { Exchange } from '../../model/exchange.ts'
import type { Policy, RecvStep } from '../../model/policy.ts'
import type { When } from '../../model/when.ts'
import { headOf } from '../http/gate.ts'
import { answeredBy } from '../rules/answered.ts'
import { receive } from '../rules/recv-steps.ts'
import { holds, holdsFor, holdsOf } from '../rules/when.ts'

/** What is known of the request and of its answer. */
export type Known = {
  /** The steps about requests of all routes; null for none. */
  readonly recv: readonly RecvStep[] | null
  /** The fields of the request as they came. */
  readonly asked: readonly string[]
  /** What is stored and would be used; null for nothing. */
  readonly entry: Entry | null
}

/** Whether a step applies, by its name as in `check --effective`: `store[1]`; else true. */
export type Applies = (key: string) => boolean | null

/** For an exchange that has been decided. */
export function applying(x: Exchange, { recv, asked, entry }: Known): Applies {
  const lists: Readonly<Record<string, ReadonlyArray<boolean | null>>> = {
    recv: received([...recv ?? [], ...x.policy?.recv ?? []], x, asked),
    ...x.policy === null ? {} : answered(x, x.policy, entry),
  }
  return (key) => {
    const [, name, index] = /^(\w+)\[(\d+)\]$/.exec(key) ?? []
    return name === undefined ? true : lists[name]?.[Number(index)] ?? null
  }
}

/** The first that ends the request is the last. */
function received(
  steps: readonly RecvStep[], x: Exchange, asked: readonly string[],
): boolean[] {
  const y: Exchange = { ...x, fields: asked, head: headOf(asked) }
  let ended = false
  return steps.map((step) => {
    if (ended || (step.when !== null && !holds(step.when, y))) return false
    ended = receive([step], y) !== null
    return true
  })
}

function answered(x: Exchange, policy: Policy, entry: Entry | null) {
  const { object } = x
  const nothing: Answered = { object, status: 0, lengthBytes: null, fields: [] }
  const ifKnown = (when: When | null, ask: (when: When) => boolean): boolean | null => {
    if (when === null) return true
    return entry === null && isAboutAnswer(when) ? null : ask(when)
  }
  const kept = entry === null ? nothing : answeredBy(entry, entry.dropped)
  const given = entry === null ? nothing : answeredBy(entry, [])
  return {
    fetch: (policy.fetch ?? []).map(({ when }) => {
      return when === null || (object !== null && holdsOf(when, nothing))
    }),
    store: (policy.store ?? []).map(({ when, ofStatus }) => {
      // Errors are meant only by those that name a status.
      if (!ofStatus && entry !== null && entry.status >= 400) return false
      return ifKnown(when, (one) => holdsOf(one, kept))
    }),
    deliver: (policy.deliverSteps ?? []).filter(({ when }) => when !== null).map(({ when }) => {
      return ifKnown(when, (one) => holdsFor(one, x, given))
    }),
  }
}

function isAboutAnswer(when: When): boolean {
  switch (when.kind) {
    case 'all': return when.of.some(isAboutAnswer)
    case 'not': return isAboutAnswer(when.of)
    default: return ['status', 'size', 'type', 'answer'].includes(when.kind)
  }
}
