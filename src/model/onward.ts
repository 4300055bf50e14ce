/**
 * Where a request goes that goes on to an http origin, and how the origin is told where it came
 * from. Everything here that a client has a say in is part of the key.
 */
export type Onward = {
  /** Path and query on the wire of a request whose response may be shared. */
  readonly target: string
  /** The same with the query as it came, for a request that is passed. */
  readonly whole: string
  readonly scheme: 'http' | 'https'
  /** The host that the client asked, lower case, with the port where it is not the scheme's own. */
  readonly authority: string
  /** What the client asked for, as an absolute URI without fragment. */
  readonly uri: string
}
