/** `haulout purge`, `ban` and `bans`: what is stored, gone for all that come after. */
import { BAN_ANSWER_MS } from '../../limits.ts'
import { askAdmin, urlFrom } from './ask-admin.ts'
import { EXIT } from './commands.ts'
import { tokenFrom } from './token.ts'

const OK = 200

type Where = { readonly admin?: string; readonly token?: string }
type How = Where & { readonly prefix?: string; readonly tag?: string; readonly soft?: string }

/**
 * Purges what is named: URLs, objects as `bucket/key`, or with `--tag` tags. Prints what it has
 * come to; on standard error why not.
 * @throws HauloutError `usage` for what is no URL of a listener or no token, `admin` when nobody
 * answers there.
 */
export async function purge(names: readonly string[], how: How): Promise<number> {
  const named = 'tag' in how ? { tags: names }
    : { urls: names.filter(isUrl), objects: names.filter((name) => !isUrl(name)) }
  return post('/purge', { ...named, prefix: 'prefix' in how, soft: 'soft' in how }, how)
}

/** Bans what an expression is about; otherwise as `purge`. */
export async function ban(expression: string, how: How): Promise<number> {
  return post('/ban', { expression, soft: 'soft' in how }, how)
}

function isUrl(name: string): boolean {
  return /^https?:\/\//i.test(name)
}

async function post(path: string, question: object, where: Where): Promise<number> {
  return tell(await ask('POST', path, { ...where, body: JSON.stringify(question) }))
}

type Told = { readonly status: number; readonly answer: string }

/** Prints the bans in force, oldest first: when, how, about what. */
export async function bans(where: Where): Promise<number> {
  const told = await ask('GET', '/bans', { ...where, body: '' })
  if (told.status !== OK) return tell(told)
  const found = JSON.parse(told.answer) as Array<{ at: string; soft: boolean; about: string }>
  const lines = found.map(({ at, soft, about }) => `${at}  ${soft ? 'soft' : 'hard'}  ${about}\n`)
  process.stdout.write(lines.length === 0 ? 'no bans are in force\n' : lines.join(''))
  return EXIT.ok
}

function ask(
  method: string, path: string, { admin, token, body }: Where & { readonly body: string },
): Promise<Told> {
  const url = new URL(path, urlFrom(admin))
  const fields = { authorization: `Bearer ${tokenFrom(token)}` }
  return askAdmin(url, { method, fields, body, withinMs: BAN_ANSWER_MS })
}

function tell({ status, answer }: Told): number {
  const stream = status === OK ? process.stdout : process.stderr
  stream.write(`${answer.trimEnd()}\n`)
  return status === OK ? EXIT.ok : EXIT.failed
}
