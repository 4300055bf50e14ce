/**
 * Fails unless the tests of `decide/` cover 95 % of its branches. Reads the summary that tap wrote;
 * a file that no test has loaded is not in it, so the folder is compared with the summary too.
 */
import { globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { resolve } from 'node:path'
import { scan } from '../tidy/scan.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const FLOOR_PERCENT = 95

type Count = { readonly total: number; readonly covered: number }
type Summary = Readonly<Record<string, { readonly branches: Count } | undefined>>

const text = readFileSync(resolve(ROOT, '.tap/report/coverage-summary.json'), 'utf8')
const summary = JSON.parse(text) as Summary
const branches = { total: 0, covered: 0 }
const unseen: string[] = []
const low: string[] = []

for (const path of globSync('src/decide/**/*.ts', { cwd: ROOT }).toSorted()) {
  const found = summary[resolve(ROOT, path)]?.branches
  if (found === undefined) {
    if (runs(readFileSync(resolve(ROOT, path), 'utf8'))) unseen.push(path)
    continue
  }
  branches.total += found.total
  branches.covered += found.covered
  if (percent(found) < FLOOR_PERCENT) low.push(`${path}: ${percent(found).toFixed(1)} %`)
}

for (const line of low) console.log(`  ${line}`)
for (const path of unseen) console.log(`  ${path}: not loaded by any test`)
console.log(`Coverage of decide/: ${percent(branches).toFixed(1)} % of branches ` +
  `(${branches.covered} of ${branches.total}), floor ${FLOOR_PERCENT} %`)
if (branches.total === 0 || percent(branches) < FLOOR_PERCENT || unseen.length > 0) {
  process.exitCode = 1
}

function percent({ covered, total }: Count): number {
  return total === 0 ? 100 : 100 * covered / total
}

/** Whether anything is left of a file when its types are stripped. */
function runs(source: string): boolean {
  return /\b(?:function|const|class)\b/.test(scan(stripTypeScriptTypes(source)).code)
}
