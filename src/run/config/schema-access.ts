/**
 * Who may have something, as the table has it: the sections `acls`, `users` and `access`, and the
 * key `access` of routes.
 */
import { z } from 'zod'
import type { AccessRule } from '../../model/access.ts'
import { KINDS } from './kinds.ts'
import { list, some, value } from './schema-values.ts'

const basic = z.strictObject({
  users: value(KINDS.name, 'The file of users, by its name.'),
  realm: value(KINDS.realm, 'What the client is told that the password is for.'),
}).meta({ description: 'A user and the right password (RFC 7617).' })

const header = z.strictObject({
  name: value(KINDS.fieldName, 'A field of the request.'),
  equals: list(KINDS.expected, 'What it has to be, or one of these: a text, or a secret by ' +
    'reference. A field that stands twice equals nothing.').optional(),
  present: some(KINDS.switch, 'true: it has to be there; false: it must not.'),
}).meta({ description: 'A field of the request; with `equals` or with `present`.' })

const time = z.strictObject({
  after: some(KINDS.instant, 'From this instant on.'),
  before: some(KINDS.instant, 'Until just before this instant.'),
}).meta({ description: 'When.' })

/** A rule. It holds itself, so this one type is written out. */
export const access: z.ZodType<AccessRule> = z.union([
  value(KINDS.name, 'A block of `access`.'),
  z.strictObject({
    all: several(z.lazy(() => access), 'All of these must hold.').optional(),
    any: several(z.lazy(() => access), 'One of these is enough.').optional(),
    not: z.lazy(() => access).optional()
      .meta({ title: 'a rule', description: 'This must not hold. No `basic` may be in it.' }),
    client: list(KINDS.name, 'The client\'s address is in one of these lists of `acls`.')
      .optional(),
    basic: basic.optional(),
    header: header.optional(),
    time: time.optional(),
  }),
]).meta({ id: 'access', title: 'the name of a block, or one of all, any, not, client, basic, ' +
  'header, time', example: '{ client: office }' })

function several(of: z.ZodType<AccessRule>, about: string): z.ZodType<AccessRule[]> {
  return z.array(of).min(1).meta({ title: 'a list of rules', description: about })
}

/** A list of networks. */
export function networks(about: string): z.ZodType<string[]> {
  return z.array(value(KINDS.network, 'A network or an address; `!` carves out.')).min(1)
    .meta({ title: 'a list of networks', description: about })
}

/** A file of users. */
export const users = z.strictObject({
  file: value(KINDS.file, 'An htpasswd file: `user:hash` in each line. It is read again when it ' +
    'changes.'),
})
