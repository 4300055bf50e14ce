/**
 * The pages that answers of haulout's own are worded with. They are read here, with the
 * configuration, so that a page that is missing or too large is found before it is needed, and no
 * request ever waits for a file.
 */
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { SYNTH_BYTES } from '../../limits.ts'
import type { Finding } from './issues.ts'
import type { ConfigDocument } from './schema.ts'
import { checkFile } from './secrets.ts'

type PageDocument = ConfigDocument['synth'][string]

/**
 * The document with the text of every page that is in a file, and what is wrong with the pages.
 * Relative paths are relative to `folder`.
 */
export function readPages(
  document: ConfigDocument, folder: string,
): { document: ConfigDocument; findings: readonly Finding[] } {
  const findings: Finding[] = []
  function whole<T extends PageDocument>(page: T, path: Finding['path']): T {
    const read = textOf(page, folder)
    if (typeof read === 'string') return { ...page, text: read }
    const { key, ...fault } = read
    findings.push(key === null ? { path, at: 'key', ...fault } : { path: [...path, key], ...fault })
    return page
  }
  const synth = Object.fromEntries(Object.entries(document.synth)
    .map(([name, page]) => [name, whole(page, ['synth', name])]))
  const routes = document.routes.map((route, index) => {
    if (route.synth === undefined) return route
    return { ...route, synth: whole(route.synth, ['routes', index, 'synth']) }
  })
  return { document: { ...document, synth, routes }, findings }
}

/** What is wrong with a page, at which of its keys; null: with the page as such. */
type Fault = Pick<Finding, 'message' | 'advice'> & { readonly key: 'text' | 'file' | null }

function textOf({ text, file }: PageDocument, folder: string): string | Fault {
  const advice = 'a page has either `text` or `file`'
  if (file === undefined) {
    if (text === undefined) return { key: null, message: 'this page says nothing', advice }
    return tooLarge(Buffer.byteLength(text), 'text', 'this page') ?? text
  }
  if (text !== undefined) {
    return { key: 'file', message: '`text` and `file` exclude each other', advice }
  }
  const path = resolve(folder, file)
  const missing = checkFile(path)
  if (missing !== null) return { key: 'file', ...missing }
  return tooLarge(statSync(path).size, 'file', path) ?? decoded(readFileSync(path), path)
}

function tooLarge(bytes: number, key: 'text' | 'file', what: string): Fault | null {
  if (bytes <= SYNTH_BYTES) return null
  const message = `${what} is larger than ${SYNTH_BYTES / 1024} KiB`
  return { key, message, advice: 'a page is kept in memory; let it refer to what is large' }
}

function decoded(bytes: Buffer, path: string): string | Fault {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return { key: 'file', message: `${path} is not UTF-8`, advice: 'save the file as UTF-8' }
  }
}
