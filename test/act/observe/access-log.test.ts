import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { openAccessLog } from '../../../src/act/observe/access-log.ts'
import { LOG_BATCH_BYTES } from '../../../src/limits.ts'
import { sampleRecord } from './sample.ts'

const SOURCE = join(import.meta.dirname, '../../../src/act/observe/access-log.ts')

function neverWarn(text: string): void {
  throw new Error(`warned: ${text}`)
}

function urlsIn(path: string): string[] {
  return urlsOf(readFileSync(path, 'utf8'))
}

function urlsOf(lines: string): string[] {
  return lines.split('\n').slice(0, -1).map((line) => (JSON.parse(line) as { url: string }).url)
}

/** Resolves when the file has so many bytes; looks again at every turn of the loop. */
async function untilSize(path: string, bytes: number): Promise<void> {
  while (!existsSync(path) || statSync(path).size < bytes) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

t.test('closing writes what was gathered', async (t) => {
  const path = join(t.testdir(), 'access.log')
  const log = openAccessLog({ format: 'json', path }, neverWarn)
  log.write(sampleRecord({ url: '/1' }))
  log.write(sampleRecord({ url: '/2' }))
  t.equal(statSync(path).size, 0, 'a line is not written by itself')
  await log.close()
  t.same(urlsIn(path), ['/1', '/2'])
  t.equal(statSync(path).mode & 0o007, 0, 'others may not read it')
  log.write(sampleRecord())
  t.equal(log.dropped, 1, 'a line after the end is counted')
})

t.test('a lone line is written soon, without another one or an end', async (t) => {
  const path = join(t.testdir(), 'access.log')
  const log = openAccessLog({ format: 'json', path }, neverWarn)
  log.write(sampleRecord({ url: '/alone' }))
  await untilSize(path, 1)
  t.same(urlsIn(path), ['/alone'])
  await log.close()
})

t.test('a full batch is written at once, without waiting for the timer', async (t) => {
  const path = join(t.testdir(), 'access.log')
  const log = openAccessLog({ format: 'json', path }, neverWarn)
  const url = `/${'x'.repeat(LOG_BATCH_BYTES / 4)}`
  const started = performance.now()
  for (let count = 0; count < 4; count++) log.write(sampleRecord({ url }))
  await untilSize(path, LOG_BATCH_BYTES)
  t.ok(performance.now() - started < 90, 'before the timer')
  await log.close()
  t.same(urlsIn(path), [url, url, url, url])
})

t.test('lines are added to a file that is there', async (t) => {
  const path = join(t.testdir({ 'access.log': '{"url":"/old"}\n' }), 'access.log')
  const log = openAccessLog({ format: 'json', path }, neverWarn)
  log.write(sampleRecord({ url: '/new' }))
  await log.close()
  t.same(urlsIn(path), ['/old', '/new'])
})

t.test('after a rename and a reopen, new lines go to a new file and none is lost', async (t) => {
  const path = join(t.testdir(), 'access.log')
  const log = openAccessLog({ format: 'json', path }, neverWarn)
  for (const round of [1, 2, 3]) {
    log.write(sampleRecord({ url: `/${round}a` }))
    log.write(sampleRecord({ url: `/${round}b` }))
    renameSync(path, `${path}.${round}`)
    log.reopen()
    await untilSize(path, 0)
  }
  log.write(sampleRecord({ url: '/last' }))
  await log.close()
  t.same(urlsIn(`${path}.1`), ['/1a', '/1b'])
  t.same(urlsIn(`${path}.2`), ['/2a', '/2b'])
  t.same(urlsIn(`${path}.3`), ['/3a', '/3b'])
  t.same(urlsIn(path), ['/last'])
  t.equal(log.dropped, 0)
})

t.test('a file that cannot be opened again stays in use', async (t) => {
  const path = join(t.testdir({ logs: {} }), 'logs', 'access.log')
  const warnings: string[] = []
  const log = openAccessLog({ format: 'json', path }, (text) => warnings.push(text))
  const kept = `${dirname(dirname(path))}/kept.log`
  renameSync(path, kept)
  rmSync(dirname(path), { recursive: true })
  log.write(sampleRecord({ url: '/1' }))
  log.reopen()
  log.write(sampleRecord({ url: '/2' }))
  await log.close()
  t.same(urlsIn(kept), ['/1', '/2'])
  t.match(warnings, [/access\.log cannot be opened again: .*ENOENT/])
  t.equal(log.dropped, 0)
})

t.test('a full disk costs lines, is counted and warned of, and breaks nothing', async (t) => {
  const warnings: string[] = []
  const log = openAccessLog({ format: 'json', path: '/dev/full' }, (text) => warnings.push(text))
  for (let count = 0; count < 1000; count++) log.write(sampleRecord())
  await log.close()
  t.equal(log.dropped, 1000)
  t.match(warnings[0], /ENOSPC/)
})

t.test('what waits for a slow disk is bounded', async (t) => {
  const path = join(t.testdir(), 'access.log')
  const log = openAccessLog({ format: 'json', path }, neverWarn)
  const url = 'x'.repeat(LOG_BATCH_BYTES)
  // Without a turn of the loop nothing can be written, as if the disk stood still.
  for (let count = 0; count < 200; count++) log.write(sampleRecord({ url }))
  t.ok(log.dropped > 50 && log.dropped < 100, `${log.dropped} of 200 lines dropped`)
  const { dropped } = log
  await log.close()
  t.equal(urlsIn(path).length, 200 - dropped)
})

t.test('a path that cannot be opened at the start is an error that names it', async (t) => {
  const path = join(t.testdir(), 'no', 'access.log')
  t.throws(() => openAccessLog({ format: 'json', path }, neverWarn), {
    name: 'HauloutError', code: 'config',
    detail: /^log\.access\.path: .*access\.log cannot be opened: .*ENOENT/,
  })
})

t.test('off writes nothing at all', async (t) => {
  const path = join(t.testdir(), 'access.log')
  const log = openAccessLog({ format: 'off', path }, neverWarn)
  log.write(sampleRecord())
  log.reopen()
  await log.close()
  t.equal(existsSync(path), false)
})

/** A program that writes `count` lines to its standard output and tells what it dropped. */
function writer(count: number): string {
  return `
    const { openAccessLog } = await import(${JSON.stringify(SOURCE)})
    const { sampleRecord } = await import(${JSON.stringify(join(import.meta.dirname, 'sample.ts'))})
    const log = openAccessLog({ format: 'json', path: null }, () => {})
    for (let at = 0; at < ${count}; at++) {
      log.write(sampleRecord({ url: '/' + at }))
      if (at % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await log.close()
    process.stderr.write(String(log.dropped))
    process.exit(0)`
}

t.test('standard output gets every line, in order, through a pipe', async (t) => {
  const child = spawn(process.execPath, ['-e', writer(5000)], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, dropped] = await Promise.all([text(child.stdout), text(child.stderr)])
  t.equal(dropped, '0')
  t.same(urlsOf(output), Array.from({ length: 5000 }, (_, at) => `/${at}`))
})

t.test('a reader of standard output that leaves does not end the process', async (t) => {
  const child = spawn(process.execPath, ['-e', writer(5000)], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.once('data', () => child.stdout.destroy())
  const dropped = text(child.stderr)
  const [code] = await once(child, 'exit') as [number]
  t.equal(code, 0)
  t.ok(Number(await dropped) > 0, await dropped)
})
