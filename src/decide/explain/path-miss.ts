import type { Glob } from '../../model/glob.ts'
import { partFits } from '../rules/glob-match.ts'

/** How a path misses a glob: in words, and how many of the glob's telling segments it has. */
export type PathMiss = { readonly why: string; readonly fits: number; readonly telling: number }

/**
 * Why a path that does not match a glob does not: the first segment, from the left, that is not as
 * wanted. Segments behind one that stands for any number of them are counted from the right.
 *
 * What is hard: a glob with several such parts has no one place where it fails. Then only its
 * beginning and its end are told apart, and of what lies between the glob is shown as a whole.
 */
export function pathMiss(glob: Glob, path: string): PathMiss {
  const wanted = wantedOf(glob)
  const found = path.slice(1).split('/')
  const deep = wanted.findIndex((one) => one.deep)
  const left = deep < 0 ? wanted.length : deep
  const right = deep < 0 ? 0 : wanted.length - 1 - wanted.findLastIndex((one) => one.deep)
  const misses: Miss[] = []
  let fits = 0
  const compare = (one: Wanted, index: number): void => {
    const text = found[index]
    if (text !== undefined && one.fits(text)) fits += one.telling ? 1 : 0
    else misses.push({ index, text, wanted: one.text })
  }
  for (let i = 0; i < left; i++) compare(wanted[i]!, i)
  // Where the path is too short for both ends, the right one must not look at the left again.
  for (let i = 0; i < right; i++) {
    const index = found.length - right + i
    compare(wanted[wanted.length - right + i]!, index < left ? Infinity : index)
  }
  const telling = wanted.filter((one) => one.telling).length
  if (misses.length > 0) return { why: inWords(misses[0]!, found), fits, telling }
  if (deep < 0 && found.length > left) {
    const why = `path goes on behind segment ${left}, with "${found[left]}"`
    return { why, fits, telling }
  }
  return { why: `path does not fit "${glob.text}"`, fits, telling }
}

type Miss = { readonly index: number; readonly text: string | undefined; readonly wanted: string }

function inWords({ index, text, wanted }: Miss, found: readonly string[]): string {
  if (text === undefined) return `path ends behind segment ${found.length}, wanted "${wanted}" next`
  const shown = text === '' ? 'empty' : `"${text}"`
  return `path segment ${index + 1} is ${shown}, wanted "${wanted}"`
}

/** A segment of a glob. */
type Wanted = {
  readonly text: string
  readonly deep: boolean
  /** Whether it says more than that there is a segment. */
  readonly telling: boolean
  readonly fits: (text: string) => boolean
}

function wantedOf(glob: Glob): Wanted[] {
  const texts = glob.text.slice(1).split('/')
  const literals = texts.length - glob.parts.length
  return texts.map((text, i): Wanted => {
    if (i < literals) return { text, deep: false, telling: true, fits: (one) => one === text }
    const part = glob.parts[i - literals]!
    return {
      text,
      deep: part.deep,
      telling: !part.deep && !/^(?:\*|\{[^{}:]*\})$/.test(text),
      fits: (one) => partFits(glob, part, one),
    }
  })
}
