import type { Exchange } from './exchange.ts'

/** What a condition sees of a request, once that has been normalised. */
export type Asked = Pick<Exchange, 'client' | 'method' | 'target' | 'fields' | 'object'>

/** What a condition sees of an answer; an Entry is one. */
export type Answered = {
  /** Null where it is about none. */
  readonly object: { readonly key: string } | null
  readonly status: number
  /** Null while it is not known. */
  readonly lengthBytes: number | null
  readonly fields: readonly string[]
}
