import { resolve } from 'node:path'
import type { AccessRule } from '../../model/access.ts'
import type { PageRule } from '../../model/page.ts'
import type { CachePolicy } from '../../model/policy.ts'
import type { RuleTest } from '../../model/proof.ts'
import type { DeliverRule } from '../../model/steps.ts'
import type { CacheRule, RouteRule, RuleSet } from '../../model/rules.ts'
import type { StoreRule } from '../../model/steps.ts'
import type { SecretRef } from '../../model/secret.ts'
import type { OriginSettings, Settings } from '../../model/settings.ts'
import { overlay } from './overlay.ts'
import type { ConfigDocument } from './schema.ts'

type OriginDocument = ConfigDocument['origins'][string]
type OriginDefaults = ConfigDocument['defaults']['origin']
type CacheDocument = ConfigDocument['policies'][string]
type DeliverDocument = NonNullable<ConfigDocument['deliver']>[number]
type RouteDocument = ConfigDocument['routes'][number]

/** A checked document as Settings. Relative paths are relative to `folder`. */
export function settingsOf(document: ConfigDocument, folder: string): Settings {
  const { listen, storage, log, defaults } = document
  const { disk } = storage
  return {
    listen: {
      http: listen.http,
      admin: listen.admin,
      healthPath: listen.health,
      maxConnections: listen.max_connections,
    },
    storage: {
      memory: { sizeBytes: storage.memory.size },
      disk: disk.path === null ? null
        : { path: resolve(folder, disk.path), sizeBytes: disk.size, reserveBytes: disk.reserve },
    },
    origins: Object.entries(document.origins).map(([name, origin]) => {
      const whole = overlay(defaults.origin, origin) as OriginDocument & OriginDefaults
      return originOf(name, whole, folder)
    }),
    rules: rulesOf(document, folder),
    users: Object.entries(document.users)
      .map(([name, { file }]) => ({ name, file: resolve(folder, file) })),
    log: {
      access: {
        format: log.access.format,
        path: log.access.path === 'stdout' ? null : resolve(folder, log.access.path),
      },
    },
    admin: {
      token: document.admin?.token === undefined ? null : located(document.admin.token, folder),
    },
    drainMs: document.drain,
    watch: document.watch,
    pageFiles: pageFilesOf(document, folder),
  }
}

function pageFilesOf({ synth, routes }: ConfigDocument, folder: string): string[] {
  const pages = [...Object.values(synth), ...routes.map((route) => route.synth)]
  return pages.flatMap((page) => page?.file === undefined ? [] : resolve(folder, page.file))
}

function originOf(
  name: string, origin: OriginDocument & OriginDefaults, folder: string,
): OriginSettings {
  const { dialect, credentials, timeouts, retry, limits, ca } = origin
  const usual = credentials === undefined ? 'none' : dialect === 's3' ? 'v4' : 'v2'
  return {
    name,
    dialect,
    endpoints: origin.endpoints,
    host: origin.host ?? 'endpoint',
    signing: origin.signing ?? usual,
    region: origin.region,
    credentials: credentials === undefined ? null : {
      accessKey: located(credentials.access_key, folder),
      secretKey: located(credentials.secret_key, folder),
      sessionToken: credentials.session_token === undefined ? null
        : located(credentials.session_token, folder),
    },
    ca: ca === undefined ? null : resolve(folder, ca),
    timeouts: {
      connectMs: timeouts.connect, firstByteMs: timeouts.first_byte, idleMs: timeouts.idle,
    },
    choose: origin.choose,
    probe: origin.probe === undefined ? null : {
      everyMs: origin.probe.every, path: origin.probe.path,
      downAfter: origin.probe.down_after, upAfter: origin.probe.up_after,
    },
    retry: { attempts: retry.attempts, backoffMs: retry.backoff },
    limits: {
      connections: limits.connections, queue: limits.queue, queueWaitMs: limits.queue_wait,
    },
  }
}

function located(ref: SecretRef, folder: string): SecretRef {
  return ref.kind === 'env' ? ref : { kind: 'file', path: resolve(folder, ref.path) }
}

