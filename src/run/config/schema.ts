import { z } from 'zod'
import { REASONS, type Reason } from '../../model/outcome.ts'
import { TRAILING_SLASHES } from '../../model/policy.ts'
import { KINDS, orOff, wordKind, type Kind } from './kinds.ts'
import { access, networks, users } from './schema-access.ts'
import { cors, pages, routePage } from './schema-answers.ts'
import { choose, hash, limits, origin, retry, timeouts, toAny } from './schema-origins.ts'
import { anyNumber, list, map, some, value } from './schema-values.ts'
import { deliver as delivers, fetch, recv, store } from './schema-steps.ts'
import { matchers, methods } from './schema-when.ts'

/**
 * The configuration as one table: every key, its kind and its meaning. From it come the types
 * below, the checks, the JSON Schema that editors use, and the manual; there is no second list.
 *
 * What is hard about it: the document that is checked is the user's over builtin.yaml, so a key
 * with a default is required here, and yet need not be written. What need not is read off
 * builtin.yaml, in manual.ts.
 */
const cache = z.strictObject({
  ttl: value(KINDS.lasting, 'How long a stored object is fresh: served without asking the origin.'),
  grace: value(KINDS.lasting,
    'How long after that it is still served, while one refresh runs behind the reply.'),
  keep: value(KINDS.lasting, 'How long after that it is kept: for asking the origin whether it ' +
    'has changed, and as the last resort when the origin fails.'),
  not_found: value(KINDS.lasting, 'How long a 404 or 410 of the origin is remembered; 0: not.'),
  forbidden: value(KINDS.lasting, 'How long a 403 of the origin is remembered; 0: not.'),
  verify: value(wordKind(['md5', 'none']), 'md5: a fetched object must have the MD5 that its ' +
    'ETag states, where the ETag is one; otherwise nothing is stored and the transfer is cut.'),
  respect: value(wordKind(['origin', 'rules']), '`origin`: RFC 9111 decides, and `ttl` and ' +
    '`grace` of the route only count where the origin is silent. For `http` origins, as the next ' +
    'two.'),
  set_cookie: value(wordKind(['refuse', 'strip', 'store']), 'What becomes of a response with ' +
    '`Set-Cookie`: not stored, stored without that field, or stored as it is.'),
  directives: value(wordKind(['obey', 'ignore']), 'Whether `Cache-Control` of requests counts.'),
})

const cacheOrName = z.union([value(KINDS.name, 'A named policy.'), cache.partial()])
  .meta({ title: 'the name of a policy, or its fields' })

/** Of objects there is nothing else to say. */
const objectCacheOrName = z.union([
  value(KINDS.name, 'A named policy.'),
  cache.omit({ respect: true, set_cookie: true, directives: true }).partial(),
]).meta({ title: 'the name of a policy, or its fields' })

const deliver = z.strictObject({
  set: z.record(z.string().regex(new RegExp(KINDS.fieldName.form['pattern'] as string)),
    value(KINDS.fieldValue, 'The value of this field.')).optional()
    .meta({ title: 'header fields and their values', description:
      'Header fields that every response of an object gets, in place of the origin\'s.' }),
  unset: z.array(value(KINDS.fieldNames, 'A field to remove.')).optional()
    .meta({ title: 'a list of header fields', description:
      'Header fields of the origin that clients do not get. `x-amz-*` means all that begin so.' }),
  cache_status: some(KINDS.switch, 'Whether responses say in `Cache-Status` what the cache did.'),
})

const bucket = z.strictObject({
  origin: value(KINDS.name, 'The origin that has it.'),
  name: some(KINDS.bucketName, 'Its name in the store, when that is not the name used here.'),
  visibility: some(wordKind(['public', 'private']), 'private: a route without `access` must not ' +
    'lead here. Without it: public.'),
  cache: objectCacheOrName.optional().meta({ title: 'the name of a policy, or its fields',
    description: 'The cache policy of its objects.' }),
})

