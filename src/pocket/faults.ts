/**
 * What a scripted origin can do wrong, as plain values. A fault changes the Answer, or the way it
 * goes out; everything that waits, waits for the test's `release` and never for a time.
 */
import type { Answer, Asked } from './answer.ts'
import { errorDocument } from './answer.ts'
import { conditionField } from './conditions.ts'
import type { Era } from './eras.ts'
import type { Field, RequestHead } from './request.ts'

/** How a connection ends: orderly, or torn. */
export type Ending = 'fin' | 'rst'
export type Framing = 'length' | 'chunked' | 'eof'

export type Fault =
  /** Takes the request and says nothing until released. */
  | { readonly kind: 'hold-head' }
  | { readonly kind: 'close-before-head'; readonly how?: Ending }
  | { readonly kind: 'close-inside-head'; readonly how?: Ending }
  /** Ends the connection after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly afterBytes: number; readonly how?: Ending
      readonly framing?: Framing }
  /** Stops after so many bytes of the body until released. */
  | { readonly kind: 'stall'; readonly afterBytes: number; readonly framing?: Framing }
  | { readonly kind: 'status'; readonly status: number; readonly code?: string }
  /** Turns over one byte of the body, so that no digest fits. */
  | { readonly kind: 'flip'; readonly atByte: number }
  /** The same bytes without Content-Length. */
  | { readonly kind: 'framing'; readonly framing: Framing }
  /** Announces another length than the body has. */
  | { readonly kind: 'announce'; readonly contentLength: number }
  /** A part under status 200, with Content-Range. */
  | { readonly kind: 'partial'; readonly from: number; readonly end: number }
  /** Sets and removes fields of the head. */
  | { readonly kind: 'fields'; readonly set?: readonly Field[]; readonly unset?: readonly string[] }
  /** Exactly these bytes, then the connection ends or stays open. */
  | { readonly kind: 'raw'; readonly bytes: string | Buffer
      readonly after?: Ending | 'keep' }

/** A fault and the requests it is for. What is absent matches all. */
export type Rule = {
  readonly fault: Fault
  /** After so many requests the rule is spent; always when absent. */
  readonly times?: number
  readonly method?: string
  /** The wire path ends with this, e.g. `/3.1/x.tgz`. */
  readonly path?: string
  /** Whether the request has If-None-Match or If-Modified-Since, as the era finds them. */
  readonly conditional?: boolean
}

/** How an Answer goes out. */
export type Delivery = {
  framing: Framing
  /** Null where the framing is not by length. */
  contentLength: number | null
  holdHead: boolean
  stallAt: number | null
  cutAt: number | null
  cutInsideHead: boolean
  ending: Ending
  /** Whether the head says that the connection ends. */
  saysClose: boolean
  flipAt: number | null
}

/** The rules in force, and how often each has been. */
export type Script = {
  /** The fault for a request; the first rule that matches and is not spent. */
  next(head: RequestHead, era: Era): Fault | null
}

/** Rules in order: of those that match a request the first that is not spent gives the fault. */
export function createScript(rules: readonly Rule[]): Script {
  const left = rules.map((rule) => rule.times ?? Infinity)
  return {
    next(head, era) {
      const index = rules.findIndex((rule, at) => left[at]! > 0 && applies(rule, head, era))
      if (index < 0) return null
      left[index]! -= 1
      return rules[index]!.fault
    },
  }
}

function applies(rule: Rule, head: RequestHead, era: Era): boolean {
  if (rule.method !== undefined && rule.method !== head.method) return false
  if (rule.path !== undefined && !head.path.endsWith(rule.path)) return false
  if (rule.conditional === undefined) return true
  const names = ['If-None-Match', 'If-Modified-Since']
  return names.some((name) => conditionField(head, era, name) !== null) === rule.conditional
}

/** The Answer a fault makes of the right one. */
export function spoilAnswer(answer: Answer, fault: Fault | null, asked: Asked): Answer {
  switch (fault?.kind) {
    case 'status': {
      const code = fault.code ?? (fault.status === 503 ? 'SlowDown' : 'InternalError')
      return errorDocument(asked, { status: fault.status, code, message: 'as the test wants it' })
    }
    case 'partial': return partial(answer, fault.from, fault.end)
    case 'fields': {
      const names = [...(fault.unset ?? []), ...(fault.set ?? []).map(([name]) => name)]
      const gone = new Set(names.map((name) => name.toLowerCase()))
      const kept = answer.fields.filter(([name]) => !gone.has(name.toLowerCase()))
      return { ...answer, fields: [...kept, ...(fault.set ?? [])] }
    }
    default: return answer
  }
}

function partial(answer: Answer, from: number, end: number): Answer {
  async function* read(): AsyncGenerator<Buffer> {
    let at = 0
    for await (const piece of answer.body.read()) {
      const part = piece.subarray(Math.max(0, from - at), Math.max(0, end - at))
      at += piece.length
      if (part.length > 0) yield part
      if (at >= end) return
    }
  }
  const fields: Field[] = [...answer.fields, ['Content-Range', `${from}-${end - 1}/${end - from}`]]
  return { ...answer, status: 200, fields, body: { lengthBytes: end - from, read } }
}

/** How an Answer goes out under a fault, where `last` says that the connection ends behind it. */
export function planDelivery(answer: Answer, fault: Fault | null, last: boolean): Delivery {
  const length = answer.tellsLength ? answer.body.lengthBytes : null
  const asked = fault !== null && 'framing' in fault ? fault.framing : undefined
  const framing = asked ?? (length === null && answer.sendsBody ? 'eof' : 'length')
  const told = fault?.kind === 'announce' ? fault.contentLength : length
  const says = last || answer.close === 'announced' || framing === 'eof'
  return {
    framing,
    contentLength: framing === 'length' ? told : null,
    holdHead: fault?.kind === 'hold-head',
    stallAt: fault?.kind === 'stall' ? fault.afterBytes : null,
    cutAt: fault?.kind === 'cut' ? fault.afterBytes : null,
    cutInsideHead: fault?.kind === 'close-inside-head',
    ending: fault !== null && 'how' in fault ? (fault.how ?? 'fin') : 'fin',
    saysClose: says && answer.close !== 'silently',
    flipAt: fault?.kind === 'flip' ? fault.atByte : null,
  }
}
