/**
 * The three caches under test, each with the configuration that stands beside this file. What is
 * hard about it: fairness. README.md says what is switched on in each and why.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { freePort, PATH, start, type Running } from './process.ts'

export type Place = 'memory' | 'disk'
export type CacheName = 'haulout' | 'nginx' | 'varnish'
export const CACHES: readonly CacheName[] = ['haulout', 'nginx', 'varnish']

/** One cache, running, with its bodies in one place. */
export type Competitor = {
  readonly name: CacheName
  readonly places: readonly Place[]
  readonly port: number
  readonly running: Running
  /** What the head of a hit in this place matches. */
  readonly hit: (place: Place) => string
}

export type Bench = {
  /** A folder of the run's own, on a disk. */
  readonly folder: string
  readonly originPort: number
  readonly serverCore: number
}

const REPOSITORY = resolve(import.meta.dirname, '..')

const NEEDED = [['nginx', 'nginx'], ['varnishd', 'varnish'], ['wrk', 'wrk']] as const

/** Debian's packages for what is missing; empty when everything is here. */
export function missingPackages(): string[] {
  const folders = PATH.split(':')
  return NEEDED
    .filter(([program]) => !folders.some((folder) => existsSync(join(folder, program))))
    .map(([, name]) => name)
}

/** The version of each, for the table. */
export function versions(): Record<CacheName, string> {
  const { version } = JSON.parse(
    readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string }
  return {
    haulout: `${version} (Node ${process.versions.node})`,
    nginx: versionOf('nginx', '-v'),
    varnish: versionOf('varnishd', '-V'),
  }
}

function versionOf(program: string, option: string): string {
  const { stdout, stderr } = spawnSync(program, [option], {
    encoding: 'utf8', env: { ...process.env, PATH },
  })
  return /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? 'unknown'
}

/** Starts one instance of the cache for each place that needs its own. */
export async function startCache(name: CacheName, bench: Bench): Promise<Competitor[]> {
  if (name === 'nginx') return [await startNginx(bench)]
  const startOne = name === 'varnish' ? startVarnish : startHaulout
  return [await startOne('memory', bench), await startOne('disk', bench)]
}

/** nginx keeps every body in a file; its memory is the kernel's page cache. */
async function startNginx(bench: Bench): Promise<Competitor> {
  const folder = makeFolder(bench, 'nginx')
  const port = await freePort()
  const config = fill('nginx.conf', folder, { port, origin: bench.originPort })
  const running = await start({
    name: 'nginx', command: ['nginx', '-c', config, '-p', folder], port, core: bench.serverCore,
  })
  return {
    name: 'nginx', places: ['memory', 'disk'], port, running, hit: () => '^X-Cache: HIT',
  }
}

async function startVarnish(place: Place, bench: Bench): Promise<Competitor> {
  const folder = makeFolder(bench, `varnish-${place}`)
  const port = await freePort()
  const rules = fill('varnish.vcl', folder, { origin: bench.originPort })
  const storage = place === 'memory' ? 'malloc,1G' : `file,${folder}/store,2G`
  const running = await start({
    name: `varnish (${place})`, port, core: bench.serverCore,
    command: ['varnishd', '-F', '-n', join(folder, 'work'), '-a', `127.0.0.1:${port}`,
      '-f', rules, '-s', storage],
  })
  return {
    name: 'varnish', places: [place], port, running,
    hit: () => '^X-Varnish: \\d+ \\d+\r\n(?:.*\r\n)*X-Cache: HIT',
  }
}

/** For the disk, the memory tier is made too small to ever have a chunk that is asked for. */
async function startHaulout(place: Place, bench: Bench): Promise<Competitor> {
  const memory = place === 'memory' ? '512MiB' : '4MiB'
  const { port, running } = await startHauloutWith(place, bench, { memory, disk: '4GiB' })
  return {
    name: 'haulout', places: [place], port, running,
    hit: (place) => `^Cache-Status: .*\\bhit\\b.*\\bhit-${place}\\b`,
  }
}

export type TierSizes = { readonly memory: string; readonly disk: string }

/** haulout with tiers of these sizes, on a free port. */
export async function startHauloutWith(
  label: string, bench: Bench, sizes: TierSizes,
): Promise<{ port: number; running: Running }> {
  const folder = makeFolder(bench, `haulout-${label}`)
  const [port, admin] = [await freePort(), await freePort()]
  const config = fill('haulout.yaml', folder, { port, admin, origin: bench.originPort, ...sizes })
  const running = await start({
    name: `haulout (${label})`, port, core: bench.serverCore,
    command: [join(REPOSITORY, 'bin/haulout'), 'serve', '--config', config],
  })
  return { port, running }
}

function makeFolder(bench: Bench, name: string): string {
  const folder = join(bench.folder, name)
  mkdirSync(folder, { recursive: true })
  // Varnish and nginx work under their own user when they were started by root.
  execFileSync('chmod', ['755', bench.folder, folder])
  return folder
}

/** Writes the template with its `{{names}}` filled in, and says where. */
function fill(
  template: string, folder: string, values: Readonly<Record<string, string | number>>,
): string {
  const text = readFileSync(join(import.meta.dirname, template), 'utf8')
  const path = join(folder, template)
  const all: Readonly<Record<string, string | number>> = { ...values, dir: folder, name: '' }
  writeFileSync(path, text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = all[name]
    if (value === undefined) throw new Error(`${template}: nothing for {{${name}}}`)
    return String(value)
  }))
  return path
}
