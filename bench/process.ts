/**
 * A program under measurement: started on one core, with all its processes and threads counted.
 * What is hard about it: nginx and Varnish work in children, whose time and memory must be found
 * under the process that was started; a child that has ended lives on in its parent's sums.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** USER_HZ, the unit of /proc/PID/stat: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100
const START_MS = 20_000
const STOP_MS = 20_000

/** Debian keeps servers in folders that only root has on its path. */
export const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`

export type Running = {
  readonly name: string
  readonly pid: number
  /** CPU seconds, user and system, of the process and all its descendants so far. */
  cpuSeconds(): number
  /** SIGTERM, then SIGKILL when it does not end. */
  stop(): Promise<void>
}

export type Program = {
  readonly name: string
  readonly command: readonly string[]
  /** It is ready when this port of 127.0.0.1 accepts connections. */
  readonly port: number
  readonly core: number
}

/** Rejects with what the program wrote to standard error when it does not come up. */
export async function start(program: Program): Promise<Running> {
  const { name, command, core } = program
  const child = spawn('taskset', ['-c', String(core), ...command], {
    stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH },
  })
  const complaint: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint.push(text)
    if (complaint.length > 50) complaint.shift()
  })
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  const pid = child.pid!
  child.once('exit', (code, signal) => {
    if (child.killed) return
    console.error(`${name} ended with ${code ?? signal}: ${complaint.join('')}`)
  })
  try {
    await answering(program.port, child)
  } catch (cause) {
    child.kill('SIGKILL')
    throw new Error(`${name} did not start: ${complaint.join('')}`, { cause })
  }
  return { name, pid, cpuSeconds: () => cpuSecondsOf(pid), stop: () => stop(child) }
}

async function answering(port: number, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    if (await accepts(port)) return
    await wait(50)
  }
  throw new Error(`nobody listens on port ${port} after ${START_MS} ms`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(timer)
}

function cpuSecondsOf(pid: number): number {
  let ticks = 0
  for (const one of family(pid)) {
    // The second field is the name in parentheses and may hold anything; utime is the 14th.
    const stat = readFileSync(`/proc/${one}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    for (const field of fields.slice(11, 15)) ticks += Number(field)
  }
  return ticks / TICKS_PER_SECOND
}

/** Seconds for which this core has done anything so far, and for which its owner gave it away. */
export function coreSeconds(core: number): number {
  const found = new RegExp(`^cpu${core} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'latin1'))
  // user, nice, system, idle, iowait, irq, softirq, steal; guest time is in user already.
  const ticks = (found?.[1] ?? '').split(' ').slice(0, 8).map(Number)
  return (ticks.reduce((sum, one) => sum + one, 0) - ticks[3]! - ticks[4]!) / TICKS_PER_SECOND
}

function family(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean))
  return [pid, ...children.flatMap((child) => family(Number(child)))]
}

/** Resident memory in bytes, as /proc/PID/status splits it. */
export type Resident = {
  /** The kernel's own peak of the whole: VmHWM. */
  readonly peak: number
  readonly total: number
  /** Memory that is the process's own: heap, buffers, stacks. */
  readonly anonymous: number
  /** Pages of mapped files, the disk tier's above all; the kernel may take them back any time. */
  readonly file: number
}

/** Of this process alone: haulout is one. */
export function residentOf(pid: number): Resident {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const bytes = (name: string): number =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
  const peak = bytes('VmHWM')
  return { peak, total: bytes('VmRSS'), anonymous: bytes('RssAnon'), file: bytes('RssFile') }
}

/** A port of 127.0.0.1 that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
