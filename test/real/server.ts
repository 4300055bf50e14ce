/** haulout as its users run it: a child process with a configuration file and signals. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { resolve } from 'node:path'

const COMMAND = resolve(import.meta.dirname, '../../bin/haulout')

export type Server = {
  /** The sum of a counter's samples whose labels include these, as the admin listener tells it. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>
}

/** Runs `haulout serve` until it listens on the admin port; throws with what it said if it ends. */
export async function startServer(
  configPath: string, adminPort: number, env: Readonly<Record<string, string>>,
): Promise<Server> {
  const child = spawn(COMMAND, ['serve', '--config', configPath], {
    env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  const exited = new Promise<number | null>((done) => void child.on('close', done))
  await new Promise<void>((ready, fail) => {
    const hear = (line: string): void => {
      said.push(line)
      if (line.includes(`:${adminPort}`)) ready()
    }
    createInterface(child.stdout).on('line', hear)
    createInterface(child.stderr).on('line', hear)
    child.on('error', fail)
    child.on('close', (code) => fail(new Error(`haulout ended with ${code}:\n${said.join('\n')}`)))
  })
  return {
    async metric(name, labels = {}) {
      const reply = await fetch(`http://127.0.0.1:${adminPort}/metrics`)
      return sumOf(await reply.text(), name, labels)
    },
    async stop() {
      child.kill('SIGTERM')
      return exited
    },
  }
}

function sumOf(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const samples = text.split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .filter((line) => wanted.every((pair) => line.includes(pair)))
  return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}
