/**
 * Adds up runs of tap: takes the TAP files they wrote, prints `N passed, N failed, N skipped`, and
 * fails when a file is missing or has no closing line, because then a run did not end.
 */
import { readFileSync } from 'node:fs'

const CLOSING = /^# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?(?:, skip: (\d+))?.*\}$/gm
const sum = { passed: 0, failed: 0, skipped: 0 }

for (const path of process.argv.slice(2)) {
  const closing = [...readText(path).matchAll(CLOSING)].at(-1)
  if (closing === undefined) {
    console.log(`${path}: no closing line, so this run did not end`)
    process.exitCode = 1
    continue
  }
  sum.passed += Number(closing[2] ?? 0)
  sum.failed += Number(closing[3] ?? 0)
  sum.skipped += Number(closing[4] ?? 0)
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
