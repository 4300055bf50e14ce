/**
 * What a source file is made of, as far as the tidy rules want to know. Types are stripped by Node
 * and the rest is parsed by acorn, because TypeScript 7 has no programming interface; imports and
 * names are read from the unstripped text, because types count for them.
 */
import { stripTypeScriptTypes } from 'node:module'
import { parse, type Comment as AcornComment } from 'acorn'
import { scan, type Comment } from './scan.ts'
import { walk, type Found } from './walk.ts'

export type Import = {
  readonly line: number
  readonly from: string
  readonly names: readonly string[]
  readonly kind: 'value' | 'type' | 'bare' | 're-export' | 'dynamic'
}

export type Facts = {
  readonly path: string
  readonly lines: readonly string[]
  readonly comments: ReadonlyArray<Comment & { readonly line: number }>
  /** Share of non-blank lines that are comment, 0 to 1. */
  readonly commentShare: number
  readonly imports: readonly Import[]
  /** Every name in the code, types included, with the line it is first seen on. */
  readonly names: ReadonlyMap<string, number>
} & Found

const FROM = /\b(import|export)\b(\s+type\b)?([\w$\s{},*]*?)\bfrom\s*(['"])/
const BARE_OR_DYNAMIC = /\bimport\s*(\(?)\s*(['"])/
const IMPORT = new RegExp(`${FROM.source}|${BARE_OR_DYNAMIC.source}`, 'g')

/** Throws a SyntaxError that names the file when the source is not TypeScript. */
export function factsOf(path: string, text: string): Facts {
  const { code, comments } = scan(text)
  const parsed: AcornComment[] = []
  const program = parse(stripTypeScriptTypes(text), {
    ecmaVersion: 'latest', sourceType: 'module', locations: true, allowHashBang: true,
    onComment: parsed,
  })
  for (const comment of parsed) {
    if (comments.some(({ start }) => start === comment.start)) continue
    throw new SyntaxError(`${path}: the scanner has missed the comment at ${comment.start}`)
  }
  const lineAt = lineFinder(text)
  const lines = text.split('\n')
  const imports = importsOf(code, text, lineAt)
  const isDocumented = (start: number): boolean =>
    comments.some((one) => one.text.startsWith('/**') && text.slice(one.end, start).trim() === '')
  const own = imports.filter(({ from }) => from.startsWith('.')).flatMap(({ names }) => names)
  const found = walk(program, { own: new Set(own), isDocumented })
  return {
    path, lines, imports,
    comments: comments.map((one) => ({ ...one, line: lineAt(one.start) })),
    commentShare: shareOf(comments, lines),
    names: namesOf(code, lineAt),
    ...found,
  }
}

/** Finds the line of an offset, the first being 1. */
function lineFinder(text: string): (offset: number) => number {
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index)
  return (offset) => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (ends[middle]! < offset) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}

function shareOf(comments: readonly Comment[], lines: readonly string[]): number {
  const inComments = comments.reduce((sum, { text }) => sum + text.split('\n').length, 0)
  return inComments / Math.max(1, lines.filter((line) => line.trim() !== '').length)
}

function importsOf(code: string, text: string, lineAt: (offset: number) => number): Import[] {
  const imports: Import[] = []
  for (const found of code.matchAll(IMPORT)) {
    const start = found.index + found[0].length
    const from = text.slice(start, code.indexOf(found[4] ?? found[6]!, start))
    const names = [...(found[3] ?? '').matchAll(/[\w$]+/g)].map(String)
    const kind = found[1] === 'export' ? 're-export'
      : found[2] !== undefined ? 'type'
        : found[1] === 'import' ? 'value'
          : found[5] === '(' ? 'dynamic' : 'bare'
    imports.push({ line: lineAt(found.index), from, names, kind })
  }
  return imports
}

function namesOf(code: string, lineAt: (offset: number) => number): Map<string, number> {
  const names = new Map<string, number>()
  for (const found of code.matchAll(/[A-Za-z_$][\w$]*/g)) {
    if (!names.has(found[0])) names.set(found[0], lineAt(found.index))
  }
  return names
}
