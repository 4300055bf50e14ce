import type { Networks } from '../../model/access.ts'
import type { Exchange } from '../../model/exchange.ts'
import { plainAddress } from './addresses.ts'
import { isInside } from './networks.ts'

/**
 * Who a request is from. A peer that is not trusted is the client itself, whatever it claims. What
 * a trusted one says is `X-Forwarded-For`, to which every proxy appends the address it was asked
 * from: so it is read from the right, and the first address there that is not trusted is the
 * client. What stands further left came from the client and proves nothing.
 *
 * Where an entry is no address, the proxy that handed it on is as far as anybody knows. `peer` is
 * in its plain spelling; so is the result.
 */
export function clientOf(peer: string, forwardedFor: string | null, trusted: Networks): string {
  if (forwardedFor === null || !isInside(trusted, peer)) return peer
  let client = peer
  let end = forwardedFor.length
  while (end >= 0) {
    const comma = end === 0 ? -1 : forwardedFor.lastIndexOf(',', end - 1)
    const said = plainAddress(forwardedFor.slice(comma + 1, end).trim())
    if (said === null) return client
    client = said
    if (comma < 0 || !isInside(trusted, client)) return client
    end = comma
  }
  return client
}

/** Leaves in the exchange whom it is from. Needs `x.head`, so the gate comes first. */
export function identify(x: Exchange, trusted: Networks): void {
  x.trusted = isInside(trusted, x.peer)
  if (x.trusted) x.client = clientOf(x.peer, x.head.forwardedFor, trusted)
}
