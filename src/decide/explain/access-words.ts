import type { Access, Known } from '../../model/access.ts'
import type { Exchange } from '../../model/exchange.ts'
import { ask } from '../access/admit.ts'

/** More facts than this help nobody. */
const FACTS = 5

/**
 * The facts that have decided a rule of access, in the order in which they were asked: for a "no"
 * among `all` what is not so, for a "yes" among `any` what is. Where a password decides, what it
 * would have to be.
 */
export function decidingFacts(access: Access, x: Exchange, known: Known): string[] {
  const facts = factsOf(access, x, known)
  const rest = facts.length - FACTS
  return rest > 1 ? [...facts.slice(0, FACTS), `and ${rest} more`] : facts
}

function factsOf(access: Access, x: Exchange, known: Known): string[] {
  const answer = ask(access, x, known)
  switch (access.kind) {
    case 'all':
    case 'any': {
      const deciding = access.of.filter((one) => ask(one, x, known) === answer)
      // One "yes" among `any` decides; nobody has asked the others.
      const asked = access.kind === 'any' && answer === true ? deciding.slice(0, 1) : deciding
      return asked.flatMap((one) => factsOf(one, x, known))
    }
    case 'not': return factsOf(access.of, x, known).map((fact) => `not: ${fact}`)
    default: return [factOf(access, answer, x)]
  }
}

type Leaf = Exclude<Access, { kind: 'all' | 'any' | 'not' }>

function factOf(access: Leaf, answer: boolean | null, x: Exchange): string {
  switch (access.kind) {
    case 'client': {
      const lists = access.acls.join(' or ')
      return `client ${x.client} is ${answer === true ? 'in' : 'not in'} ${lists}`
    }
    case 'basic':
      if (answer === true) return `${x.user} is one of ${access.users}`
      if (answer === false) return `no user of ${access.users} has given a password`
      return `whether the password is right for ${access.users} is not checked here`
    case 'present':
      return `the field ${access.name} is ${answer === access.present ? 'there' : 'not there'}`
    case 'equals':
      return `the field ${access.name} has ${answer === true ? 'a' : 'no'} value that is wanted`
    case 'time': return timeInWords(access, x.arrivedAt)
  }
}

function timeInWords(
  { afterAt, beforeAt }: Extract<Access, { kind: 'time' }>, now: number,
): string {
  if (now < afterAt) return `it is not yet ${instant(afterAt)}`
  if (now >= beforeAt) return `it is past ${instant(beforeAt)}`
  return Number.isFinite(beforeAt) ? `it is before ${instant(beforeAt)}`
    : `it is past ${instant(afterAt)}`
}

function instant(at: number): string {
  return new Date(at).toISOString()
}
