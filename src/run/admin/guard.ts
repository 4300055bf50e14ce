/**
 * Who may change something by way of the admin listener. It asks for no password, since only this
 * machine reaches it; but a browser on this machine sends what a page from anywhere tells it to.
 */
import { isIP } from 'node:net'

/** What of a request tells a browser, or a name that was made to lead here. */
export type Asker = {
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly secFetchSite: string | undefined
}

const HOST = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/

/**
 * Null, or why the request is refused: it comes from a web page, or its Host is a name that is not
 * ours. Pages of other sites cannot leave out `Origin`; pages that have pointed their own name at
 * this address (DNS rebinding) cannot leave out that name. `ownName` is the configured host.
 */
export function refusalOf({ host, origin, secFetchSite }: Asker, ownName: string): string | null {
  if (origin !== undefined || secFetchSite !== undefined) return 'web pages may not do this'
  const found = HOST.exec(host ?? '')
  const name = (found?.[1] ?? found?.[2] ?? '').toLowerCase()
  // An address cannot have been pointed anywhere.
  if (name === 'localhost' || name === ownName.toLowerCase() || isIP(name) !== 0) return null
  return 'Host must be an address, localhost or the name in listen.admin'
}
