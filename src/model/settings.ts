import type { Choose, DialectName } from './origin.ts'
import type { RuleSet } from './rules.ts'
import type { SecretRef } from './secret.ts'

/** `origins.NAME` of the configuration. */
export type OriginSettings = {
  readonly name: string
  readonly dialect: DialectName
  /** Base URLs, service path included: `http://10.1.0.2:8773/services/Walrus`. At least one. */
  readonly endpoints: readonly string[]
  /**
   * What an http origin gets as Host: its `endpoint`'s own, the `client`'s, or else this name.
   * Stores are asked by their endpoint.
   */
  readonly host: string
  readonly signing: 'none' | 'v2' | 'v4'
  /** Only SigV4 looks at it. */
  readonly region: string
  readonly credentials: {
    readonly accessKey: SecretRef
    readonly secretKey: SecretRef
    readonly sessionToken: SecretRef | null
  } | null
  /** A PEM file with the authorities to trust instead of the system's; null for the system's. */
  readonly ca: string | null
  readonly timeouts: {
    readonly connectMs: number
    readonly firstByteMs: number
    readonly idleMs: number
  }
  readonly choose: Choose
  /** How its endpoints are asked how they are; null: not at all. */
  readonly probe: {
    readonly everyMs: number
    /** Behind the service path. */
    readonly path: string
    /** Probes in a row that it takes to change what is thought of an endpoint. */
    readonly downAfter: number
    readonly upAfter: number
  } | null
  readonly retry: { readonly attempts: number; readonly backoffMs: number }
  readonly limits: {
    readonly connections: number
    readonly queue: number
    readonly queueWaitMs: number
  }
}

/** `host:port`, cut. Port 0 lets the system choose. */
export type Address = { readonly host: string; readonly port: number }

export type ListenSettings = {
  readonly http: Address
  /** Null: no admin listener. */
  readonly admin: Address | null
  /** A path on the main listener that always answers 200, for load balancers; null for none. */
  readonly healthPath: string | null
  readonly maxConnections: number
}

export type StorageSettings = {
  readonly memory: { readonly sizeBytes: number }
  /** Null: memory only. */
  readonly disk: {
    readonly path: string
    readonly sizeBytes: number
    /** Bytes of the file system that are never used up. */
    readonly reserveBytes: number
  } | null
}

export type LogSettings = {
  readonly access: {
    /** `json` or the combined log format (NCSA); `off` writes none. */
    readonly format: 'json' | 'combined' | 'off'
    /** A file, or null for standard output. */
    readonly path: string | null
  }
}

/** Null: nobody may ban by way of the admin listener. */
export type AdminSettings = { readonly token: SecretRef | null }

/** `users.NAME` of the configuration: the path of an htpasswd file. */
export type UsersSettings = { readonly name: string; readonly file: string }

/** A whole configuration, checked, with units turned into ms and bytes. */
export type Settings = {
  readonly listen: ListenSettings
  readonly storage: StorageSettings
  readonly origins: readonly OriginSettings[]
  readonly rules: RuleSet
  readonly users: readonly UsersSettings[]
  readonly log: LogSettings
  readonly admin: AdminSettings
  /** How long running downloads may take to finish after SIGTERM. */
  readonly drainMs: number
  /** Whether the configuration is loaded again whenever its file changes. */
  readonly watch: boolean
  /** Files whose text has become a part of the rules. */
  readonly pageFiles: readonly string[]
}
