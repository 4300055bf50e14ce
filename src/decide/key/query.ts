import type { QueryRule } from '../../model/policy.ts'
import { fitsText } from '../rules/text.ts'

/**
 * A raw query as `hash.query` wants it: without what is dropped or not kept, sorted by name if that
 * is asked for; parameters of one name stay in their order. Nothing is decoded: a parameter in
 * another spelling is another parameter, which costs an entry and gives nobody wrong bytes, because
 * the origin is asked with the very query that is in the key.
 */
export function reducedQuery(query: string, rule: QueryRule): string {
  const { drop, keep, sort } = rule
  const kept: Array<{ readonly name: string; readonly text: string }> = []
  for (const text of query.split('&')) {
    const equals = text.indexOf('=')
    const name = equals < 0 ? text : text.slice(0, equals)
    if (text === '' || drop.some((one) => fitsText(one, name))) continue
    if (keep === null || keep.some((one) => fitsText(one, name))) kept.push({ name, text })
  }
  if (sort) kept.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return kept.map(({ text }) => text).join('&')
}
