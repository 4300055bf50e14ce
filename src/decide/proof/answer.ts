import type { Entry } from '../../model/entry.ts'
import type { Exchange } from '../../model/exchange.ts'
import { formatDate } from '../http/date.ts'

/**
 * What an answer of the origin is taken for where nobody has asked it: an entry of this status, of
 * unknown size, with no fields. So what hangs on its size or its fields does not hold of it.
 */
export function unknownAnswer(x: Exchange, status: number): Entry {
  return {
    key: x.key, object: x.object, bodyId: 0, status, fields: [], dropped: [], tags: [],
    etag: null, originEtag: null, lastModified: null, lastModifiedAt: null,
    date: formatDate(x.arrivedAt), lengthBytes: null, storedAt: x.arrivedAt, body: null,
    fetchedFor: { route: x.policy!.route, host: x.target.host, path: x.target.path },
    spent: false, bansSeen: 0, retryAt: 0, kept: null, ready: null, web: null,
  }
}
