/**
 * What the stories play in: a store with two buckets that s3cmd has filled, a counter in front of
 * it for each origin, and a haulout that knows it by every dialect and signature.
 */
import { createCipheriv, createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { startCounter, type Counter } from './counter.ts'
import { curl, type Reply } from './curl.ts'
import { ACCESS_KEY, freePorts, SECRET_KEY, startStore, type Store } from './radosgw.ts'
import { startServer, type Server } from './server.ts'

const MIB = 1024 * 1024

/** Origins by name: how haulout speaks to the store, and which bucket it may read there. */
export const ORIGINS = {
  anonymous: { dialect: 's3', signing: 'none', bucket: 'eucalyptus-releases' },
  v2: { dialect: 's3', signing: 'v2', bucket: 'eng-private' },
  v4: { dialect: 's3', signing: 'v4', bucket: 'eng-private' },
  walrus: { dialect: 'walrus', signing: 'v2', bucket: 'eng-private' },
  osg: { dialect: 'osg', signing: 'v2', bucket: 'eng-private' },
  stranger: { dialect: 's3', signing: 'none', bucket: 'eng-private' },
} as const
export type OriginName = keyof typeof ORIGINS

/** Keys and sizes of the public objects. s3cmd uploads the larger ones in parts of 15 MiB. */
export const PUBLIC: Readonly<Record<string, number>> = {
  '3.1/empty.tgz': 0,
  '3.1/byte.tgz': 1,
  '3.1/eucalyptus-3.1.0.tgz': MIB,
  '3.1/emi-centos.tgz': 200 * MIB,
  'cold/ranges.bin': 5 * MIB + 7,
  'cold/crowd.bin': 64 * MIB,
  'moving/kept.txt': 3000,
  'moving/changed.txt': 3000,
  'names/with space.tgz': 11,
  'names/plus+plus.tgz': 12,
  'names/[brackets](1).tgz': 13,
  'names/grüße-日本-🦭.tgz': 14,
  'names/100%25.tgz': 15,
  'names/a#b?c=d&e.tgz': 16,
  "names/~quote'_;,:@=$!*.tgz": 17,
}
export const PRIVATE: Readonly<Record<string, number>> = {
  'empty.tgz': 0, 'byte.tgz': 1, 'a b+[c] ü%#.tgz': MIB, 'parts.iso': 16 * MIB + 1,
}

export type Scene = {
  readonly store: Store
  readonly counters: Readonly<Record<OriginName, Counter>>
  readonly server: Server
  /** SHA-256 of an object by key. */
  readonly digests: ReadonlyMap<string, string>
  /** Makes a file of `bytes` bytes that nobody else has, and puts it into the public bucket. */
  publish(key: string, bytes: number): Promise<void>
  /** The file that a public object was uploaded from. */
  fileOf(key: string): string
  /** A request to haulout. */
  get(path: string, ...options: readonly string[]): Promise<Reply>
  /** What the store has seen so far, by all origins together. */
  storeRequests(): number
  /** Stops haulout and starts it again with the same configuration; the exit code. */
  restart(): Promise<number | null>
  end(): Promise<void>
}

/** Builds everything and waits until it is ready; about half a minute. */
export async function openScene(): Promise<Scene> {
  const store = await startStore()
  try {
    return await furnish(store)
  } catch (error) {
    await store.stop()
    throw error
  }
}

async function furnish(store: Store): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'haulout-real-'))
  const digests = new Map<string, string>()
  const counters = {} as Record<OriginName, Counter>
  const names = Object.keys(ORIGINS) as OriginName[]
  for (const name of names) counters[name] = await startCounter(store.port)

  const upload = async (bucket: string, key: string, bytes: number): Promise<void> => {
    const path = join(folder, 'files', bucket, key)
    digests.set(key, await writeContent(path, `${key} ${digests.size}`, bytes))
    const access = bucket === 'eng-private' ? '--acl-private' : '--acl-public'
    await store.s3cmd('put', access, '--guess-mime-type', path, `s3://${bucket}/${key}`)
  }
  for (const bucket of ['eucalyptus-releases', 'eng-private']) {
    await store.s3cmd('mb', `s3://${bucket}`)
  }
  for (const [key, bytes] of Object.entries(PUBLIC)) await upload('eucalyptus-releases', key, bytes)
  for (const [key, bytes] of Object.entries(PRIVATE)) await upload('eng-private', key, bytes)

  const [port, adminPort] = await freePorts(2)
  const config = join(folder, 'haulout.yaml')
  const ports = { port: port!, adminPort: adminPort! }
  const origins = names.map((name) => [name, counters[name].port] as const)
  await writeFile(config, configuration(join(folder, 'cache'), ports, origins))
  const start = (): Promise<Server> => startServer(config, adminPort!, {
    HAULOUT_TEST_ACCESS_KEY: ACCESS_KEY, HAULOUT_TEST_SECRET_KEY: SECRET_KEY,
  })
  let server = await start()
  return {
    store, counters, digests,
    get server() {
      return server
    },
    fileOf: (key) => join(folder, 'files', 'eucalyptus-releases', key),
    publish: (key, bytes) => upload('eucalyptus-releases', key, bytes),
    get: (path, ...options) => curl(`http://127.0.0.1:${port}${path}`, ...options),
    storeRequests: () => names.reduce((sum, name) => sum + counters[name].heads.length, 0),
    async restart() {
      const code = await server.stop()
      server = await start()
      return code
    },
    async end() {
      await server.stop()
      for (const name of names) await counters[name].close()
      await store.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Writes bytes that differ at every position and for every seed; returns their SHA-256. */
async function writeContent(path: string, seed: string, bytes: number): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  const key = createHash('md5').update(seed).digest()
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16))
  const digest = createHash('sha256')
  const zeros = Buffer.alloc(MIB)
  const content = function* (): Generator<Buffer> {
    for (let rest = bytes; rest > 0; rest -= MIB) {
      const chunk = cipher.update(zeros.subarray(0, Math.min(rest, MIB)))
      digest.update(chunk)
      yield chunk
    }
  }
  await pipeline(Readable.from(content()), createWriteStream(path))
  return digest.digest('hex')
}

