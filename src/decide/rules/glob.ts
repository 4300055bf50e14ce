/**
 * Reads globs, see model/glob.ts. What is hard about it is to be of use to people who have other
 * languages of wildcards in their fingers: whatever could be a habit from one of those is refused,
 * with what to write instead.
 */
import type { Glob, Part } from '../../model/glob.ts'
import { parseSegment, type Fault } from './segment.ts'

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

/**
 * The glob of a route that knows what a folder is: a `{name**}` at its end may be empty there, so
 * that `/site/{rest**}` is also for `/site/`; and with `bare` for `/site`, which is to be sent on.
 */
export function openEnded(glob: Glob, bare: boolean): Glob {
  const last = glob.parts.at(-1)
  if (last === undefined || last.least === 0) return glob
  const parts = [...glob.parts.slice(0, -1), { ...last, least: 0 }]
  const isBare = bare && parts.length === 1 && glob.lead !== '/'
  return { ...glob, parts, bare: isBare, spans: new Int32Array(glob.spans.length) }
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
      advice: 'for one character of any kind use `*`; the query has a matcher of its own, `query`',
    }
  }
  return null
}
