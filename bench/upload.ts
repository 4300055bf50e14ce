/**
 * How much memory does haulout take while 2 GiB go through it to an http origin that is slower than
 * the client? Once with a length, once in chunks; the origin proves that every byte has come. What
 * is hard about it: the origin has to be slower all the time, not only at the end, so it takes a
 * sip and pauses. `node bench/upload.ts [MEBIBYTES]`; it exits with 1 where memory is not bounded.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { freePort, residentOf, start } from './process.ts'

const MIB = 1024 * 1024
const SAMPLE_MS = 50
/** What the origin takes before it pauses for a moment. */
const SIP_BYTES = 8 * MIB
const SIP_MS = 2
/** What haulout may take on top of what it had before: sockets, streams, young garbage. */
const MOST_BYTES = 96 * MIB

const sizeBytes = Number(process.argv[2] ?? 2048) * MIB
const piece = Buffer.alloc(MIB)
for (let i = 0; i < MIB; i += 4) piece.writeUInt32LE(Math.imul(i, 2_654_435_761) >>> 0, i)

/** Reads all bodies, slowly; answers with their length and checksum. */
const origin = createServer((asked, response) => {
  let bytes = 0
  let crc = 0
  let sip = 0
  asked.on('data', (one: Buffer) => {
    bytes += one.length
    crc = crc32(one, crc)
    sip += one.length
    if (sip < SIP_BYTES) return
    sip = 0
    asked.pause()
    setTimeout(() => asked.resume(), SIP_MS)
  })
  asked.on('end', () => response.end(`${bytes} ${crc}`))
})

/** Uploads everything, with a length or in chunks; what the origin says of it. */
async function upload(port: number, chunked: boolean): Promise<string> {
  const sent = request({
    port, method: 'PUT', path: '/upload',
    headers: chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': sizeBytes },
  })
  let left = sizeBytes
  Readable.from((function* pieces() {
    for (; left > 0; left -= MIB) yield piece
  })()).pipe(sent)
  const [response] = await once(sent, 'response') as [Readable]
  return (await response.toArray() as Buffer[]).join('')
}

function expected(): string {
  let crc = 0
  for (let left = sizeBytes; left > 0; left -= MIB) crc = crc32(piece, crc)
  return `${sizeBytes} ${crc}`
}

origin.listen(0, '127.0.0.1')
await once(origin, 'listening')
const port = await freePort()
const folder = mkdtempSync(join(tmpdir(), 'haulout-upload-'))
const config = join(folder, 'haulout.yaml')
writeFileSync(config, `haulout: 1
listen: { http: "127.0.0.1:${port}", admin: off }
log: { access: { format: off } }
storage: { memory: { size: 64MiB } }
origins:
  site: { dialect: http, endpoints: ["http://127.0.0.1:${(origin.address() as AddressInfo).port}"] }
routes:
  - name: site
    match: { path: "/{rest**}" }
    to: { origin: site, path: "/{rest}" }
    methods: [PUT]
`)
const main = join(import.meta.dirname, '../src/main.ts')
const running = await start({
  name: 'haulout', command: [process.execPath, main, 'serve', '--config', config], port, core: 0,
})
let isBounded = true
try {
  const wanted = expected()
  await wait(500)
  const idle = residentOf(running.pid).anonymous
  console.log(`before: ${Math.round(idle / MIB)} MiB anonymous`)
  for (const chunked of [false, true]) {
    let highest = 0
    const sample = (): void => { highest = Math.max(highest, residentOf(running.pid).anonymous) }
    const timer = setInterval(sample, SAMPLE_MS)
    const startedMs = performance.now()
    const said = await upload(port, chunked)
    clearInterval(timer)
    const seconds = (performance.now() - startedMs) / 1000
    const whole = said === wanted
    isBounded &&= whole && highest - idle < MOST_BYTES
    console.log(`${sizeBytes / MIB} MiB ${chunked ? 'in chunks' : 'with a length'}: ` +
      `highest ${Math.round(highest / MIB)} MiB anonymous, ${seconds.toFixed(1)} s, ` +
      (whole ? 'every byte proven' : `WRONG: ${said} for ${wanted}`))
  }
} finally {
  await running.stop()
  origin.close()
  origin.closeAllConnections()
  rmSync(folder, { recursive: true })
}
process.exitCode = isBounded ? 0 : 1
