/** The steps, as the table has them: lists of conditions and of what is done where they hold. */
import { z } from 'zod'
import { KINDS } from './kinds.ts'
import { some, value } from './schema-values.ts'
import { storeWhen } from './schema-when.ts'

/** Names of fields to remove. */
export const unset = z.array(value(KINDS.fieldNames, 'A field to remove.')).optional()

/** How answers are kept. */
export const store = steps(z.strictObject({
  when: storeWhen.optional().meta({ title: 'a condition', description:
    'When; all that is said must hold. Without it: always.' }),
  set: z.strictObject({
    ttl: some(KINDS.lasting, 'How long it is fresh; of a 403, 404 or 410: how long it is kept.'),
    grace: some(KINDS.lasting, 'See `policies`.'),
    keep: some(KINDS.lasting, 'See `policies`.'),
    memory: some(KINDS.switch, 'false: not in the memory tier; it is read from disk.'),
    disk: some(KINDS.switch, 'false: not in the disk tier.'),
    cacheable: some(KINDS.switch, 'false: not stored, and what is stored is not used.'),
  }).optional().meta({ description: 'How it is kept.' }),
  unset: unset.meta({ title: 'a list of header fields', description:
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
