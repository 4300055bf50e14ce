/**
 * Single bits of the database turned over at random: each is found out or harmless, nobody ever
 * gets a wrong byte, and the process lives. `SOAK=10` makes it a thousand, `SEED` repeats a run.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { seedOf, soakOf } from '../support/random.ts'

const CHILD = join(import.meta.dirname, 'flips-child.ts')

type Ran = { readonly code: unknown; readonly text: string }

function run(args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { maxBuffer: 2 ** 26 }
    execFile(process.execPath, [CHILD, ...args], options, (error, out, complaints) => {
      const code = error === null ? 0 : error.signal ?? error.code
      resolve({ code, text: `${out}${code === 0 ? '' : complaints}` })
    })
  })
}

for (const [when, share, may] of [['before', 80, 'a start'], ['while', 20, 'the house']] as const) {
  const flips = share * soakOf()
  t.test(`${flips} flips ${when} ${may} is open, and not one wrong byte`, async (t) => {
    const seed = seedOf()
    t.comment(`SEED=${seed}`)
    const folder = t.testdir()
    const deaths: string[] = []
    let done = 0
    let found = 0
    while (done < flips) {
      const { code, text } = await run([folder, `${seed + done}`, `${flips - done}`, when])
      const wrong = text.split('\n').filter((line) => line.startsWith('WRONG'))
      t.same(wrong, [], 'no wrong byte')
      const finished = text.match(/^done /gm)?.length ?? 0
      found += text.match(/: [1-9]\d* fetched again/g)?.length ?? 0
      done += finished
      if (code === 0) break
      deaths.push(`${String(code)} after ${text.trim().split('\n').slice(-8).join(' | ')}`)
      done += 1
    }
    t.comment(`${found} of ${flips} were found out by what they hit`)
    for (const death of deaths) t.comment(death)
    t.equal(deaths.length, 0, 'the process lives')
  })
}
