import { oneValidator } from './dialect.ts'
import type { Dialect } from './dialect.ts'

/**
 * Walrus itself, Eucalyptus 2.0 to 3.4. Its ETags are bare hex and match only bare; its ranges are
 * off by one, or overflow, or come from another version, so none is ever asked for; a 304 and, with
 * HEAD, an error carry a body that the framing says is not there.
 */
export const walrus: Dialect = {
  name: 'walrus',
  ranges: false,
  oneRequestPerConnection: false,
  dropsAfterRefusal: true,
  revalidate: (known) =>
    oneValidator(known.originEtag?.replaceAll('"', '') ?? null, known.lastModified),
  resume: () => null,
}
