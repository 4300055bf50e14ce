import { RELOAD_ANSWER_MS } from '../../limits.ts'
import { postTo, urlFrom } from './ask-admin.ts'
import { EXIT } from './commands.ts'

const OK = 200

/**
 * `haulout reload`: has the process behind an admin listener read its configuration again, and
 * prints its answer: on standard output what it serves from now, on standard error why not.
 * @throws HauloutError `usage` for what is no URL, `admin` when nobody answers there.
 */
export async function reload({ admin }: { admin?: string }): Promise<number> {
  const url = new URL('/reload', urlFrom(admin))
  const { status, answer } = await postTo(url, { body: '', withinMs: RELOAD_ANSWER_MS })
  const applied = status === OK
  const stream = applied ? process.stdout : process.stderr
  stream.write(`${answer.trimEnd()}\n`)
  return applied ? EXIT.ok : EXIT.failed
}
