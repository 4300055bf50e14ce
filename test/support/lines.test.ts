import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import Lines from './lines.ts'

const RAW = `TAP version 14
# Subtest: test/a.test.ts
    # Subtest: it works
        ok 1 - fine
        not ok 2 - broken
          ---
          diff: |
            -1
            +2
          ...
        # a remark
        ok 3 - fine again
        1..3
    not ok 1 - it works # time=1ms
not ok 1 - test/a.test.ts # time=2ms
  ---
  exitCode: 1
  ...

ok 2 - test/b.test.ts # time=3ms
# { total: 4, pass: 2, fail: 1, skip: 1 }
# time=6ms
`

const SHOWN = `        not ok 2 - broken
          ---
          diff: |
            -1
            +2
          ...
        # a remark
    not ok 1 - it works # time=1ms
not ok 1 - test/a.test.ts # time=2ms
  ---
  exitCode: 1
  ...
ok 2 - test/b.test.ts # time=3ms
# { total: 4, pass: 2, fail: 1, skip: 1 }
# time=6ms
`

t.test('failures are shown whole, passes not, wherever the output is cut', async (t) => {
  for (const bytes of [1, 7, RAW.length]) {
    const lines = new Lines()
    const shown = text(lines)
    for (let at = 0; at < RAW.length; at += bytes) lines.write(RAW.slice(at, at + bytes))
    lines.end()
    t.equal(await shown, SHOWN, `in pieces of ${bytes}`)
  }
})

const TALLY = resolve(import.meta.dirname, 'tally.ts')

t.test('the tally adds up all runs in all logs', (t) => {
  const folder = t.testdir({ 'a.log': `${SHOWN}\n# { total: 3, pass: 3 }\n`, 'b.log': SHOWN })
  const logs = ['a.log', 'b.log'].map((name) => join(folder, name))
  t.equal(execFileSync(process.execPath, [TALLY, ...logs]).toString(),
    '7 passed, 2 failed, 2 skipped\n')
  t.end()
})

t.test('a log without a closing line is a failure', (t) => {
  const folder = t.testdir({ 'a.log': SHOWN })
  writeFileSync(join(folder, 'b.log'), 'ok 1 - test/a.test.ts\n')
  for (const name of ['b.log', 'missing.log']) {
    const run = spawnSync(process.execPath, [TALLY, join(folder, 'a.log'), join(folder, name)])
    t.equal(run.status, 1, name)
    t.match(run.stdout.toString(), `${name}: no closing line`)
  }
  t.end()
})
