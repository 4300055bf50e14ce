import { readFileSync } from 'node:fs'

/** The version of this package, as its package.json says it. */
export function readVersion(): string {
  // Three folders up, from src/run/cli and from dist/run/cli alike.
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
