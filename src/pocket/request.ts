/**
 * A request head as it came over the socket. It is parsed here and not by node:http because the
 * spelling of field names and the raw target decide how Walrus answers.
 */

export type Field = readonly [name: string, value: string]

export type RequestHead = {
  readonly method: string
  /** As sent. */
  readonly target: string
  /** The target up to the first `?`, still encoded. */
  readonly path: string
  /** Behind the `?`, raw; empty when there is none. */
  readonly query: string
  readonly version: string
  readonly fields: readonly Field[]
}

/** The head without its closing empty line, in latin1; null when it is no HTTP/1 request. */
export function parseHead(text: string): RequestHead | null {
  const [line = '', ...rest] = text.split('\r\n')
  const found = /^([A-Z]+) (\/\S*) HTTP\/(1\.[01])$/.exec(line)
  if (found === null) return null
  const fields: Field[] = []
  for (const row of rest) {
    const field = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/.exec(row)
    if (field === null) return null
    fields.push([field[1]!, field[2]!])
  }
  const target = found[2]!
  const mark = target.indexOf('?')
  return {
    method: found[1]!,
    target,
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    version: found[3]!,
    fields,
  }
}

/** The first field of that name in any case. */
export function fieldOf(head: RequestHead, name: string): string | null {
  const wanted = name.toLowerCase()
  return head.fields.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null
}

/** The first field of that name in exactly that spelling. */
export function exactFieldOf(head: RequestHead, name: string): string | null {
  return head.fields.find(([spelled]) => spelled === name)?.[1] ?? null
}

/** Whether bytes of a body follow the head. */
export function carriesBody(head: RequestHead): boolean {
  const length = fieldOf(head, 'content-length')
  return (length !== null && length !== '0') || fieldOf(head, 'transfer-encoding') !== null
}

/** RFC 9112 §9.3: whether the client wants the connection kept. */
export function wantsKeepAlive(head: RequestHead): boolean {
  const options = (fieldOf(head, 'connection') ?? '').toLowerCase().split(/\s*,\s*/)
  if (head.version === '1.0') return options.includes('keep-alive')
  return !options.includes('close')
}
