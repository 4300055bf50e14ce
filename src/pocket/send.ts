/**
 * An Answer onto the socket, byte by byte as decided: node:http would mend the very things that
 * are to be shown, a body behind a 304, a cut, a missing length.
 */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import type { Answer } from './answer.ts'
import type { Delivery, Ending } from './faults.ts'
import type { Gate } from './gate.ts'

/** Pauses of a limited rate: twenty a second look steady to any client. */
const STEPS_PER_SECOND = 20

export type Sending = {
  readonly socket: Socket
  readonly gate: Gate
  /** Null: as fast as it goes. */
  readonly rateBytesPerSecond: number | null
  /** Told of every piece of the body that the kernel has taken. */
  onBody(bytes: number): void
}

/** Sends head and body; false when the connection ended on the way, by fault or by the client. */
export async function sendAnswer(
  answer: Answer, delivery: Delivery, out: Sending,
): Promise<boolean> {
  if (delivery.holdHead) await out.gate.hold(out.socket)
  const head = headText(answer, delivery)
  if (delivery.cutInsideHead) {
    await sendBytes(out.socket, Buffer.from(head.slice(0, head.length / 2), 'latin1'))
    endConnection(out.socket, delivery.ending)
    return false
  }
  if (!(await sendBytes(out.socket, Buffer.from(head, 'latin1')))) return false
  if (!answer.sendsBody) return true
  for await (const piece of steps(answer, delivery, out.rateBytesPerSecond)) {
    if (piece === 'stall') await out.gate.hold(out.socket)
    else if (piece === 'cut') {
      endConnection(out.socket, delivery.ending)
      return false
    } else if (!(await sendPiece(piece, delivery, out))) return false
  }
  return delivery.framing !== 'chunked' || await sendBytes(out.socket, Buffer.from('0\r\n\r\n'))
}

/** False when the connection is gone. */
export function sendBytes(socket: Socket, bytes: Buffer): Promise<boolean> {
  if (socket.destroyed) return Promise.resolve(false)
  return new Promise((resolve) => {
    socket.write(bytes, (failed) => resolve(!failed))
  })
}

/** Ends it orderly, or tears it: with TLS that is an end without the closing alert. */
export function endConnection(socket: Socket, how: Ending): void {
  if (how === 'fin') socket.end()
  else if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}

function headText(answer: Answer, delivery: Delivery): string {
  const fields = [...answer.fields]
  if (delivery.contentLength !== null) {
    fields.push(['Content-Length', String(delivery.contentLength)])
  }
  if (delivery.framing === 'chunked') fields.push(['Transfer-Encoding', 'chunked'])
  if (delivery.saysClose) fields.push(['Connection', 'close'])
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`)
  const reason = STATUS_CODES[answer.status] ?? 'Unknown'
  return `HTTP/1.1 ${answer.status} ${reason}\r\n${lines.join('')}\r\n`
}

async function sendPiece(piece: Buffer, delivery: Delivery, out: Sending): Promise<boolean> {
  const framed = delivery.framing === 'chunked'
    ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
    : piece
  if (!(await sendBytes(out.socket, framed))) return false
  out.onBody(piece.length)
  if (out.rateBytesPerSecond !== null) await pause((1000 * piece.length) / out.rateBytesPerSecond)
  return !out.socket.destroyed
}

/** The body in pieces that the rate allows, with the faults at their exact places. */
async function* steps(
  answer: Answer, delivery: Delivery, rate: number | null,
): AsyncGenerator<Buffer | 'stall' | 'cut'> {
  const most = rate === null ? Infinity : Math.max(1, Math.floor(rate / STEPS_PER_SECOND))
  let at = 0
  let { stallAt } = delivery
  for await (const piece of answer.body.read()) {
    const bytes = flipped(piece, delivery.flipAt === null ? -1 : delivery.flipAt - at)
    for (let done = 0; done < bytes.length;) {
      if (at === delivery.cutAt) yield 'cut'
      if (at === stallAt) {
        yield 'stall'
        stallAt = null
      }
      const stops = [delivery.cutAt, stallAt].filter((stop) => stop !== null && stop > at)
      const room = Math.min(most, ...stops.map((stop) => stop! - at))
      const part = bytes.subarray(done, done + room)
      yield part
      done += part.length
      at += part.length
    }
  }
  if (at === stallAt) yield 'stall'
  if (at === delivery.cutAt) yield 'cut'
}

function flipped(piece: Buffer, index: number): Buffer {
  if (index < 0 || index >= piece.length) return piece
  const copy = Buffer.from(piece)
  copy[index]! ^= 0xff
  return copy
}
