/**
 * A real S3 store for tests: Ceph with one monitor, one object store that lives in memory, and one
 * RADOS Gateway, on loopback, without systemd. What is hard about it: its daemons detach, so they
 * are found again by their pid files; and it never restarts warm, so every store starts cold.
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The Debian package of each program that these tests run. */
const PACKAGES: Readonly<Record<string, string>> = {
  'radosgw': 'radosgw', 'radosgw-admin': 'radosgw', 'ceph-mon': 'ceph-mon', 'ceph-osd': 'ceph-osd',
  'ceph': 'ceph-common', 'ceph-authtool': 'ceph-common', 'monmaptool': 'ceph-common',
  's3cmd': 's3cmd', 'curl': 'curl',
}

export const ACCESS_KEY = 'AKIDWALRUS'
export const SECRET_KEY = 'walrussecret'

export type Store = {
  readonly port: number
  /** An s3cmd call with the store's address and keys, e.g. `s3cmd('mb', 's3://bucket')`. */
  s3cmd(...words: string[]): Promise<string>
  stop(): Promise<void>
}

/** Starts a store; takes about 15 s. Throws with the command to run when a program is missing. */
export async function startStore(): Promise<Store> {
  await needPrograms()
  const folder = await mkdtemp(join(tmpdir(), 'haulout-store-'))
  for (const name of ['mon', 'osd', 'rgw', 'run', 'log']) await mkdir(join(folder, name))
  const [port, monitor, messenger] = await freePorts(3)
  const conf = join(folder, 'ceph.conf')
  await writeFile(conf, ceph(folder, { port: port!, monitor: monitor!, messenger: messenger! }))
  await writeFile(join(folder, 's3cfg'), s3cfg(port!))
  const stop = (): Promise<void> => stopStore(folder)
  try {
    await startDaemons(folder, `[v2:127.0.0.1:${messenger},v1:127.0.0.1:${monitor}]`)
    await run('curl', ['-sf', '-o', join(folder, 'root'), '--retry', '60', '--retry-delay', '1',
      '--retry-all-errors', `http://127.0.0.1:${port}/`])
    await run('radosgw-admin', ['-c', conf, '-n', 'client.rgw', 'user', 'create', '--uid=walrus',
      '--display-name=Walrus', `--access-key=${ACCESS_KEY}`, `--secret-key=${SECRET_KEY}`])
  } catch (error) {
    await stop()
    throw error
  }
  return {
    port: port!,
    async s3cmd(...words) {
      const env = { ...process.env, LC_ALL: 'C.UTF-8' }
      const { stdout } = await run('s3cmd', ['-c', join(folder, 's3cfg'), ...words], { env })
      return stdout
    },
    stop,
  }
}

/** Throws unless every program that these tests run is on the PATH. */
async function needPrograms(): Promise<void> {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const missing = new Set<string>()
  for (const [program, name] of Object.entries(PACKAGES)) {
    const found = await Promise.allSettled(
      folders.map((folder) => access(join(folder, program), constants.X_OK)))
    if (found.every(({ status }) => status === 'rejected')) missing.add(name)
  }
  if (missing.size === 0) return
  throw new Error('these tests need programs that are not installed; run: ' +
    `apt-get install -y --no-install-recommends ${[...missing].join(' ')}`)
}

/** Ports that nobody listens on now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports: number[] = []
  for (const server of servers) {
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    ports.push((server.address() as AddressInfo).port)
  }
  for (const server of servers) await new Promise((resolve) => void server.close(resolve))
  return ports
}

async function startDaemons(folder: string, address: string): Promise<void> {
  const conf = join(folder, 'ceph.conf')
  const keyring = join(folder, 'keyring')
  const map = join(folder, 'monmap')
  const text = await readFile(conf, 'utf8')
  const cluster = /^fsid = (.+)$/m.exec(text)![1]!
  await run('ceph-authtool', ['-C', keyring, '-n', 'mon.', '--gen-key', '--cap', 'mon', 'allow *'])
  for (const name of ['client.admin', 'client.rgw', 'osd.0']) {
    await run('ceph-authtool', [keyring, '-n', name, '--gen-key', '--cap', 'mon', 'allow *',
      '--cap', 'osd', 'allow *', '--cap', 'mgr', 'allow *'])
  }
  await run('monmaptool', ['--create', '--fsid', cluster, '--addv', 'a', address, map])
  await run('ceph-mon', ['-c', conf, '--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring])
  await run('ceph-mon', ['-c', conf, '-i', 'a'])
  const disk = randomUUID()
  await run('ceph', ['-c', conf, 'osd', 'new', disk, '0'])
  await run('ceph-osd', ['-c', conf, '-i', '0', '--mkfs', '--osd-uuid', disk])
  await run('ceph-osd', ['-c', conf, '-i', '0', '--osd-uuid', disk])
  await run('radosgw', ['-c', conf, '-n', 'client.rgw'])
}

/** Ends the daemons by their pid files, gateway first, and removes the folder. */
async function stopStore(folder: string): Promise<void> {
  const names = (await readdir(join(folder, 'run'))).filter((name) => name.endsWith('.pid'))
  const pids = await Promise.all(names.toSorted().map(async (name) =>
    Number(await readFile(join(folder, 'run', name), 'utf8'))))
  for (const pid of pids) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  await run('tail', [...pids.flatMap((pid) => ['--pid', String(pid)]), '-f', '/dev/null'])
  await rm(folder, { recursive: true, force: true })
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function s3cfg(port: number): string {
  return `[default]
access_key = ${ACCESS_KEY}
secret_key = ${SECRET_KEY}
host_base = 127.0.0.1:${port}
host_bucket = 127.0.0.1:${port}
use_https = False
`
}

type Ports = { readonly port: number; readonly monitor: number; readonly messenger: number }

function ceph(folder: string, { port, monitor, messenger }: Ports): string {
  return `[global]
fsid = ${randomUUID()}
mon_host = [v2:127.0.0.1:${messenger},v1:127.0.0.1:${monitor}]
keyring = ${folder}/keyring
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv6 = false
run_dir = ${folder}/run
log_file = ${folder}/log/$name.log
pid_file = ${folder}/run/$name.pid
admin_socket = ${folder}/run/$name.asok
crash_dir = ${folder}/run
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
[mon.a]
mon_data = ${folder}/mon
[osd.0]
osd_data = ${folder}/osd
osd_objectstore = memstore
memstore_device_bytes = 2147483648
[client.rgw]
keyring = ${folder}/keyring
rgw_data = ${folder}/rgw
rgw_frontends = beast endpoint=127.0.0.1:${port}
rgw_enable_apis = s3
rgw_thread_pool_size = 32
`
}
