import type { Bannable, BanAbout, BanField, BanTest } from '../../model/ban.ts'
import { findAll } from '../http/headers.ts'
import { fitsText } from '../rules/text.ts'

/**
 * Whether an expression is about a response; null while nobody can know, because its head is not
 * there yet. `bannedAt` is the moment of the ban (epoch ms): ages are counted to it, so that the
 * answer is the same whenever it is asked for. What is hard is `not` of what is not known: it is
 * not known either (Kleene), and who may not miss a ban takes that for yes.
 */
export function fits(test: BanTest, one: Bannable, bannedAt: number): boolean | null {
  switch (test.kind) {
    case 'all': return every(test.of.map((part) => fits(part, one, bannedAt)))
    case 'any': return not(every(test.of.map((part) => not(fits(part, one, bannedAt)))))
    case 'not': return not(fits(test.of, one, bannedAt))
    case 'text': return textsOf(test.field, one).some((text) => fitsText(test.text, text))
    case 'header':
      return one.fields === null ? null
        : findAll(one.fields, test.name).some((value) => fitsText(test.text, value))
    case 'status':
      return one.status === null ? null : one.status >= test.from && one.status <= test.to
    case 'age': return one.storedAt === null ? null : bannedAt - one.storedAt >= test.ms
  }
}

function every(parts: ReadonlyArray<boolean | null>): boolean | null {
  if (parts.includes(false)) return false
  return parts.includes(null) ? null : true
}

function not(holds: boolean | null): boolean | null {
  return holds === null ? null : !holds
}

function textsOf(field: BanField, { object, fetchedFor, tags }: Bannable): readonly string[] {
  switch (field) {
    case 'object': return object === null ? [] : [`${object.bucket}/${object.key}`]
    case 'bucket': return object === null ? [] : [object.bucket]
    case 'route': return [fetchedFor.route]
    case 'host': return [fetchedFor.host]
    case 'path': return [fetchedFor.path]
    case 'tag': return tags
  }
}

/** The key that all variants of a response share: keys hold no line breaks, variants add one. */
export function primaryKey(key: string): string {
  const end = key.indexOf('\n')
  return end < 0 ? key : key.slice(0, end)
}

/** What a ban is about, in the words that people use. */
export function banText(about: BanAbout): string {
  switch (about.kind) {
    case 'all': return 'everything'
    case 'tag': return `tag = ${about.tag}`
    case 'key': return `key = ${about.key}`
    case 'prefix': return `key ~ ${about.prefix}*`
    case 'expression': return about.text
  }
}
