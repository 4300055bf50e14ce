/** Two kinds of clients, each a process on the load's core: wrk for small, load.ts for large. */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import type { LoadOrder, LoadReport } from './load.ts'

const run = promisify(execFile)

/** CPU seconds that the clients themselves took. */
type Cost = { readonly cpuSeconds: number }

export type WrkOrder = {
  readonly port: number
  readonly path: string
  readonly connections: number
  readonly seconds: number
}

/** Whole requests answered with 200; throws when any was not. */
export async function wrk(core: number, order: WrkOrder): Promise<{ requests: number } & Cost> {
  const url = `http://127.0.0.1:${order.port}${order.path}`
  const { output, cpuSeconds } = await runOn(core, ['wrk', '-t1',
    `-c${order.connections}`, `-d${order.seconds}s`, url])
  const requests = Number(/(\d+) requests in/.exec(output)?.[1])
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(output)) throw new Error(output)
  return { requests, cpuSeconds }
}

/** Runs load.ts; throws what it complains about. */
export async function fetchAll(core: number, order: LoadOrder): Promise<LoadReport & Cost> {
  const { output, cpuSeconds } = await runOn(core, [process.execPath,
    resolve(import.meta.dirname, 'load.ts'), JSON.stringify(order)])
  return { ...JSON.parse(output) as LoadReport, cpuSeconds }
}

/** Runs a command to its end under a shell, because only a shell can tell what its child took. */
async function runOn(
  core: number, command: readonly string[],
): Promise<{ output: string; cpuSeconds: number }> {
  const script = '"$@" || exit; times'
  const { stdout } = await run('taskset',
    ['-c', String(core), 'sh', '-c', script, 'sh', ...command])
  const lines = stdout.trimEnd().split('\n')
  // The last line of `times` is of the children: user, then system, as 1m2.345s.
  const times = [...(lines.at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)]
  const cpuSeconds = times.reduce((sum, [, minutes, seconds]) =>
    sum + 60 * Number(minutes) + Number(seconds), 0)
  return { output: lines.slice(0, -2).join('\n'), cpuSeconds }
}
