import type { Known } from '../model/access.ts'
import { newExchange, type Exchange } from '../model/exchange.ts'
import { REASONS, type OutcomeName, type Refusal } from '../model/outcome.ts'
import type { Page } from '../model/page.ts'
import type { Policy, Redirection, RecvStep } from '../model/policy.ts'
import { admit } from './access/admit.ts'
import { identify } from './access/client.ts'
import { isPurge, matchPurge } from './bans/purging.ts'
import { answerPreflight, preflightMethod, type Preflight } from './http/cors.ts'
import { isCacheable, isLastHop, isLoop } from './http/forward.ts'
import { gate, refuseBody } from './http/gate.ts'
import { normalize } from './http/target.ts'
import { keyOf } from './key/key.ts'
import { keyOfForward } from './key/onward.ts'
import { exchangeOf } from './proof/exchange.ts'
import type { CompiledRules } from './rules/compile.ts'
import { match, matchFor } from './rules/match.ts'
import { receive } from './rules/recv-steps.ts'
import { fillLocation } from './rules/template.ts'
import { slashed } from './rules/trailing-slash.ts'

/** What a decision is made by. */
export type Line = {
  readonly rules: CompiledRules
  /** Always answered 200, whatever the rules say; null for none. */
  readonly healthPath: string | null
  readonly passwords: Known
}

/**
 * What the rules say about a request, before anything has been looked up. `look-up`: the object is
 * in `x.object`, its key in `x.key`, its policy in `x.policy`. `pass`: so they are, but nothing is
 * to be looked up or kept. `purge`: what is stored under the key is to be banned. `check`: that
 * hangs on the password of the exchange, which is to be checked against these files of users; then
 * `permit` goes on.
 */
export type Decision =
  | { readonly kind: 'look-up' }
  | { readonly kind: 'pass' }
  | { readonly kind: 'check'; readonly files: readonly string[] }
  | { readonly kind: 'health' }
  | Redirection
  | Preflight
  | { readonly kind: 'purge' }
  | { readonly kind: 'synth'; readonly status: number; readonly page: Page }
  | { readonly kind: 'refuse'; readonly refusal: Refusal; readonly outcome: OutcomeName }

/** Made once: a hit allocates nothing to be decided. */
const PASS: Decision = Object.freeze({ kind: 'pass' })
const LOOK_UP: Decision = Object.freeze({ kind: 'look-up' })
const HEALTH: Decision = Object.freeze({ kind: 'health' })
const PURGE: Decision = Object.freeze({ kind: 'purge' })

/**
 * The upper half of the line: from the head of a request to what is to be done about it. The server
 * and the tests in a configuration both decide by this function and no other, so that what was
 * proven is what is served. It leaves in the exchange what its steps do: head, target, policy,
 * captures, client, user, object, key.
 */
export function decide(line: Line, x: Exchange): Decision {
  const { trusted } = line.rules
  const mangled = gate(x)
  if (trusted !== null) identify(x, trusted)
  const malformed = mangled ?? normalize(x)
  if (malformed !== null) return refuse('synth', malformed)
  if (x.target.path === line.healthPath) return HEALTH
  const ended = line.rules.recv === null ? null : received(line.rules.recv, x)
  if (ended !== null) return ended
  const wanted = preflightMethod(x)
  if (wanted !== null) {
    // Before access: browsers send no credentials with it (Fetch, "CORS-preflight fetch").
    matchFor(line.rules, x, wanted)
    const { cors } = x.policy!
    if (cors !== null && refuseBody(x) === null) return answerPreflight(cors, x, wanted)
  }
  const refused = (isPurge(line.rules, x) ? matchPurge(line.rules, x) : match(line.rules, x)) ??
    (x.policy!.action.kind === 'forward' ? null : refuseBody(x))
  if (refused !== null) return denied(refused)
  const { recv } = x.policy!
  return (recv === null ? null : received(recv, x)) ?? permit(x, line.passwords)
}

/** The steps about requests; what ends it, or null. */
function received(steps: readonly RecvStep[], x: Exchange): Decision | null {
  const end = receive(steps, x)
  return end === null || 'kind' in end ? end : denied(end)
}

