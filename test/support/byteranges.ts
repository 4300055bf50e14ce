/** Reads multipart/byteranges (RFC 9110 §14.6) as strictly as a client may. */
import type { Answered } from './client.ts'

export type PartRead = {
  readonly type: string | null
  readonly range: string | null
  readonly bytes: Buffer
}

/** The parts of a 206, in order. Throws when the body is not framed as its Content-Type says. */
export function readByteranges({ headers, body }: Answered): PartRead[] {
  const type = String(headers['content-type'])
  const boundary = /^multipart\/byteranges; boundary=([\w-]{1,70})$/.exec(type)?.[1]
  if (boundary === undefined) throw new Error(`no boundary in ${type}`)
  // Latin-1 keeps one character for one byte, so places in the text are places in the body.
  const text = body.toString('latin1')
  const parts: PartRead[] = []
  let at = 0
  for (let opening = `--${boundary}`; ; opening = `\r\n--${boundary}`) {
    if (!text.startsWith(opening, at)) throw new Error(`no boundary at byte ${at}`)
    at += opening.length
    if (text.slice(at) === '--\r\n') return parts
    const begin = text.indexOf('\r\n\r\n', at) + 4
    const head = text.slice(at, begin)
    const range = /^Content-Range: (.*)$/im.exec(head)?.[1] ?? null
    const [, first, last] = /^bytes (\d+)-(\d+)\/\d+$/.exec(range ?? '') ?? []
    const end = begin + Number(last) - Number(first) + 1
    parts.push({
      type: /^Content-Type: (.*)$/im.exec(head)?.[1] ?? null,
      range,
      bytes: body.subarray(begin, end),
    })
    at = end
  }
}