function rulesOf(document: ConfigDocument, folder: string): RuleSet {
  const { defaults } = document
  return {
    policies: mapValues(document.policies, cacheOf),
    buckets: mapValues(document.buckets, ({ origin, name, visibility, cache }) => {
      return { origin, name, visibility, cache: typeof cache === 'object' ? cacheOf(cache) : cache }
    }),
    defaults: {
      methods: defaults.methods,
      cache: cacheOf(defaults.cache) as CachePolicy,
      deliver: deliverOf(defaults.deliver),
      index: defaults.index,
    },
    recv: document.recv,
    fetch: document.fetch,
    store: storeOf(document.store),
    deliver: document.deliver?.map(deliverOf),
    routes: document.routes.map((route) => routeOf(route, folder)),
    default: document.default,
    synth: mapValues(document.synth, pageOf),
    origins: Object.keys(document.origins),
    httpOrigins: Object.keys(document.origins)
      .filter((name) => document.origins[name]!.dialect === 'http'),
    trustedProxies: document.trusted_proxies,
    acls: document.acls,
    users: Object.keys(document.users),
    access: mapValues(document.access, (rule) => accessOf(rule, folder)),
    purge: document.purge === undefined ? undefined : accessOf(document.purge.access, folder),
  }
}

function routeOf(route: RouteDocument, folder: string): RouteRule {
  const {
    access, cache, store, deliver, trailing_slash: trailingSlash, synth, cors, to, ...rest
  } = route
  return {
    ...rest,
    ...typeof to === 'object' ? { forward: to } : { to },
    trailingSlash,
    cors: cors === undefined ? undefined : corsOf(cors),
    synth: synth === undefined ? undefined : { status: synth.status, page: pageOf(synth) },
    access: access === undefined ? undefined : accessOf(access, folder),
    cache: typeof cache === 'object' ? cacheOf(cache) : cache,
    store: storeOf(store),
    deliver: Array.isArray(deliver) ? deliver.map(deliverOf)
      : deliver === undefined ? undefined : deliverOf(deliver),
  }
}

function storeOf(steps: ConfigDocument['store']): readonly StoreRule[] | undefined {
  return steps?.map(({ when, set, unset }) => {
    if (set === undefined) return { when, unset }
    const { ttl: ttlMs, grace: graceMs, keep: keepMs, ...tiers } = set
    return { when, unset, set: { ttlMs, graceMs, keepMs, ...tiers } }
  })
}

/** Files have been read into the text, see pages.ts. */
function pageOf({ text = '', type = 'text/html' }: ConfigDocument['synth'][string]): PageRule {
  return { type, text }
}

function corsOf(
  { max_age: maxAgeMs, ...rest }: NonNullable<RouteDocument['cors']>,
): RouteRule['cors'] {
  return { ...rest, maxAgeMs }
}

/** Secrets in files are where the configuration is, unless it says more. */
function accessOf(rule: AccessRule, folder: string): AccessRule {
  if (typeof rule === 'string') return rule
  const { all, any, not, header } = rule
  return {
    ...rule,
    all: all?.map((one) => accessOf(one, folder)),
    any: any?.map((one) => accessOf(one, folder)),
    not: not === undefined ? undefined : accessOf(not, folder),
    header: header === undefined ? undefined : {
      ...header,
      equals: header.equals?.map((one) => typeof one === 'string' ? one : located(one, folder)),
    },
  }
}

function cacheOf(cache: CacheDocument): CacheRule {
  return {
    ttlMs: cache.ttl, graceMs: cache.grace, keepMs: cache.keep,
    notFoundMs: cache.not_found, forbiddenMs: cache.forbidden, verify: cache.verify,
    respect: cache.respect, setCookie: cache.set_cookie, directives: cache.directives,
  }
}

function deliverOf(document: DeliverDocument): DeliverRule {
  const { when, set, unset, cache_status: cacheStatus } = document
  return { ...when === undefined ? {} : { when }, set, unset, cacheStatus }
}

/** The tests of a document, in order. */
export function testsOf(tests: ConfigDocument['tests']): RuleTest[] {
  return tests.map(({ name, request, expect }) => {
    const {
      route, object, forward, access, cors, status, reason, location, pass, tags, deliver,
      ...cache
    } = expect
    return {
      name,
      request: {
        method: request.method ?? 'GET',
        url: request.url,
        client: request.client,
        user: request.user,
        at: request.at,
        fields: Object.entries(request.headers ?? {})
          .flatMap(([field, values]) => values.flatMap((value) => [field, value])),
      },
      expect: {
        route, object, forward, access, cors, status, reason, location, pass, tags,
        cache: cacheOf(cache),
        deliver: deliver ?? {},
      },
    }
  })
}

function mapValues<A, B>(
  map: Readonly<Record<string, A>>, make: (value: A) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, make(value)]))
}
