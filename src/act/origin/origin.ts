import { HauloutError } from '../../errors.ts'
import { ENDPOINT_REST_MS } from '../../limits.ts'
import { assert } from '../../lib/assert.ts'
import type { DialectName, EndpointState, Origin } from '../../model/origin.ts'
import type { OriginSettings } from '../../model/settings.ts'
import { createAdmission } from './admission.ts'
import { createDial } from './dial.ts'
import type { Dialect } from './dialects/dialect.ts'
import { osg } from './dialects/osg.ts'
import { s3 } from './dialects/s3.ts'
import { walrus } from './dialects/walrus.ts'
import { createRotation, parseEndpoint } from './endpoints.ts'
import { Fetch } from './fetch.ts'
import type { OriginObserver, Outlet, Shared } from './fetch.ts'
import { Forwarding, type SharedOrigin } from './forwarding.ts'
import { createHealth } from './health.ts'
import { createPool } from './pool.ts'
import { createSigner } from './signer.ts'

type StoreDialect = Exclude<DialectName, 'http'>

const DIALECTS_BY_NAME: Readonly<Record<StoreDialect, Dialect>> = { walrus, osg, s3 }

/** How to speak with a store. */
export function storeDialect(name: StoreDialect): Dialect {
  return DIALECTS_BY_NAME[name]
}

/**
 * An origin: bounded in fetches, queue and waiting; patient only as far as the settings say; asking
 * again where that is of use. Throws `config` for an endpoint that is not a URL and for a `ca` that
 * cannot be read; secrets are read when they are first needed.
 *
 * Idle connections are kept per endpoint, at most `limits.connections` to each.
 */
export function createOrigin(settings: OriginSettings, observe: OriginObserver): ProbedOrigin {
  const outlets = createOutlets(settings)
  const admission = createAdmission(settings.name, settings.limits)
  const { name, dialect, choose } = settings
  const rotation = createRotation(outlets, {
    choose, restMs: ENDPOINT_REST_MS, nameOf: ({ endpoint }) => endpoint.base + endpoint.path,
  })
  const sign = createSigner(settings)
  const shared = { settings, admission, outlets: rotation, observe, sign, clock: { skewMs: 0 } }
  const store = dialect === 'http' ? null : DIALECTS_BY_NAME[dialect]
  const { oneRequestPerConnection, dropsAfterRefusal } = store ?? PLAIN
  const health = createHealth({
    ...shared, outlets, oneRequestPerConnection, dropsAfterRefusal,
    onChange(outlet, state) {
      rotation.mark(outlet, state.up)
      observe.onHealth?.(name, state)
    },
  })
  return {
    name,
    dialect,
    ...store === null ? createServer(shared) : createStore(shared, store),
    probe: () => health.start(),
    endpoints: () => health.states(),
    async close() {
      health.stop()
      await admission.settled()
      await Promise.all(outlets.map((outlet) => outlet.pool.close()))
    },
  }
}

/** An origin whose endpoints can be asked how they are. */
export type ProbedOrigin = Origin & {
  /** Begins to probe, where the settings want it, until `close`. */
  probe(): void
  /** What is thought of the endpoints that are probed. */
  endpoints(): readonly EndpointState[]
}

const PLAIN = { oneRequestPerConnection: false, dropsAfterRefusal: false }

type Asked = Pick<Origin, 'ranges' | 'fetch'>

/** One that has objects. */
function createStore(shared: Omit<Shared, 'dialect'>, dialect: Dialect): Asked {
  const { settings } = shared
  const whole = { ...shared, dialect }
  return {
    ranges: dialect.ranges,
    fetch(request, sink) {
      assert(request.kind === 'object', `${settings.name} only has objects`)
      return new Fetch(whole, request, sink)
    },
  }
}

/** One that gets its clients' own requests. */
function createServer(shared: SharedOrigin): Asked {
  return {
    ranges: true,
    fetch(request, sink) {
      assert(request.kind === 'forwarded', `${shared.settings.name} has no objects`)
      return new Forwarding(shared, request, sink)
    },
  }
}

function createOutlets(settings: OriginSettings): [Outlet, ...Outlet[]] {
  const [first, ...others] = settings.endpoints.map((text): Outlet => {
    const endpoint = parseEndpoint(text)
    const dial = createDial(endpoint, { connectMs: settings.timeouts.connectMs, ca: settings.ca })
    return { endpoint, pool: createPool({ base: endpoint.base, dial }) }
  })
  if (first === undefined) throw new HauloutError('config', `${settings.name} has no endpoints`)
  return [first, ...others]
}
