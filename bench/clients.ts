/** Two kinds of clients, each a process on the load's core: wrk for small, load.ts for large. */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import type { LoadOrder, LoadReport } from './load.ts'

const run = promisify(execFile)

export type WrkOrder = {
  readonly port: number
  readonly path: string
  readonly connections: number
  readonly seconds: number
}

/** Whole requests answered with 200; throws when any was not. */
export async function wrk(core: number, order: WrkOrder): Promise<{ requests: number }> {
  const url = `http://127.0.0.1:${order.port}${order.path}`
  const { stdout } = await run('taskset', ['-c', String(core), 'wrk', '-t1',
    `-c${order.connections}`, `-d${order.seconds}s`, url])
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(stdout)) throw new Error(stdout)
  return { requests }
}

/** Runs load.ts; throws what it complains about. */
export async function fetchAll(core: number, order: LoadOrder): Promise<LoadReport> {
  const { stdout } = await run('taskset', ['-c', String(core), process.execPath,
    resolve(import.meta.dirname, 'load.ts'), JSON.stringify(order)])
  return JSON.parse(stdout) as LoadReport
}
