/** The steps, as the table has them: lists of conditions and of what is done where they hold. */
import { z } from 'zod'
import { KINDS } from './kinds.ts'
import { some, value } from './schema-values.ts'
import { deliverWhen, fetchWhen, requestWhen, storeWhen } from './schema-when.ts'

/** Names of fields to remove. */
export const unset = z.array(value(KINDS.fieldNames, 'A field to remove.')).optional()

/** Fields and the values they get. */
export const set = z.record(z.string().regex(new RegExp(KINDS.fieldName.form['pattern'] as string)),
  value(KINDS.fieldValue, 'The value of this field.')).optional()

const setTitle = 'header fields and their values'
const unsetTitle = 'a list of header fields'
const whenMeta = {
  title: 'a condition', description: 'When; all that is said must hold. Without it: always.',
}

/** What becomes of requests. */
export const recv = steps(z.strictObject({
  when: requestWhen.optional().meta(whenMeta),
  deny: some(KINDS.denial, 'Refuses with this status.'),
  redirect: z.strictObject({
    to: value(KINDS.location, 'A path on the same host, or a URL with its host written out.'),
    status: value(KINDS.redirection, 'The status of the answer.'),
  }).optional().meta({ description: 'Sends the client elsewhere.' }),
  pass: some(KINDS.switch, 'true: nothing is looked up or kept, see `routes`.'),
  set: set.meta({ title: setTitle, description:
    'Header fields of the request, as the rules that come behind see them.' }),
  unset: unset.meta({ title: unsetTitle, description:
    'Header fields of the request that are taken for not there.' }),
}), {
  about: 'What becomes of single requests, before their route is known or, in a route, before ' +
    'its access is asked; see above.',
  example: '[{ when: { client: crawlers }, deny: 403 }]',
})

/** What origins are asked with. */
export const fetch = steps(z.strictObject({
  when: fetchWhen.optional().meta(whenMeta),
  set: set.meta({ title: setTitle, description:
    'Header fields of the request to the origin; they are signed with it.' }),
  unset: unset.meta({ title: unsetTitle, description: 'What a step before this one has set.' }),
}), {
  about: 'What single requests to the origin say besides; see above.',
  example: '[{ set: { x-amz-request-payer: requester } }]',
})

/** What is changed on the heads of responses: single steps. */
export const deliver = steps(z.strictObject({
  when: deliverWhen.optional().meta(whenMeta),
  set: set.meta({ title: setTitle, description:
    'Header fields that the response gets, in place of the origin\'s.' }),
  unset: unset.meta({ title: unsetTitle, description:
    'Header fields that the client does not get. `x-amz-*` means all that begin so.' }),
  cache_status: some(KINDS.switch, 'Whether it says in `Cache-Status` what the cache did.'),
}), {
  about: 'Changes to the heads of single responses; see above.',
  example: '[{ when: { type: "text/*" }, set: { cache-control: no-cache } }]',
})

/** How answers are kept. */
export const store = steps(z.strictObject({
  when: storeWhen.optional().meta(whenMeta),
  set: z.strictObject({
    ttl: some(KINDS.lasting, 'How long it is fresh; of a 403, 404 or 410: how long it is kept.'),
    grace: some(KINDS.lasting, 'See `policies`.'),
    keep: some(KINDS.lasting, 'See `policies`.'),
    memory: some(KINDS.switch, 'false: not in the memory tier; it is read from disk.'),
    disk: some(KINDS.switch, 'false: not in the disk tier.'),
    cacheable: some(KINDS.switch, 'false: not stored, and what is stored is not used.'),
  }).optional().meta({ description: 'How it is kept.' }),
  unset: unset.meta({ title: unsetTitle, description:
    'Header fields of the origin that are not stored. `x-amz-*` means all that begin so.' }),
}), {
  about: 'How single answers are kept, by what they are; see above.',
  example: '[{ when: { size_over: 64MiB }, set: { memory: false } }]',
})

/** A list of steps. At the top they are for all routes, and those of routes come behind them. */
function steps<T>(step: z.ZodType<T>, { about, example }: { about: string; example: string }) {
  return z.array(step).min(1).optional()
    .meta({ title: 'a list of steps', description: about, example })
}
