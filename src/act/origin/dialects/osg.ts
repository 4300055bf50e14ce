import { oneValidator } from './dialect.ts'
import type { Dialect } from './dialect.ts'

/**
 * The Object Storage Gateway of Eucalyptus 4 and 5. It closes the connection after each object,
 * often without saying so; answers a Range with a 200 that holds only the part; and knows a single
 * strong entity tag in If-None-Match and nothing else, while a satisfied If-Modified-Since may be
 * a 500. So no ranges, and a revalidation that fails is repeated without its condition.
 */
export const osg: Dialect = {
  name: 'osg',
  ranges: false,
  oneRequestPerConnection: true,
  dropsAfterRefusal: false,
  revalidate: (known) => {
    const strong = known.originEtag?.startsWith('W/') === true ? null : known.originEtag
    return oneValidator(strong, known.lastModified)
  },
  resume: () => null,
}
