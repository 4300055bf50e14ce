/** The `haulout` command as a child process, for tests. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'

const LAUNCHER = join(import.meta.dirname, '../../../bin/haulout')

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

/** Runs it to its end. */
export async function runToEnd(...words: string[]): Promise<Ended> {
  const child = spawn(LAUNCHER, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [[code], out, err] = await Promise.all(
    [once(child, 'exit') as Promise<[number | null]>, text(child.stdout), text(child.stderr)])
  return { code, out, err }
}

export type Running = {
  readonly child: ChildProcess
  /** Resolves with the match once what it wrote so far has it; rejects if it ends before. */
  said(where: 'out' | 'err', what: RegExp): Promise<RegExpExecArray>
  /** Resolves at its end. */
  readonly ended: Promise<Ended>
}

/** Starts it; the test's end kills it if it still runs then. */
export function start(t: Test, words: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(LAUNCHER, words, {
    stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env },
  })
  t.teardown(() => child.kill('SIGKILL'))
  const written = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (some: string) => { written.out += some })
  child.stderr.setEncoding('utf8').on('data', (some: string) => { written.err += some })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...written }))

  async function said(where: 'out' | 'err', what: RegExp): Promise<RegExpExecArray> {
    const stream = where === 'out' ? child.stdout : child.stderr
    for (;;) {
      const found = what.exec(written[where])
      if (found !== null) return found
      const more = await Promise.race([once(stream, 'data'), ended])
      if (!Array.isArray(more)) throw new Error(`ended without ${what}: ${JSON.stringify(more)}`)
    }
  }
  return { child, said, ended }
}
