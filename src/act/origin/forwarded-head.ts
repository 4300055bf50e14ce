import type { ForwardedRequest } from '../../model/origin.ts'
import type { OriginSettings } from '../../model/settings.ts'
import type { Endpoint } from './endpoints.ts'

/**
 * The target and the fields with which a client's request goes on to an endpoint. What is hard is
 * the Host: by it the other end chooses what it serves, so the settings say whose it is.
 */
export function forwardedTo(
  { target, host, fields }: ForwardedRequest,
  { host: wanted }: Pick<OriginSettings, 'host'>,
  { path, authority }: Endpoint,
): { readonly path: string; readonly fields: readonly string[] } {
  const named = wanted === 'endpoint' ? authority : wanted === 'client' ? host : wanted
  return { path: path + target, fields: ['Host', named, ...fields] }
}