const route = z.strictObject({
  name: value(KINDS.name, 'What logs and metrics call this route. Each has its own.'),
  match: matchers,
  to: toAny,
  hash,
  redirect: z.strictObject({
    to: value(KINDS.location, 'A path on the same host, or a URL with its host written out.'),
    status: value(KINDS.redirection, 'The status of the answer.'),
  }).optional().meta({ description: 'Sends the client elsewhere.' }),
  deny: some(KINDS.denial, 'Refuses with this status.'),
  synth: routePage.optional(),
  index: some(orOff(KINDS.indexName), 'What completes a key that is empty or ends in `/`; see ' +
    'above. `off`: nothing, whatever the defaults say.'),
  trailing_slash: some(wordKind(TRAILING_SLASHES), 'Whether clients are sent to the same path ' +
    'with a `/` at its end, or without; see above. Without it: keep.'),
  cors: cors.optional(),
  methods: z.array(value(methods, 'An allowed method.')).min(1).optional()
    .meta({ title: 'a list of methods', description: 'What is allowed; other methods get 405.' }),
  access: access.optional().meta({ title: 'the name of a block, or a rule',
    description: 'Who may have it; see above. Without it: everybody.' }),
  cache: cacheOrName.optional().meta({ title: 'the name of a policy, or its fields',
    description: 'The cache policy; it wins over that of the bucket, field by field.' }),
  pass: some(KINDS.switch, 'true: nothing is looked up, shared or kept; each request is one to ' +
    'the origin.'),
  tags: list(KINDS.tag, 'Names under which its responses can be banned together; they may hold ' +
    'captures of the path.').optional(),
  recv, fetch, store,
  deliver: z.union([deliver, delivers.unwrap()]).optional().meta({
    title: 'changes, or a list of steps',
    description: 'Changes to the head of responses, on top of the defaults; a list of them with ' +
      'conditions, see above.',
    example: '{ set: { content-type: application/gzip } }',
  }),
})

const fieldName = z.string().regex(new RegExp(KINDS.fieldName.form['pattern'] as string))

const reasons: Kind<Reason> = {
  ...wordKind(Object.keys(REASONS) as Reason[]), what: 'one of the reasons that the log gives',
}

const test = z.strictObject({
  name: value(KINDS.sentence, 'What it shows, for the report.'),
  request: z.strictObject({
    method: some(methods, 'The method; without it GET.'),
    url: value(KINDS.testUrl,
      'The URL, sent as it is written; a path alone is asked of localhost.'),
    headers: z.record(fieldName, list(KINDS.fieldValue, 'The value of this field.')).optional()
      .meta({ title: 'header fields, each with a value or a list of such',
        description: 'Header fields of the request, on top of Host.' }),
    client: some(KINDS.ip, 'The address that the request comes from.'),
    user: some(KINDS.user, 'A user who gives the right password, whatever the file of users says.'),
    at: some(KINDS.instant, 'When it is asked, for `time`. Without it: long ago.'),
  }).meta({ description: 'What is asked for.' }),
  expect: z.strictObject({
    route: some(KINDS.name, 'The route that decides; `default` when none shall match.'),
    object: some(KINDS.object, 'The object, by the name its bucket has here.'),
    forward: some(KINDS.forwarded, 'What an http origin is asked for: its name here, then the ' +
      'path and the query that it gets.'),
    access: some(wordKind(['allow', 'deny']), 'What the `access` of the route says.'),
    cors: some(wordKind(['allow', 'deny']), 'What the `cors` of the route says to the page that ' +
      'asks, or to its preflight.'),
    status: some(KINDS.status, 'The status of an answer that is given without the store.'),
    reason: some(reasons, 'Why the request is refused: `no-route`, `denied-by-route`, ' +
      '`method-not-allowed`, `bad-target` and so on, as in the log.'),
    location: some(KINDS.url, 'Where a redirect leads.'),
    pass: some(KINDS.switch, 'Whether it goes to the origin past everything that is kept.'),
    tags: anyNumber(KINDS.tag, 'All tags of the object, in any order; `[]`: none.').optional(),
    ...cache.partial().shape,
    deliver: z.record(fieldName, value(KINDS.fieldOrNone, 'What the client gets.')).optional()
      .meta({ title: 'header fields, each with a value or false', description:
        'The value that the rules give a header field; `false`: clients do not get it.' }),
  }).meta({ description: 'What shall come of it; only what is said is compared. The cache policy ' +
    'is that of the object.' }),
})

const tests = z.array(test).meta({ title: 'a list of tests', description:
  'Requests and what shall become of them. A configuration with a test that fails is not served.' })

const tiers = z.strictObject({
  memory: z.strictObject({
    size: value(KINDS.tierSize, 'Bytes of responses kept in memory, their heads included.'),
  }).meta({ description: 'The memory tier.' }),
  disk: z.strictObject({
    path: value(orOff(KINDS.folder), 'The folder of the disk tier; `off`: there is none.'),
    size: value(KINDS.tierSize, 'Bytes the disk tier may take.'),
    reserve: value(KINDS.size, 'Bytes of the file system that are left free for others.'),
  }).meta({ description: 'The disk tier.' }),
})

const version = z.literal(1).meta({ title: '1', description: 'The version of this language.' })

