import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import t from 'tap'
import { isDiskRejection } from '../../../src/run/cli/watch.ts'

const SOURCES = join(import.meta.dirname, '../../../src')

/** The two errors that lmdb 3.5 leaves unhandled after a commit on a full disk, as seen. */
function diskErrors(): Error[] {
  const commit = Object.assign(new Error('Input/output error'), {
    code: 5,
    stack: 'Error: Input/output error\n' +
      '    at Function.<anonymous> (/opt/haulout/node_modules/lmdb/dist/index.cjs:677:7)',
  })
  const put = Object.assign(new Error('Commit failed (see commitError for details)'), {
    commitError: Promise.resolve(),
  })
  return [commit, put]
}

t.test('only the rejections that lmdb leaves behind are of the disk', async (t) => {
  for (const error of diskErrors()) t.ok(isDiskRejection(error), error.message)
  for (const reason of [
    new Error('bug: a'), new TypeError('x is not a function'), undefined, null, 'text', 5,
    { commitError: Promise.resolve() },
    Object.assign(new Error('like it'), { commitError: 'text' }),
    Object.assign(new Error('of node'), { code: 'EIO', stack: diskErrors()[0]!.stack }),
    Object.assign(new Error('another number'), { code: 5 }),
    Object.assign(new Error('thrown in lmdb'), { stack: diskErrors()[0]!.stack }),
  ]) t.notOk(isDiskRejection(reason), inspect(reason))
})

/** A process that watches, does `code`, and says `stopped` and then ends with the watch's code. */
function watching(code: string) {
  const script = `
    const { watchProcess, isDiskRejection } = await import('${SOURCES}/run/cli/watch.ts')
    const { createLog } = await import('${SOURCES}/act/observe/log.ts')
    const watch = watchProcess(createLog({ write: (text) => process.stdout.write(text) }))
    const open = setInterval(() => {}, 1000)
    watch.onHangup = () => console.log('hangup')
    console.log('ready')
    ${code}
    await watch.stopped
    console.log('stopped')
    if (process.argv.includes('stay')) await new Promise(() => {})
    clearInterval(open)
    process.exitCode = watch.code`
  return {
    start(...words: string[]) {
      const child = spawn(process.execPath, ['-e', script, ...words],
        { stdio: ['ignore', 'pipe', 'inherit'] })
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
      const exit = once(child, 'exit') as Promise<[number | null, string | null]>
      return { child, exit, line: async () => String((await lines.next()).value) }
    },
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} stops, with exit code 0`, async (t) => {
    const { child, exit, line } = watching('').start()
    t.equal(await line(), 'ready')
    child.kill(signal)
    t.match(await line(), `info: ${signal}: draining; once more ends it at once`)
    t.equal(await line(), 'stopped')
    t.same(await exit, [0, null])
  })
}

t.test('a second signal ends at once, with exit code 1', async (t) => {
  const { child, exit, line } = watching('').start('stay')
  t.equal(await line(), 'ready')
  child.kill('SIGTERM')
  t.match(await line(), 'SIGTERM: draining')
  t.equal(await line(), 'stopped')
  child.kill('SIGINT')
  t.same(await exit, [1, null])
})

t.test('SIGHUP is a call, every time, and stops nothing', async (t) => {
  const { child, exit, line } = watching('').start()
  t.equal(await line(), 'ready')
  for (const _ of [1, 2]) {
    child.kill('SIGHUP')
    t.equal(await line(), 'hangup')
  }
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
})

t.test('a rejection of the disk changes nothing', async (t) => {
  const { child, exit, line } = watching(`
    Promise.reject(Object.assign(new Error('Commit failed'), { commitError: Promise.resolve() }))
    setImmediate(() => console.log('still here'))`).start()
  t.equal(await line(), 'ready')
  t.equal(await line(), 'still here')
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
})

for (const [what, code] of [
  ['a rejection nobody caught', "Promise.reject(new Error('bug: it was us'))"],
  ['an exception nobody caught', "setImmediate(() => { throw new Error('bug: it was us') })"],
] as const) {
  t.test(`${what} is logged, drains, and makes the exit code 1`, async (t) => {
    const { exit, line } = watching(code).start()
    t.equal(await line(), 'ready')
    t.match(await line(), /error: Error: bug: it was us \| at .*; draining$/)
    t.equal(await line(), 'stopped')
    t.same(await exit, [1, null])
  })
}
