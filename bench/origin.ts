/**
 * The origin of all three caches: any path that ends in a number is an object of so many bytes,
 * made of the pattern. Not the pocket Walrus, because its bytes are computed by a cipher, and here
 * fifty clients compare every byte of 4 GiB on one core. It plays plain S3, which all three speak.
 */
import { createServer, type ServerResponse } from 'node:http'
import { patternAt } from './pattern.ts'
import { freePort, start, type Running } from './process.ts'

const PIECE_BYTES = 512 * 1024

/** Starts the origin as a process of its own on this core. */
export async function startOrigin(core: number): Promise<{ port: number; running: Running }> {
  const port = await freePort()
  const command = [process.execPath, import.meta.filename, String(port)]
  return { port, running: await start({ name: 'origin', command, port, core }) }
}

function send(response: ServerResponse, bytes: number): void {
  response.writeHead(200, [
    'Content-Type', 'application/gzip',
    'Content-Length', String(bytes),
    // As of an upload in parts: not the MD5 of the bytes, and not taken for it.
    'ETag', `"${bytes.toString(16).padStart(32, '0')}-1"`,
    'Last-Modified', 'Tue, 01 Jan 2013 00:00:00 GMT',
    'Cache-Control', 'max-age=86400',
  ])
  let sent = 0
  const pump = (): void => {
    while (sent < bytes) {
      const piece = patternAt(sent, Math.min(PIECE_BYTES, bytes - sent))
      sent += piece.length
      if (!response.write(piece)) return
    }
    response.off('drain', pump)
    response.end()
  }
  response.on('drain', pump)
  pump()
}

if (import.meta.main) {
  createServer((request, response) => {
    const bytes = /\/(\d+)$/.exec(request.url ?? '')?.[1]
    if (bytes !== undefined && request.method === 'GET') send(response, Number(bytes))
    else response.writeHead(404, { 'Content-Length': 0 }).end()
  }).listen(Number(process.argv[2]), '127.0.0.1')
}
