/**
 * Adds up runs of tap: takes logs of what they printed, prints `N passed, N failed, N skipped`, and
 * fails when a log has no closing line of tap, because then its run did not end.
 */
import { readFileSync } from 'node:fs'

const COUNTS = /total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?(?:, todo: \d+)?(?:, skip: (\d+))?/
const CLOSING = new RegExp(`^# \\{ ${COUNTS.source}.*\\}$`, 'gm')
const sum = { passed: 0, failed: 0, skipped: 0 }

for (const path of process.argv.slice(2)) {
  const closings = [...readText(path).matchAll(CLOSING)]
  if (closings.length === 0) {
    console.log(`${path}: no closing line, so this run did not end`)
    process.exitCode = 1
  }
  for (const [, , passed = 0, failed = 0, skipped = 0] of closings) {
    sum.passed += Number(passed)
    sum.failed += Number(failed)
    sum.skipped += Number(skipped)
  }
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
