/**
 * The answers that haulout words itself, as the table has them: the pages of `synth`, for refusals
 * and errors, and of routes that are nothing but a page.
 */
import { z } from 'zod'
import { KINDS } from './kinds.ts'
import { methods } from './schema-when.ts'
import { list, some, value } from './schema-values.ts'

const page = z.strictObject({
  text: some(KINDS.pageText, 'The page itself; see above for what is put into it.'),
  file: some(KINDS.pageFile, 'A file with the page in UTF-8, read with the configuration.'),
  type: some(KINDS.pageType, 'Its media type. Without it: text/html.'),
})

/** The pages of all answers of a status. */
export const pages = z.record(z.string().regex(/^(?:[45](?:\d\d|xx)|default)$/), page)
  .meta({ title: 'statuses, each with a page', description:
    'Pages for the answers that haulout words itself, by status (`404`), by class (`5xx`), or ' +
    '`default`, in place of one line of plain text.' })

/** Which pages of other origins may read a route's answers. */
export const cors = z.strictObject({
  origins: list(KINDS.webOrigin, 'Whose pages may read the answers; `*` alone: anybody\'s.'),
  methods: list(methods, 'What such a page may use. Without it: what the route allows.')
    .optional(),
  headers: list(KINDS.fieldName, 'Request fields that such a page may set; `*`: any. Browsers ' +
    'need no permission for the usual ones.').optional(),
  expose: list(KINDS.fieldName, 'Fields of the answer that such a page may read besides the ' +
    'usual ones.').optional(),
  credentials: some(KINDS.switch, 'Whether such a page may ask with the cookies and the password ' +
    'of who looks at it.'),
  max_age: some(KINDS.pause, 'How long browsers may remember what they may do.'),
}).meta({ description: 'Which pages of other origins may read the answers in a browser; see ' +
  'above. Without it: what the store says.' })

/** The page that a route is. */
export const routePage = page.extend({
  status: value(KINDS.synth, 'The status of the answer.'),
}).meta({ description: 'Answers with a page of its own.' })
