/**
 * Stands between haulout and the store and notes the head of every request that passes, so that the
 * number of origin requests is known independently of haulout's own counters. The bytes themselves
 * pass unchanged. Requests to a store have no bodies, so what a client sends is heads and no more.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export type Counter = {
  readonly port: number
  /** The heads seen so far, oldest first, without the empty line. */
  readonly heads: readonly string[]
  /** Refuses new connections and cuts the open ones. */
  close(): Promise<void>
}

/** Listens on a free port of loopback and passes everything on to `target` there. */
export async function startCounter(target: number): Promise<Counter> {
  const heads: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const store = connect(target, '127.0.0.1')
    for (const socket of [client, store]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('error', () => store.destroy()).on('close', () => store.destroy())
    store.on('error', () => client.destroy()).on('close', () => client.destroy())
    let unfinished = ''
    client.on('data', (bytes) => {
      const parts = (unfinished + bytes.toString('latin1')).split('\r\n\r\n')
      unfinished = parts.pop()!
      heads.push(...parts)
    })
    client.pipe(store)
    store.pipe(client)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    heads,
    async close() {
      const closed = new Promise((resolve) => void server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
