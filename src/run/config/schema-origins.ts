/**
 * The part of the configuration's table that is about origins, and about routes that lead to http
 * origins.
 */
import { z } from 'zod'
import { CHOICES, DIALECTS } from '../../model/origin.ts'
import { KINDS, wordKind } from './kinds.ts'
import { list, some, value } from './schema-values.ts'

/** How long an origin is waited for. */
export const timeouts = z.strictObject({
  connect: value(KINDS.timeout, 'How long connecting to an endpoint may take, TLS included.'),
  first_byte: value(KINDS.timeout, 'How long the origin may take to answer.'),
  idle: value(KINDS.timeout, 'How long the origin may pause within a body.'),
})

const probe = z.strictObject({
  every: value(KINDS.period, 'The pause between two probes of an endpoint.'),
  path: value(KINDS.plainPath, 'What is asked for, behind the service path: best a small thing ' +
    'that is there, or a bucket.'),
  down_after: value(KINDS.attempts, 'So many bad answers in a row, and the endpoint is down.'),
  up_after: value(KINDS.attempts, 'So many good answers in a row, and it is up again.'),
}).meta({ description: 'Asks the endpoints how they are; see above. Without it: nobody does.' })

/** How one of several endpoints is chosen. */
export const choose = wordKind(CHOICES)

/** What happens when a fetch fails. */
export const retry = z.strictObject({
  attempts: value(KINDS.attempts, 'How often a fetch is tried in all, before its first byte.'),
  backoff: value(KINDS.pause, 'The pause before the second attempt; it doubles each time.'),
})

/** How much an origin is asked at a time. */
export const limits = z.strictObject({
  connections: value(KINDS.connections, 'Connections to this origin at the same time.'),
  queue: value(KINDS.queue, 'Fetches that may wait for a connection; what comes on top gets 503.'),
  queue_wait: value(KINDS.timeout, 'How long a fetch may wait for a connection; then it gets 503.'),
})

const credentials = z.strictObject({
  access_key: value(KINDS.secret, 'The access key: `env:NAME` or `file:PATH`.'),
  secret_key: value(KINDS.secret, 'The secret key: `env:NAME` or `file:PATH`.'),
  session_token: some(KINDS.secret, 'The session token of temporary credentials.'),
}).meta({ description: 'What requests to the origin are signed with. Files must be readable by ' +
  'their owner alone.' })

/** Where objects and other responses come from. */
export const origin = z.strictObject({
  dialect: value(wordKind(DIALECTS), '`walrus`: Eucalyptus up to 3.4. `osg`: its object storage ' +
    'gateway, 4.0 and later. `s3`: S3, Ceph, MinIO and others. `http`: any other server, which ' +
    'gets the requests of clients themselves.'),
  endpoints: z.array(value(KINDS.endpoint, 'A base URL, service path included.')).min(1)
    .meta({ title: 'a list of URLs', description: 'Where the store is, service path included.' }),
  host: some(KINDS.hostField, 'What an `http` origin gets as Host: `endpoint`, that of the ' +
    'endpoint; `client`, the one that the client asked; or this name. Without it: `endpoint`.'),
  signing: some(wordKind(['none', 'v2', 'v4']), 'The signature of requests. Without it: `none` ' +
    'if there are no credentials; else `v2` for `walrus` and `osg`, `v4` for `s3`.'),
  region: some(KINDS.region, 'The region in V4 signatures.'),
  credentials: credentials.optional(),
  ca: some(KINDS.pemFile, 'A PEM file with the authorities to trust instead of the system\'s.'),
  choose: some(choose, '`round_robin`: each endpoint in turn. `fallback`: the first that is ' +
    'well. `shard`: the same one for the same object.'),
  probe: probe.optional(),
  timeouts: timeouts.partial().optional().meta({ description: 'How long to wait for it.' }),
  retry: retry.partial().optional().meta({ description: 'What happens when a fetch fails.' }),
  limits: limits.partial().optional().meta({ description: 'How much it is asked at a time.' }),
})

/** Where a route leads: to an object, or to an http origin. */
export const toAny = z.union([
  value(KINDS.target, 'The object: `bucket/key`; the key may hold captures of the path.'),
  z.strictObject({
    origin: value(KINDS.name, 'An origin of the dialect `http`.'),
    path: value(KINDS.forwardPath, 'The path there; it may hold captures.'),
  }),
]).optional().meta({ title: 'a bucket and a key, or an http origin and a path', description:
  'The object: `bucket/key`; or `{ origin, path }`, where the request goes on to. Key and path ' +
  'may hold captures of the path.' })

/** What tells responses apart. */
export const hash = z.strictObject({
  query: z.strictObject({
    drop: list(KINDS.parameter, 'Parameters that do not count, and do not go on.').optional(),
    keep: list(KINDS.parameter, 'The only parameters that count and go on.').optional(),
    sort: some(KINDS.switch, 'Whether the order of parameters does not count.'),
  }).optional().meta({ description: 'What of the query tells responses apart.' }),
  vary: list(KINDS.fieldName, 'Fields of the request that tell responses apart, on top of ' +
    'what their `Vary` says.').optional(),
}).optional().meta({ description: 'What tells the responses of an `http` origin apart.' })
