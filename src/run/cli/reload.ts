import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { HauloutError } from '../../errors.ts'
import { RELOAD_ANSWER_MS } from '../../limits.ts'
import { EXIT } from './commands.ts'

const ADMIN = 'http://127.0.0.1:9001'
const OK = 200

/**
 * `haulout reload`: has the process behind an admin listener read its configuration again, and
 * prints its answer: on standard output what it serves from now, on standard error why not.
 * @throws HauloutError `usage` for what is no URL, `admin` when nobody answers there.
 */
export async function reload({ admin = ADMIN }: { admin?: string }): Promise<number> {
  const { status, answer } = await post(new URL('/reload', urlFrom(admin)))
  const applied = status === OK
  const stream = applied ? process.stdout : process.stderr
  stream.write(`${answer.trimEnd()}\n`)
  return applied ? EXIT.ok : EXIT.failed
}

function urlFrom(written: string): URL {
  const url = URL.canParse(written) ? new URL(written) : null
  if (url?.protocol === 'http:') return url
  throw new HauloutError('usage', `--admin '${written}' is no URL; write e.g. ${ADMIN}`)
}

async function post(url: URL): Promise<{ status: number; answer: string }> {
  const signal = AbortSignal.timeout(RELOAD_ANSWER_MS)
  try {
    const [response] = await once(
      request(url, { method: 'POST', agent: false, signal }).end(), 'response')
    const message = response as IncomingMessage
    return { status: message.statusCode!, answer: await text(message) }
  } catch (error) {
    throw new HauloutError('admin', `${url.origin}: ${(error as Error).message}`, error)
  }
}
