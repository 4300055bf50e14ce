import { HauloutError } from '../../errors.ts'
import { RELOAD_ANSWER_MS } from '../../limits.ts'
import type { Trace } from '../../model/trace.ts'
import { questionOf } from '../admin/question.ts'
import { examineConfig } from '../config/load.ts'
import { explainFiles } from '../process/explain.ts'
import { postTo, urlFrom } from './ask-admin.ts'
import { EXIT } from './commands.ts'
import { traceText } from './trace-text.ts'

const OK = 200

/**
 * `haulout explain`: tells what would become of a request, on standard output. Operands are a URL,
 * or a method and a URL; several fields stand in `header`, each on a line. With `config` it asks
 * the file, otherwise the process behind an admin listener.
 * @throws HauloutError `usage` for what cannot be asked, `config` for a bad file, `admin` when
 *   nobody answers there.
 */
export async function explain(
  operands: readonly string[], options: Readonly<Record<string, string>>,
): Promise<number> {
  process.stdout.write(await explanation(operands, options))
  return EXIT.ok
}

/** The same as a text. */
export async function explanation(
  operands: readonly string[], options: Readonly<Record<string, string>>,
): Promise<string> {
  const asked = askedOf(operands, options)
  const { config, admin } = options
  if (config !== undefined && admin !== undefined) {
    throw new HauloutError('usage', '--config and --admin exclude each other')
  }
  const trace = config === undefined ? await askLive(asked, admin) : askFile(asked, config)
  return 'json' in options ? `${JSON.stringify(trace, null, 2)}\n` : traceText(trace)
}

/** The question as JSON, in the form that the admin listener takes. */
function askedOf(
  operands: readonly string[], { header, client, user, at }: Readonly<Record<string, string>>,
): string {
  const [method, url] = operands.length > 1 ? [operands[0]!, operands[1]!] : ['GET', operands[0]!]
  const headers = header === undefined ? undefined : headersOf(header.split('\n'))
  return JSON.stringify({ method, url, headers, client, user, at })
}

/** `Name: value`, as curl has it. */
function headersOf(lines: readonly string[]): Record<string, string[]> {
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) {
      throw new HauloutError('usage', '--header is a name and a value: -H \'Range: bytes=0-9\'')
    }
    const name = line.slice(0, colon)
    headers.set(name, [...headers.get(name) ?? [], line.slice(colon + 1).trim()])
  }
  return Object.fromEntries(headers)
}

function askFile(asked: string, config: string): Trace {
  const question = questionOf(asked)
  if ('fault' in question) throw new HauloutError('usage', question.fault)
  return explainFiles(examineConfig(config), question)
}

async function askLive(asked: string, admin: string | undefined): Promise<Trace> {
  const url = new URL('/explain', urlFrom(admin))
  const { status, answer } = await postTo(url, { body: asked, withinMs: RELOAD_ANSWER_MS })
  if (status === OK) return JSON.parse(answer) as Trace
  throw new HauloutError(status === 400 ? 'usage' : 'admin', answer.trimEnd())
}