const config = z.strictObject({
  haulout: version,
  listen: z.strictObject({
    http: value(KINDS.address, 'Where clients are served.'),
    admin: value(orOff(KINDS.address),
      'Where metrics, health and status are served, and reloads are asked for; `off`: nowhere.'),
    health: value(orOff(KINDS.plainPath),
      'A path for clients that always answers 200, for load balancers; `off`: none.'),
    max_connections: value(KINDS.clients, 'Connections of clients at the same time.'),
  }).meta({ description: 'Addresses. A relative path in any section is relative to this file.' }),
  trusted_proxies: z.array(value(KINDS.network, 'A network or an address.'))
    .meta({ title: 'a list of networks', description: 'Proxies whose `X-Forwarded-For` is ' +
      'believed: the last address in it that is not one of theirs is the client.' }),
  acls: map(networks('The most specific entry wins; `!` carves out.'),
    'Lists of networks that `access` can name, by names of your choice.'),
  users: map(users, 'Files of users that `access` can name, by names of your choice.'),
  access: map(access, 'Rules that routes and other rules can name; see above.'),
  admin: z.strictObject({
    token: some(KINDS.secret, 'What whoever bans or purges by way of the admin listener has to ' +
      'show: `env:NAME` or `file:PATH`. Without it: nobody can.'),
  }).optional().meta({ description: 'Who may change what is stored by way of `listen.admin`.' }),
  purge: z.strictObject({
    access: access.meta({ title: 'the name of a block, or a rule',
      description: 'Who may; see Access.' }),
  }).optional().meta({ description: 'Lets clients purge what is stored for a URL, with the ' +
    'method PURGE; see Invalidation. Without it: nobody.' }),
  storage: tiers.meta({ description: 'Where responses are kept.' }),
  origins: map(origin, 'The stores that objects come from, by names of your choice.'),
  policies: map(cache.partial(), 'Cache policies that buckets and routes can name.'),
  buckets: map(bucket, 'The buckets that routes lead to, by names of your choice.'),
  defaults: z.strictObject({
    methods: z.array(value(methods, 'An allowed method.')).min(1)
      .meta({ title: 'a list of methods', description: 'What routes allow unless they say more.' }),
    cache: cache.meta({ description: 'The cache policy where nobody else says something.' }),
    deliver: deliver.meta({ description: 'Changes to the head of every response of an object.' }),
    index: value(orOff(KINDS.indexName), 'What a key that is empty or ends in `/` is completed ' +
      'with, e.g. index.html; `off`: nothing, folders name no object.'),
    origin: z.strictObject({
      region: value(KINDS.region, 'See `origins`.'),
      choose: value(choose, 'See `origins`.'),
      timeouts: timeouts.meta({ description: 'See `origins`.' }),
      retry: retry.meta({ description: 'See `origins`.' }),
      limits: limits.meta({ description: 'See `origins`.' }),
    }).meta({ description: 'What origins have unless they say otherwise.' }),
  }).meta({ description: 'What holds where nothing else is said.' }),
  recv, fetch, store,
  deliver: delivers,
  routes: z.array(route).meta({ title: 'a list of routes', description:
    'The rules, in order: the first route that matches decides, and no other is looked at.' }),
  default: z.strictObject({
    deny: value(KINDS.denial, 'The status of requests that no route matches.'),
  }).meta({ description: 'What happens when no route matches.' }),
  synth: pages,
  tests,
  log: z.strictObject({
    access: z.strictObject({
      format: value(wordKind(['json', 'combined', 'off']),
        'One JSON object a line, or the combined log format of web servers, or no log.'),
      path: value(KINDS.logFile, 'The file to append to, or `stdout`.'),
    }).meta({ description: 'One line for each exchange.' }),
  }).meta({ description: 'The access log.' }),
  drain: value(KINDS.pause, 'How long running downloads may take to finish after SIGTERM.'),
  watch: value(KINDS.switch, 'Whether this file is loaded again whenever it changes; see above.'),
})

/** A checked document: durations are ms, sizes are bytes, `off` is null, lists are lists. */
export type ConfigDocument = z.output<typeof config>

/** What stands in a file of tests beside a configuration. */
const testConfig = z.strictObject({ haulout: version, tests })

export type TestDocument = z.output<typeof testConfig>

/** What a check found wrong, as zod says it. */
export type Issue = z.core.$ZodIssue

/** Checks a whole document, the defaults included. */
export function checkDocument(document: unknown): ConfigDocument | readonly Issue[] {
  const result = config.safeParse(document)
  return result.success ? result.data : result.error.issues
}

/** The table in JSON Schema (draft 7, which is what YAML editors know). */
export function schemaOfDocument(): Record<string, unknown> {
  return z.toJSONSchema(config, { io: 'input', target: 'draft-7', reused: 'inline' })
}

/** Checks the document of a file of tests. */
export function checkTestDocument(document: unknown): TestDocument | readonly Issue[] {
  const result = testConfig.safeParse(document)
  return result.success ? result.data : result.error.issues
}

/** The same for a file of tests. */
export function schemaOfTestDocument(): Record<string, unknown> {
  return z.toJSONSchema(testConfig, { io: 'input', target: 'draft-7', reused: 'inline' })
}
