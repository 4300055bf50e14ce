/** How commands talk to the admin listener of a process that runs. */
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { HauloutError } from '../../errors.ts'

const ADMIN = 'http://127.0.0.1:9001'

/** The URL of the listener, as it was typed. Throws HauloutError `usage` for what is none. */
export function urlFrom(written: string = ADMIN): URL {
  const url = URL.canParse(written) ? new URL(written) : null
  if (url?.protocol === 'http:') return url
  throw new HauloutError('usage', `--admin '${written}' is no URL; write e.g. ${ADMIN}`)
}

type Question = { readonly body: string; readonly withinMs: number }

/** Asks once with POST; throws HauloutError `admin` when nobody answers in time. */
export function postTo(url: URL, question: Question): Promise<{ status: number; answer: string }> {
  return askAdmin(url, { ...question, method: 'POST', fields: {} })
}

/** Asks once, in any way; throws as `postTo`. */
export async function askAdmin(
  url: URL, { method, fields, body, withinMs }: Question & {
    readonly method: string
    readonly fields: Readonly<Record<string, string>>
  },
): Promise<{ status: number; answer: string }> {
  const signal = AbortSignal.timeout(withinMs)
  try {
    const [response] = await once(
      request(url, { method, headers: fields, agent: false, signal }).end(body), 'response')
    const message = response as IncomingMessage
    return { status: message.statusCode!, answer: await text(message) }
  } catch (error) {
    throw new HauloutError('admin', `${url.origin}: ${(error as Error).message}`, error)
  }
}
