import type { WantedRules, WhenRule } from '../../model/when.ts'

/** A condition in one line, for reports. Exact secrets are never in one, see when.ts. */
export function whenInWords(rule: WhenRule): string {
  const { header, query, answer, status, sizeOver, sizeUnder, not } = rule
  const lists = (['method', 'host', 'path', 'key', 'client', 'type'] as const)
    .flatMap((key) => rule[key] === undefined ? [] : [`${key} ${rule[key].join(' or ')}`])
  const statuses = status?.map(({ from, to }) => from === to ? from : `${from} to ${to}`)
  return [
    ...lists,
    ...rule.pathRegex === undefined ? [] : [`path_regex ${rule.pathRegex.join(' or ')}`],
    ...fieldsInWords('header', header),
    ...fieldsInWords('query', query),
    ...statuses === undefined ? [] : [`status ${statuses.join(' or ')}`],
    ...sizeOver === undefined ? [] : [`size over ${sizeOver} B`],
    ...sizeUnder === undefined ? [] : [`size under ${sizeUnder} B`],
    ...fieldsInWords('answer', answer),
    ...not === undefined ? [] : [`not (${whenInWords(not)})`],
  ].join(', ')
}

function fieldsInWords(kind: string, rules: WantedRules | undefined): string[] {
  return Object.entries(rules ?? {}).map(([name, wanted]) => {
    return `${kind} ${name} ${wantedInWords(wanted)}`
  })
}

/** What a field or a parameter has to be. */
export function wantedInWords(wanted: boolean | readonly string[]): string {
  return typeof wanted !== 'boolean' ? wanted.join(' or ') : wanted ? 'present' : 'absent'
}
