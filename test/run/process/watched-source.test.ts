/** Which changes are news: of the files that count, and only what has not been read. */
import { unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Settings } from '../../../src/model/settings.ts'
import { watchable } from '../../../src/run/process/watched-source.ts'

/** A source whose configuration names these files of authorities; `changed(n)` waits for news. */
function watching(
  t: Test, authorities: (folder: string) => readonly string[], pages: readonly string[] = [],
) {
  const folder = t.testdir({
    'haulout.yaml': '', 'ca.pem': 'one', 'other.pem': 'one', '404.html': '',
  })
  const at = join.bind(null, folder)
  let reads = 0
  const source = watchable({
    file: at('haulout.yaml'),
    read() {
      reads += 1
      const origins = authorities(folder).map((ca) => ({ ca }))
      const check = { routes: 0, buckets: 0, origins: 0, tests: 0 }
      const pageFiles = pages.map((name) => join(folder, name))
      return { settings: { origins, pageFiles } as unknown as Settings, check }
    },
  })
  let changed = Promise.withResolvers<void>()
  let changes = 0
  const events = {
    onChange() {
      changes += 1
      void source.read().then(() => changed.resolve())
    },
    warn: t.fail,
  }
  const open = setInterval(() => {}, 1000)
  t.teardown(() => {
    clearInterval(open)
    source.close()
  })
  return {
    source, at, events, count: () => changes, reads: () => reads,
    async changed(least: number) {
      while (changes < least) {
        changed = Promise.withResolvers<void>()
        await changed.promise
      }
    },
  }
}

t.test('files of authorities count while the configuration names them', async (t) => {
  let name = 'ca.pem'
  const { source, at, events, changed, count, reads } =
    watching(t, (folder) => [join(folder, name)])
  await source.read()
  source.watch(true, events)
  writeFileSync(at('ca.pem'), 'renewed')
  await changed(1)
  name = 'other.pem'
  writeFileSync(at('haulout.yaml'), '# names the other one')
  await changed(2)
  writeFileSync(at('ca.pem'), 'nobody asks for it now')
  writeFileSync(at('other.pem'), 'two')
  await changed(3)
  t.same([count(), reads()], [3, 4], 'each was read once')
})

t.test('a page that has been changed is news', async (t) => {
  const { source, at, events, changed } = watching(t, () => [], ['404.html'])
  await source.read()
  source.watch(true, events)
  writeFileSync(at('404.html'), '<h1>not here</h1>')
  await changed(1)
  t.pass('it was read again')
})

t.test('files of tests count from when they appear until they are gone', async (t) => {
  const { source, at, events, changed, count } = watching(t, () => [])
  await source.read()
  source.watch(true, events)
  source.watch(true, events)
  writeFileSync(at('haulout.more.test.yaml'), 'one')
  await changed(1)
  writeFileSync(at('another.test.yaml'), 'of another configuration')
  unlinkSync(at('haulout.more.test.yaml'))
  await changed(2)
  t.equal(count(), 2)
  source.watch(false, events)
  writeFileSync(at('haulout.yaml'), 'nobody looks')
  source.watch(true, events)
  await changed(3)
})

t.test('what comes from elsewhere has no files to watch', async (t) => {
  const source = watchable({ file: null, read: () => { throw new Error('there is nothing') } })
  source.watch(true, { onChange: t.fail, warn: t.fail })
  await t.rejects(source.read(), /there is nothing/)
  source.close()
})
