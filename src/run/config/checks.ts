import type { ConfigDocument } from './schema.ts'
import { checkFields } from './check-fields.ts'
import type { Finding } from './issues.ts'
import { valueAt } from './overlay.ts'

/**
 * What a table of single keys cannot say: where two keys contradict each other, and header fields
 * that are not the rules' to change. `own` is the user's document alone, without defaults.
 */
export function checkWhole(document: ConfigDocument, own: unknown): Finding[] {
  return [
    ...checkListen(document),
    ...checkDisk(document, own),
    ...Object.entries(document.origins).flatMap(([name, origin]) => checkOrigin(name, origin)),
    ...checkFields(document),
  ]
}

function checkListen({ listen: { http, admin } }: ConfigDocument): Finding[] {
  if (admin === null || admin.port === 0) return []
  if (admin.port !== http.port || admin.host !== http.host) return []
  return [{
    path: ['listen', 'admin'],
    message: 'clients are served at this address already',
    advice: 'use another port; the admin listener is not for clients',
  }]
}

/** Settings of a disk tier without a folder would mean none at all, silently. */
function checkDisk(document: ConfigDocument, own: unknown): Finding[] {
  const disk = valueAt(own, ['storage', 'disk'])
  const said = disk !== undefined && valueAt(own, ['storage', 'disk', 'path']) !== undefined
  if (disk === undefined || said || document.storage.disk.path !== null) return []
  return [{
    path: ['storage', 'disk'], at: 'key',
    message: '`path` is missing', advice: 'write e.g. path: /var/cache/haulout',
  }]
}

type OriginDocument = ConfigDocument['origins'][string]

/** What is for stores alone, and what is for http origins alone. */
function checkOrigin(name: string, origin: OriginDocument): Finding[] {
  const path = ['origins', name]
  if (origin.dialect !== 'http') {
    const advice = 'stores are asked by their endpoint; leave `host` out'
    return origin.host === undefined ? checkSigning(name, origin)
      : [{ path: [...path, 'host'], message: '`host` is for the dialect `http` alone', advice }]
  }
  const advice = 'clients\' own requests go there as they are; leave it out'
  return (['signing', 'region', 'credentials'] as const).flatMap((key) => {
    if (origin[key] === undefined) return []
    const message = `an \`http\` origin has no \`${key}\``
    return [{ path: [...path, key], at: 'key' as const, message, advice }]
  })
}

function checkSigning(name: string, origin: OriginDocument): Finding[] {
  const { signing, credentials } = origin
  const path = ['origins', name, 'signing']
  if (signing === 'none' && credentials !== undefined) {
    const advice = 'leave `signing` out to use them, or remove `credentials`'
    return [{ path, message: 'the credentials are never used', advice }]
  }
  if (signing !== undefined && signing !== 'none' && credentials === undefined) {
    const advice = 'add `credentials: { access_key: …, secret_key: … }`'
    return [{ path, message: `\`${signing}\` signs with credentials, and there are none`, advice }]
  }
  return []
}
