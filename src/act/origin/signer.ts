import { signV2 } from '../../decide/sign/sigv2.ts'
import { createV4Signer } from '../../decide/sign/sigv4.ts'
import type { SignRequest } from '../../decide/sign/request.ts'
import type { Credential } from '../../model/secret.ts'
import type { OriginSettings } from '../../model/settings.ts'
import { createCredentials, type Credentials } from './credentials.ts'

/** The fields that authenticate a request sent at `now`, epoch ms; throws `credentials`. */
export type Signer = (request: SignRequest, now: number) => ReadonlyArray<readonly [string, string]>

type V4 = ReturnType<typeof createV4Signer>

/** Signs with whatever the credentials are at the moment; nothing when signing is `none`. */
export function createSigner(settings: OriginSettings): Signer {
  return signerWith(settings, createCredentials(settings.credentials))
}

/** The same with these credentials instead of those that the settings refer to. */
export function signerWith(settings: OriginSettings, credentials: Credentials | null): Signer {
  if (settings.signing === 'none' || credentials === null) return () => []
  if (settings.signing === 'v2') return (request, now) => signV2(request, credentials(), now)
  let last: { readonly credential: Credential; readonly sign: V4 } | null = null
  return (request, now) => {
    const credential = credentials()
    if (last?.credential !== credential) {
      last = { credential, sign: createV4Signer(credential, settings.region) }
    }
    return last.sign(request, now)
  }
}
