/**
 * Tags: names under which stored responses can be banned together. What is hard about it: a tag
 * that went missing, or differs by one character, lets a response outlive the ban that was meant
 * for it. So whatever a capture holds, it gets into the tag, in one spelling that a ban uses too.
 */
import { TAG_BYTES, TAGS } from '../../limits.ts'
import type { Policy, Template } from '../../model/policy.ts'
import type { Problem } from '../../model/rules.ts'
import { problemAt, type Path } from './problems.ts'
import { fill, parseTemplate } from './template.ts'

/** What a tag is made of: visible ASCII, but no comma, which parts tags, and no `%`, see below. */
const PLAIN = /^[!-$&-+\--~]+$/

/**
 * A text in the one spelling it has within tags: everything but visible ASCII, and the comma and
 * the percent sign, percent-encoded as UTF-8. Different texts stay different.
 */
export function tagText(text: string): string {
  return text.toWellFormed().replace(/[^!-$&-+\--~]+/g, encode)
}

/** `encodeURIComponent` leaves none of what gets here but knows the rest. */
function encode(part: string): string {
  return encodeURIComponent(part)
}

/** Whether a text is a tag as it is stored. */
export function isTag(text: string): boolean {
  return text.length <= TAG_BYTES && /^(?:[!-$&-+\--~]|%[0-9A-F]{2})+$/.test(text)
}

/** The tags of a route as templates, and what is wrong with them; without captures, see compile. */
export function compileTags(
  texts: readonly string[], path: Path, captures: readonly string[] | null,
): { readonly tags: readonly Template[]; readonly problems: readonly Problem[] } {
  const tags: Template[] = []
  const problems: Problem[] = []
  if (texts.length > TAGS) {
    const message = `${texts.length} tags are more than ${TAGS}`
    problems.push({ path, message, advice: 'every response carries all tags of its route' })
  }
  for (const [index, text] of texts.entries()) {
    const template = captures === null ? null : parseTemplate(text, captures)
    if (template === null) continue
    if ('message' in template) problems.push(problemAt([...path, index], template))
    else if (!template.literals.every((literal) => literal === '' || PLAIN.test(literal))) {
      problems.push({
        path: [...path, index],
        message: 'a tag has no spaces, commas, percent signs or characters beyond ASCII',
        advice: 'write e.g. "release-{version}"; in the value of a capture they are encoded',
      })
    } else tags.push(template)
  }
  return { tags, problems }
}

/**
 * The tags of a response, each once; null when one is longer than a tag may be. Then the response
 * must not be stored: a ban could not name it.
 */
export function tagsOf({ tags }: Policy, captures: readonly string[]): readonly string[] | null {
  if (tags.length === 0) return NONE
  const values = captures.map(tagText)
  const filled = new Set(tags.map((tag) => fill(tag, values)))
  // A capture of what may be missing from a path can be empty.
  filled.delete('')
  for (const tag of filled) if (tag.length > TAG_BYTES) return null
  return [...filled]
}

const NONE: readonly string[] = Object.freeze([])