type Ports = { readonly port: number; readonly adminPort: number }

function configuration(
  cache: string, { port, adminPort }: Ports, origins: ReadonlyArray<readonly [OriginName, number]>,
): string {
  const lines = origins.map(([name, counter]) => {
    const { dialect, signing } = ORIGINS[name]
    const credentials = signing === 'none' ? ''
      : '\n    credentials: { access_key: "env:HAULOUT_TEST_ACCESS_KEY", ' +
        'secret_key: "env:HAULOUT_TEST_SECRET_KEY" }'
    return `  ${name}:
    dialect: ${dialect}
    endpoints: ["http://127.0.0.1:${counter}"]
    signing: ${signing}${credentials}`
  })
  const own = origins.filter(([name]) => name !== 'anonymous').map(([name]) => name)
  return `haulout: 1
listen: { http: "127.0.0.1:${port}", admin: "127.0.0.1:${adminPort}" }
storage:
  memory: { size: 64MiB }
  disk: { path: ${cache}, size: 1GiB, reserve: 64MiB }
origins:
${lines.join('\n')}
policies:
  immutable: { ttl: 30d, grace: 7d, keep: 365d, not_found: 30s, forbidden: 30s, verify: md5 }
  moving: { ttl: 1ms, grace: 0s, keep: 7d, not_found: 10s }
buckets:
  releases: { origin: anonymous, name: eucalyptus-releases, cache: immutable }
${own.map((name) => `  ${name}-eng: { origin: ${name}, name: eng-private, cache: immutable }`)
    .join('\n')}
routes:
  - name: tarballs
    match: { path: "/downloads/eucalyptus/{version}/{file}.tgz" }
    to: "releases/{version}/{file}.tgz"
    deliver: { set: { content-type: application/gzip } }
  - name: moving
    match: { path: "/moving/{file}" }
    to: "releases/moving/{file}"
    cache: moving
  - name: anything
    match: { path: "/any/{key**}" }
    to: "releases/{key}"
${own.map((name) => `  - name: ${name}
    match: { path: "/${name}/{key**}" }
    to: "${name}-eng/{key}"`).join('\n')}
defaults:
  deliver: { unset: ["x-amz-*", "x-rgw-*"], cache_status: true }
default: { deny: 404 }
`
}
