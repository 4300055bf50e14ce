/**
 * `haulout demo`: the proxy in front of a pocket Walrus with sample tarballs, from nothing but this
 * package. All that it writes is in one temporary folder, removed at the end.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HauloutError } from '../../errors.ts'
import type { Settings } from '../../model/settings.ts'
import { startPocket, type Pocket, type PocketOptions } from '../../pocket/pocket.ts'
import { writeSamples } from '../../pocket/samples.ts'
import { checkFile } from '../config/checked.ts'
import type { Worker } from '../process/worker.ts'
import { urlOf } from './messages.ts'
import { runWorker } from './serve.ts'

const CONFIG = fileURLToPath(new URL('../../../config/demo.yaml', import.meta.url))

/** Where Walrus itself listens. */
const WALRUS_PORT = 8773

/** The key pair of the pocket Walrus, under the names that the configuration refers to. */
const KEYS = {
  HAULOUT_DEMO_ACCESS_KEY: 'DEMOACCESSKEYOFWALRUS',
  HAULOUT_DEMO_SECRET_KEY: 'a-secret-that-everybody-may-know',
}

/**
 * Runs until it is told to stop, and returns the exit code. Options are `port` and `admin-port`.
 * @throws HauloutError `usage` for what is no port, `listen` for one that is taken.
 */
export async function demo(options: Readonly<Record<string, string>>): Promise<number> {
  const ports = { http: portOf(options, 'port'), admin: portOf(options, 'admin-port') }
  Object.assign(process.env, KEYS)
  const folder = await mkdtemp(join(tmpdir(), 'haulout-demo-'))
  let pocket = null as Pocket | null
  try {
    return await runWorker({
      source: {
        file: CONFIG,
        async read() {
          const checked = checkFile(CONFIG)
          pocket ??= await openPocket(join(folder, 'buckets'))
          const place = { folder, endpoint: pocket.endpoint, ports }
          return { ...checked, settings: settingsOf(checked.settings, place) }
        },
      },
      onReady: (worker) => announce(worker, pocket!.endpoint),
    })
  } catch (error) {
    throw withAdvice(error)
  } finally {
    await pocket?.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function portOf(options: Readonly<Record<string, string>>, name: string): number | null {
  const text = options[name]
  if (text === undefined) return null
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new HauloutError('usage', `--${name} '${text}' is no port; a port is 0 to 65535`)
}

/** Walrus's own port if it is free, as the configuration shows it; else any. */
async function openPocket(folder: string): Promise<Pocket> {
  await writeSamples(folder)
  const options: PocketOptions = {
    era: 'walrus3',
    folder,
    credentials: [{
      accessKey: KEYS.HAULOUT_DEMO_ACCESS_KEY, secretKey: KEYS.HAULOUT_DEMO_SECRET_KEY,
    }],
  }
  try {
    return await startPocket({ ...options, port: WALRUS_PORT })
  } catch (error) {
    if (!(error instanceof HauloutError) || error.code !== 'listen') throw error
    return startPocket(options)
  }
}

type Place = {
  readonly folder: string
  readonly endpoint: string
  readonly ports: { readonly http: number | null; readonly admin: number | null }
}

/** The demo's configuration, moved to where this run has its things. */
function settingsOf(configured: Settings, { folder, endpoint, ports }: Place): Settings {
  const { listen, storage, origins } = configured
  const admin = listen.admin
  return {
    ...configured,
    listen: {
      ...listen,
      http: { ...listen.http, port: ports.http ?? listen.http.port },
      admin: admin && { ...admin, port: ports.admin ?? admin.port },
    },
    storage: {
      ...storage,
      disk: storage.disk && { ...storage.disk, path: join(folder, 'cache') },
    },
    origins: origins.map((origin) => ({ ...origin, endpoints: [endpoint] })),
  }
}

/** Says which option moves the demo away from an address that is taken. */
function withAdvice(error: unknown): unknown {
  if (!(error instanceof HauloutError) || error.code !== 'listen') return error
  return new HauloutError('listen',
    `${error.detail}\n  --port and --admin-port choose others, for instance:` +
    ' haulout demo --port 8081 --admin-port 9002', error.cause)
}

function announce({ httpAddress, adminAddress }: Worker, walrus: string): void {
  const tarball = `${urlOf(httpAddress)}/downloads/eucalyptus/3.1/eucalyptus-3.1.0.tgz`
  const metrics = adminAddress === null ? '' : `
  # what has been counted so far
  curl -s ${urlOf(adminAddress)}/metrics | grep ^haulout_
`
  process.stdout.write(`A pocket Walrus with sample tarballs is on ${walrus}
and haulout, in front of it, on ${urlOf(httpAddress)}

Try, in another terminal:

  # a miss, fetched from Walrus; the same again is a hit: see Cache-Status
  curl -sD- -o/dev/null ${tarball}

  # a part of it, from the cache
  curl -sD- -o/dev/null -r 1000-1999 ${tarball}

  # fetched whole, it has the digest that is published beside it
  curl -s ${tarball} | md5sum; curl -s ${tarball}.md5

  # what no route allows is not asked of Walrus
  curl -si ${urlOf(httpAddress)}/services/Walrus/eng-private/README.txt
${metrics}
Requests are logged below. Ctrl-C ends it and removes the cache.
`)
}