/** The rest of the line, once it has a route: going by what is known, may who asks take it? */
export function permit(x: Exchange, known: Known): Decision {
  const policy = x.policy!
  const admission = policy.access === null ? null : admit(x, policy.access, known)
  if (admission === null) return policy.purges ? purge(x, policy) : follow(x, policy)
  return 'needs' in admission ? { kind: 'check', files: admission.needs } : denied(admission)
}

/** Which stored response a purge is about, now that who asks may. */
function purge(x: Exchange, policy: Policy): Decision {
  const decision = follow(x, policy)
  if (isStored(decision)) return PURGE
  const { kind } = decision
  return kind === 'refuse' ? decision : denied({ status: 404, reason: 'no-object', close: false })
}

/** Whether what is decided is about something that may be stored, under `x.key`. */
function isStored({ kind }: Decision): boolean {
  return kind === 'look-up' || kind === 'pass'
}

/**
 * What a plain GET of a URL would be about, whoever asks: the exchange, and whether it leads to
 * something that may be stored; or why it can be no request.
 */
export function purgeable(
  { rules }: Pick<Line, 'rules'>, url: string,
): { readonly x: Exchange; readonly leads: boolean } | { readonly fault: string } {
  const secure = /^https:/i.test(url)
  const x = exchangeOf({ method: 'GET', url, fields: secure ? BEHIND_TLS : [] })
  const malformed = gate(x) ?? normalize(x)
  x.trusted = secure
  if (malformed !== null) return { fault: `'${url}': ${REASONS[malformed.reason]}` }
  matchFor(rules, x, 'GET')
  return { x, leads: isStored(follow(x, x.policy!)) }
}

/** How a proxy that ends TLS says so: no https comes in any other way. */
const BEHIND_TLS = Object.freeze(['X-Forwarded-Proto', 'https'])

/** What the route does. */
function follow(x: Exchange, policy: Policy): Decision {
  const { action, trailingSlash } = policy
  const moved = trailingSlash === 'keep' ? null : slashed(x, trailingSlash)
  if (moved !== null) return moved
  switch (action.kind) {
    case 'object': {
      const nameless = keyOf(x, policy)
      if (nameless !== null) return denied(nameless)
      return policy.pass || x.pass ? PASS : LOOK_UP
    }
    case 'forward': {
      const refusal = isLoop(x.fields) ? LOOP : keyOfForward(x, action)
      if (refusal !== null) return denied(refusal)
      if (isLastHop(x)) return refuse('synth', { ...LAST_HOP, allow: policy.allow })
      return policy.pass || x.pass || !isCacheable(x) ? PASS : LOOK_UP
    }
    case 'redirect': {
      const location = fillLocation(action.to, x.captures)
      return { kind: 'redirect', status: action.status, location }
    }
    case 'synth': return action
    case 'deny': {
      const reason = policy.route === 'default' ? 'no-route' : 'denied-by-route'
      return denied({ status: action.status, reason, close: false })
    }
  }
}

/**
 * The key of another target (`/path?query`) on the host that `x` has asked, which a response to it
 * has changed as well; null where a GET of it would not lead to an http origin.
 */
export function keyOfTarget({ rules }: Line, x: Exchange, target: string): string | null {
  const y: Exchange = {
    ...x, ...newExchange({ ...x, method: 'GET', url: `http://${x.onward!.authority}${target}` }),
    head: x.head, trusted: x.trusted,
  }
  if (normalize(y) !== null || match(rules, y) !== null) return null
  const { action } = y.policy!
  return action.kind === 'forward' && keyOfForward(y, action) === null ? y.key : null
}

/** RFC 9110 §7.6.2: an OPTIONS that may go no further is for the one it has come to. */
const LAST_HOP: Refusal = Object.freeze({ status: 200, reason: 'last-hop', close: false })

/** RFC 9110 §7.6: a server must not forward to itself for ever. */
const LOOP: Refusal = Object.freeze({ status: 508, reason: 'loop', close: false })

/** The decision that a client may not have it. */
export function denied(refusal: Refusal): Decision {
  return refuse('denied', refusal)
}

function refuse(outcome: OutcomeName, refusal: Refusal): Decision {
  return { kind: 'refuse', outcome, refusal }
}
