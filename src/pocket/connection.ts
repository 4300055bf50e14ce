/**
 * One connection: heads in, answers out, one after the other. What is hard is when it closes: the
 * eras close after objects, after a hundred requests, after an idle minute, and not all say so.
 */
import type { Socket } from 'node:net'
import type { Answer } from './answer.ts'
import { bareAnswer } from './answer.ts'
import type { Fault, Script } from './faults.ts'
import { planDelivery, spoilAnswer } from './faults.ts'
import type { Gate } from './gate.ts'
import type { PocketRequest } from './log.ts'
import { answerRequest } from './operations.ts'
import type { Store } from './operations.ts'
import { carriesBody, parseHead, wantsKeepAlive } from './request.ts'
import type { RequestHead } from './request.ts'
import { endConnection, sendAnswer, sendBytes } from './send.ts'

export type Connection = {
  readonly id: number
  readonly socket: Socket
  readonly store: Store
  readonly gate: Gate
  readonly rateBytesPerSecond: number | null
  script(): Script
  onRequest(request: PocketRequest): void
  onFailure(cause: unknown): void
}

export function serveConnection(connection: Connection): void {
  const { socket } = connection
  let received = Buffer.alloc(0)
  let busy = false
  let served = 0

  async function serveAll(): Promise<void> {
    for (let head = take(); head !== null; head = take()) {
      served += 1
      if (!(await serveOne(connection, head, served))) {
        socket.removeListener('data', onBytes)
        socket.resume()
        socket.end()
        return
      }
    }
    busy = false
    if (socket.readableEnded) socket.end()
  }

  /** The next head, once it is there as a whole. */
  function take(): RequestHead | 'bad' | null {
    const end = received.indexOf('\r\n\r\n')
    const { requestLineBytes, headerBytes } = connection.store.era
    const line = received.indexOf('\r\n')
    const tooLong = (line < 0 ? received.length : line) > requestLineBytes ||
      (end < 0 ? received.length : end) > requestLineBytes + headerBytes ||
      (end >= 0 && end - line > headerBytes)
    if (tooLong) return 'bad'
    if (end < 0) return null
    const head = parseHead(received.toString('latin1', 0, end))
    received = received.subarray(end + 4)
    return head ?? 'bad'
  }

  function onBytes(bytes: Buffer): void {
    received = Buffer.concat([received, bytes])
    if (busy) return
    busy = true
    serveAll().catch((cause: unknown) => {
      connection.onFailure(cause)
      socket.destroy()
    })
  }

  socket.on('data', onBytes)
  socket.on('end', () => {
    if (!busy) socket.end()
  })
}

/** Answers one request; false when the connection is not to be used again. */
async function serveOne(
  connection: Connection, head: RequestHead | 'bad', served: number,
): Promise<boolean> {
  const { socket, store } = connection
  if (head === 'bad') {
    const answer = bareAnswer(400)
    await sendAnswer(answer, planDelivery(answer, null, true), { ...connection, onBody: () => {} })
    endConnection(socket, 'fin')
    return false
  }
  const request = logLine(connection.id, head)
  const fault = connection.script().next(head, store.era)
  connection.onRequest(request)
  if (fault?.kind === 'raw' || fault?.kind === 'close-before-head') {
    return await serveFault(connection, fault)
  }
  const asked = { era: store.era, head, now: store.now() }
  const answer = spoilAnswer(await answerRequest(head, store), fault, asked)
  return await serveAnswer(connection, { head, request, answer, fault, served })
}

function logLine(connection: number, head: RequestHead): PocketRequest {
  const { method, target, path, query, fields } = head
  const outcome = { status: 0, bodyBytes: 0, complete: false }
  return { connection, method, target, path, query, fields, ...outcome }
}

type Serving = {
  head: RequestHead
  request: PocketRequest
  answer: Answer
  fault: Fault | null
  served: number
}

async function serveAnswer(connection: Connection, serving: Serving): Promise<boolean> {
  const { head, request, answer, fault, served } = serving
  const { socket, store } = connection
  request.status = answer.status
  const last = !wantsKeepAlive(head) || carriesBody(head) || socket.readableEnded ||
    served >= store.era.requestsPerConnection
  const delivery = planDelivery(answer, fault, last)
  const closes = last || answer.close !== 'no' || delivery.framing === 'eof'
  const complete = await sendAnswer(answer, delivery, {
    ...connection,
    onBody: (bytes) => {
      request.bodyBytes += bytes
    },
  })
  request.complete = complete
  if (complete && closes) endConnection(socket, 'fin')
  return complete && !closes && !socket.readableEnded
}

async function serveFault(
  { socket }: Connection, fault: Extract<Fault, { kind: 'raw' | 'close-before-head' }>,
): Promise<boolean> {
  if (fault.kind === 'close-before-head') {
    endConnection(socket, fault.how ?? 'fin')
    return false
  }
  const sent = await sendBytes(socket, Buffer.from(fault.bytes as string, 'latin1'))
  if (fault.after === 'keep') return sent
  endConnection(socket, fault.after ?? 'fin')
  return false
}
