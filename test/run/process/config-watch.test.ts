import {
  appendFileSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { marksOf, watchConfig } from '../../../src/run/process/config-watch.ts'

/** Watches files; `changed(n)` resolves at their n-th change. */
function watching(t: Test, ...files: string[]) {
  const waiting: Array<() => void> = []
  const warnings: string[] = []
  let count = 0
  const watch = watchConfig({
    files: () => files, seen: marksOf(files), warn: (text) => warnings.push(text),
    onChange() {
      count += 1
      for (const wake of waiting.splice(0)) wake()
    },
  })
  t.teardown(() => watch.close())
  // The watch holds no process open, so that somebody else has to.
  const open = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(open))
  async function changed(least: number): Promise<void> {
    while (count < least) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  return { watch, changed, warnings, count: () => count }
}

t.test('a file that is written, renamed over, or removed and made again is a change', async (t) => {
  const folder = t.testdir({ 'haulout.yaml': 'one' })
  const file = join(folder, 'haulout.yaml')
  const { changed, count, warnings } = watching(t, file)
  writeFileSync(file, 'two')
  await changed(1)
  writeFileSync(join(folder, '.haulout.yaml.swp'), 'three')
  renameSync(join(folder, '.haulout.yaml.swp'), file)
  await changed(2)
  // As vim does it: the old one is moved away first.
  renameSync(file, `${file}~`)
  writeFileSync(file, 'four')
  await changed(3)
  unlinkSync(file)
  writeFileSync(file, 'five')
  await changed(4)
  t.equal(count(), 4)
  t.same(warnings, [])
})

t.test('other files of its folder are none, even when they are written all the time', async (t) => {
  const folder = t.testdir({ 'haulout.yaml': 'one', 'access.log': '' })
  const file = join(folder, 'haulout.yaml')
  const { changed, count } = watching(t, file)
  const writing = setInterval(() => appendFileSync(join(folder, 'access.log'), 'line\n'), 5)
  for (const times of [1, 2, 3]) {
    writeFileSync(file, `changed ${times}`)
    await changed(times)
    t.equal(count(), times)
  }
  clearInterval(writing)
})

t.test('a link that is led elsewhere is a change, and so is one behind it', async (t) => {
  // As Kubernetes does it: the file is a link through a link to a folder that is replaced.
  const folder = realpathSync(t.testdir({}))
  for (const version of ['1', '2']) {
    mkdirSync(join(folder, version))
    writeFileSync(join(folder, version, 'haulout.yaml'), version)
  }
  symlinkSync('1', join(folder, 'now'))
  symlinkSync('now/haulout.yaml', join(folder, 'haulout.yaml'))
  const { changed, count } = watching(t, join(folder, 'haulout.yaml'))
  symlinkSync('2', join(folder, 'next'))
  renameSync(join(folder, 'next'), join(folder, 'now'))
  await changed(1)
  rmSync(join(folder, '1'), { recursive: true })
  // The folder that it leads to now is watched as well.
  writeFileSync(join(folder, '2', 'haulout.yaml'), 'changed in its place')
  await changed(2)
  t.equal(count(), 2)
})

t.test('a change from before the watch is seen; what somebody has read is none', async (t) => {
  const file = join(t.testdir({ 'haulout.yaml': 'one' }), 'haulout.yaml')
  const seen = marksOf([file])
  writeFileSync(file, 'changed between being read and being watched')
  const { promise, resolve } = Promise.withResolvers<void>()
  const open = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(open))
  const late = watchConfig({ files: () => [file], seen, onChange: resolve, warn: t.fail })
  await promise
  late.close()

  const { watch, changed, count } = watching(t, file)
  // This one looks at the same events, a moment later, and is not told.
  const other = watching(t, file)
  writeFileSync(file, 'read by whoever wrote it')
  watch.saw(marksOf([file]))
  await other.changed(1)
  t.equal(count(), 0)
  writeFileSync(file, 'and changed again')
  await changed(1)
})

t.test('a change of any of several files is one, wherever they are', async (t) => {
  const folder = t.testdir({ 'haulout.yaml': 'one', tests: { 'a.yaml': 'one' } })
  const [file, other] = [join(folder, 'haulout.yaml'), join(folder, 'tests/a.yaml')]
  const { changed, count } = watching(t, file, other)
  writeFileSync(other, 'two')
  await changed(1)
  writeFileSync(file, 'two')
  await changed(2)
  unlinkSync(other)
  await changed(3)
  t.equal(count(), 3)
})

t.test('a folder that cannot be watched is a warning', async (t) => {
  const { warnings } = watching(t, join(t.testdir(), 'gone', 'haulout.yaml'))
  t.match(warnings, [/gone cannot be watched for changes of the configuration: .*ENOENT/])
})
