/**
 * The language of conditions as the table has it: one set of keys, of which each place allows those
 * that something is known of there. What is hard about it is that conditions hold conditions
 * (`not`), so each of these types refers to itself, by an id that is only used for that.
 */
import { z } from 'zod'
import type { StatusRange, WhenRule } from '../../model/when.ts'
import { KINDS, wordKind, type Kind } from './kinds.ts'
import { list, some, value } from './schema-values.ts'

/** The methods that rules can be about. */
export const methods = wordKind([
  'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'QUERY', 'PROPFIND', 'PROPPATCH',
  'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK', 'REPORT', 'SEARCH',
])

const status: Kind<StatusRange> = {
  what: 'a status, or a class of them', example: '404 or 5xx',
  form: {
    anyOf: [
      { type: 'integer', minimum: 100, maximum: 599 }, { type: 'string', pattern: '^[1-5]xx$' },
    ],
  },
  read: (found) => {
    if (typeof found === 'string' && /^[1-5]xx$/.test(found)) {
      const from = Number(found[0]) * 100
      return { from, to: from + 99 }
    }
    const one = KINDS.status.read(found)
    return one === undefined ? undefined : { from: one, to: one }
  },
}

/** Texts that something may be, or whether it is there. */
function wanted(text: Kind<string>): Kind<boolean | readonly string[]> {
  return {
    what: `${text.what}, a list of such, true or false`, example: text.example,
    form: {
      anyOf: [text.form, { type: 'array', items: text.form, minItems: 1 }, { type: 'boolean' }],
    },
    read: (found) => {
      if (typeof found === 'boolean') return found
      const texts = (Array.isArray(found) ? found : [found]).map(text.read)
      const known = texts.filter((one) => one !== undefined)
      return known.length === 0 || known.length < texts.length ? undefined : known
    },
  }
}

function fields(of: string, example: string): z.ZodOptional<z.ZodType<WantedByName>> {
  const kind = wanted({ ...KINDS.fieldPattern, example })
  return z.record(z.string().regex(new RegExp(KINDS.fieldName.form['pattern'] as string)),
    value(kind, 'What it has to be.')).optional()
    .meta({ title: 'header fields, each with a text, a list of such, true or false', description:
      `Header fields of the ${of}: a text in which \`*\` is any characters, or one of several; ` +
      '`true`: it is there; `false`: it is not.' })
}

type WantedByName = Record<string, boolean | readonly string[]>

const queries = z.record(z.string().regex(/^[\s\S]+$/),
  value(wanted(KINDS.pattern), 'What it has to be.')).optional()
  .meta({ title: 'parameters, each with a text, a list of such, true or false', description:
    'Parameters of the query, likewise; names and values are decoded.' })

/** What is known of a request. */
const request = {
  host: list(KINDS.host, 'The hosts, without port; `*.example.org` is every name below it.')
    .optional(),
  path: list(KINDS.glob, 'A glob for the decoded path, or one of several.').optional(),
  path_regex: list(KINDS.regex, 'A regular expression for the whole decoded path, likewise.')
    .optional(),
  method: list(methods, 'The methods.').optional(),
  header: fields('request', '"*Mobile*"'),
  query: queries,
  client: list(KINDS.name, 'The client\'s address is in one of these lists of `acls`.').optional(),
}

/** What is known of an object. */
const object = {
  key: list(KINDS.keyGlob, 'A glob for the key of the object, or one of several.').optional(),
}

/** What is known of an answer. */
const answer = {
  status: list(status, 'The status; `5xx` is all from 500 to 599.').optional(),
  size_over: some(KINDS.size, 'The body is larger than this.'),
  size_under: some(KINDS.size, 'The body is smaller than this.'),
  type: list(KINDS.mediaType, 'The Content-Type without parameters; `text/*` is all that begin so.')
    .optional(),
  answer: fields('answer', 'no-store'),
}

/** A condition about the request. */
export const requestWhen = conditions('when', request)

/** The requests a route is for: the same with one path, whose captures can be used. */
export const matchers = z.strictObject({
  ...request,
  path: some(KINDS.glob, 'A glob for the decoded path; see above.'),
  path_regex: some(KINDS.regex, 'A regular expression for it, instead of a glob; see above.'),
  method: list(methods, 'The methods; others go on to the next route.').optional(),
  not: requestWhen.optional().meta({
    title: 'a condition', description: 'With the same keys: this does not hold, taken as a whole.',
  }),
}).transform(({ path_regex: pathRegex, ...rest }) => ({ ...rest, pathRegex }))
  .meta({ description: 'The requests this route is for. All that is said must hold.' })

/** A condition about the request to a store: who asks must not shape what is stored for all. */
export const fetchWhen = conditions('fetch.when', object)

/** A condition about an answer that is to be stored: the same whoever asks. */
export const storeWhen = conditions('store.when', { ...object, ...answer })

/** A condition about the request and what it is answered with. */
export const deliverWhen = conditions('deliver.when', { ...request, ...object, ...answer })

type Document = z.output<z.ZodObject<typeof request & typeof object & typeof answer>>

/** The names of keys are those of the file; in the program units and words have other forms. */
function conditions(id: string, keys: Readonly<Record<string, z.ZodType>>): z.ZodType<WhenRule> {
  const when: z.ZodType<WhenRule> = z.strictObject({
    ...keys,
    not: z.lazy(() => when).optional().meta({
      title: 'a condition', description: 'This does not hold, taken as a whole.',
    }),
  }).transform(({ not, ...rest }) => {
    const {
      path_regex: pathRegex, size_over: sizeOver, size_under: sizeUnder, ...same
    } = rest as unknown as Document
    return { ...same, pathRegex, sizeOver, sizeUnder, not }
  }).meta({ id, title: 'a condition', description: 'When; all that is said must hold.' })
  return when
}
