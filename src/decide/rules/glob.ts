import { parseSegment, type Fault, type Part } from './segment.ts'

/**
 * A Glob says which paths a route is for, and which parts of them have names. It is read once, at
 * load; matching is in glob-match.ts.
 *
 *     *             one segment, or within a segment any characters
 *     **            any number of segments, none included
 *     {name}        one segment or a part of one, at least one character, named
 *     {name**}      one or more segments, named
 *     {name:a|b}    one of a list, named
 *
 * What is hard about it: the same path may fit in several ways, so which one wins must be a rule a
 * person can hold in mind, and finding it must not cost more when the path is hostile. The rule:
 * what stands further left takes as much as it can; a list's words are tried in the order written.
 */
export type Glob = {
  readonly text: string
  /** The names, in the order they are written. */
  readonly captures: readonly string[]
  /** The literal beginning up to the last `/` before a wildcard; everything, if there is none. */
  readonly lead: string
  /** Whether the lead fits without its last `/` too: `/a/**` is also for `/a`. */
  readonly bare: boolean
  /** The segments behind the lead. */
  readonly parts: readonly Part[]
  /** For each capture the words of its list; empty for captures without one. */
  readonly lists: ReadonlyArray<readonly string[]>
  /**
   * Scratch of the matcher: for each capture the start and the end of its value, or `~index` of its
   * list's word and nothing. Matching is synchronous, so nobody else sees it half written.
   */
  readonly spans: Int32Array
}

/** Longer globs are refused: with the limit on targets this bounds what one match can cost. */
const GLOB_CHARACTERS = 1024

/** Reads a glob; a Fault says what is wrong with it and what to write instead. */
export function parseGlob(text: string): Glob | Fault {
  const fault = faultOfText(text)
  if (fault !== null) return fault
  const names: string[] = []
  const lists: string[][] = []
  const segments = text.slice(1).split('/')
  const parts: Part[] = []
  for (const [index, segment] of segments.entries()) {
    if (segment === '' && index < segments.length - 1) {
      return { message: 'an empty segment never matches', advice: 'write one `/`, not two' }
    }
    const part = parseSegment(segment, names, lists)
    if ('message' in part) return part
    if (part.deep && parts.at(-1)?.deep === true) {
      return {
        message: 'two wildcards for any number of segments stand side by side',
        advice: 'one of them is enough: nothing says where the first ends',
      }
    }
    parts.push(part)
  }
  return assemble(text, segments, { names, lists, parts })
}

function assemble(
  text: string,
  segments: readonly string[],
  read: { names: string[]; lists: string[][]; parts: Part[] },
): Glob {
  const first = read.parts.findIndex((part) => !isLiteral(part))
  const count = first < 0 ? segments.length : first
  const lead = `/${segments.slice(0, count).join('/')}`
  const parts = read.parts.slice(count)
  return {
    text,
    captures: read.names,
    lead: parts.length === 0 || lead === '/' ? lead : `${lead}/`,
    bare: count > 0 && parts.length === 1 && parts[0]!.deep && parts[0]!.slot < 0,
    parts,
    lists: read.lists,
    spans: new Int32Array(2 * read.names.length),
  }
}

function isLiteral(part: Part): boolean {
  return !part.deep && part.forms.length === 1 && part.forms[0]!.slots.length === 0 &&
    part.forms[0]!.picks.length === 0
}

/** What can be said before looking at segments: mostly habits from other languages. */
function faultOfText(text: string): Fault | null {
  if (!text.startsWith('/')) {
    return { message: 'a path glob begins with `/`', advice: `write "/${text}"` }
  }
  if (text.length > GLOB_CHARACTERS) {
    return { message: `a glob has at most ${GLOB_CHARACTERS} characters`, advice: 'use wildcards' }
  }
  if (/[\p{Cc}\\]/u.test(text)) {
    return {
      message: 'no path holds a control character or a backslash',
      advice: 'requests with such a path are refused before any rule is looked at; remove it',
    }
  }
  if (/%[0-9A-Fa-f]{2}/.test(text)) {
    return {
      message: 'globs match decoded paths, so a percent escape never matches',
      advice: 'write the character itself, e.g. a space instead of %20',
    }
  }
  if (text.includes('?')) {
    return {
      message: '`?` has no meaning in a glob',
      advice: 'the query takes no part in matching; for one character of any kind use `*`',
    }
  }
  return null
}
