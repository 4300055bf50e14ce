/** A client that hides nothing: bytes out, bytes in until the server ends the connection. */
import { connect } from 'node:net'

export type Said = {
  /** Everything received, latin1. */
  readonly text: string
  /** Whether the end was a reset. */
  readonly reset: boolean
}

export function talk(port: number, text: string): Promise<Said> {
  return new Promise((resolve) => {
    const received: Buffer[] = []
    let reset = false
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => {
      socket.write(Buffer.from(text, 'latin1'))
    })
    socket.on('data', (bytes: Buffer) => received.push(bytes))
    socket.on('end', () => socket.end())
    socket.on('error', () => {
      reset = true
    })
    socket.on('close', () => resolve({ text: Buffer.concat(received).toString('latin1'), reset }))
  })
}

export type Parsed = {
  readonly status: number
  /** Names as sent. */
  readonly fields: ReadonlyMap<string, string>
  /** Everything behind the head. */
  readonly body: string
}

export function parseAnswer(text: string): Parsed {
  const end = text.indexOf('\r\n\r\n')
  const [line = '', ...rows] = text.slice(0, end).split('\r\n')
  const fields = rows.map((row): [string, string] => {
    const colon = row.indexOf(': ')
    return [row.slice(0, colon), row.slice(colon + 2)]
  })
  return { status: Number(line.split(' ')[1]), fields: new Map(fields), body: text.slice(end + 4) }
}

export type Fields = ReadonlyArray<readonly [name: string, value: string]>

export function requestText(method: string, target: string, fields: Fields): string {
  const rows = fields.map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${target} HTTP/1.1\r\n${rows.join('')}\r\n`
}

/** One request on a connection of its own, which the client asks to be closed. */
export async function ask(
  port: number, method: string, target: string, fields: Fields = [],
): Promise<Parsed> {
  const all: Fields = [
    ...(fields.some(([name]) => name === 'Host') ? [] : [['Host', `127.0.0.1:${port}`] as const]),
    ['Connection', 'close'],
    ...fields,
  ]
  const { text } = await talk(port, requestText(method, target, all))
  return parseAnswer(text)
}
