import { HauloutError } from '../../errors.ts'
import { ENDPOINT_REST_MS } from '../../limits.ts'
import { assert } from '../../lib/assert.ts'
import type { DialectName, Origin } from '../../model/origin.ts'
import type { OriginSettings } from '../../model/settings.ts'
import { createAdmission } from './admission.ts'
import { createDial } from './dial.ts'
import type { Dialect } from './dialects/dialect.ts'
import { osg } from './dialects/osg.ts'
import { s3 } from './dialects/s3.ts'
import { walrus } from './dialects/walrus.ts'
import { createRotation, parseEndpoint } from './endpoints.ts'
import { Fetch } from './fetch.ts'
import type { OriginObserver, Outlet } from './fetch.ts'
import { createPool } from './pool.ts'
import { createSigner } from './signer.ts'

const DIALECTS_BY_NAME: Readonly<Record<DialectName, Dialect>> = { walrus, osg, s3 }

/**
 * A store that objects can be fetched from: bounded in fetches, queue and waiting; patient only as
 * far as the settings say; asking again where that is of use. Throws `config` for an endpoint that
 * is not a URL and for a `ca` that cannot be read; secrets are read when they are first needed.
 *
 * Idle connections are kept per endpoint, at most `limits.connections` to each.
 */
export function createOrigin(settings: OriginSettings, observe: OriginObserver): Origin {
  const dialect = DIALECTS_BY_NAME[settings.dialect]
  const outlets = createOutlets(settings)
  const admission = createAdmission(settings.name, settings.limits)
  const shared = {
    settings,
    dialect,
    admission,
    outlets: createRotation(outlets, ENDPOINT_REST_MS),
    sign: createSigner(settings),
    clock: { skewMs: 0 },
    observe,
  }
  return {
    name: settings.name,
    dialect: dialect.name,
    ranges: dialect.ranges,
    fetch(request, sink) {
      assert(request.kind === 'object', `${settings.name} only has objects`)
      return new Fetch(shared, request, sink)
    },
    async close() {
      await admission.settled()
      await Promise.all(outlets.map((outlet) => outlet.pool.close()))
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
