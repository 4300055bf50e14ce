/**
 * The tidy test and all tests of pure functions in one process: for `npm run check`, where starting
 * a process for each file would take longer than the tests.
 */
import { globSync } from 'node:fs'
import { resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')
const files = globSync(['test/tidy.test.ts', 'test/{lib,model,decide}/**/*.test.ts'], { cwd: ROOT })
for (const file of files.toSorted()) await import(resolve(ROOT, file))
