/** A whole haulout in front of a pocket Walrus, on loopback, with everything real. */
import { createLog } from '../../src/act/observe/log.ts'
import type { CachePolicy } from '../../src/model/policy.ts'
import type { RouteRule, RuleSet } from '../../src/model/rules.ts'
import type { SecretRef } from '../../src/model/secret.ts'
import type {
  ListenSettings, LogSettings, OriginSettings, Settings, UsersSettings,
} from '../../src/model/settings.ts'
import type { EraName } from '../../src/pocket/eras.ts'
import { startPocket, type Pocket, type PocketOptions } from '../../src/pocket/pocket.ts'
import { countsOf } from '../../src/run/config/checked.ts'
import type { ReloadResult } from '../../src/run/process/reload.ts'
import { startWorker, type Worker } from '../../src/run/process/worker.ts'
import { ask, type Answered, type Asked } from './client.ts'

const MIB = 1024 * 1024
const DAY_MS = 86_400_000

export const CREDENTIAL = { accessKey: 'AKIDPOCKET', secretKey: 'pocketsecret' }

export type HouseOptions = {
  readonly era?: EraName
  readonly pocket?: Partial<PocketOptions>
  readonly memoryBytes?: number
  /** A folder; without one there is no disk tier. */
  readonly disk?: { readonly path: string; readonly sizeBytes?: number }
  readonly cache?: Partial<CachePolicy>
  readonly origin?: Partial<OriginSettings>
  readonly routes?: readonly RouteRule[]
  readonly rules?: Partial<RuleSet>
  readonly users?: readonly UsersSettings[]
  readonly drainMs?: number
  readonly adminToken?: SecretRef
  readonly listen?: Partial<ListenSettings>
  readonly log?: LogSettings['access']
}

export type House = {
  readonly pocket: Pocket
  readonly worker: Worker
  get(path: string, asked?: Partial<Asked>): Promise<Answered>
  /** Changes the settings, as if they were a file, and has them loaded. */
  reload(changes: HouseOptions): Promise<ReloadResult>
  /** A second haulout with the same settings, after the first has closed. */
  restart(): Promise<House>
  close(): Promise<void>
}

const DIALECTS = {
  walrus2: 'walrus', walrus3: 'walrus', osg4: 'osg', osg5: 'osg', s3: 's3',
} as const

const ROUTE: RouteRule = { name: 'get', match: { path: '/get/{key**}' }, to: 'files/{key}' }

/** Starts both. The route is `/get/{key**}`, the bucket `bucket`. */
export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const era = options.era ?? 'walrus3'
  const pocket = await startPocket({ era, credentials: [CREDENTIAL], ...options.pocket })
  return houseAt(pocket, options)
}

export async function houseAt(pocket: Pocket, options: HouseOptions): Promise<House> {
  const log = createLog(process.stderr)
  let current = options
  const read = () => {
    const settings = settingsOf(pocket, current)
    return { settings, check: countsOf({ settings, tests: [] }) }
  }
  const worker = await startWorker({ file: null, read }, { version: '0.0.0', log })
  return {
    pocket,
    worker,
    get: (path, asked) => ask(worker.httpAddress, { path, ...asked }),
    reload(changes) {
      current = { ...current, ...changes }
      return worker.reload('admin')
    },
    async restart() {
      await worker.close()
      return houseAt(pocket, current)
    },
    async close() {
      await worker.close()
      await pocket.close()
    },
  }
}

function settingsOf(pocket: Pocket, options: HouseOptions): Settings {
  const { disk, memoryBytes = 64 * MIB } = options
  process.env['HOUSE_ACCESS'] = CREDENTIAL.accessKey
  process.env['HOUSE_SECRET'] = CREDENTIAL.secretKey
  const address = { host: '127.0.0.1', port: 0 }
  return {
    listen: {
      http: address, admin: address, healthPath: '/healthz', maxConnections: 5000,
      ...options.listen,
    },
    storage: {
      memory: { sizeBytes: memoryBytes },
      disk: disk === undefined ? null : { sizeBytes: 512 * MIB, reserveBytes: 0, ...disk },
    },
    origins: [originOf(pocket, options)],
    rules: {
      origins: ['walrus'], httpOrigins: [],
      trustedProxies: [],
      acls: {},
      users: options.users?.map(({ name }) => name) ?? [],
      access: {},
      policies: {},
      buckets: { files: { origin: 'walrus', name: 'bucket' } },
      defaults: {
        methods: ['GET', 'HEAD'],
        cache: {
          ttlMs: DAY_MS, graceMs: 0, keepMs: DAY_MS, notFoundMs: 0, forbiddenMs: 0, verify: 'md5',
          respect: 'rules', setCookie: 'refuse', directives: 'obey',
          ...options.cache,
        },
        deliver: { unset: ['x-amz-*', 'server'], cacheStatus: true },
      },
      routes: options.routes ?? [ROUTE],
      default: { deny: 404 },
      ...options.rules,
    },
    users: options.users ?? [],
    log: { access: options.log ?? { format: 'off', path: null } },
    admin: { token: options.adminToken ?? null },
    drainMs: options.drainMs ?? 1000,
    watch: false,
    pageFiles: [],
  }
}

function originOf(pocket: Pocket, { era = 'walrus3', origin }: HouseOptions): OriginSettings {
  return {
    name: 'walrus',
    dialect: DIALECTS[era],
    endpoints: [pocket.endpoint],
    host: 'endpoint',
    signing: era === 's3' ? 'v4' : 'v2',
    region: 'us-east-1',
    credentials: {
      accessKey: { kind: 'env', name: 'HOUSE_ACCESS' },
      secretKey: { kind: 'env', name: 'HOUSE_SECRET' },
      sessionToken: null,
    },
    ca: null,
    timeouts: { connectMs: 2000, firstByteMs: 5000, idleMs: 5000 },
    choose: 'round_robin',
    probe: null,
    retry: { attempts: 2, backoffMs: 10 },
    limits: { connections: 32, queue: 1000, queueWaitMs: 5000 },
    ...origin,
  }
}
