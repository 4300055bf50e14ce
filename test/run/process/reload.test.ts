import t from 'tap'
import { createLog } from '../../../src/act/observe/log.ts'
import { HauloutError } from '../../../src/errors.ts'
import type { Settings } from '../../../src/model/settings.ts'
import { countsOf, type Checked } from '../../../src/run/config/checked.ts'
import { loadConfig } from '../../../src/run/config/load.ts'
import type { Generation } from '../../../src/run/process/generation.ts'
import { createReloads, needRestart } from '../../../src/run/process/reload.ts'

function settings(text = ''): Settings {
  return loadConfig(`haulout: 1\n${text}`, '/etc/haulout/haulout.yaml', {}).settings
}

function checked(text = ''): Checked {
  const read = settings(text)
  return { settings: read, check: countsOf({ settings: read, tests: [] }) }
}

t.test('only sockets and tiers need a restart', (t) => {
  const before = settings('storage: { disk: { path: /a } }')
  for (const [text, keys] of [
    ['storage: { disk: { path: /a } }', []],
    ['storage: { disk: { path: /b } }', ['storage.disk.path']],
    ['storage: { disk: { path: /a, size: 2GiB } }', ['storage.disk.size']],
    ['storage: { disk: { path: /a, reserve: 2GiB } }', ['storage.disk.reserve']],
    ['storage: { disk: { path: /a }, memory: { size: 1GiB } }', ['storage.memory.size']],
    ['', ['storage.disk.path', 'storage.disk.size', 'storage.disk.reserve']],
    ['storage: { disk: { path: /a } }\nlisten: { http: "0.0.0.0:80" }', ['listen.http']],
    ['storage: { disk: { path: /a } }\nlisten: { admin: off }', ['listen.admin']],
    ['storage: { disk: { path: /a } }\nlisten: { health: /up, max_connections: 5 }', []],
    ['storage: { disk: { path: /a } }\nlog: { access: { path: b.log } }', []],
    ['storage: { disk: { path: /a } }\ndrain: 5s\nwatch: true', []],
    ['storage: { disk: { path: /a } }\ndefault: { deny: 403 }', []],
  ] as const) t.same(needRestart(before, settings(text)), keys, text)
  t.end()
})

/** Reloads of texts that a test gives one by one; what is applied is what was read. */
function scene() {
  const printed: string[] = []
  const reads: Array<PromiseWithResolvers<Checked>> = []
  let current = settings()
  let number = 1
  const reloads = createReloads({
    source: {
      file: 'haulout.yaml',
      read() {
        const read = Promise.withResolvers<Checked>()
        reads.push(read)
        return read.promise
      },
    },
    log: createLog({ write: (text) => printed.push(text) }),
    current: () => current,
    apply(next) {
      current = next.settings
      number += 1
      return { number, check: next.check } as Generation
    },
  })
  /** The read that is waited for. */
  async function asked(count: number) {
    while (reads.length < count) await new Promise((resolve) => setImmediate(resolve))
    return reads[count - 1]!
  }
  return { reloads, printed, asked, served: () => current, reads }
}

t.test('what cannot be read, restarted or built changes nothing, and is told', async (t) => {
  const { reloads, printed, asked, served } = scene()
  const before = served()
  for (const [answer, text] of [
    [new HauloutError('config', 'a.yaml:1:1: no\n  1 | no'), 'a.yaml:1:1: no\n  1 | no'],
    [checked('listen: { http: "127.0.0.1:1" }'),
      'haulout.yaml: this needs a restart: listen.http'],
    [new TypeError('a bug of the loader'), /^TypeError: a bug of the loader\n {4}at /],
  ] as const) {
    const result = reloads.reload('SIGHUP')
    const read = await asked(reloads.counts.refused + 1)
    if (answer instanceof Error) read.reject(answer)
    else read.resolve(answer)
    t.match(await result, { kind: 'refused', text })
    t.match(reloads.last, { by: 'SIGHUP', result: { kind: 'refused', text } })
  }
  t.equal(served(), before)
  t.same(reloads.counts, { applied: 0, refused: 3 })
  t.match(printed, [
    / error: SIGHUP: all stays as it was: a\.yaml:1:1: no \| 1 \| no\n$/,
    /needs a restart: listen\.http\n$/, /a bug of the loader/,
  ])
})

t.test('one at a time; who comes while one runs shares the next', async (t) => {
  const { reloads, printed, asked, reads } = scene()
  const first = reloads.reload('SIGHUP')
  const read = await asked(1)
  const others = [reloads.reload('admin'), reloads.reload('watch')]
  read.resolve(checked())
  t.match(await first, { kind: 'applied', text: 'generation 2: 0 routes, 0 buckets, 0 origins' })
  ;(await asked(2)).resolve(checked())
  for (const other of others) t.match(await other, { text: /^generation 3: / })
  t.equal(reads.length, 2)
  t.same(reloads.counts, { applied: 2, refused: 0 })
  t.match(printed, [/ info: SIGHUP: generation 2: /, / info: admin: generation 3: /])
})

t.test('after the stop nothing is read, and what runs is waited for', async (t) => {
  const { reloads, asked, reads } = scene()
  const first = reloads.reload('admin')
  const read = await asked(1)
  const stopped = reloads.stop()
  const late = reloads.reload('watch')
  read.resolve(checked())
  t.match(await first, { kind: 'applied' })
  await stopped
  t.match(await late, { kind: 'refused', text: 'haulout is shutting down' })
  t.equal(reads.length, 1)
})
