import type { Facts, Received } from '../../model/facts.ts'
import { heuristicMs, initialAgeMs, lifetimeMs } from './freshness.ts'
import { responseDirectives, type Said } from './response-directives.ts'

/**
 * Boils a response down to what judging it later needs; done once, on receipt. Where the response
 * may not be stored at all, its facts do not matter.
 */
export function factsOf(received: Received): Facts {
  return factsFrom(responseDirectives(received.fields), received)
}

/** The same, where the directives have been read already. */
export function factsFrom(said: Said, received: Received): Facts {
  return Object.freeze({
    lifetimeMs: lifetimeMs(said, received),
    heuristicMs: heuristicMs(said, received),
    initialAgeMs: initialAgeMs(received),
    validateAlways: said.noCache,
    neverStale: said.neverStale,
    whileRevalidateMs: said.whileRevalidateMs,
    ifErrorMs: said.ifErrorMs,
    withheld: said.withheld,
  })
}
