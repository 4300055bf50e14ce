import type { Exchange } from '../../model/exchange.ts'
import type { MatchRule } from '../../model/rules.ts'
import type { NearMiss } from '../../model/trace.ts'
import type { When } from '../../model/when.ts'
import { wantedInWords, whenInWords } from '../rules/when-words.ts'
import { holds } from '../rules/when.ts'

/**
 * What of a route's further condition does not hold for a request, in the words of its rule. No
 * value of a field or of a parameter is repeated: it may be a secret.
 */
export function whenMisses(when: When, rule: MatchRule, x: Exchange): NearMiss['misses'] {
  const parts = when.kind === 'all' ? when.of : [when]
  return parts.filter((part) => !holds(part, x)).map((part) => missOf(part, rule, x))
}

function missOf(part: When, rule: MatchRule, x: Exchange): NearMiss['misses'][number] {
  switch (part.kind) {
    case 'header':
    case 'query': {
      const entries = Object.entries(rule[part.kind] ?? {})
      const [name, wanted] = entries.find(([key]) => key.toLowerCase() === part.name.toLowerCase())!
      const why = `${part.kind} ${name} is not as wanted: ${wantedInWords(wanted)}`
      return { matcher: part.kind, why }
    }
    case 'client': {
      const lists = rule.client!.join(' or ')
      return { matcher: 'client', why: `client ${x.client} is not in ${lists}` }
    }
    default:
      return { matcher: 'not', why: `excluded by not: ${whenInWords(rule.not ?? {})}` }
  }
}
