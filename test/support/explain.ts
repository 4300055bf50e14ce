/** Asks a house what would become of a request, as `haulout explain` does. */
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Trace } from '../../src/model/trace.ts'
import type { House } from './house.ts'

export type Question = {
  readonly url: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly client?: string
  readonly user?: string
  readonly at?: string
}

/** The status and the body of what the admin listener answers. */
export async function askExplain(
  { worker }: Pick<House, 'worker'>, body: string, headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  const { host, port } = worker.adminAddress!
  const sent = request({ host, port, path: '/explain', method: 'POST', agent: false, headers })
  const [answer] = await once(sent.end(body), 'response') as [IncomingMessage]
  return { status: answer.statusCode!, body: await text(answer) }
}

/** The trace. Who asks is this machine, unless the question says otherwise. */
export async function explained(
  house: Pick<House, 'worker'>, question: Question,
): Promise<Trace> {
  const { status, body } = await askExplain(house,
    JSON.stringify({ client: '127.0.0.1', ...question }))
  if (status !== 200) throw new Error(`${status} ${body}`)
  return JSON.parse(body) as Trace
}
